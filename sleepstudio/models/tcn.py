"""The temporal convolutional network, with SleepKit's parameters.

A dilated network over epochs: every layer keeps the frame's length, so that every epoch is staged. Behaviour
is SleepKit 0.11's (helia-edge ``TcnModel``), on sequences rather than on images of height one. Architecture:
Lea et al. 2016, *Temporal Convolutional Networks: A Unified Approach to Action Segmentation*; inverted
bottlenecks: Sandler et al. 2018, *MobileNetV2*; squeeze-and-excitation: Hu et al. 2018.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sleepstudio.models.network import Network, NetworkBuilder, Norm
from sleepstudio.models.registry import Architecture

MAX_LAYERS = 2000


def _along_time(value: Any) -> Any:
    """SleepKit writes a width along time as ``k`` or as an image's ``[1, k]``."""
    if isinstance(value, (list, tuple)):
        if len(value) != 2 or value[0] != 1:
            raise ValueError(f"{list(value)} is neither k nor [1, k]: signals have one dimension")
        return value[1]
    return value


Width = Annotated[int, BeforeValidator(_along_time), Field(ge=1, le=255)]
Dilation = Annotated[int, BeforeValidator(_along_time), Field(ge=1, le=4096)]
Activation = Literal["relu6", "relu", "hard_silu", "hard_sigmoid", "sigmoid", "tanh", "linear"]
"""Those that convert to int8 and that the micro runtime computes."""


class TcnBlock(BaseModel):
    """A block of the network. Defaults are SleepKit's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    depth: int = Field(1, ge=1, le=16)
    """How often the block's layers repeat."""
    branch: int = Field(1, ge=1, le=8)
    """Parallel convolutions that are summed; folded into one for the board."""
    filters: int = Field(ge=1, le=1024)
    kernel: Width = 3
    dilation: Dilation = 1
    ex_ratio: float = Field(1, gt=0, le=16)
    """Channels inside the block over ``filters``; 1: no expansion, those that come in are kept."""
    se_ratio: float = Field(0, ge=0, le=1024)
    """Channels over those of the squeeze; 0: no squeeze-and-excitation, and no pooling over time."""
    dropout: float | None = Field(None, ge=0, lt=1)
    """Share of whole channels dropped in training."""
    norm: Norm | None = "layer"
    activation: Activation = "relu6"


class TcnParams(BaseModel):
    """SleepKit's ``architecture.params`` of a ``tcn``. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    input_kernel: Width | None = None
    """Width of a first convolution over each feature by itself; None: none."""
    input_norm: Norm | None = "layer"
    block_type: Literal["mb", "lg", "sm"] = "mb"
    """mb: depthwise separable with expansion and squeeze-and-excitation; sm: the same without expansion, one
    squeeze-and-excitation a block; lg: pairs of full convolutions, a skip each."""
    blocks: tuple[TcnBlock, ...] = Field((), max_length=64)
    output_kernel: Width = 3
    include_top: bool = True
    """False: no classifier, the last block's channels come out."""
    use_logits: bool = True
    """False: the exported model ends in a softmax. Training is on logits either way."""
    output_activation: Literal["linear", "softmax"] | None = None
    """Overrides ``use_logits``."""
    name: str = Field("tcn", max_length=200)
    model_name: str | None = Field(None, max_length=200)
    """SleepKit's configurations carry it; a label, as ``name`` is."""

    @property
    def ends_in_softmax(self) -> bool:
        """Whether the exported model gives probabilities rather than logits."""
        if not self.include_top:
            return False
        return not self.use_logits if self.output_activation is None else self.output_activation == "softmax"

    @model_validator(mode="after")
    def _blocks_are_of_their_type(self) -> TcnParams:
        unread = {"mb": (), "sm": ("ex_ratio",), "lg": ("ex_ratio", "branch")}[self.block_type]
        for number, block in enumerate(self.blocks):
            for key in unread:
                if getattr(block, key) != 1:
                    raise ValueError(
                        f"blocks.{number}.{key} must be 1: block_type {self.block_type} has none"
                    )
            if block.branch > 1 and block.norm == "layer":
                raise ValueError(
                    f"blocks.{number}.norm must be batch or null: branches with layer normalisation "
                    "cannot be folded into one convolution"
                )
            if int(block.filters * block.ex_ratio) < 1:
                raise ValueError(f"blocks.{number}.ex_ratio leaves no channel of {block.filters} filters")
        if not (self.blocks or self.include_top or self.input_kernel):
            raise ValueError("no blocks, no classifier, no input_kernel: there is no network")
        if sum(block.depth * block.branch for block in self.blocks) * 8 > MAX_LAYERS:
            raise ValueError(f"depth and branch of the blocks make more than {MAX_LAYERS} layers")
        return self


