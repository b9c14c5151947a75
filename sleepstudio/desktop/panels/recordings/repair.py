"""A copy of a truncated EDF or BDF file whose header says what the file holds. No Qt."""

from __future__ import annotations

import os
from pathlib import Path

from sleepstudio.errors import StudyError
from sleepstudio.recordings import open_edf
from sleepstudio.study import writing

_RECORDS_AT, _RECORDS_WIDTH = 236, 8
_CHUNK_BYTES = 8 << 20


def save_repaired(source: Path, target: Path) -> int:
    """Writes the complete data records of ``source`` under a header that counts them; how many.

    Nothing else differs. The source is only read. Raises RecordingError where it cannot be, StudyError where
    the target is the source, is there already, or cannot be written.
    """
    if target.exists():
        same = target.samefile(source)
        raise StudyError(
            "this is the recording itself; it is never written over."
            if same
            else "there is a file of that name already.",
            where=str(target),
            hint="Choose another name.",
        )
    with open_edf(source) as recording:
        header = recording.header
    whole = header.header_bytes + header.records * header.record_bytes
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with writing(target):
        try:
            with source.open("rb") as reader, temporary.open("wb") as writer:
                head = bytearray(reader.read(header.header_bytes))
                count = f"{header.records:<{_RECORDS_WIDTH}d}".encode("ascii")
                head[_RECORDS_AT : _RECORDS_AT + _RECORDS_WIDTH] = count
                writer.write(head)
                left = whole - header.header_bytes
                while left and (chunk := reader.read(min(left, _CHUNK_BYTES))):
                    writer.write(chunk)
                    left -= len(chunk)
                writer.flush()
                os.fsync(writer.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return header.records
