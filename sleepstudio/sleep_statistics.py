"""What a night amounts to: durations, latencies, continuity, stages, transitions and cycles.

Definitions follow the AASM manual (2.6, section II.B) and YASA (Vallat & Walker 2021), with which they agree
on hypnograms that are scored throughout. What never happened (REM latency without REM), or cannot be told
(REM latency from a WAKE/SLEEP hypnogram), is None, never 0.

**Unscored epochs and artifacts are neither wake nor sleep.** They take time: inside the time in bed and the
sleep period they lengthen both, and so lower the efficiencies; ``unscored_min`` says by how much. They enter
no stage, no wake, no awakening, no transition, and they interrupt persistent sleep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import NOT_COUNTED, Hypnogram, Stage, StageSet, runs

PERSISTENT_SLEEP_MIN = 10.0
"""Uninterrupted sleep that counts as persistent, as in drug trials (latency to persistent sleep)."""

MIN_NREM_PERIOD_MIN = 15.0
MIN_REM_PERIOD_MIN = 5.0


@dataclass(frozen=True)
class SleepStatistics:
    """One night. Durations and latencies in minutes; None where undefined.

    With L the time from lights off to lights on, ``o`` sleep onset (the first epoch of any sleep stage in L)
    and ``f`` final awakening (the end of the last such epoch):
    """

    tib_min: float | None
    """Time in bed: duration of L. Without lights times, from the first to the last epoch that is not
    UNSCORED; None where there is none."""
    spt_min: float | None
    """Sleep period time: f − o. None without sleep."""
    tst_min: float | None
    """Total sleep time: Σ sleep epochs in L. 0 in a night awake, None where nothing was scored."""
    se_percent: float | None
    """Sleep efficiency: 100 · TST / TIB."""
    sme_percent: float | None
    """Sleep maintenance efficiency: 100 · TST / SPT. None without sleep."""
    sol_min: float | None
    """Sleep onset latency: o − lights off. None without sleep."""
    persistent_sleep_latency_min: float | None
    """From lights off to the first of the first 10 min of sleep that nothing interrupts. None without."""
    waso_min: float | None
    """Wake after sleep onset: Σ wake epochs between o and f. None without sleep."""
    rem_latency_min: float | None
    """From o to the first REM epoch (not from lights off). None without REM, and where the stage set has no
    REM."""
    minutes: Mapping[str, float]
    """Σ epochs in L, per class of the stage set."""
    percent_of_tst: Mapping[str, float | None]
    """100 · minutes / TST per sleep class. None where TST is 0."""
    unscored_min: float
    """UNSCORED and ARTIFACT epochs in L."""
    awakenings: int | None
    """Episodes of wake between o and f, each at least one epoch, parted by sleep. None without sleep."""
    stage_shifts: int | None
    """Neighbouring epochs between o and f that differ in class, both scored. None without sleep."""
    cycles: int | None
    """Complete NREM–REM cycles, see :func:`sleep_cycles`. None where the stage set has no REM."""


@dataclass(frozen=True)
class SleepCycle:
    """One NREM period and the REM period that ends it; times in seconds from the recording's start."""

    onset_s: float
    rem_onset_s: float | None
    """None in the last, incomplete cycle: NREM that no REM period followed."""
    stop_s: float
    nrem_min: float
    rem_min: float

    @property
    def complete(self) -> bool:
        return self.rem_onset_s is not None


