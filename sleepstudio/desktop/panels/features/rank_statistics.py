"""How a feature separates the stages, and how features go together: by ranks, so that no scale matters.

NumPy alone: the window imports no SciPy before its first paint, and half a second of SciPy is more than any
of these takes. SciPy is the tests' oracle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def average_ranks(values: Values) -> Values:
    """Ranks from 1 of (n,) values without NaN; equal values share their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks: Values = (last - (count - 1) / 2)[place]
    return ranks


def kruskal_wallis(values: Values, groups: NDArray[np.integer]) -> float:
    """H of Kruskal and Wallis 1952, corrected for ties, of (n,) values in the groups that ``groups`` numbers.

    Values that are NaN and groups below 0 are left out. NaN with fewer than two groups, or where all values
    are equal.
    """
    kept = np.isfinite(values) & (groups >= 0)
    codes, place = np.unique(groups[kept], return_inverse=True)
    n = int(kept.sum())
    if len(codes) < 2:
        return float("nan")
    _, ties = np.unique(values[kept], return_counts=True)
    correction = 1.0 - float((ties.astype(np.float64) ** 3 - ties).sum()) / (float(n) ** 3 - n)
    if correction <= 0:
        return float("nan")
    ranks = average_ranks(values[kept])
    sizes = np.bincount(place)
    sums = np.bincount(place, ranks)
    h = 12.0 / (n * (n + 1)) * float((sums**2 / sizes).sum()) - 3.0 * (n + 1)
    return h / correction


def epsilon_squared(values: Values, groups: NDArray[np.integer]) -> float:
    """ε² = H / (n − 1): the share of the ranks' variance that the groups explain, 0 to 1.

    After Kelley 1935; Tomczak & Tomczak 2014, *Trends in Sport Sciences* 21:19. NaN as for
    :func:`kruskal_wallis`.
    """
    n = int((np.isfinite(values) & (groups >= 0)).sum())
    return kruskal_wallis(values, groups) / (n - 1) if n > 1 else float("nan")


def spearman(features: Values) -> Values:
    """(columns, columns) rank correlations of (rows, columns) values; rows with a NaN are left out.

    NaN for a column that is constant, and everywhere with fewer than three rows.
    """
    whole = features[np.isfinite(features).all(axis=1)]
    width = features.shape[1]
    if len(whole) < 3:
        return np.full((width, width), np.nan)
    ranks = np.stack([average_ranks(column) for column in whole.T])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlations: Values = centred @ centred.T / np.outer(lengths, lengths)
    correlations[lengths == 0] = np.nan
    correlations[:, lengths == 0] = np.nan
    return np.clip(correlations, -1.0, 1.0)
