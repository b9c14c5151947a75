"""The journal: each edit on the disk before it is seen, one line each, whatever happens to the process.

A line is a CRC-32 in eight hexadecimal digits, a space, and a JSON object. The first line says what the
journal is of; each other one is an edit, an undo or a redo, with what it changes in full, so that applying a
journal a second time changes nothing. A last line that was torn is left out.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sleepstudio.errors import StudyError
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scoring.edits import Edit, EventChange, ScoringState, StageChange, stages_of
from sleepstudio.study import write_atomic, writing

VERSION = 1
MAX_JOURNAL_BYTES = 256 << 20
MAX_EPOCHS = 1_000_000
Action = Literal["edit", "undo", "redo"]


@dataclass(frozen=True)
class Entry:
    """A line: ``edit`` is what it does, in its own direction."""

    action: Action
    edit: Edit

    def replay(self, state: ScoringState) -> None:
        if self.action == "edit":
            state.make(self.edit)
        elif self.action == "undo":
            state.undo(self.edit)
        else:
            state.redo(self.edit)


@dataclass(frozen=True)
class ReadJournal:
    """What a journal's file holds. ``whole_bytes``: up to the end of its last line.

    ``epochs``, ``epoch_s``: of its first line, None where that is damaged. ``damaged``: lines that cannot be
    read and were left out, other than a torn last one.
    """

    epochs: int | None
    epoch_s: float | None
    entries: tuple[Entry, ...]
    whole_bytes: int
    damaged: int

    @property
    def reach(self) -> int:
        """One past the last epoch that the journal knows of."""
        edited = (change.first + len(change.after) for entry in self.entries for change in entry.edit.stages)
        return max(self.epochs or 0, max(edited, default=0))


class Journal:
    """A journal open for writing. Create with :meth:`begin` or :meth:`resume`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def begin(cls, path: Path, epochs: int, epoch_s: float) -> Journal:
        """A new journal without edits, in place of any that is there. Raises StudyError."""
        header = {"journal": VERSION, "epochs": epochs, "epoch_s": epoch_s}
        write_atomic(path, _line(header))
        _sync_folder(path.parent)
        return cls(path, _open_for_appending(path))

    @classmethod
    def resume(cls, path: Path, read: ReadJournal) -> Journal:
        """The journal that was read, to go on with; a torn end is cut off. Raises StudyError."""
        descriptor = _open_for_appending(path)
        with writing(path):
            os.ftruncate(descriptor, read.whole_bytes)
        return cls(path, descriptor)

    def append(self, entry: Entry) -> None:
        """Puts an entry on the disk, and returns when it is there.

        Raises StudyError where the disk refuses: the journal is then as it was before.
        """
        data = _line(_document(entry))
        size = os.fstat(self._descriptor).st_size
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, size)
            raise StudyError(
                f"the edit could not be saved and was not made ({error.strerror or error}).",
                where=str(self.path),
                hint="Free some space on the disk, then make it again.",
            ) from error

    def close(self) -> None:
        os.close(self._descriptor)


def read_journal(path: Path) -> ReadJournal | None:
    """The journal in a file; None where there is none.

    Raises StudyError where the file cannot be read, or was written by a newer Sleep Studio.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_JOURNAL_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StudyError(f"cannot be read ({error.strerror}).", where=str(path)) from error
    if len(content) > MAX_JOURNAL_BYTES:
        raise StudyError(f"larger than {MAX_JOURNAL_BYTES >> 20} MiB: no journal.", where=str(path))
    *lines, _torn = content.split(b"\n")
    documents = [_parsed(line) for line in lines]
    header = documents[0] if documents and documents[0] and _is_header(documents[0]) else None
    if header and header["journal"] > VERSION:
        raise StudyError(
            "the journal was written by a newer Sleep Studio.",
            where=str(path),
            hint="Install the newer version, or finish the scoring there.",
        )
    epochs = header["epochs"] if header else None
    entries = [_entry(document, MAX_EPOCHS if epochs is None else epochs) for document in documents[1:]]
    return ReadJournal(
        epochs,
        float(header["epoch_s"]) if header else None,
        tuple(entry for entry in entries if entry),
        whole_bytes=sum(len(line) + 1 for line in lines),
        damaged=entries.count(None) + (header is None),
    )


def _line(document: Mapping[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The object of a line; None where the line is not what was written."""
    sum_, _, text = line.partition(b" ")
    try:
        if len(sum_) != 8 or int(sum_, 16) != zlib.crc32(text):
            return None
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _is_header(header: Mapping[str, Any]) -> bool:
    epochs, epoch_s = header.get("epochs"), header.get("epoch_s")
    return (
        isinstance(header.get("journal"), int)
        and isinstance(epochs, int)
        and 0 <= epochs <= MAX_EPOCHS
        and isinstance(epoch_s, (int, float))
        and 1 <= epoch_s <= 3600
    )


def _document(entry: Entry) -> dict[str, Any]:
    return {
        "do": entry.action,
        "name": entry.edit.name,
        "stages": [[change.first, change.before, change.after] for change in entry.edit.stages],
        "events": [
            [change.event_id, _event_fields(change.before), _event_fields(change.after)]
            for change in entry.edit.events
        ],
    }


def _entry(document: Mapping[str, Any] | None, epochs: int) -> Entry | None:
    """The entry; None where the object is none, or reaches beyond the night."""
    try:
        if document is None or document["do"] not in ("edit", "undo", "redo"):
            return None
        stages = tuple(StageChange(int(first), before, after) for first, before, after in document["stages"])
        for change in stages:
            inside = change.first >= 0 and change.first + len(change.after) <= epochs
            if not inside or len(stages_of(change.before)) != len(stages_of(change.after)):
                return None
        events = tuple(
            EventChange(int(event_id), _event(before), _event(after))
            for event_id, before, after in document["events"]
        )
        return Entry(document["do"], Edit(str(document["name"]), stages, events))
    except (KeyError, TypeError, ValueError):
        return None


def _event_fields(event: Event | None) -> list[Any] | None:
    return None if event is None else [event.onset_s, event.duration_s, event.label, event.channel]


def _event(fields: Sequence[Any] | None) -> Event | None:
    if fields is None:
        return None
    onset_s, duration_s, label, channel = fields
    return Event(float(onset_s), float(duration_s), str(label), str(channel))


def _open_for_appending(path: Path) -> int:
    with writing(path):
        return os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))


def _sync_folder(folder: Path) -> None:
    """Makes a new name in a folder survive a power cut, where the system lets one say so."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with writing(folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
