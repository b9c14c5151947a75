"""Heart-rate variability of each window, in time and in frequency, from trusted intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.intervals import Intervals
from sleepstudio.features.windows import Windows, sorted_median

TACHOGRAM_HZ = 4.0
LOW_HZ = (0.04, 0.15)
HIGH_HZ = (0.15, 0.40)
"""Bands of the Task Force 1996, *Circulation* 93."""

POWER_FLOOR_MS2 = 1.0
"""Added to both powers: what a millisecond's error in each beat amounts to. It makes the ratio of a constant
rhythm 1 where it would be 0 / 0."""
_LONGEST_CURVE_S = 3.0


@dataclass(frozen=True, eq=False)
class TimeDomain:
    """(windows,) of the intervals wholly in each window; NaN where there are none.

    ``mean_ms``, ``deviation_ms`` (n − 1, NaN below two), ``median_ms``; ``count``; ``covered``: share of the
    window's time that they fill, 0 to 1.
    """

    mean_ms: NDArray[np.float64]
    deviation_ms: NDArray[np.float64]
    median_ms: NDArray[np.float64]
    count: NDArray[np.int64]
    covered: NDArray[np.float64]


def time_domain(intervals: Intervals, windows: Windows) -> TimeDomain:
    """The metrics of PhysioKit's ``compute_hrv_time``, for all windows at once."""
    first, last = windows.within(intervals.start_s, intervals.stop_s)
    count = last - first
    place = first[:, None] + np.arange(max(int(count.max(initial=0)), 1))
    inside = place < last[:, None]
    length_ms = np.append(intervals.length_s * 1000.0, np.nan)
    rows = np.where(inside, length_ms[np.where(inside, place, len(intervals))], np.nan)
    ordered = np.sort(rows, axis=1)
    total = np.nansum(rows, axis=1)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    squares = np.nansum(np.square(rows - mean[:, None]), axis=1)
    return TimeDomain(
        mean_ms=mean,
        deviation_ms=np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan),
        median_ms=np.where(count > 0, sorted_median(ordered, count), np.nan),
        count=count,
        covered=total / 1000.0 / windows.duration_s,
    )


def tachogram(intervals: Intervals, duration_s: float) -> NDArray[np.float32]:
    """(samples,) interval length in ms at ``TACHOGRAM_HZ``: a cubic spline through the intervals' middles.

    Straight over longer stretches without trusted intervals, where a spline would swing. NaN where there are
    fewer than two intervals in all.
    """
    grid = np.arange(round(duration_s * TACHOGRAM_HZ)) / TACHOGRAM_HZ
    if len(intervals) < 2:
        return np.full(len(grid), np.nan, np.float32)
    from scipy.interpolate import CubicSpline

    middle, length_ms = intervals.middle_s, intervals.length_s * 1000.0
    straight = np.interp(grid, middle, length_ms)
    following = np.clip(np.searchsorted(middle, grid), 1, len(middle) - 1)
    inside = (grid >= middle[0]) & (grid <= middle[-1])
    curved = inside & (middle[following] - middle[following - 1] <= _LONGEST_CURVE_S)
    straight[curved] = CubicSpline(middle, length_ms)(grid[curved])
    return straight.astype(np.float32)


def low_to_high_ratio(tachogram_ms: NDArray[np.float32], windows: Windows) -> NDArray[np.float64]:
    """(windows,) power in ``LOW_HZ`` over power in ``HIGH_HZ``; NaN without a tachogram.

    From each window's tachogram without its linear trend, by a Hann periodogram. The Task Force asks at least
    two minutes for the low band: from 60 s it holds two to nine cycles, so that this is a proxy, fit to
    compare rows of one night. PhysioKit's ``compute_hrv_frequency`` neither detrends nor squares, and gives
    10 to 15 for a constant rhythm.
    """
    from scipy.fft import rfft, rfftfreq

    rows = windows.rows_of(tachogram_ms, TACHOGRAM_HZ)
    present = np.isfinite(rows)
    rows = detrended(rows)
    taper = np.hanning(rows.shape[1] + 2)[1:-1].astype(np.float32)
    tapered = np.where(present, taper, np.float32(0.0))
    spectrum = np.abs(rfft(rows * tapered, axis=1)) ** 2
    energy = np.square(tapered).sum(axis=1)
    # one-sided density times the width of a bin
    power = 2 * spectrum / (np.maximum(energy, 1e-9)[:, None] * rows.shape[1])
    frequency = rfftfreq(rows.shape[1], 1 / TACHOGRAM_HZ)
    low, high = (
        power[:, (frequency >= band[0]) & (frequency < band[1])].sum(axis=1) for band in (LOW_HZ, HIGH_HZ)
    )
    ratio = (low + POWER_FLOOR_MS2) / (high + POWER_FLOOR_MS2)
    return np.where(present.any(axis=1), ratio, np.nan)


def detrended(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows without their straight line (least squares over what is no NaN); 0 where NaN."""
    present = np.isfinite(rows)
    count = np.maximum(present.sum(axis=1), 1)[:, None]
    place = np.where(present, np.arange(rows.shape[1], dtype=np.float32), 0.0)
    place = np.where(present, place - place.sum(axis=1, keepdims=True) / count, 0.0)
    values = np.where(present, rows, 0.0)
    values = np.where(present, values - values.sum(axis=1, keepdims=True) / count, 0.0)
    slope = (place * values).sum(axis=1) / np.maximum(np.square(place).sum(axis=1), 1e-9)
    return np.asarray(values - slope[:, None] * place, np.float32)
