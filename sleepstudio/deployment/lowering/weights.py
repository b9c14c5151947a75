"""Weights in the order in which the engine's kernels read them (``docs/board_image.md``, *Layers*)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pack_convolution(weights: NDArray[np.int8]) -> bytes:
    """(channels out, taps, channels in) → blocks of two output channels, four input channels a word."""
    outputs, taps, inputs = weights.shape
    padded = np.pad(weights, ((0, -outputs % 2), (0, 0), (0, -inputs % 4)))
    words = padded.reshape(len(padded) // 2, 2, taps, -1, 4)
    return words.transpose(0, 2, 3, 1, 4).astype(np.int8).tobytes()


def pack_depthwise(weights: NDArray[np.int8], *, doubled: bool) -> bytes:
    """(taps, channels) → for four channels, each tap's 0, 2, 1, 3 as int16, doubled for narrow scaling."""
    taps, channels = weights.shape
    padded = np.pad(weights.astype("<i2"), ((0, 0), (0, -channels % 4))) * (2 if doubled else 1)
    groups = padded.reshape(taps, -1, 4)[:, :, [0, 2, 1, 3]]
    return groups.transpose(1, 0, 2).astype("<i2").tobytes()
