"""Converted models that the deployment tests share."""

from __future__ import annotations

import numpy as np
import pytest
from converted_examples import FEATURES, FRAME_SIZE, Converted, make
from network_examples import MIXED
from numpy.typing import NDArray


@pytest.fixture(scope="session")
def frames() -> NDArray[np.float32]:
    """(n, epochs, features) frames that vary slowly, as features of sleep do."""
    steps = np.random.default_rng(0).normal(size=(24, FRAME_SIZE, FEATURES))
    walk = steps.cumsum(axis=1)
    return ((walk - walk.mean(axis=1, keepdims=True)) / walk.std(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def dilated(frames: NDArray[np.float32]) -> Converted:
    """A dilated network with branches, squeeze-and-excitation and both normalisations."""
    return make("tcn", MIXED["mb"], frames)


@pytest.fixture(scope="session")
def plain(frames: NDArray[np.float32]) -> Converted:
    """A network of one dilated block."""
    return make("tcn", {"blocks": [{"filters": 4, "kernel": 5, "dilation": 2, "norm": "batch"}]}, frames)
