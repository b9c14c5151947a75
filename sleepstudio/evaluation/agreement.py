"""Epoch-by-epoch agreement, as functions of confusion matrices.

All measures but average precision are functions of the confusion matrix, and take stacks of them
``(..., classes, classes)``: a bootstrap over people is then 2,000 matrices in one call. That, and undefined
values that are NaN where scikit-learn returns 0, is why scikit-learn is the tests' oracle here and not the
implementation. Names are scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import NOT_COUNTED

Counts = NDArray[np.int64]
Values = NDArray[np.float64]


def confusion_matrix(true: NDArray[np.int8], predicted: NDArray[np.int8], n_classes: int) -> Counts:
    """(classes, classes) counts, rows the true class; epochs ``NOT_COUNTED`` in either are left out."""
    both = (true != NOT_COUNTED) & (predicted != NOT_COUNTED)
    cells = true[both].astype(np.int64) * n_classes + predicted[both]
    return np.bincount(cells, minlength=n_classes**2).astype(np.int64).reshape(n_classes, n_classes)


def accuracy(confusion: Counts) -> Values:
    """Share of epochs on the diagonal; NaN without epochs."""
    return _ratio(_agreed(confusion), confusion.sum((-2, -1)))


def recall(confusion: Counts) -> Values:
    """(..., classes) share of a class's epochs that were found (sensitivity); NaN where it never occurs."""
    return _ratio(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(-1))


def precision(confusion: Counts) -> Values:
    """(..., classes) share of the epochs given a class that are it; NaN where it was never given."""
    return _ratio(np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(-2))


def f1(confusion: Counts) -> Values:
    """(..., classes) 2 TP / (2 TP + FP + FN); NaN where a class neither occurs nor was given."""
    true_positives = np.diagonal(confusion, axis1=-2, axis2=-1)
    return _ratio(2 * true_positives, confusion.sum(-1) + confusion.sum(-2))


def balanced_accuracy(confusion: Counts) -> Values:
    """Mean recall over the classes that occur."""
    return _nanmean(recall(confusion))


def f1_macro(confusion: Counts) -> Values:
    """Mean F1 over the classes that occur or were given."""
    return _nanmean(f1(confusion))


def f1_weighted(confusion: Counts) -> Values:
    """F1 weighted by how often a class occurs."""
    support = confusion.sum(-1)
    weighted = np.where(support > 0, f1(confusion), 0.0) * support
    return _ratio(weighted.sum(-1), support.sum(-1))


def cohen_kappa(confusion: Counts) -> Values:
    """(p_o − p_e) / (1 − p_e), Cohen 1960; NaN where both gave one and the same class throughout."""
    total = confusion.sum((-2, -1)).astype(np.float64)
    by_chance = (confusion.sum(-1).astype(np.float64) * confusion.sum(-2)).sum(-1)
    return _ratio(total * _agreed(confusion) - by_chance, total**2 - by_chance)


def matthews_corrcoef(confusion: Counts) -> Values:
    """Matthews' correlation for several classes (Gorodkin 2004); NaN where either gave one class only."""
    true, predicted = confusion.sum(-1).astype(np.float64), confusion.sum(-2).astype(np.float64)
    total = true.sum(-1)
    covariance = total * _agreed(confusion) - (true * predicted).sum(-1)
    variances = (total**2 - (true**2).sum(-1)) * (total**2 - (predicted**2).sum(-1))
    return _ratio(covariance, np.sqrt(variances))


METRICS: Final = MappingProxyType[str, Callable[[Counts], Values]](
    {
        "accuracy": accuracy,
        "balanced_accuracy": balanced_accuracy,
        "cohen_kappa": cohen_kappa,
        "matthews_corrcoef": matthews_corrcoef,
        "f1_macro": f1_macro,
        "f1_weighted": f1_weighted,
    }
)
"""The measures that are one number a confusion matrix."""


def average_precision(true: NDArray[np.int8], probabilities: NDArray[np.float32], n_classes: int) -> Values:
    """(classes,) Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds, one class against the rest; NaN where it never occurs.

    Epochs whose true class is ``NOT_COUNTED`` are left out. Macro: the mean over the classes that occur.
    """
    counted = true != NOT_COUNTED
    values = np.full(n_classes, np.nan)
    for index in range(n_classes):
        positive = true[counted] == index
        if positive.any():
            values[index] = _average_precision(positive, probabilities[counted, index])
    return values


def macro(values: Values) -> Values:
    """Mean over the last axis of what is defined; NaN where nothing is."""
    return _nanmean(values)


def _average_precision(positive: NDArray[np.bool_], score: NDArray[np.float32]) -> float:
    order = np.argsort(-score, kind="stable")
    last_of_threshold = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    found = np.cumsum(positive[order])[last_of_threshold]
    return float((np.diff(found, prepend=0) * found / (last_of_threshold + 1)).sum() / found[-1])


def _agreed(confusion: Counts) -> Values:
    return np.asarray(np.trace(confusion, axis1=-2, axis2=-1), np.float64)


def _ratio(numerator: Counts | Values, denominator: Counts | Values) -> Values:
    top = np.asarray(numerator, np.float64)
    bottom = np.asarray(denominator, np.float64)
    return np.where(bottom != 0, top / np.where(bottom != 0, bottom, 1.0), np.nan)


def _nanmean(values: Values) -> Values:
    defined = np.isfinite(values)
    return _ratio(np.where(defined, values, 0.0).sum(-1), defined.sum(-1))
