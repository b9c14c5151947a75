"""The virtual board's MRAM: a file, which outlives the process that runs it."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from filelock import FileLock, Timeout

from sleepstudio.board.memory_map import ERASED, MRAM_BYTES
from sleepstudio.errors import BoardError

HEAD_BYTES = 256
"""Written last, so that an interrupted write leaves a beginning that is erased: no vector table, no image."""
LOCK_LIMIT_S = 2.0


class Mram:
    """Holds the file's lock while it is open, which ends with the process."""

    def __init__(self, path: Path) -> None:
        """Creates the file where it is missing. Raises BoardError: another process's, or no MRAM."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(path.with_name(path.name + ".lock"))
            self._lock.acquire(timeout=LOCK_LIMIT_S)
        except Timeout as error:
            raise BoardError(
                "another process runs this virtual board.",
                where=str(path),
                hint="End the other session, or choose another file (board.virtual_memory).",
            ) from error
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            self._file = self._opened(path)
            self.content = mmap.mmap(self._file, MRAM_BYTES)
        except OSError as error:
            raise _unusable(path, error) from error

    def write(self, address: int, content: bytes) -> None:
        """Writes through to the disk; the beginning last."""
        head = content[:HEAD_BYTES]
        self._store(address, bytes([ERASED]) * len(head))
        self._store(address + len(head), content[HEAD_BYTES:])
        self._store(address, head)

    def close(self) -> None:
        os.close(self._file)
        self._lock.release()

    def _store(self, address: int, content: bytes) -> None:
        self.content[address : address + len(content)] = content
        self.content.flush()

    @staticmethod
    def _opened(path: Path) -> int:
        if not path.exists():
            new = path.with_name(path.name + ".new")
            new.write_bytes(bytes([ERASED]) * MRAM_BYTES)
            new.replace(path)
        file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        size = os.fstat(file).st_size
        if size != MRAM_BYTES:
            os.close(file)
            raise BoardError(
                f"not a virtual board's MRAM: {size} bytes instead of {MRAM_BYTES}.",
                where=str(path),
                hint="Choose another file (board.virtual_memory), or delete this one.",
            )
        return file


def _unusable(path: Path, error: OSError) -> BoardError:
    return BoardError(
        f"the virtual board's MRAM cannot be opened ({error.strerror or error}).",
        where=str(path),
        hint="Choose a file in a folder that you may write to (board.virtual_memory).",
    )
