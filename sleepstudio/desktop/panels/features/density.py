"""Smooth densities of a feature in each stage, for ridges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import Stage

Values = NDArray[np.float64]

POINTS = 240
LEAST_EPOCHS = 8
"""Fewer values than this have no shape worth drawing."""
_TAIL_PERCENT = 0.5
_REACH_SD = 4.0


@dataclass(frozen=True, eq=False)
class Ridge:
    """The density of one stage over the shared ``grid``; ``count`` epochs, ``median`` of them."""

    stage: Stage
    count: int
    median: float
    density: Values | None
    """(points,) per unit of the feature; None with fewer than :data:`LEAST_EPOCHS` epochs or no spread."""


def kernel_density(values: Values, grid: Values) -> Values:
    """Gaussian kernel density of (n,) values on an even grid, Scott's bandwidth.

    Values are binned linearly on a grid four times as fine first (Wand 1994), so that the cost does not grow
    with n × points. Raises ValueError for fewer than two values or none that differ.
    """
    if len(values) < 2 or not np.ptp(values):
        raise ValueError("a density needs values that differ")
    width = float(values.std(ddof=1)) * len(values) ** -0.2
    step = float(grid[1] - grid[0]) / 4
    low, high = float(values.min()), float(values.max())
    # fine enough for the kernel, too: long tails make the shown grid coarse
    step = max(min(step, width / 4), (high - low) / 200_000)
    bins = int(np.ceil((high - low) / step)) + 2
    place = (values - low) / step
    left = place.astype(np.int64)
    share = place - left
    counts = np.asarray(np.bincount(left, 1 - share, bins) + np.bincount(left + 1, share, bins), np.float64)
    reach = int(np.ceil(_REACH_SD * width / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    smooth = _convolved(counts, kernel) / (len(values) * width * np.sqrt(2 * np.pi))
    density: Values = np.interp(
        grid, low + (np.arange(len(smooth)) - reach) * step, smooth, left=0.0, right=0.0
    )
    return density


def _convolved(counts: Values, kernel: Values) -> Values:
    size = len(counts) + len(kernel) - 1
    padded = 1 << (size - 1).bit_length()
    product = np.fft.rfft(counts, padded) * np.fft.rfft(kernel, padded)
    return np.maximum(np.fft.irfft(product, padded)[:size], 0.0)


def shown_range(values: Values) -> tuple[float, float]:
    """Where a feature is drawn: all but the outermost half percent at each end, and a margin."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = (float(bound) for bound in np.percentile(finite, (_TAIL_PERCENT, 100 - _TAIL_PERCENT)))
    margin = 0.06 * (high - low) or max(abs(low) * 0.1, 1.0)
    return low - margin, high + margin


def ridges(
    values: Values, stages: NDArray[np.int8], order: tuple[Stage, ...]
) -> tuple[Values, Mapping[Stage, Ridge]]:
    """The shared grid and the ridge of each stage of ``order`` that occurs."""
    grid = np.linspace(*shown_range(values), POINTS)
    found = {}
    for stage in order:
        mine = values[(stages == stage) & np.isfinite(values)]
        if len(mine):
            drawable = len(mine) >= LEAST_EPOCHS and float(np.ptp(mine)) > 0
            density = kernel_density(mine, grid) if drawable else None
            found[stage] = Ridge(stage, len(mine), float(np.median(mine)), density)
    return grid, found
