"""A network as data: which layers, of what size, in which order. numpy-free, so that anything may ask.

Keras models, the cost and the folded network for the board are all derived from this one description.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

Norm = Literal["batch", "layer"]


class LayerKind(StrEnum):
    """What a layer does to a sequence of epochs (rows) by channels."""

    INPUT = "input"
    DEPTHWISE = "depthwise convolution"
    CONVOLUTION = "convolution"
    BATCH_NORM = "batch normalisation"
    TIME_NORM = "normalisation over time"
    """Layer normalisation of each channel over the frame, with a gain and an offset per row (SleepKit's)."""
    ACTIVATION = "activation"
    POOL = "mean over time"
    ADD = "add"
    MULTIPLY = "multiply"
    DROPOUT = "dropout of channels"


@dataclass(frozen=True)
class Layer:
    """One layer. ``pooled``: its output has a single row. ``regularised``: as SleepKit's block convolutions,
    He-normal initial weights and an L2 penalty of 1e-3."""

    name: str
    kind: LayerKind
    inputs: tuple[str, ...]
    channels: int
    pooled: bool = False
    kernel: int = 1
    dilation: int = 1
    bias: bool = False
    regularised: bool = False
    activation: str = "linear"
    rate: float = 0.0


@dataclass(frozen=True)
class Network:
    """Layers in the order of computation: the first is the input, the last the output."""

    layers: tuple[Layer, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Layer]:
        return {layer.name: layer for layer in self.layers}

    @cached_property
    def uses(self) -> Counter[str]:
        """How many layers read each layer."""
        return Counter(name for layer in self.layers for name in layer.inputs)

    @property
    def features(self) -> int:
        return self.layers[0].channels

    @property
    def outputs(self) -> int:
        """Channels of the output: classes, where the network has its classifier."""
        return self.layers[-1].channels

    def input_channels(self, layer: Layer) -> int:
        """Channels that ``layer`` reads, of its first input."""
        return self.by_name[layer.inputs[0]].channels

    def weight_shapes(self, layer: Layer, frame_size: int | None) -> tuple[tuple[int | None, ...], ...]:
        """Shapes of a layer's weights, in Keras's order: kernel and bias, or gain, offset and, of batch
        normalisation, moving mean and variance. Those of normalisation over time are as long as the frame."""
        bias = ((layer.channels,),) if layer.bias else ()
        match layer.kind:
            case LayerKind.DEPTHWISE:
                return ((layer.kernel, layer.channels, 1), *bias)
            case LayerKind.CONVOLUTION:
                return ((layer.kernel, self.input_channels(layer), layer.channels), *bias)
            case LayerKind.BATCH_NORM:
                return ((layer.channels,),) * 4
            case LayerKind.TIME_NORM:
                return ((frame_size,),) * 2
        return ()


class NetworkBuilder:
    """Collects layers. Each method adds one, or none where there is nothing to add, and gives its name."""

    def __init__(self, features: int) -> None:
        self.input = "features"
        self._layers = {self.input: Layer(self.input, LayerKind.INPUT, (), features)}

    def channels(self, name: str) -> int:
        return self._layers[name].channels

    def _add(self, layer: Layer) -> str:
        if layer.name in self._layers:
            raise ValueError(f"two layers are called {layer.name}")
        self._layers[layer.name] = layer
        return layer.name

    def depthwise(
        self, x: str, name: str, *, kernel: int, dilation: int = 1, bias: bool, regularised: bool = False
    ) -> str:
        return self._add(
            Layer(name, LayerKind.DEPTHWISE, (x,), self.channels(x), self._layers[x].pooled, kernel, dilation,
                  bias, regularised)
        )  # fmt: skip

    def convolution(
        self,
        x: str,
        name: str,
        channels: int,
        *,
        kernel: int = 1,
        dilation: int = 1,
        bias: bool,
        regularised: bool = False,
    ) -> str:
        return self._add(
            Layer(name, LayerKind.CONVOLUTION, (x,), channels, self._layers[x].pooled, kernel, dilation,
                  bias, regularised)
        )  # fmt: skip

    def norm(self, x: str, name: str, norm: Norm | None) -> str:
        if norm is None:
            return x
        kind = LayerKind.BATCH_NORM if norm == "batch" else LayerKind.TIME_NORM
        return self._add(Layer(name, kind, (x,), self.channels(x)))

    def activation(self, x: str, name: str, activation: str) -> str:
        if activation == "linear":
            return x
        return self._add(
            Layer(name, LayerKind.ACTIVATION, (x,), self.channels(x), self._layers[x].pooled,
                  activation=activation)
        )  # fmt: skip

    def pool(self, x: str, name: str) -> str:
        return self._add(Layer(name, LayerKind.POOL, (x,), self.channels(x), pooled=True))

    def add(self, inputs: list[str], name: str) -> str:
        if len(inputs) == 1:
            return inputs[0]
        return self._add(Layer(name, LayerKind.ADD, tuple(inputs), self.channels(inputs[0])))

    def multiply(self, x: str, gain: str, name: str) -> str:
        return self._add(Layer(name, LayerKind.MULTIPLY, (x, gain), self.channels(x)))

    def dropout(self, x: str, name: str, rate: float) -> str:
        if not rate:
            return x
        return self._add(Layer(name, LayerKind.DROPOUT, (x,), self.channels(x), rate=rate))

    def network(self) -> Network:
        return Network(tuple(self._layers.values()))