def sleep_statistics(
    hypnogram: Hypnogram,
    *,
    lights_off_s: float | None = None,
    lights_on_s: float | None = None,
    stage_set: StageSet | None = None,
) -> SleepStatistics:
    """Statistics of one night, in the classes of ``stage_set`` (by default the hypnogram's own).

    ``lights_off_s`` and ``lights_on_s`` are seconds from the recording's start. An epoch is in bed where its
    middle is; bed time outside the hypnogram counts as unscored. Raises ValueError where lights go on before
    they go off, or lie more than a day outside the hypnogram.
    """
    night = Hypnogram(
        _stages_in_bed(hypnogram, lights_off_s, lights_on_s),
        hypnogram.epoch_s,
        stage_set=stage_set or hypnogram.stage_set,
    )
    minute = 60.0 / night.epoch_s
    classes = night.classes
    scored = classes != NOT_COUNTED
    wake = classes == _wake_class(night.stage_set)
    asleep = scored & ~wake
    onset, final = _sleep_period(asleep)
    tib = len(night) / minute if len(night) else None
    tst = float(asleep.sum() / minute) if scored.any() else None
    spt = (final - onset) / minute if final else None
    rem_onset = _first(night.stages == Stage.R) if _has_rem(night.stage_set) else None
    names = night.stage_set.class_names
    minutes = {name: float((classes == index).sum() / minute) for index, name in enumerate(names)}
    shifts = transition_matrix(night, slice(onset, final))
    cycles = sleep_cycles(night)
    return SleepStatistics(
        tib_min=tib,
        spt_min=spt,
        tst_min=tst,
        se_percent=100 * tst / tib if tst is not None and tib else None,
        sme_percent=100 * tst / spt if tst is not None and spt else None,
        sol_min=onset / minute if spt else None,
        persistent_sleep_latency_min=_persistent_sleep_latency(asleep, minute),
        waso_min=float(wake[onset:final].sum() / minute) if spt else None,
        rem_latency_min=(rem_onset - onset) / minute if rem_onset is not None else None,
        minutes=minutes,
        percent_of_tst={
            name: 100 * minutes[name] / tst if tst else None
            for index, name in enumerate(names)
            if index != _wake_class(night.stage_set)
        },
        unscored_min=float((~scored).sum() / minute),
        awakenings=_awakenings(wake[onset:final], asleep[onset:final]) if spt else None,
        stage_shifts=int(shifts.sum() - np.trace(shifts)) if spt else None,
        cycles=None if cycles is None else sum(cycle.complete for cycle in cycles),
    )


def transition_matrix(hypnogram: Hypnogram, epochs: slice | None = None) -> NDArray[np.int64]:
    """(classes, classes) how often an epoch of the row's class is followed by one of the column's class.

    Only pairs of neighbouring epochs count that are both scored: what happened across a gap is not known.
    ``epochs`` restricts it to a part of the night.
    """
    n_classes = len(hypnogram.stage_set)
    classes = hypnogram.classes[epochs or slice(None)].astype(np.int64)
    before, after = classes[:-1], classes[1:]
    known = (before != NOT_COUNTED) & (after != NOT_COUNTED)
    counts = np.bincount(before[known] * n_classes + after[known], minlength=n_classes**2)
    return counts.astype(np.int64).reshape(n_classes, n_classes)


