"""Metrics on validation frames while a model trains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, cohen_kappa_score, confusion_matrix, f1_score


def validation_metrics(
    truth: NDArray[np.int8], predicted: NDArray[np.intp], classes: int
) -> dict[str, float]:
    """Accuracy, weighted F1 and Cohen's kappa over counted epochs of (frames, epochs) classes.

    Kappa of a validation with one class alone is undefined and reported as 0, as no agreement beyond
    chance was shown.
    """
    counted = truth >= 0
    true, guess = truth[counted], predicted[counted]
    if not len(true):
        return {"val_acc": 0.0, "val_f1": 0.0, "val_kappa": 0.0}
    labels = list(range(classes))
    several = len(np.unique(np.concatenate([true, guess]))) > 1
    return {
        "val_acc": float(accuracy_score(true, guess)),
        "val_f1": float(f1_score(true, guess, labels=labels, average="weighted", zero_division=0)),
        "val_kappa": float(cohen_kappa_score(true, guess, labels=labels)) if several else 0.0,
    }


def validation_confusion(
    truth: NDArray[np.int8], predicted: NDArray[np.intp], classes: int
) -> NDArray[np.int64]:
    """(classes, classes) counted epochs of (frames, epochs) classes, rows the true class."""
    counted = truth >= 0
    if not counted.any():
        return np.zeros((classes, classes), np.int64)
    return np.asarray(confusion_matrix(truth[counted], predicted[counted], labels=range(classes)), np.int64)
