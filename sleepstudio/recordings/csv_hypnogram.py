"""Hypnograms as tables: ``onset,duration,label``, in seconds and words."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, StageSet
from sleepstudio.recordings.csv_table import Row, Table, column_name, field_at, number, read_table
from sleepstudio.recordings.scored_spans import ScoredSpan, hypnogram_of_spans
from sleepstudio.stage_codes import stage_from_text
from sleepstudio.study import write_atomic

_ONSETS = ("onset", "onset s", "start", "start s", "start time", "begin", "time", "time s")
_DURATIONS = ("duration", "duration s", "dur", "length")
_LABELS = ("label", "stage", "sleep stage", "description", "annotation", "event", "trial type", "value")
_HINT = (
    "A hypnogram's table has the columns onset and duration, in seconds, and label: W, N1, N2, N3, R or ?."
)


def read_csv_hypnogram(path: Path) -> Hypnogram:
    """The stages of a table with or without a header; columns that mean nothing here are left aside.

    Known besides onset, duration and label: ``clock`` (ISO 8601, the wall clock at the onset), ``scorer``,
    and probabilities ``p_<class>`` of a stage set, one row an epoch. Raises RecordingError naming the line.
    """
    table = read_table(path, hint=_HINT)
    columns = _columns_of(table)
    scored = sorted((_scored(table, row, columns) for row in table.rows), key=lambda pair: pair[0].onset_s)
    hypnogram = hypnogram_of_spans([span for span, _ in scored], str(path))
    rows = [row for _, row in scored]
    clock = _clock(table, rows[0])
    hypnogram = replace(hypnogram, start=clock, scorer=field_at(rows[0].fields, table.place(["scorer"])))
    stage_set = _stage_set(table)
    if stage_set is None:
        return hypnogram
    if len(rows) != len(hypnogram):
        raise RecordingError(
            f"{len(rows)} rows have probabilities, but there are {len(hypnogram)} epochs.",
            where=str(path),
            hint="Give one row for each epoch, or leave the probabilities out.",
        )
    return replace(hypnogram, stage_set=stage_set, probabilities=_probabilities(table, rows, stage_set))


def is_own_table(table: Table) -> bool:
    """Whether a table has columns that only :func:`write_hypnogram_csv` writes."""
    return not {"clock", "scorer", "usable"}.isdisjoint(table.columns) or _stage_set(table) is not None


def write_hypnogram_csv(hypnogram: Hypnogram, path: Path, *, usable: NDArray[np.bool_] | None = None) -> None:
    """Writes one row an epoch: onset and duration (s), label, then what else is known.

    ``usable``: (epochs,) where a model had usable features, as a column of 1 and 0 that readers pass over.
    ``clock``, ``scorer`` and one ``p_<class>`` column for each class of the stage set follow where the
    hypnogram has them; :func:`read_csv_hypnogram` gives the same hypnogram back. Whole or not at all. Raises
    StudyError.
    """
    header = ["onset", "duration", "label"]
    if hypnogram.start:
        header.append("clock")
    if hypnogram.scorer:
        header.append("scorer")
    if usable is not None:
        header.append("usable")
    probabilities = hypnogram.probabilities
    if probabilities is not None:
        header += [f"p_{name}" for name in hypnogram.stage_set.class_names]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    onsets = hypnogram.epoch_onsets_s
    for epoch, label in enumerate(hypnogram.as_strings()):
        row = [_shortest(onsets[epoch]), _shortest(hypnogram.epoch_s), label]
        if hypnogram.start:
            row.append((hypnogram.start + timedelta(seconds=epoch * hypnogram.epoch_s)).isoformat())
        if hypnogram.scorer:
            row.append(hypnogram.scorer)
        if usable is not None:
            row.append(str(int(usable[epoch])))
        if probabilities is not None:
            row += ["" if np.isnan(value) else _shortest(value) for value in probabilities[epoch]]
        writer.writerow(row)
    write_atomic(path, text.getvalue())


@dataclass(frozen=True)
class _Columns:
    onset: int
    duration: int | None
    label: int


def _columns_of(table: Table) -> _Columns:
    if not table.columns:
        width = len(table.rows[0].fields)
        if width > 1:
            return _Columns(0, 1 if width > 2 else None, min(2, width - 1))
    onset, label = table.place(_ONSETS), table.place(_LABELS)
    if onset is None or label is None:
        shown = ", ".join(table.columns)[:100] or "one column of numbers"
        raise RecordingError(
            f"no columns onset and label, but {shown}.",
            where=f"{table.path}, line {table.first_line}",
            hint=_HINT,
        )
    if not table.rows:
        raise RecordingError("there is no row below the header.", where=str(table.path), hint=_HINT)
    return _Columns(onset, table.place(_DURATIONS), label)


def _scored(table: Table, row: Row, columns: _Columns) -> tuple[ScoredSpan, Row]:
    onset_text, label = field_at(row.fields, columns.onset), field_at(row.fields, columns.label)
    duration_text = field_at(row.fields, columns.duration)
    onset, duration = number(onset_text), number(duration_text)
    where = table.where(row)
    if onset is None:
        raise RecordingError(f"onset {onset_text!r} is no time in seconds.", where=where, hint=_HINT)
    if duration is None and duration_text:
        raise RecordingError(f"duration {duration_text!r} is no time in seconds.", where=where, hint=_HINT)
    try:
        stage = stage_from_text(label)
    except ValueError:
        raise RecordingError(f"{label!r} is no sleep stage.", where=where, hint=_HINT) from None
    return ScoredSpan(onset, duration, stage, f"line {row.line}"), row


def _clock(table: Table, row: Row) -> datetime | None:
    text = field_at(row.fields, table.place(["clock"]))
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RecordingError(
            f"clock {text!r} is no date and time.", where=table.where(row), hint="Write 2024-02-29T23:30:00."
        ) from None


def _stage_set(table: Table) -> StageSet | None:
    """The stage set whose classes have probability columns."""
    named = {name for name in table.columns if name.startswith("p ")}
    sets = (stage_set for stage_set in STAGE_SETS.values()
            if named == {column_name(f"p_{name}") for name in stage_set.class_names})  # fmt: skip
    return next(sets, None)


def _probabilities(table: Table, rows: Sequence[Row], stage_set: StageSet) -> NDArray[np.float32]:
    """(rows, classes), NaN where a field is empty."""
    values = np.full((len(rows), len(stage_set)), np.nan, np.float32)
    for index, name in enumerate(stage_set.class_names):
        place = table.place([column_name(f"p_{name}")])
        for epoch, row in enumerate(rows):
            text = field_at(row.fields, place)
            value = number(text)
            if text and (value is None or not 0 <= value <= 1):
                raise RecordingError(f"p_{name} {text!r} is no probability.", where=table.where(row))
            if value is not None:
                values[epoch, index] = value
    return values


def _shortest(value: float | np.floating) -> str:
    """The shortest decimal number that reads back as the same float."""
    return np.format_float_positional(value, trim="-")