def transition_probabilities(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows of a :func:`transition_matrix` divided by their sum; NaN in the row of a class never left."""
    total = counts.sum(1, keepdims=True)
    return np.where(total > 0, counts / np.maximum(total, 1), np.nan)


def sleep_cycles(hypnogram: Hypnogram) -> tuple[SleepCycle, ...] | None:
    """NREM–REM cycles by Feinberg & Floyd (1979); None where the stage set cannot tell REM from NREM.

    A REM period gathers REM epochs with less than 15 min of NREM between them, and has at least 5 min of REM;
    that of the first cycle may be shorter. A cycle is at least 15 min of NREM (wake, and REM too short for a
    period, may lie between) and the REM period after it; it begins with the first NREM epoch since the last
    REM period. REM that no such NREM precedes (sleep-onset REM) ends no cycle. 15 min or more of NREM after
    the last REM period are an incomplete cycle. Feinberg & Floyd began NREM at stage 2; here N1 counts too,
    as in Blume & Cajochen (2021, *SleepCycles*), because stage sets 3 and 4 cannot tell it from N2.

    Feinberg I, Floyd TC. Systematic trends across the night in human sleep cycles. Psychophysiology 1979.
    """
    if not _has_rem(hypnogram.stage_set):
        return None
    nrem = np.isin(hypnogram.stages, (Stage.N1, Stage.N2, Stage.N3))
    nrem_min = np.concatenate(([0.0], np.cumsum(nrem) * hypnogram.epoch_s / 60.0))
    cycles: list[SleepCycle] = []
    begin = 0
    for first, last, rem_min in _gathered_rem(hypnogram, nrem_min):
        if cycles and rem_min < MIN_REM_PERIOD_MIN:
            continue
        if nrem_min[first] - nrem_min[begin] >= MIN_NREM_PERIOD_MIN:
            onset = begin + int(np.argmax(nrem[begin:]))
            duration = float(nrem_min[first] - nrem_min[begin])
            cycles.append(_cycle(hypnogram, onset, first, last, duration, rem_min))
        begin = last
    rest = float(nrem_min[-1] - nrem_min[begin])
    if rest >= MIN_NREM_PERIOD_MIN:
        epochs = begin + np.flatnonzero(nrem[begin:])
        cycles.append(_cycle(hypnogram, int(epochs[0]), None, int(epochs[-1]) + 1, rest, 0.0))
    return tuple(cycles)


def _cycle(
    hypnogram: Hypnogram, onset: int, rem_onset: int | None, stop: int, nrem_min: float, rem_min: float
) -> SleepCycle:
    onset_s, epoch_s = hypnogram.onset_s, hypnogram.epoch_s
    return SleepCycle(
        onset_s=onset_s + onset * epoch_s,
        rem_onset_s=None if rem_onset is None else onset_s + rem_onset * epoch_s,
        stop_s=onset_s + stop * epoch_s,
        nrem_min=nrem_min,
        rem_min=rem_min,
    )


def _gathered_rem(hypnogram: Hypnogram, nrem_min: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """REM with less than 15 min of NREM between: first epoch, one past the last, minutes of REM."""
    gathered: list[tuple[int, int, float]] = []
    for first, last in runs(hypnogram.stages == Stage.R):
        rem_min = (last - first) * hypnogram.epoch_s / 60.0
        if gathered and nrem_min[first] - nrem_min[gathered[-1][1]] < MIN_NREM_PERIOD_MIN:
            begun, _, before_min = gathered.pop()
            gathered.append((begun, last, before_min + rem_min))
        else:
            gathered.append((first, last, rem_min))
    return gathered


def _stages_in_bed(
    hypnogram: Hypnogram, lights_off_s: float | None, lights_on_s: float | None
) -> NDArray[np.int8]:
    """Stages of the epochs from lights off to lights on, UNSCORED where the hypnogram has none."""
    seen = np.flatnonzero(hypnogram.stages != Stage.UNSCORED)
    first, last = (int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 0)
    if lights_off_s is not None:
        first = _nearest_edge(hypnogram, lights_off_s)
    if lights_on_s is not None:
        last = _nearest_edge(hypnogram, lights_on_s)
    if lights_off_s is not None and lights_on_s is not None and lights_on_s <= lights_off_s:
        raise ValueError(f"lights go on at {lights_on_s:g} s, but off only at {lights_off_s:g} s")
    epochs = np.arange(first, last)
    inside = (epochs >= 0) & (epochs < len(hypnogram))
    stages = np.full(len(epochs), Stage.UNSCORED, np.int8)
    stages[inside] = hypnogram.stages[epochs[inside]]
    return stages


def _nearest_edge(hypnogram: Hypnogram, time_s: float) -> int:
    """Index of the first epoch whose middle is not before ``time_s``; it may lie outside the hypnogram."""
    if not hypnogram.onset_s - _DAY_S <= time_s <= hypnogram.stop_s + _DAY_S:
        raise ValueError(f"lights at {time_s:g} s are more than a day from the hypnogram")
    return int(np.ceil((time_s - hypnogram.onset_s) / hypnogram.epoch_s - 0.5))


_DAY_S = 86400.0


def _sleep_period(asleep: NDArray[np.bool_]) -> tuple[int, int]:
    """First sleep epoch and one past the last; (0, 0) without sleep."""
    epochs = np.flatnonzero(asleep)
    return (int(epochs[0]), int(epochs[-1]) + 1) if len(epochs) else (0, 0)


def _first(condition: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(condition)) if condition.any() else None


def _wake_class(stage_set: StageSet) -> int:
    return int(stage_set.classes([Stage.W])[0])


def _has_rem(stage_set: StageSet) -> bool:
    return (Stage.R,) in stage_set.members


def _persistent_sleep_latency(asleep: NDArray[np.bool_], epochs_per_minute: float) -> float | None:
    for first, last in runs(asleep):
        if (last - first) / epochs_per_minute >= PERSISTENT_SLEEP_MIN:
            return first / epochs_per_minute
    return None


def _awakenings(wake: NDArray[np.bool_], asleep: NDArray[np.bool_]) -> int:
    return len(runs(wake[wake | asleep]))
