"""What a network costs, from its parameters alone: no TensorFlow, milliseconds.

Parameters are counted as Keras counts them (moving statistics included), as trained and as deployed.
Multiply–accumulates (MACs) are those of the convolutions as deployed; a FLOP count is twice that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.models.fold import fold
from sleepstudio.models.network import Layer, LayerKind, Network
from sleepstudio.models.registry import network_of

FUSED_ACTIVATIONS = frozenset({"relu", "relu6"})
"""Activations that int8 kernels apply in place of their output range: they need no memory of their own."""


@dataclass(frozen=True)
class LayerCost:
    """One row of the cost table. ``rows`` × ``channels`` is the layer's output for one frame."""

    name: str
    kind: LayerKind
    rows: int
    channels: int
    parameters: int
    trainable_parameters: int
    macs: int


@dataclass(frozen=True)
class ModelCost:
    """The cost of one network on frames of one size.

    ``macs_per_hour`` counts every epoch once; staging with frames that overlap by half doubles it.
    ``receptive_field``: epochs that one output depends on by convolution; with ``pools_over_time`` it depends
    on the whole frame besides. ``peak_activation_bytes``: the most that int8 activations alive together
    take, which is what the micro runtime's arena needs beside its own records.
    """

    frame_size: int
    parameters: int
    trainable_parameters: int
    deployed_parameters: int
    macs_per_frame: int
    macs_per_hour: float
    receptive_field: int
    pools_over_time: bool
    peak_activation_bytes: int
    layers: tuple[LayerCost, ...]
    """As trained."""
    deployed_layers: tuple[LayerCost, ...]
    """As deployed: normalisation and branches folded."""


def model_cost(
    architecture: str,
    params: Mapping[str, Any],
    *,
    frame_size: int,
    features: int,
    classes: int,
    epoch_s: float = EPOCH_S,
) -> ModelCost:
    """The cost of an architecture by name. Raises ConfigurationError where it or its params are wrong."""
    return network_cost(network_of(architecture, params, features, classes), frame_size, epoch_s)


def network_cost(network: Network, frame_size: int, epoch_s: float = EPOCH_S) -> ModelCost:
    """The cost of a network on frames of ``frame_size`` epochs of ``epoch_s`` seconds."""
    if frame_size < 1:
        raise ConfigurationError(f"frame_size is {frame_size}; it counts epochs, from 1.", where="frame_size")
    deployed = fold(network).network
    layers = _layer_costs(network, frame_size)
    deployed_layers = _layer_costs(deployed, frame_size)
    macs = sum(layer.macs for layer in deployed_layers)
    return ModelCost(
        frame_size=frame_size,
        parameters=sum(layer.parameters for layer in layers),
        trainable_parameters=sum(layer.trainable_parameters for layer in layers),
        deployed_parameters=sum(layer.parameters for layer in deployed_layers),
        macs_per_frame=macs,
        macs_per_hour=macs * 3600 / (frame_size * epoch_s),
        receptive_field=receptive_field(deployed),
        pools_over_time=any(layer.kind in (LayerKind.POOL, LayerKind.TIME_NORM) for layer in deployed.layers),
        peak_activation_bytes=_peak_activation_bytes(deployed, frame_size),
        layers=layers,
        deployed_layers=deployed_layers,
    )


def receptive_field(network: Network) -> int:
    """Epochs that one output epoch depends on through convolutions, the widest path (pooling aside)."""
    width: dict[str, int] = {}
    for layer in network.layers:
        inherited = max((width[name] for name in layer.inputs), default=1)
        width[layer.name] = 1 if layer.pooled else inherited + (layer.kernel - 1) * layer.dilation
    return width[network.layers[-1].name]


def _layer_costs(network: Network, frame_size: int) -> tuple[LayerCost, ...]:
    return tuple(_layer_cost(network, layer, frame_size) for layer in network.layers)


def _layer_cost(network: Network, layer: Layer, frame_size: int) -> LayerCost:
    rows = 1 if layer.pooled else frame_size
    sizes = [math.prod(size or 0 for size in shape) for shape in network.weight_shapes(layer, frame_size)]
    moving = sum(sizes[2:]) if layer.kind is LayerKind.BATCH_NORM else 0
    macs = rows * sizes[0] if layer.kind in (LayerKind.DEPTHWISE, LayerKind.CONVOLUTION) else 0
    return LayerCost(layer.name, layer.kind, rows, layer.channels, sum(sizes), sum(sizes) - moving, macs)


def _peak_activation_bytes(network: Network, frame_size: int) -> int:
    """The most int8 activations alive at once when layers run in order, each into memory of its own."""
    owner: dict[str, str] = {}
    for layer in network.layers:
        fused = layer.kind is LayerKind.ACTIVATION and layer.activation in FUSED_ACTIVATIONS
        owner[layer.name] = owner[layer.inputs[0]] if fused else layer.name
    last_read = {
        owner[name]: step for step, layer in enumerate(network.layers) for name in (layer.name, *layer.inputs)
    }
    alive: dict[str, int] = {}
    peak = 0
    for step, layer in enumerate(network.layers):
        alive.setdefault(owner[layer.name], layer.channels * (1 if layer.pooled else frame_size))
        peak = max(peak, sum(alive.values()))
        alive = {name: size for name, size in alive.items() if last_read[name] > step}
    return peak
