"""What a download would do: how many files, how much, and whether the disk has room."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError
from sleepstudio.datasets.download.http import Client
from sleepstudio.datasets.download.journal import Complete, Journal
from sleepstudio.datasets.download.paths import PART_SUFFIX, below
from sleepstudio.datasets.download.source import RemoteFile

MAX_ASKED: Final = 500
"""Sizes that are asked for one by one; of more, they stay unknown."""
RESERVE_BYTES: Final = 64 << 20
"""Left free on the disk."""


@dataclass(frozen=True)
class Plan:
    """``files``: to fetch. ``complete``: files in place. ``have_bytes``: of the parts that are there.

    ``total_bytes``: of ``files``, as far as known; ``unsized``: how many of them have no known size.
    """

    files: tuple[RemoteFile, ...]
    complete: tuple[RemoteFile, ...]
    total_bytes: int
    unsized: int
    have_bytes: int
    free_bytes: int

    @property
    def needed_bytes(self) -> int:
        return max(0, self.total_bytes - self.have_bytes)


def make_plan(
    files: Sequence[RemoteFile], folder: Path, journal: Journal, client: Client, connections: int
) -> Plan:
    """Compares what is wanted with what is in the folder. Raises DownloadError."""
    complete = tuple(file for file in files if is_complete(file, folder, journal))
    done = {file.path for file in complete}
    missing = tuple(file for file in files if file.path not in done)
    missing = _with_sizes(missing, client, connections)
    return Plan(
        files=missing,
        complete=complete,
        total_bytes=sum(file.size or 0 for file in missing),
        unsized=sum(file.size is None for file in missing),
        have_bytes=sum(_part_bytes(file, folder) for file in missing),
        free_bytes=free_bytes(folder),
    )


def require_room(plan: Plan, folder: Path) -> None:
    """Raises DownloadStoppedError where what is known to come does not fit on the disk."""
    if plan.needed_bytes and plan.needed_bytes + RESERVE_BYTES > plan.free_bytes:
        raise DownloadStoppedError(
            f"{megabytes(plan.needed_bytes)} MB are to come, and {megabytes(plan.free_bytes)} MB are free.",
            where=str(folder),
            hint="Free some space, choose another folder, or fewer subjects or kinds.",
        )


def is_complete(file: RemoteFile, folder: Path, journal: Journal) -> bool:
    """Whether the journal knows it to be in place, as it is published now."""
    known = journal.find(file.path, below(folder, file.path))
    return known is not None and _is_of(known, file)


def free_bytes(folder: Path) -> int:
    """Of the disk that the folder is, or will be, on."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def megabytes(count: int) -> int:
    """Whole ones, and one for anything."""
    return -(-count // 1_000_000)


def _is_of(known: Complete, file: RemoteFile) -> bool:
    checksum = f"{file.checksum.algorithm}:{file.checksum.digest}" if file.checksum else None
    same_size = file.size is None or not file.exact or known.size == file.size
    return same_size and known.checksum == checksum


def _part_bytes(file: RemoteFile, folder: Path) -> int:
    target = below(folder, file.path)
    try:
        return min(target.with_name(target.name + PART_SUFFIX).stat().st_size, file.size or 0)
    except OSError:
        return 0


def _with_sizes(files: tuple[RemoteFile, ...], client: Client, connections: int) -> tuple[RemoteFile, ...]:
    """Asks for the sizes that no listing told. One that is not answered stays unknown."""
    if sum(file.size is None for file in files) > MAX_ASKED:
        return files

    def asked(file: RemoteFile) -> RemoteFile:
        if file.size is not None:
            return file

        def length() -> int | None:
            with client.get(file.request, method="HEAD") as reply:
                return reply.length

        try:
            return replace(file, size=client.patiently(length, file.request))
        except DownloadStoppedError:
            raise
        except DownloadError:
            return file

    with ThreadPoolExecutor(connections, "sizes") as pool:
        return tuple(pool.map(asked, files))
