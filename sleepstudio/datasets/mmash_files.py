"""The tables of MMASH: rows with a day's number and a time of day, to the second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.clock_times import length_of
from sleepstudio.recordings.csv_table import Table, field_at, number, read_table
from sleepstudio.recordings.recording import Event

DAY_S = 86400.0
HINT = "Copy or download the dataset again."
_LOST_S = 3.0
"""Beats and clock may differ by this; beyond it, the strap missed some."""
_CENTURY_S = 100 * 365 * DAY_S


def read_columns(path: Path, names: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(rows,) seconds from midnight before the first row, and (rows, names) values, NaN where empty.

    The time of day alone places a row: the column ``day`` is wrong in some files. Where it falls back by more
    than twelve hours, midnight was passed. Raises RecordingError naming the line.
    """
    table = read_table(path, hint=HINT)
    places = [_place(table, name) for name in names]
    time_place = _place(table, "time")
    times, values = np.empty(len(table.rows)), np.full((len(table.rows), len(names)), np.nan)
    for index, row in enumerate(table.rows):
        seconds = length_of(field_at(row.fields, time_place))
        if seconds is None or not 0 <= seconds < DAY_S:
            raise RecordingError("this row has no time of day.", where=table.where(row), hint=HINT)
        times[index] = seconds
        for column, place in enumerate(places):
            value = number(field_at(row.fields, place))
            if value is not None:
                values[index, column] = value
    days = np.cumsum(np.concatenate(([0], -np.rint(np.diff(times) / DAY_S))))
    return times + days * DAY_S, values


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
    place = table.place([name])
    if place is None:
        raise RecordingError(
            f"there is no column {name!r}.", where=f"{table.path}, line {table.first_line}", hint=HINT
        )
    return place
