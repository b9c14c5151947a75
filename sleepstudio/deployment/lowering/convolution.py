"""Convolutions along rows, full, depthwise, and of one row (fully connected)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.deployment.board_image_layers import Flag, Kind
from sleepstudio.deployment.lowering.arithmetic import Integers
from sleepstudio.deployment.lowering.graph_view import GraphView, unsupported
from sleepstudio.deployment.lowering.layer import LoweredLayer
from sleepstudio.deployment.lowering.scaling import Channel, Scaling, scaling
from sleepstudio.deployment.lowering.weights import pack_convolution, pack_depthwise
from sleepstudio.staging.tflite_graph import Operator, Tensor

MAX_TAPS = 255


def lower_convolution(view: GraphView, operator: Operator, options: Any) -> LoweredLayer:
    """CONV_2D over one row of an image, FULLY_CONNECTED. Raises ExportError."""
    weights = view.constant(operator, 1)
    if weights.ndim == 2:
        weights = weights[:, None, None, :]
    outputs, height, taps, inputs = weights.shape
    if height != 1 or inputs != view.shape(operator.inputs[0]).channels:
        raise unsupported(operator, f"its weights are {weights.shape}")
    scaled = _scaling(view, operator, weights.reshape(outputs, -1))
    return _layer(
        view,
        operator,
        options,
        Kind.CONVOLUTION,
        scaled,
        taps=taps,
        data=pack_convolution(weights.reshape(outputs, taps, inputs)),
        scalings=scaled.padded(2),
        scratch_bytes=4 * taps * _up_to_4(inputs),
        macs=view.shape(operator.outputs[0]).rows * weights.size,
    )


def lower_depthwise(view: GraphView, operator: Operator, options: Any) -> LoweredLayer:
    """DEPTHWISE_CONV_2D over one row of an image, one output a channel. Raises ExportError."""
    weights = view.constant(operator, 1)
    _, height, taps, channels = weights.shape
    if height != 1 or channels != view.shape(operator.inputs[0]).channels:
        raise unsupported(operator, f"its weights are {weights.shape}")
    flat = weights.reshape(taps, channels)
    scaled = _scaling(view, operator, flat.T)
    return _layer(
        view,
        operator,
        options,
        Kind.DEPTHWISE,
        scaled,
        taps=taps,
        data=pack_depthwise(flat, doubled=not scaled.wide),
        scalings=scaled.padded(4),
        scratch_bytes=_up_to_4(channels) + 4 * taps,
        macs=view.shape(operator.outputs[0]).rows * flat.size,
    )


def _layer(
    view: GraphView,
    operator: Operator,
    options: Any,
    kind: Kind,
    scaled: Scaling,
    *,
    taps: int,
    **fields: Any,
) -> LoweredLayer:
    source, target = view.shape(operator.inputs[0]), view.shape(operator.outputs[0])
    dilation = 1
    if operator.name != "FULLY_CONNECTED":
        dilation = int(options.dilationWFactor)
        if options.strideW != 1 or taps > MAX_TAPS:
            raise unsupported(operator, f"it has {taps} taps at a stride of {options.strideW}")
    # no more than is missing at the end: none where padding is VALID
    missing = max(0, target.rows + (taps - 1) * dilation - source.rows)
    return LoweredLayer(
        kind,
        view.memory(operator.inputs[0]),
        operator.outputs[0],
        source,
        target,
        taps=taps,
        dilation=dilation,
        before=missing // 2,
        flags=Flag.WIDE if scaled.wide else 0,
        zero_in=view.zero(operator.inputs[0]),
        zero_out=view.zero(operator.outputs[0]),
        activation_range=view.activation_range(operator, options),
        **fields,
    )


def _scaling(view: GraphView, operator: Operator, weights: NDArray[np.int8]) -> Scaling:
    """``weights``: (channels out, all that one is made of)."""
    source, kernel, target = (
        view.tensor(number) for number in (operator.inputs[0], operator.inputs[1], operator.outputs[0])
    )
    factors, zero = weights.astype(np.int64), source.zero_points[0]
    biases = _biases(view, operator, len(weights))
    ends = factors * (127 - zero), factors * (-128 - zero)
    most, least = np.maximum(*ends).sum(axis=1) + biases, np.minimum(*ends).sum(axis=1) + biases
    bounds = np.maximum(np.abs(most), np.abs(least))
    multipliers = _multipliers(operator, source, kernel, target, len(weights))
    offsets = biases - zero * factors.sum(axis=1)
    channels = zip(offsets.tolist(), multipliers, bounds.tolist(), strict=True)
    return scaling([Channel(*channel) for channel in channels], target.zero_points[0])


def _biases(view: GraphView, operator: Operator, channels: int) -> Integers:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return np.zeros(channels, np.int64)
    return np.asarray(view.constant(operator, 2), np.int64).reshape(channels)


def _multipliers(
    operator: Operator, source: Tensor, kernel: Tensor, target: Tensor, channels: int
) -> list[float]:
    """In double as the reference, which takes the product in float32 for a fully connected layer of one
    scale."""
    if operator.name == "FULLY_CONNECTED" and len(kernel.scales) == 1:
        product = float(np.float32(source.scales[0]) * np.float32(kernel.scales[0]))
        return [product / target.scales[0]] * channels
    scales = kernel.scales if len(kernel.scales) > 1 else kernel.scales * channels
    return [source.scales[0] * scale / target.scales[0] for scale in scales]


def _up_to_4(number: int) -> int:
    return -(-number // 4) * 4
