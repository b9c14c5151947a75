"""Per-night normalisation, the same for training, staging and export."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VARIANCE_FLOOR = 1e-6
"""Added to the variance, as SleepKit does: a constant column becomes zero, not not-a-number."""

LIMIT = 8.0
"""Normalised values are clipped here: one outlier must not cost the int8 model its resolution."""


def normalise_night(features: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Z-scores of a night's features by the mean and variance of its usable rows (offline: whole night).

    ``features``: (epochs, columns), ``mask``: (epochs,) True where usable. Returns (epochs, columns) float32,
    finite, within ±8. Rows that are not usable become the column's median, as in SleepKit's preprocessing;
    a value undefined in a usable row becomes the mean; a column undefined all night becomes zero.
    """
    usable = features[mask].astype(np.float64)
    defined = np.isfinite(usable)
    usable = np.where(defined, usable, 0.0)
    count = np.maximum(defined.sum(axis=0), 1)
    mean = usable.sum(axis=0) / count
    deviation = np.where(defined, usable - mean, 0.0)
    scale = np.sqrt((deviation**2).sum(axis=0) / count + VARIANCE_FLOOR)

    normalised = np.zeros(features.shape, np.float64)
    normalised[mask] = deviation / scale
    if len(usable):
        normalised[~mask] = _medians(deviation / scale, defined)
    return np.clip(normalised, -LIMIT, LIMIT).astype(np.float32)


def _medians(values: NDArray[np.float64], defined: NDArray[np.bool_]) -> NDArray[np.float64]:
    columns = range(values.shape[1])
    return np.array([np.median(values[defined[:, i], i]) if defined[:, i].any() else 0.0 for i in columns])
