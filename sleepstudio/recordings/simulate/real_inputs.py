"""Real hypnograms and real beats as what drives a simulated night."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.simulate.control import Floats

_MOST_BYTES = 64 << 20
_MARGIN_S = 1800.0
_DAY_S = 86400
_LONGEST_LAG_S = 2.0
"""Of the clock behind the summed intervals before a stretch of missing beats is recognised."""

_SLPDB_TIME = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")


def around_sleep(hypnogram: Hypnogram, margin_s: float = _MARGIN_S) -> Hypnogram:
    """The hypnogram from ``margin_s`` before the first to ``margin_s`` after the last epoch of sleep.

    Twenty-hour recordings such as Sleep-EDF's become nights. Without any sleep it stays as it is.
    """
    asleep = np.flatnonzero(hypnogram.stages > Stage.W)
    if not len(asleep):
        return hypnogram
    onsets = hypnogram.epoch_onsets_s
    return hypnogram.between(
        float(onsets[asleep[0]]) - margin_s, float(onsets[asleep[-1]]) + hypnogram.epoch_s + margin_s
    )


def beats_between(beats_s: Floats, start_s: float, stop_s: float) -> Floats:
    """The beats in [start_s, stop_s), in seconds from ``start_s``: a night of a longer series."""
    return np.asarray(beats_s[(beats_s >= start_s) & (beats_s < stop_s)] - start_s)


def read_slpdb_beats(path: Path | str) -> Floats:
    """Beats of an ``.rr`` listing of the MIT-BIH Polysomnographic Database, seconds from its start.

    A line is the interval's start, type, length, type, end, separated by tabs; the end is the beat
    (PhysioNet ``slpdb`` 1.0.0). Raises RecordingError.
    """
    beats = []
    for number, line in _lines(path):
        columns = line.split("\t")
        time = _SLPDB_TIME.fullmatch(columns[-1].strip())
        if len(columns) != 5 or time is None:
            raise RecordingError(f"line {number} is no RR interval.", where=str(path))
        hours, minutes, seconds = time.groups(default="0")
        beats.append(int(hours) * 3600 + int(minutes) * 60 + float(seconds))
    return _ordered(np.array(beats), path)


def read_mmash_beats(path: Path | str) -> Floats:
    """Beats of an ``RR.csv`` of MMASH, seconds from midnight before its first day.

    Columns: row, interval (s), day, time of day in whole seconds (PhysioNet ``mmash`` 1.0.0). A change of the
    day's number is the next day, whatever the number (one recording runs over the end of a month). Beats
    follow each other by their intervals; where the clock runs ahead of them by more than two seconds, beats
    are missing (about a quarter of a night) and the next one stands at its clock time. Raises
    RecordingError.
    """
    beats: list[float] = []
    days, last_day = -1, ""
    for number, line in _lines(path):
        if number == 1:
            continue
        try:
            _, interval, day, time_of_day = line.split(",")
            if day != last_day:
                days, last_day = days + 1, day
            hours, minutes, seconds = (int(part) for part in time_of_day.split(":"))
            clock = float(days * _DAY_S + hours * 3600 + minutes * 60 + seconds)
            expected = beats[-1] + float(interval) if beats else clock
        except ValueError as error:
            raise RecordingError(f"line {number} is no RR interval.", where=str(path)) from error
        beats.append(clock if clock - expected > _LONGEST_LAG_S else expected)
    return _ordered(np.array(beats), path)


def _lines(path: Path | str) -> Iterator[tuple[int, str]]:
    """Lines that hold something, numbered from 1."""
    try:
        if Path(path).stat().st_size > _MOST_BYTES:
            raise RecordingError("larger than 64 MiB.", where=str(path))
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError("cannot be read as text.", where=str(path)) from error
    return ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _ordered(beats: Floats, path: Path | str) -> Floats:
    if len(beats) < 2 or not np.all(np.isfinite(beats)):
        raise RecordingError("holds no beats.", where=str(path))
    return beats[np.concatenate(([True], np.diff(np.maximum.accumulate(beats)) > 0))]
