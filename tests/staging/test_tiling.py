"""Tiling: every epoch comes from the frame whose centre is nearest, checked against the definition."""

from __future__ import annotations

import numpy as np
import pytest

from sleepstudio.staging.tiling import cut, nearest_frame, stitch, tile_starts


@pytest.mark.parametrize("frame_size", [1, 7, 16, 240])
@pytest.mark.parametrize("epochs", [1, 6, 16, 17, 240, 241, 479, 960])
def test_every_epoch_comes_from_the_nearest_frame(epochs: int, frame_size: int) -> None:
    starts = tile_starts(epochs, frame_size)
    chosen = nearest_frame(epochs, frame_size)
    centres = starts + (frame_size - 1) / 2
    distance = np.abs(np.arange(epochs)[:, None] - centres)
    np.testing.assert_array_equal(chosen, distance.argmin(axis=1))
    assert starts[0] == 0
    assert starts[-1] == max(epochs - frame_size, 0)


@pytest.mark.parametrize(("epochs", "frame_size"), [(5, 8), (8, 8), (30, 8), (31, 8)])
def test_cut_and_stitched_a_night_is_itself(epochs: int, frame_size: int) -> None:
    night = np.random.default_rng(0).normal(size=(epochs, 3)).astype(np.float32)
    np.testing.assert_array_equal(stitch(cut(night, frame_size), epochs), night)


def test_a_short_night_is_padded_with_the_mean() -> None:
    frames = cut(np.ones((5, 2), np.float32), 8)
    assert frames.shape == (1, 8, 2)
    assert not frames[0, 5:].any()
