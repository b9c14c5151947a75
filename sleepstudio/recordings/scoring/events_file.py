"""Scored events as a table: ``id,onset,duration,label,channel``, in seconds from the recording's start."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.csv_table import field_at, number, read_table
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scoring.edits import ScoredEvent
from sleepstudio.study import write_atomic

_HINT = "An event's row has onset and duration, in seconds, and label; id and channel may be empty."


def write_events_csv(events: Sequence[ScoredEvent], path: Path) -> None:
    """Writes one row an event, by onset, whole or not at all. Raises StudyError."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "onset", "duration", "label", "channel"])
    for scored in sorted(events, key=lambda scored: (scored.event.onset_s, scored.event_id)):
        event = scored.event
        writer.writerow(
            [scored.event_id, repr(event.onset_s), repr(event.duration_s), event.label, event.channel]
        )
    write_atomic(path, text.getvalue())


def read_events_csv(path: Path) -> Mapping[int, Event]:
    """Events by their number; those without one, or with one that is taken, get the next free.

    Raises RecordingError naming the line.
    """
    if _is_empty_table(path):
        return {}
    table = read_table(path, hint=_HINT)
    places = {name: table.place([name]) for name in ("id", "onset", "duration", "label", "channel")}
    events: dict[int, Event] = {}
    unnumbered = []
    for row in table.rows:
        texts = {name: field_at(row.fields, place) for name, place in places.items()}
        onset_s, duration_s = number(texts["onset"]), number(texts["duration"] or "0")
        if onset_s is None or duration_s is None or not texts["label"]:
            raise RecordingError("this row is no event.", where=table.where(row), hint=_HINT)
        event = Event(onset_s, duration_s, texts["label"], texts["channel"])
        event_id = int(texts["id"]) if texts["id"].isascii() and texts["id"].isdigit() else -1
        if event_id < 0 or event_id in events:
            unnumbered.append(event)
        else:
            events[event_id] = event
    for event in unnumbered:
        events[max(events, default=-1) + 1] = event
    return events


def _is_empty_table(path: Path) -> bool:
    """A header alone is a table of no events, and not of no header."""
    return path.stat().st_size < 100 and len(path.read_text("utf-8").splitlines()) == 1
