"""The tables of MMASH: rows with a day's number and a time of day, to the second."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.clock_times import length_of
from sleepstudio.recordings.csv_table import (
    MAX_TABLE_BYTES,
    Table,
    column_name,
    field_at,
    number,
    read_table,
)
from sleepstudio.recordings.reading import read_limited
from sleepstudio.recordings.recording import Event

DAY_S = 86400.0
HINT = "Copy or download the dataset again."
_LOST_S = 3.0
"""Beats and clock may differ by this; beyond it, the strap missed some."""


def read_columns(
    path: Path, names: tuple[str, ...], *, most_rows: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(rows,) seconds from midnight before the first row, and (rows, names) values, NaN where empty.

    The time of day alone places a row: the column ``day`` is wrong in some files. Where it falls back by more
    than twelve hours, midnight was passed. Raises RecordingError naming the line.
    """
    text = read_limited(path, MAX_TABLE_BYTES).decode("utf-8-sig", errors="replace").replace("\0", "")
    # a day's rows, one a second: read_table, which looks at every field, takes five times as long
    reader = csv.reader(io.StringIO(text, newline=""))
    times: list[float] = []
    rows: list[list[float]] = []
    of_text: dict[str, float] = {}
    try:
        columns = [column_name(field) for field in next(reader, [])]
        places = [_index(columns, name, path) for name in names]
        time_place = _index(columns, "time", path)
        for fields in itertools.islice(filter(None, reader), most_rows):
            at = field_at(fields, time_place)
            if at not in of_text:
                of_text[at] = _time_of_day(at, f"{path}, line {reader.line_num}")
            times.append(of_text[at])
            rows.append([_value(field_at(fields, place)) for place in places])
    except csv.Error as error:
        raise RecordingError(
            f"it is no table ({error}).", where=f"{path}, line {reader.line_num}", hint=HINT
        ) from error
    clock_s = np.array(times)
    days = np.cumsum(np.concatenate(([0], -np.rint(np.diff(clock_s) / DAY_S)))) if times else clock_s
    return clock_s + days * DAY_S, np.array(rows, np.float64).reshape(len(times), len(names))


def _time_of_day(text: str, where: str) -> float:
    seconds = length_of(text)
    if seconds is None or not 0 <= seconds < DAY_S:
        raise RecordingError("this row has no time of day.", where=where, hint=HINT)
    return seconds


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def beat_times(clock_s: NDArray[np.float64], interval_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(beats,) the end of each interval: intervals laid end to end, which the clock's seconds only bound.

    Where they leave the clock by more than three seconds, beats were missed, and it begins anew from the
    clock.
    """
    ends = np.empty(len(clock_s))
    now = clock_s[0] if len(clock_s) else 0.0
    for index, (clock, interval) in enumerate(zip(clock_s.tolist(), interval_s.tolist(), strict=True)):
        if index:
            now += interval
        if clock - now > _LOST_S:
            now = clock
        ends[index] = now
    return ends


def read_sleep(path: Path) -> tuple[Event, ...]:
    """Times in bed, and of sleep from onset to rising, counted from midnight before the first day.

    What they say of wake in between has no place in the night, so that this is no hypnogram. Raises
    RecordingError naming the line.
    """
    table = read_table(path, hint=HINT)
    events = []
    for row in table.rows:
        moments = []
        for name in ("in bed", "onset", "out bed"):
            day = number(field_at(row.fields, _place(table, f"{name} date")))
            seconds = length_of(field_at(row.fields, _place(table, f"{name} time")))
            if day is None or seconds is None or not 0 <= day < 32:
                raise RecordingError(f"this row has no time of {name}.", where=table.where(row), hint=HINT)
            moments.append((max(day, 1) - 1) * DAY_S + seconds)
        in_bed, onset, out = moments
        # some rows give the evening's day for the morning too
        onset += DAY_S * (onset < in_bed)
        out += DAY_S * (out < onset)
        events.append(Event(in_bed, out - in_bed, "In bed"))
        events.append(Event(onset, out - onset, "Sleep"))
    return tuple(sorted(events, key=lambda event: (event.onset_s, event.label)))


def _place(table: Table, name: str) -> int:
    return _index(table.columns, name, table.path)


def _index(columns: Sequence[str], name: str, path: Path) -> int:
    if name not in columns:
        raise RecordingError(f"there is no column {name!r}.", where=f"{path}, line 1", hint=HINT)
    return columns.index(name)
