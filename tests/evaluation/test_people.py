"""Means over people and their bootstrap intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sleepstudio.evaluation.agreement import accuracy
from sleepstudio.evaluation.people import bootstrap_weights, mean_over_people, pooled_over_people


def test_the_interval_of_a_mean_is_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.1, 24)
    ours = mean_over_people(values, bootstrap_weights(24, resamples=20_000))
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours.value == pytest.approx(values.mean())
    assert ours.ci_low == pytest.approx(theirs.low, abs=1.5e-3)
    assert ours.ci_high == pytest.approx(theirs.high, abs=1.5e-3)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    weights = bootstrap_weights(30, resamples=500)
    estimates = [mean_over_people(rng.normal(0.4, 0.2, 30), weights) for _ in range(400)]
    covered = np.mean([estimate.ci_low <= 0.4 <= estimate.ci_high for estimate in estimates])
    assert 0.90 <= covered <= 0.98


def test_pooling_adds_matrices_and_resamples_whole_people() -> None:
    confusions = np.array([[[90, 10], [0, 0]], [[1, 9], [0, 0]]])
    pooled = pooled_over_people(confusions, accuracy, bootstrap_weights(2, resamples=4000))
    assert pooled.value == pytest.approx(91 / 110)
    # a quarter of the draws holds only the second person, a quarter only the first
    assert (pooled.ci_low, pooled.ci_high) == (pytest.approx(0.1), pytest.approx(0.9))


def test_people_for_whom_it_is_undefined_are_left_out_and_counted() -> None:
    estimate = mean_over_people(np.array([0.2, np.nan, 0.4, np.nan]), bootstrap_weights(4, seed=1))
    assert estimate.value == pytest.approx(0.3)
    assert estimate.people == 2
    assert (estimate.ci_low, estimate.ci_high) == (pytest.approx(0.2), pytest.approx(0.4))


def test_one_person_has_no_interval_and_nobody_no_value() -> None:
    one = mean_over_people(np.array([0.7]), bootstrap_weights(1))
    assert one.value == 0.7
    assert np.isnan(one.ci_low)
    assert np.isnan(mean_over_people(np.array([np.nan, np.nan]), bootstrap_weights(2)).value)


def test_a_seed_draws_the_same_people_again() -> None:
    np.testing.assert_array_equal(bootstrap_weights(9, seed=5), bootstrap_weights(9, seed=5))
    assert (bootstrap_weights(9, seed=5) != bootstrap_weights(9, seed=6)).any()
    assert (bootstrap_weights(9).sum(1) == 9).all()
