"""The files of CMIDSS: Parquet of all series, the table of nights, and SleepKit's HDF5 form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import EPOCH_S, STAGE_SETS, Hypnogram, Stage
from sleepstudio.recordings.csv_table import field_at, number, read_table

STEP_S = 5.0
MAX_STEPS = 20_000_000
AROUND_S = 12 * 3600.0
"""Before the first and after the last known sleep, this much counts as wake."""
_HINT = "Copy or download the file again."


class Night(NamedTuple):
    """A sleep, in steps of the series; None where it was not logged."""

    number: int
    onset: int | None
    wakeup: int | None


class Series(NamedTuple):
    """(steps,) values, and the local clock at the first."""

    start: datetime | None
    enmo: NDArray[np.float32]
    anglez: NDArray[np.float32]


def read_nights(path: Path) -> dict[str, tuple[Night, ...]]:
    """The nights of each series, in order. Raises RecordingError naming the line."""
    table = read_table(path, hint=_HINT)
    places = {name: table.place([name]) for name in ("series id", "night", "event", "step")}
    if None in places.values():
        missing = next(name for name, place in places.items() if place is None)
        raise RecordingError(f"there is no column {missing!r}.", where=str(path), hint=_HINT)
    found: dict[str, dict[int, dict[str, int | None]]] = {}
    for row in table.rows:
        texts = {name: field_at(row.fields, place) for name, place in places.items()}
        night, step = number(texts["night"]), number(texts["step"])
        if night is None or texts["event"] not in ("onset", "wakeup") or not texts["series id"]:
            raise RecordingError("this row is no event of a night.", where=table.where(row), hint=_HINT)
        if step is not None and not 0 <= step <= MAX_STEPS:
            raise RecordingError(f"step {step:g} is in no series.", where=table.where(row), hint=_HINT)
        events = found.setdefault(texts["series id"], {}).setdefault(int(night), {})
        events[texts["event"]] = None if step is None else int(step)
    return {
        series: tuple(
            Night(one, events.get("onset"), events.get("wakeup")) for one, events in sorted(nights.items())
        )
        for series, nights in found.items()
    }


def read_series(path: Path, series_id: str) -> Series:
    """One person's rows of the Parquet file. Raises RecordingError, also where pyarrow is not installed."""
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise RecordingError(
            "Parquet needs pyarrow, which is not installed.",
            where=str(path),
            hint="Install it: pip install 'sleepstudio[parquet]'.",
        ) from error
    try:
        table = parquet.read_table(
            path,
            columns=["step", "timestamp", "anglez", "enmo"],
            filters=[("series_id", "=", series_id)],
            use_threads=False,
        )
        steps = table["step"].to_numpy().astype(np.int64)
        values = [table[name].to_numpy().astype(np.float32) for name in ("enmo", "anglez")]
        first = str(table["timestamp"][0].as_py()) if table.num_rows else ""
    except (OSError, ValueError, KeyError, TypeError, MemoryError, NotImplementedError) as error:
        raise RecordingError(
            f"it cannot be read as CMIDSS's Parquet ({str(error)[:120]}).", where=str(path), hint=_HINT
        ) from error
    if not len(steps):
        raise RecordingError(f"it has no series {series_id!r}.", where=str(path), hint=_HINT)
    if steps.min() < 0 or steps.max() >= MAX_STEPS:
        raise RecordingError("its steps are in no series.", where=str(path), hint=_HINT)
    placed = [np.full(int(steps.max()) + 1, np.nan, np.float32) for _ in values]
    for grid, column in zip(placed, values, strict=True):
        grid[steps] = column
    return Series(_clock(first) if steps[0] == 0 else None, placed[0], placed[1])


def hypnogram_of_nights(nights: Sequence[Night], steps: int, start: datetime | None) -> Hypnogram:
    """WAKE and SLEEP (as N2: nobody staged it) by the logs, in 30 s epochs; the rest is UNSCORED.

    Between the sleeps of two nights that follow one another it is wake, and for twelve hours around the
    first and the last; around a night that was not logged nobody knows.
    """
    stages = np.full(int(steps * STEP_S // EPOCH_S), Stage.UNSCORED, np.int8)
    known = [one for one in nights if one.onset is not None and one.wakeup is not None]

    def fill(first_s: float, last_s: float, stage: Stage) -> None:
        first, last = (int(np.clip(round(at / EPOCH_S), 0, len(stages))) for at in (first_s, last_s))
        stages[first:last] = stage

    for index, night in enumerate(known):
        onset_s, wakeup_s = (float(at or 0) * STEP_S for at in (night.onset, night.wakeup))
        before = known[index - 1] if index else None
        if before is None:
            fill(onset_s - AROUND_S, onset_s, Stage.W)
        elif night.number == before.number + 1:
            fill(float(before.wakeup or 0) * STEP_S, onset_s, Stage.W)
        if index == len(known) - 1:
            fill(wakeup_s, wakeup_s + AROUND_S, Stage.W)
    for night in known:
        fill(float(night.onset or 0) * STEP_S, float(night.wakeup or 0) * STEP_S, Stage.N2)
    return Hypnogram(stages, start=start, scorer="Sleep log", stage_set=STAGE_SETS[2])


def _clock(text: str) -> datetime | None:
    """The local clock of ``2018-08-14T15:30:00-0400``."""
    try:
        return datetime.fromisoformat(text[:19])
    except ValueError:
        return None
