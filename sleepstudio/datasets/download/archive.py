"""Zip archives from the web: only plain members, below the folder, of a bounded size."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sleepstudio.datasets.download.errors import DownloadError, DownloadStoppedError
from sleepstudio.datasets.download.paths import PART_SUFFIX, below, safe_path

MAX_MEMBERS: Final = 100_000
MAX_UNPACKED_BYTES: Final = 64 << 30
_BLOCK: Final = 1 << 20
_MAGIC: Final = b"PK\x03\x04"
_IGNORED: Final = ("__MACOSX/",)


def unpack(archive: Path, folder: Path, check: Callable[[], None], limit: int = MAX_UNPACKED_BYTES) -> int:
    """Puts an archive's members below ``folder``, each whole; those that are there in full size are kept.

    Returns the number of members. Raises DownloadError where the archive is damaged, DownloadStoppedError
    where it names a place outside the folder or holds more than ``limit`` bytes.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [
                member
                for member in opened.infolist()
                if not member.is_dir()
                and not member.filename.startswith(_IGNORED)
                and not _is_hidden(member.filename)
            ]
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > limit:
                raise DownloadStoppedError("the archive holds more than it should.", where=str(archive))
            for member in members:
                safe_path(member.filename, str(archive))
                if stat.S_ISLNK(member.external_attr >> 16):
                    raise DownloadStoppedError(
                        f"the archive holds a link: {member.filename}.", where=str(archive)
                    )
            for member in members:
                check()
                _take_out(opened, member, below(folder, member.filename), check)
            return len(members)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DownloadError(
            "the archive is damaged.", where=str(archive), hint="Delete it and download it again."
        ) from error


def replace_by_member(file: Path, path: str, limit: int, check: Callable[[], None]) -> bool:
    """Where ``file`` is a zip that holds the one file ``path`` was to be, that file takes its place.

    False where it is not such a zip. Raises DownloadError where it is damaged or too large.
    """
    name = path.rpartition("/")[2]
    if name.lower().endswith(".zip"):
        return False
    with file.open("rb") as beginning:
        if beginning.read(4) != _MAGIC:
            return False
    try:
        with zipfile.ZipFile(file) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            if [member.filename.rpartition("/")[2] for member in members] != [name]:
                return False
            if members[0].file_size > limit:
                raise DownloadError("the file is too large when unpacked.", where=str(file))
            unwrapped = file.with_name(f"{file.name}{PART_SUFFIX}")
            _take_out(opened, members[0], unwrapped, check)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DownloadError(
            "the archive that came is damaged.", where=str(file), hint="Run the command again."
        ) from error
    unwrapped.replace(file)
    return True


def _take_out(
    opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, check: Callable[[], None]
) -> None:
    """One member, whole or not at all; its CRC-32 is checked at the end of reading."""
    if target.is_file() and target.stat().st_size == member.file_size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + PART_SUFFIX)
    try:
        with opened.open(member) as source, part.open("wb") as file:
            written = 0
            while block := source.read(_BLOCK):
                check()
                written += len(block)
                if written > member.file_size:
                    raise DownloadStoppedError("a member is longer than it says.", where=member.filename)
                file.write(block)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))
