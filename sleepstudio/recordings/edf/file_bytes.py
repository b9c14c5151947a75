"""Bytes of an open file by their place.

Not a memory map: where another program cuts a mapped file short, touching what is gone ends the process
(SIGBUS). A read that comes back short is an error like any other.
"""

from __future__ import annotations

import os
import threading
import weakref
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError

_READ_AT = getattr(os, "preadv", None)
"""Not there on Windows, where reads of one file take turns."""
_OPEN_AGAIN = "Another program has changed it: close it there and open it again."


class _Descriptor:
    """Closes the file once nobody reads from it any more; a number alone could be given to another file."""

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        weakref.finalize(self, os.close, self.number)


class FileBytes:
    """Reads from any thread. Raises OSError where the file cannot be opened."""

    def __init__(self, path: Path, where: str) -> None:
        self._descriptor: _Descriptor | None = _Descriptor(path)
        self._where = where
        self._turn = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of the file now. Raises RecordingError once closed."""
        return os.fstat(self._open().number).st_size

    def head(self, count: int) -> bytes:
        """The file's first ``count`` bytes, or all that there are. Raises RecordingError once closed."""
        content = bytearray(count)
        return bytes(content[: self._read(self._open(), 0, memoryview(content))])

    def fill(self, position: int, content: NDArray[np.uint8]) -> None:
        """Fills a contiguous array from ``position``. Raises RecordingError where the file ends too early."""
        descriptor = self._open()
        view = content.reshape(-1).data
        try:
            got = self._read(descriptor, position, view)
        except OSError as error:
            raise RecordingError(
                f"the file can no longer be read: {error.strerror or error}.",
                where=self._where,
                hint="Check the disk or the connection to it.",
            ) from error
        if got < len(view):
            raise RecordingError(
                f"the file has become shorter since it was opened: it ends at byte {self.size}.",
                where=self._where,
                hint=_OPEN_AGAIN,
            )

    def close(self) -> None:
        """Releases the file, once reads under way are through."""
        self._descriptor = None

    def _open(self) -> _Descriptor:
        descriptor = self._descriptor
        if descriptor is None:
            raise RecordingError("the recording is closed.", where=self._where)
        return descriptor

    def _read(self, descriptor: _Descriptor, position: int, content: memoryview) -> int:
        """Bytes read: fewer than asked for only at the file's end."""
        got = 0
        while got < len(content):
            step = self._read_some(descriptor.number, position + got, content[got:])
            if step == 0:
                break
            got += step
        return got

    def _read_some(self, number: int, position: int, content: memoryview) -> int:
        if _READ_AT is not None:
            got: int = _READ_AT(number, [content], position)
            return got
        with self._turn:
            os.lseek(number, position, os.SEEK_SET)
            chunk = os.read(number, len(content))
        content[: len(chunk)] = chunk
        return len(chunk)
