"""Converted models for tests: random weights, a small frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from network_examples import randomise
from numpy.typing import NDArray

from sleepstudio.deployment.convert import convert_int8
from sleepstudio.models.build import build_network
from sleepstudio.models.network import Network
from sleepstudio.models.registry import network_of
from sleepstudio.staging.interpreter import TfliteModel

FRAME_SIZE, FEATURES, CLASSES = 40, 5, 4


@dataclass(frozen=True)
class Converted:
    """A float model, the network it was built from, and its int8 model."""

    float_model: Any
    network: Network
    int8: TfliteModel


def make(
    name: str,
    params: dict[str, Any],
    frames: NDArray[np.float32],
    *,
    frame_size: int = FRAME_SIZE,
    **options: Any,
) -> Converted:
    network = network_of(name, params, FEATURES, CLASSES)
    model = randomise(build_network(network, frame_size))
    return Converted(model, network, convert_int8(model, network, frames, **options))
