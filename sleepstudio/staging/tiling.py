"""How a night is cut into the frames that a model was trained on, and put together again (offline)."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Number = TypeVar("_Number", bound=np.generic)


def tile_starts(epochs: int, frame_size: int) -> NDArray[np.intp]:
    """First epoch of each frame: half overlap, the last frame ending with the night.

    A night no longer than the frame has the single frame 0, padded.
    """
    if epochs <= frame_size:
        return np.zeros(1, np.intp)
    step = max(frame_size // 2, 1)
    last = epochs - frame_size
    return np.append(np.arange(0, last, step), last)


def nearest_frame(epochs: int, frame_size: int) -> NDArray[np.intp]:
    """(epochs,) the frame each epoch is taken from: the one with the nearest centre, ties to the earlier."""
    centres = tile_starts(epochs, frame_size) + (frame_size - 1) / 2
    middles = (centres[:-1] + centres[1:]) / 2
    return np.searchsorted(middles, np.arange(epochs), side="left")


def cut(features: NDArray[np.float32], frame_size: int) -> NDArray[np.float32]:
    """(epochs, columns) → (frames, frame_size, columns); a short night is padded with zeros (the mean)."""
    starts = tile_starts(len(features), frame_size)
    short = frame_size - len(features)
    padded = np.pad(features, ((0, max(short, 0)), (0, 0)))
    return np.stack([padded[start : start + frame_size] for start in starts])


def stitch(outputs: NDArray[_Number], epochs: int) -> NDArray[_Number]:
    """(frames, frame_size, values) → (epochs, values), each epoch from its nearest frame."""
    frame_size = outputs.shape[1]
    frame = nearest_frame(epochs, frame_size)
    stitched: NDArray[_Number] = outputs[frame, np.arange(epochs) - tile_starts(epochs, frame_size)[frame]]
    return stitched