def tcn_network(params: TcnParams, features: int, classes: int) -> Network:
    """The network of ``params`` that reads ``features`` columns and gives ``classes`` logits an epoch."""
    build = NetworkBuilder(features)
    x = build.input
    if params.input_kernel:
        x = build.depthwise(x, "encoder", kernel=params.input_kernel, bias=params.input_norm is None)
        x = build.norm(x, "encoder_norm", params.input_norm)
    add_block = {"mb": _add_mb_block, "lg": _add_lg_block, "sm": _add_sm_block}[params.block_type]
    for number, block in enumerate(params.blocks, start=1):
        x = add_block(build, x, block, f"block{number}")
    if params.include_top:
        build.convolution(x, "logits", classes, kernel=params.output_kernel, bias=True)
    return build.network()


def _add_mb_block(build: NetworkBuilder, x: str, block: TcnBlock, name: str) -> str:
    skip = x
    for depth in range(1, block.depth + 1):
        stem = f"{name}_depth{depth}"
        if block.ex_ratio != 1:
            x = build.convolution(x, f"{stem}_expand", int(block.filters * block.ex_ratio),
                                  bias=block.norm is None, regularised=True)  # fmt: skip
            x = build.norm(x, f"{stem}_expand_norm", block.norm)
            x = build.activation(x, f"{stem}_expand_activation", block.activation)
        x = _add_depthwise(build, x, block, stem)
        if block.se_ratio and build.channels(x) // block.se_ratio > 0:
            x = _add_squeeze_excite(build, x, block.se_ratio, f"{stem}_se")
        x = _add_pointwise(build, x, block, stem)
    return _finish_block(build, x, skip, block, name)


def _add_sm_block(build: NetworkBuilder, x: str, block: TcnBlock, name: str) -> str:
    skip = x
    for depth in range(1, block.depth + 1):
        x = _add_depthwise(build, x, block, f"{name}_depth{depth}")
        x = _add_pointwise(build, x, block, f"{name}_depth{depth}")
    if block.se_ratio and build.channels(x) // block.se_ratio > 1:
        x = _add_squeeze_excite(build, x, block.se_ratio, f"{name}_se")
    return _finish_block(build, x, skip, block, name)


def _add_lg_block(build: NetworkBuilder, x: str, block: TcnBlock, name: str) -> str:
    for depth in range(1, block.depth + 1):
        stem, skip = f"{name}_depth{depth}", x
        for half, bias in ((1, False), (2, block.norm is None)):
            x = build.convolution(x, f"{stem}_convolution{half}", block.filters, kernel=block.kernel,
                                  dilation=block.dilation, bias=bias, regularised=True)  # fmt: skip
            x = build.norm(x, f"{stem}_norm{half}", block.norm)
        if build.channels(skip) == build.channels(x):
            x = build.add([x, skip], f"{stem}_skip")
        x = build.activation(x, f"{stem}_activation", block.activation)
        if block.se_ratio and build.channels(x) // block.se_ratio > 0:
            x = _add_squeeze_excite(build, x, block.se_ratio, f"{stem}_se")
        x = build.dropout(x, f"{stem}_dropout", block.dropout or 0.0)
    return x


def _add_depthwise(build: NetworkBuilder, x: str, block: TcnBlock, stem: str) -> str:
    branches = []
    for branch in range(1, block.branch + 1):
        y = build.depthwise(x, f"{stem}_depthwise{branch}", kernel=block.kernel, dilation=block.dilation,
                            bias=block.norm is None, regularised=True)  # fmt: skip
        branches.append(build.norm(y, f"{stem}_depthwise{branch}_norm", block.norm))
    x = build.add(branches, f"{stem}_depthwise_sum")
    return build.activation(x, f"{stem}_depthwise_activation", block.activation)


def _add_pointwise(build: NetworkBuilder, x: str, block: TcnBlock, stem: str) -> str:
    branches = []
    for branch in range(1, block.branch + 1):
        y = build.convolution(x, f"{stem}_pointwise{branch}", block.filters, bias=block.norm is None,
                              regularised=True)  # fmt: skip
        branches.append(build.norm(y, f"{stem}_pointwise{branch}_norm", block.norm))
    x = build.add(branches, f"{stem}_pointwise_sum")
    return build.activation(x, f"{stem}_pointwise_activation", block.activation)


def _add_squeeze_excite(build: NetworkBuilder, x: str, ratio: float, stem: str) -> str:
    channels = build.channels(x)
    gain = build.pool(x, f"{stem}_mean")
    gain = build.convolution(gain, f"{stem}_squeeze", int(channels // ratio), bias=True)
    gain = build.activation(gain, f"{stem}_squeeze_activation", "relu6")
    gain = build.convolution(gain, f"{stem}_excite", channels, bias=True)
    gain = build.activation(gain, f"{stem}_excite_activation", "hard_sigmoid")
    return build.multiply(x, gain, f"{stem}_scale")


def _finish_block(build: NetworkBuilder, x: str, skip: str, block: TcnBlock, name: str) -> str:
    if build.channels(skip) == build.channels(x):
        x = build.add([x, skip], f"{name}_skip")
    return build.dropout(x, f"{name}_dropout", block.dropout or 0.0)


ARCHITECTURE = Architecture(
    summary="Temporal convolutional network with SleepKit's parameters",
    params_type=TcnParams,
    network=tcn_network,
    ends_in_softmax=lambda params: params.ends_in_softmax,
)
