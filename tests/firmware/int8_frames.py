"""Frames that try an int8 network: both ends, alternations of them, and everything between at random."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray


def trying_frames(frame_size: int, features: int, random: int, seed: int = 0) -> NDArray[np.int8]:
    """(6 + random, frame_size, features) int8."""
    shape = (frame_size, features)
    by_row, by_column = (np.indices(shape)[axis] % 2 for axis in (0, 1))
    patterns = [np.zeros(shape, int), np.ones(shape, int), by_row, 1 - by_row, by_column, by_row ^ by_column]
    ends = np.array([-128, 127], np.int8)[np.array(patterns)]
    noise = np.random.default_rng(seed).integers(-128, 128, (random, *shape), np.int8)
    return np.concatenate([ends, noise])


def micro_outputs(content: bytes, frames: NDArray[np.int8]) -> NDArray[np.int8]:
    """What the micro runtime makes of frames; skips the test where it is not installed."""
    runtime = pytest.importorskip("tflite_micro", reason="the micro runtime is not installed").runtime
    interpreter = runtime.Interpreter.from_bytes(content, arena_size=1 << 20)
    results = []
    for frame in frames:
        interpreter.set_input(np.ascontiguousarray(frame[None]), 0)
        interpreter.invoke()
        results.append(interpreter.get_output(0)[0])
    return np.array(results)
