"""From scored spans, as files have them, to epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage

MAX_HYPNOGRAM_S = 100 * 24 * 3600.0
"""A scoring that reaches further is damaged."""
LONGEST_EPOCH_S = 60.0
_OTHER_EPOCH_S = 20.0
"""What scorers use besides 30 s."""
_SAME_S = 1e-3


@dataclass(frozen=True)
class ScoredSpan:
    """A stage from ``onset_s``; ``duration_s`` None where it lasts until the next one.

    ``where`` is its place in the file, for errors.
    """

    onset_s: float
    duration_s: float | None
    stage: Stage
    where: str


def hypnogram_of_spans(
    spans: Sequence[ScoredSpan], file: str, *, start: datetime | None = None, scorer: str = ""
) -> Hypnogram:
    """Epochs from the first span's onset to the last one's end; what no span covers is UNSCORED.

    An epoch has the stage at its centre; where spans overlap, the one that began last. The epoch length is
    the spans' own where each has the same of at most 60 s, else 30 s, or 20 s where that alone divides all of
    them. ``start``: the wall clock at second 0. Raises RecordingError where there is no span, or one lies
    nowhere a night could.
    """
    if not spans:
        raise RecordingError("it holds no scored sleep stage.", where=file, hint="Is it a hypnogram?")
    ordered = sorted(spans, key=lambda span: span.onset_s)
    onsets = np.array([span.onset_s for span in ordered])
    durations = _durations(ordered, onsets, file)
    epoch_s = _epoch_length(onsets, durations)
    onset, stop = float(onsets[0]), float((onsets + durations).max())
    n_epochs = max(1, math.floor((stop - onset) / epoch_s + 0.5))
    stages = np.full(n_epochs, Stage.UNSCORED, np.int8)
    # the first epoch whose centre is not before a time
    firsts = np.ceil((onsets - onset) / epoch_s - 0.5 - _SAME_S).astype(np.int64)
    lasts = np.ceil((onsets + durations - onset) / epoch_s - 0.5 - _SAME_S).astype(np.int64)
    for span, first, last in zip(ordered, firsts.tolist(), lasts.tolist(), strict=True):
        stages[first:last] = span.stage
    return Hypnogram(stages, epoch_s, onset, _later(start, onset), scorer)


def _durations(ordered: Sequence[ScoredSpan], onsets: NDArray[np.float64], file: str) -> NDArray[np.float64]:
    following = np.append(np.diff(onsets), EPOCH_S)
    durations = np.empty(len(ordered))
    for index, span in enumerate(ordered):
        duration = following[index] if span.duration_s is None else span.duration_s
        extent = abs(span.onset_s) + duration
        if not (duration >= 0 and extent <= MAX_HYPNOGRAM_S):
            raise RecordingError(
                f"a stage from {span.onset_s:g} s over {duration:g} s is nowhere in a night.",
                where=f"{file}, {span.where}",
                hint="Correct the onset and duration, in seconds from the recording's start.",
            )
        durations[index] = duration
    return durations


def _epoch_length(onsets: NDArray[np.float64], durations: NDArray[np.float64]) -> float:
    first = float(durations[0])
    if 1 <= first <= LONGEST_EPOCH_S and np.ptp(durations) < _SAME_S:
        return first
    times = np.concatenate([onsets - onsets[0], durations])
    fits = {epoch_s: bool((np.abs(times - np.rint(times / epoch_s) * epoch_s) < _SAME_S).all())
            for epoch_s in (EPOCH_S, _OTHER_EPOCH_S)}  # fmt: skip
    return _OTHER_EPOCH_S if fits[_OTHER_EPOCH_S] and not fits[EPOCH_S] else EPOCH_S


def _later(start: datetime | None, seconds: float) -> datetime | None:
    try:
        return start + timedelta(seconds=seconds) if start else None
    except OverflowError:
        return None
