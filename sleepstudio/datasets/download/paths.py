"""Paths that a server names: only such as stay below the folder, on every system."""

from __future__ import annotations

import re
from pathlib import Path

from sleepstudio.datasets.download.errors import DownloadStoppedError

PART_SUFFIX = ".part"
MAX_PATH = 1024
MAX_NAME = 240
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_path(text: str, where: str) -> str:
    """``text`` where it is a path of plain names with ``/`` between them.

    Refused with DownloadStoppedError are absolute paths, ``..``, names that some system reads otherwise,
    hidden names and the fetcher's own: a listing that holds such a thing is not trusted in the rest either.
    """
    names = text.split("/")
    if len(text) > MAX_PATH or not all(map(_is_plain, names)):
        raise DownloadStoppedError(
            f"the listing names a file outside the folder, or one that cannot be: {text[:80]!r}.",
            where=where,
            hint="Nothing was downloaded. Is the address the right one?",
        )
    return text


def below(folder: Path, path: str) -> Path:
    """Where a safe path lies in the folder."""
    return folder.joinpath(*path.split("/"))


def _is_plain(name: str) -> bool:
    return (
        0 < len(name) <= MAX_NAME
        and not name.startswith(".")
        and not name.endswith((".", " ", PART_SUFFIX, f"{PART_SUFFIX}.json"))
        and not _FORBIDDEN.search(name)
        and not _RESERVED.fullmatch(name)
    )
