"""Per-night normalisation against its closed form, and on what is missing."""

from __future__ import annotations

import numpy as np

from sleepstudio.features.normalise import LIMIT, normalise_night

RNG = np.random.default_rng(0)


def test_usable_rows_have_mean_zero_and_variance_one() -> None:
    features = RNG.normal([60, 0.9], [8, 0.05], (500, 2)).astype(np.float32)
    mask = RNG.random(500) > 0.2
    normalised = normalise_night(features, mask)[mask]
    np.testing.assert_allclose(normalised.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(normalised.std(axis=0), 1, atol=1e-3)


def test_masked_rows_do_not_count_and_become_the_median() -> None:
    features = RNG.exponential(1, (101, 1)).astype(np.float32)
    spoiled = features.copy()
    mask = np.ones(101, bool)
    mask[40:60] = False
    spoiled[~mask] = 1e9
    np.testing.assert_array_equal(normalise_night(features, mask)[mask], normalise_night(spoiled, mask)[mask])
    filled = normalise_night(spoiled, mask)[~mask]
    np.testing.assert_allclose(filled, np.median(normalise_night(spoiled, mask)[mask]), atol=1e-6)


def test_undefined_values_become_the_mean_and_undefined_columns_zero() -> None:
    features = np.array([[1, np.nan], [np.nan, np.nan], [3, np.nan]], np.float32)
    normalised = normalise_night(features, np.ones(3, bool))
    np.testing.assert_allclose(normalised, [[-1, 0], [0, 0], [1, 0]], atol=1e-5)


def test_a_night_without_usable_rows_and_a_constant_column_are_zero() -> None:
    assert not normalise_night(np.full((4, 2), 7, np.float32), np.zeros(4, bool)).any()
    assert not normalise_night(np.full((4, 2), 7, np.float32), np.ones(4, bool)).any()


def test_outliers_are_clipped() -> None:
    features = np.zeros((1000, 1), np.float32)
    features[5] = 1e6
    assert normalise_night(features, np.ones(1000, bool)).max() == LIMIT
