"""MESA's wrist actigraphy: counts of 30 s over a week, and where the night stands among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.recordings.csv_table import Table, field_at, number, read_table
from sleepstudio.recordings.recording import Channel, ChannelKind, Diagnostic
from sleepstudio.recordings.series import SeriesRecording

OVERLAP = Path("overlap") / "mesa-actigraphy-psg-overlap.csv"
ACTIVITY = Channel("Activity", ChannelKind.ACTIVITY_COUNT, "counts", 1 / EPOCH_S)
_HINT = "Download the file again."


def read_actigraphy(counts: Path, overlap: Path, subject_id: str, duration_s: float) -> SeriesRecording:
    """The counts of the night's epochs, NaN where the watch has none.

    ``overlap`` has the line of the counts' table at which the polysomnography begins: its epochs are those
    of the night from there on. Raises RecordingError where it does not name the person.
    """
    first = _first_line(overlap, subject_id)
    table = read_table(counts, hint=_HINT)
    line_place, count_place = _place(table, "line"), _place(table, "activity")
    epochs = int(duration_s // EPOCH_S)
    times, values = [], []
    for row in table.rows:
        line = number(field_at(row.fields, line_place))
        if line is None:
            raise RecordingError("this row has no line.", where=table.where(row), hint=_HINT)
        value = number(field_at(row.fields, count_place))
        if value is not None and 0 <= line - first < epochs:
            times.append((line - first) * EPOCH_S)
            values.append(value)
    order = np.argsort(times, kind="stable")
    missing = epochs - len(times)
    told = [Diagnostic("info", f"{missing} epochs have no counts.", counts.name)] if missing > 0 else []
    series = (np.array(times, np.float64)[order], np.array(values, np.float32)[order])
    return SeriesRecording(counts.stem, None, duration_s, [ACTIVITY], {ACTIVITY.label: series}, told)


def _first_line(overlap: Path, subject_id: str) -> float:
    table = read_table(overlap, hint=_HINT)
    person, line = _place(table, "mesaid"), _place(table, "line")
    for row in table.rows:
        if _same(field_at(row.fields, person), subject_id):
            first = number(field_at(row.fields, line))
            if first is not None:
                return first
    raise RecordingError(
        f"it does not say where the night of {subject_id} stands in the actigraphy.",
        where=str(overlap),
        hint="Leave the person out by datasets.0.params.subjects, or datasets.0.params.actigraphy.",
    )


def _same(text: str, subject_id: str) -> bool:
    return text.lstrip("0") == subject_id.lstrip("0")


def _place(table: Table, name: str) -> int:
    place = table.place([name])
    if place is None:
        raise RecordingError(f"there is no column {name!r}.", where=str(table.path), hint=_HINT)
    return place
