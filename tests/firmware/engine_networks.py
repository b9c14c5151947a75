"""Int8 networks for the engine's tests, converted once for each process."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from network_examples import MIXED, randomise

from sleepstudio.deployment.convert import convert_int8
from sleepstudio.models.build import build_network
from sleepstudio.models.registry import network_of
from sleepstudio.staging.interpreter import TfliteModel

FEATURES = 14


@lru_cache
def preset(name: str, classes: int, frame_size: int, *, softmax: bool = False) -> TfliteModel:
    """A preset with random weights and random statistics of its normalisations."""
    return converted(name, {}, classes, frame_size, softmax=softmax)


@lru_cache
def mixed(name: str) -> TfliteModel:
    return converted("tcn", MIXED[name], 4, 40, softmax=name == "sm")


def converted(
    name: str, params: dict[str, Any], classes: int, frame_size: int, *, softmax: bool = False
) -> TfliteModel:
    walk = np.random.default_rng(0).normal(size=(8, frame_size, FEATURES)).cumsum(axis=1)
    deviation = walk.std(axis=1, keepdims=True)
    frames = ((walk - walk.mean(axis=1, keepdims=True)) / np.maximum(deviation, 1e-3)).astype(np.float32)
    network = network_of(name, params, FEATURES, classes)
    model = randomise(build_network(network, frame_size), seed=classes)
    return convert_int8(model, network, frames, softmax=softmax)
