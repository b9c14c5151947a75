"""Power of the heart rate's variability by band, over minutes around each epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.hrv import HIGH_HZ, LOW_HZ, TACHOGRAM_HZ, detrended
from sleepstudio.features.intervals import Intervals
from sleepstudio.features.windows import Windows

VERY_LOW_HZ = (0.0033, 0.04)
"""Task Force 1996; what five minutes hold of it. Apneas come and go at this pace."""


@dataclass(frozen=True, eq=False)
class Bands:
    """(windows,) ``very_low``, ``low``, ``high``: power in ms², NaN without a tachogram; ``peak_hz``: where
    the high band is strongest, the breathing's frequency; ``peak_share``: 0 to 1, the share of the high band
    within 0.03 Hz of it.
    """

    very_low: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    peak_hz: NDArray[np.float64]
    peak_share: NDArray[np.float64]


def band_powers(tachogram_ms: NDArray[np.float32], windows: Windows) -> Bands:
    """By Hann periodograms of the tachogram in each window, without its linear trend.

    The sum of a band's bins times their width, so that a sine of amplitude A has the power A² / 2.
    """
    from scipy.fft import rfft, rfftfreq

    rows = windows.rows_of(tachogram_ms, TACHOGRAM_HZ)
    present = np.isfinite(rows)
    taper = np.hanning(rows.shape[1] + 2)[1:-1].astype(np.float32)
    tapered = np.where(present, taper, np.float32(0.0))
    spectrum = np.abs(rfft(detrended(rows) * tapered, axis=1)) ** 2
    energy = np.maximum(np.square(tapered).sum(axis=1), 1e-9)[:, None]
    power = 2 * spectrum / (energy * rows.shape[1])
    frequency = rfftfreq(rows.shape[1], 1 / TACHOGRAM_HZ)
    some = present.any(axis=1)
    bands = [
        np.where(some, power[:, (frequency >= low) & (frequency < high)].sum(axis=1), np.nan)
        for low, high in (VERY_LOW_HZ, LOW_HZ, HIGH_HZ)
    ]
    breathing = np.flatnonzero((frequency >= HIGH_HZ[0]) & (frequency < HIGH_HZ[1]))
    strongest = frequency[breathing[np.argmax(power[:, breathing], axis=1)]]
    near = np.abs(frequency[None, breathing] - strongest[:, None]) <= _NEAR_HZ
    share = np.where(near, power[:, breathing], 0).sum(axis=1) / np.maximum(bands[2], 1e-9)
    return Bands(
        bands[0], bands[1], bands[2], np.where(some, strongest, np.nan), np.where(some, share, np.nan)
    )


_NEAR_HZ = 0.03


def successive_differences(intervals: Intervals, windows: Windows) -> NDArray[np.float64]:
    """(windows,) RMSSD in ms: of intervals that follow one another at once; NaN below two such pairs.

    A pair counts where both of its intervals lie wholly in the window: none spans a removed beat.
    """
    follows = np.abs(intervals.start_s[1:] - intervals.stop_s[:-1]) < _SAME_S
    square = np.square(np.diff(intervals.length_s * 1000.0))[follows]
    first, last = windows.within(intervals.start_s[:-1][follows], intervals.stop_s[1:][follows])
    total = np.concatenate(([0.0], np.cumsum(square)))
    count = last - first
    mean = (total[last] - total[first]) / np.maximum(count, 1)
    return np.where(count > 1, np.sqrt(np.maximum(mean, 0.0)), np.nan)


_SAME_S = 0.05
