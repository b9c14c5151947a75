"""What the operating system may say when a file is read, in the user's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sleepstudio.errors import RecordingError


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns a missing file, a folder, and errors of the operating system into RecordingError."""
    try:
        if not path.is_file():
            problem = "this is a folder" if path.is_dir() else "there is no such file"
            raise RecordingError(f"{problem}.", where=str(path), hint="Give the path of a file.")
        yield
    except OSError as error:
        raise RecordingError(
            f"the file cannot be read: {error.strerror or error}.",
            where=str(path),
            hint="Check its permissions and the disk.",
        ) from error


def read_limited(path: Path, limit: int) -> bytes:
    """All of the file. Raises RecordingError where it is unreadable, empty or larger than ``limit`` bytes."""
    with reading(path):
        if path.stat().st_size > limit:
            raise RecordingError(
                f"it is larger than {limit >> 20} MB.", where=str(path), hint="That is no scoring of a night."
            )
        content = path.read_bytes()
    if not content.strip(b"\0 \t\r\n"):
        raise RecordingError("the file is empty.", where=str(path), hint="Copy or export it again.")
    return content
