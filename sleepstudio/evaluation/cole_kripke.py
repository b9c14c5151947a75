"""Cole–Kripke: sleep and wake from wrist activity counts alone, the baseline of actigraphy.

Cole RJ, Kripke DF, Gruen W, Mullaney DJ, Gillin JC. Automatic sleep/wake identification from wrist
activity. *Sleep* 1992;15(5):461–469: the version for the mean activity of each minute. Rescoring: Webster JB,
Kripke DF, Messin S, Mullaney DJ, Wyborney G. An activity-based sleep monitor system for ambulatory use.
*Sleep* 1982;5(4):389–399.

It needs counts that are counts. Published features that were smoothed over minutes, or scaled by the night,
have already spread every movement over its neighbours: on them the weights below mean nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import NOT_COUNTED, runs

WEIGHTS: Final = (106.0, 54.0, 58.0, 76.0, 230.0, 74.0, 67.0)
"""Of the minutes −4 to +2."""

SCALE: Final = 0.001
TWO_SECOND_EPOCHS: Final = 30
MINUTE_S: Final = 60.0
WAKE, SLEEP = 0, 1
"""Classes of stage set 2."""


def counts_per_minute(
    counts: NDArray[np.floating], epoch_s: float, *, onset_s: float = 0.0
) -> NDArray[np.float64]:
    """(minutes,) sums of counts of 10, 15, 20, 30 or 60 s epochs; NaN in a minute with a missing epoch.

    Minutes are counted from second 0; ``onset_s`` is where the first epoch begins, at a whole number of
    epochs. An incomplete last minute is dropped. Raises ValueError where the epochs do not divide a minute.
    """
    per_minute = round(MINUTE_S / epoch_s)
    offset = round(onset_s / epoch_s)
    if abs(per_minute * epoch_s - MINUTE_S) > 1e-6 or abs(offset * epoch_s - onset_s) > 1e-6 or offset < 0:
        raise ValueError(f"epochs of {epoch_s:g} s from {onset_s:g} s do not divide minutes")
    padded = np.concatenate((np.full(offset, np.nan), np.asarray(counts, np.float64)))
    minutes = len(padded) // per_minute
    return np.asarray(padded[: minutes * per_minute].reshape(minutes, per_minute).sum(1))


def cole_kripke(
    counts: NDArray[np.floating], *, counts_per_unit: float = 1.0, rescore: bool = False
) -> NDArray[np.int8]:
    """(minutes,) class of stage set 2 (0 wake, 1 sleep) from (minutes,) activity counts per minute.

    D = 0.001 · (106 A₋₄ + 54 A₋₃ + 58 A₋₂ + 76 A₋₁ + 230 A₀ + 74 A₁ + 67 A₂); wake where D ≥ 1. A is the mean
    of the minute's thirty 2-s epochs, the resolution of the 1992 recorder: ``counts / 30 / counts_per_unit``.
    Other devices count in other units (``counts_per_unit`` of theirs make one of that recorder's); 1 takes
    them as they are. Minutes before and after the record count as still.
    Where one of the seven minutes is missing (NaN), the class is ``NOT_COUNTED``. ``rescore`` applies
    :func:`webster_rescored`.
    """
    mean = np.asarray(counts, np.float64) / TWO_SECOND_EPOCHS / counts_per_unit
    activity = np.pad(mean, (4, 2))
    windows = np.lib.stride_tricks.sliding_window_view(activity, len(WEIGHTS))
    index = SCALE * (windows @ np.asarray(WEIGHTS))
    classes = np.where(index < 1.0, SLEEP, WAKE).astype(np.int8)
    classes[np.isnan(index)] = NOT_COUNTED
    return webster_rescored(classes) if rescore else classes


def webster_rescored(classes: NDArray[np.int8]) -> NDArray[np.int8]:
    """Webster's rules on (minutes,) classes: short sleep after or between long wake becomes wake.

    After at least 4, 10, 15 min of wake, up to 1, 3, 4 min of the sleep that follows are wake; then 6 min of
    sleep or less between 10 min of wake on either side, and 10 min or less between 20 min, are wake. The
    first three look at the classes as scored, the others at what is left by those before.
    """
    rescored = classes.copy()
    sleep_ends = dict(runs(classes == SLEEP))
    for first, last in runs(classes == WAKE):
        for wake_min, sleep_min in ((4, 1), (10, 3), (15, 4)):
            if last - first >= wake_min:
                rescored[last : min(last + sleep_min, sleep_ends.get(last, last))] = WAKE
    for sleep_min, wake_min in ((6, 10), (10, 20)):
        for (begin, first), (last, end) in pairwise(runs(rescored == WAKE)):
            asleep = bool((rescored[first:last] == SLEEP).all())
            if asleep and last - first <= sleep_min and min(first - begin, end - last) >= wake_min:
                rescored[first:last] = WAKE
    return rescored


def per_epoch(classes: NDArray[np.int8], n_epochs: int, epoch_s: float) -> NDArray[np.int8]:
    """(n_epochs,) the class of the minute that holds each epoch's middle; ``NOT_COUNTED`` beyond the last."""
    minute = ((np.arange(n_epochs) + 0.5) * epoch_s // MINUTE_S).astype(np.int64)
    padded = np.append(classes, np.int8(NOT_COUNTED))
    return np.asarray(padded[np.minimum(minute, len(classes))])
