"""Rolling staging against the offline pieces it is defined by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sleepstudio.errors import StudyError
from sleepstudio.features.normalise import normalise_night
from sleepstudio.staging.interpreter import Quantisation
from sleepstudio.staging.rolling import PastNormaliser, normalise_rolling, rolling_outputs
from sleepstudio.staging.tiling import cut, stitch


class MovingSums:
    """Every output depends on every row of the frame and on its place in it."""

    def __init__(self, frame_size: int, quantisation: Quantisation | None) -> None:
        self.frame_size = frame_size
        self.input_quantisation = quantisation

    def predict_int8(self, frames: NDArray[np.int8]) -> NDArray[np.int8]:
        rng = np.random.default_rng(self.frame_size)
        weights = rng.integers(-9, 9, (self.frame_size * frames.shape[2], self.frame_size * 3))
        sums = frames.reshape(len(frames), -1).astype(np.int64) @ weights
        return (sums % 251 - 125).astype(np.int8).reshape(len(frames), self.frame_size, 3)


def night(seed: int, epochs: int, columns: int, gaps: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    features = rng.normal(rng.uniform(-500, 500, columns), rng.uniform(0.01, 50, columns), (epochs, columns))
    features[rng.random(features.shape) < gaps / 2] = np.nan
    return features.astype(np.float32), rng.random(epochs) >= gaps


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 5), st.sampled_from([0.0, 0.3, 0.9]))
def test_a_row_is_normalised_as_if_the_night_ended_with_it(
    seed: int, epochs: int, columns: int, gaps: float
) -> None:
    features, mask = night(seed, epochs, columns, gaps)
    rolling = normalise_rolling(features, mask)
    for epoch in range(epochs):
        offline = normalise_night(features[: epoch + 1], mask[: epoch + 1])[-1]
        np.testing.assert_allclose(rolling[epoch], offline, rtol=2e-4, atol=2e-4)


@given(st.integers(0, 10**6), st.integers(2, 30))
def test_the_future_changes_nothing(seed: int, epochs: int) -> None:
    features, mask = night(seed, epochs, 3, 0.2)
    whole = normalise_rolling(features, mask)
    changed = features.copy()
    changed[epochs // 2 :] *= -7
    other = normalise_rolling(changed, mask)
    np.testing.assert_array_equal(whole[: epochs // 2], other[: epochs // 2])


def test_the_first_rows() -> None:
    normaliser = PastNormaliser(2)
    nothing = np.array([np.nan, np.nan], np.float32)
    np.testing.assert_array_equal(normaliser.row(nothing, False), [0, 0])
    np.testing.assert_array_equal(normaliser.row(np.array([70, np.nan], np.float32), True), [0, 0])
    second = normaliser.row(np.array([90, 5], np.float32), True)
    np.testing.assert_allclose(second, [1, 0], atol=1e-6)
    # a steady column that jumps once is held at the limit
    steady = PastNormaliser(1)
    for _ in range(200):
        steady.row(np.array([1], np.float32), True)
    np.testing.assert_array_equal(steady.row(np.array([9999], np.float32), True), [8])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 35), st.integers(1, 12))
def test_the_newest_epoch_is_what_offline_says_of_the_night_so_far(
    seed: int, epochs: int, frame_size: int
) -> None:
    rows = normalise_rolling(*night(seed, epochs, 2, 0.1))
    quantisation = Quantisation(0.05, -7)
    model = MovingSums(frame_size, quantisation)
    rolling = rolling_outputs(rows, model)
    for epoch in range(epochs):
        frames = cut(rows[: epoch + 1], frame_size)
        offline = stitch(model.predict_int8(quantisation.quantise(frames)), epoch + 1)
        np.testing.assert_array_equal(rolling[epoch], offline[-1])


def test_a_float_model_is_refused() -> None:
    with pytest.raises(StudyError, match="float32"):
        rolling_outputs(np.zeros((3, 2), np.float32), MovingSums(2, None))
