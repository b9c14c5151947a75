"""What is complete in a folder, so that it is neither fetched nor summed again.

One JSON object a line, added when a file is in place; a line that a crash tore counts for nothing.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sleepstudio.datasets.download.source import RemoteFile
from sleepstudio.study import writing

FOLDER: Final = Path(".sleepstudio") / "download"
_NAME: Final = "complete.jsonl"
_MAX_BYTES: Final = 1 << 30


@dataclass(frozen=True)
class Complete:
    """A file that was put in place: how it was then, and what it was checked against."""

    size: int
    modified_ns: int
    checksum: str | None
    unpacked: bool = False


class Journal:
    """The journal of one folder, written by any thread."""

    def __init__(self, folder: Path) -> None:
        """Raises StudyError where it cannot be read."""
        self.path = folder / FOLDER / _NAME
        self._lock = threading.Lock()
        self._complete: dict[str, Complete] = {}
        with writing(self.path):
            if self.path.exists() and self.path.stat().st_size <= _MAX_BYTES:
                for line in self.path.read_bytes().splitlines():
                    self._take(line)

    def find(self, path: str, file: Path) -> Complete | None:
        """What is known of a file that is still as it was put in place."""
        known = self._complete.get(path)
        if known is None:
            return None
        try:
            status = file.stat()
        except OSError:
            return None
        return known if (status.st_size, status.st_mtime_ns) == (known.size, known.modified_ns) else None

    def add(self, remote: RemoteFile, file: Path, *, source: str, unpacked: bool = False) -> None:
        """Enters a file that is in place. Raises StudyError."""
        checksum = f"{remote.checksum.algorithm}:{remote.checksum.digest}" if remote.checksum else None
        with writing(self.path), self._lock:
            status = file.stat()
            complete = Complete(status.st_size, status.st_mtime_ns, checksum, unpacked)
            line = {
                "path": remote.path,
                "size": complete.size,
                "modified_ns": complete.modified_ns,
                "checksum": checksum,
                "unpacked": unpacked,
                "source": source,
            }
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as journal:
                # after a torn line, the next begins on a line of its own
                journal.write(b"\n" + json.dumps(line).encode() + b"\n")
                journal.flush()
                os.fsync(journal.fileno())
            self._complete[remote.path] = complete

    def _take(self, line: bytes) -> None:
        try:
            item: Any = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(item, dict):
            return
        path, size, modified = item.get("path"), item.get("size"), item.get("modified_ns")
        if isinstance(path, str) and isinstance(size, int) and isinstance(modified, int):
            self._complete[path] = Complete(
                size, modified, item.get("checksum"), item.get("unpacked") is True
            )
