"""Agreement measures against scikit-learn."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from sleepstudio.evaluation import agreement
from sleepstudio.evaluation.agreement import METRICS, average_precision, confusion_matrix

SKLEARN = {
    "accuracy": sklearn_metrics.accuracy_score,
    "balanced_accuracy": sklearn_metrics.balanced_accuracy_score,
    "cohen_kappa": sklearn_metrics.cohen_kappa_score,
    "matthews_corrcoef": sklearn_metrics.matthews_corrcoef,
    "f1_macro": lambda true, given: sklearn_metrics.f1_score(true, given, average="macro"),
    "f1_weighted": lambda true, given: sklearn_metrics.f1_score(true, given, average="weighted"),
}


def labels(n_classes: int, seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = rng.choice(n_classes, n, p=rng.dirichlet(np.ones(n_classes))).astype(np.int8)
    noisy = rng.integers(0, n_classes, n).astype(np.int8)
    return true, np.where(rng.random(n) < 0.6, true, noisy)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("n_classes", [2, 3, 4, 5])
@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_agrees(name: str, n_classes: int, seed: int) -> None:
    true, predicted = labels(n_classes, seed)
    ours = METRICS[name](confusion_matrix(true, predicted, n_classes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SKLEARN[name](true, predicted)
    assert float(ours) == pytest.approx(theirs, abs=1e-12)


def test_per_class_measures_are_scikit_learns() -> None:
    true, predicted = labels(4, seed=7)
    confusion = confusion_matrix(true, predicted, 4)
    np.testing.assert_array_equal(confusion, sklearn_metrics.confusion_matrix(true, predicted))
    theirs = sklearn_metrics.precision_recall_fscore_support(true, predicted)
    for ours, expected in zip(
        (agreement.precision, agreement.recall, agreement.f1, lambda matrix: matrix.sum(1)),
        theirs,
        strict=True,
    ):
        np.testing.assert_allclose(ours(confusion), expected)


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(5, 60), st.integers(1, 20))
@settings(max_examples=60)
def test_average_precision_is_scikit_learns_ties_included(
    seed: int, n_classes: int, n: int, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, n_classes, n).astype(np.int8)
    scores = (rng.integers(0, levels + 1, (n, n_classes)) / levels).astype(np.float32)
    ours = average_precision(true, scores, n_classes)
    for index in range(n_classes):
        if (true == index).any():
            theirs = sklearn_metrics.average_precision_score(true == index, scores[:, index])
            assert ours[index] == pytest.approx(theirs, abs=1e-12)
        else:
            assert np.isnan(ours[index])


def test_epochs_that_are_not_counted_change_nothing() -> None:
    true, predicted = labels(4, seed=1)
    scores = np.eye(4, dtype=np.float32)[predicted]
    more_true = np.concatenate((true, [-1, -1, 2])).astype(np.int8)
    more_predicted = np.concatenate((predicted, [0, -1, -1])).astype(np.int8)
    np.testing.assert_array_equal(
        confusion_matrix(more_true, more_predicted, 4), confusion_matrix(true, predicted, 4)
    )
    np.testing.assert_array_equal(
        average_precision(np.append(true, np.int8(-1)), np.vstack((scores, scores[:1])), 4),
        average_precision(true, scores, 4),
    )


def test_the_undefined_is_not_zero() -> None:
    all_sleep = np.array([[0, 0], [0, 50]])
    assert np.isnan(agreement.cohen_kappa(all_sleep))
    assert np.isnan(agreement.matthews_corrcoef(all_sleep))
    assert np.isnan(agreement.recall(all_sleep)[0])
    assert np.isnan(agreement.precision(all_sleep)[0])
    assert np.isnan(agreement.f1(all_sleep)[0])
    assert agreement.balanced_accuracy(all_sleep) == 1.0
    nothing = np.zeros((3, 3), np.int64)
    assert all(np.isnan(metric(nothing)) for metric in METRICS.values())


def test_a_constant_answer_has_kappa_zero() -> None:
    assert agreement.cohen_kappa(np.array([[0, 10], [0, 90]])) == 0.0


def test_fifty_years_of_kappa() -> None:
    """Fleiss, Statistical Methods for Rates and Proportions (1981), table 13.1: κ = 0.68."""
    table = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    assert agreement.cohen_kappa(table) == pytest.approx(0.676, abs=5e-4)


@pytest.mark.parametrize("name", METRICS)
def test_a_stack_of_matrices_gives_a_stack_of_values(name: str) -> None:
    stack = np.stack([confusion_matrix(*labels(3, seed), 3) for seed in range(6)])
    one_by_one = [float(METRICS[name](matrix)) for matrix in stack]
    np.testing.assert_allclose(METRICS[name](stack.reshape(2, 3, 3, 3)).ravel(), one_by_one)
