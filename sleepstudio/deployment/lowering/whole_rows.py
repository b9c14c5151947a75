"""Layers that take rows as a whole: means over them, more of them, softmax within each."""

from __future__ import annotations

from typing import Any

import numpy as np

from sleepstudio.deployment.board_image_layers import Flag, Kind
from sleepstudio.deployment.lowering.arithmetic import quantised_multiplier, softmax_exponentials
from sleepstudio.deployment.lowering.graph_view import GraphView, Rows, unsupported
from sleepstudio.deployment.lowering.layer import LoweredLayer
from sleepstudio.deployment.lowering.scaling import wide_record
from sleepstudio.staging.tflite_graph import Operator

MAX_SOFTMAX_CHANNELS = 256
_SOFTMAX_SCALE = 1 / 256


def lower_mean(view: GraphView, operator: Operator, _: Any) -> LoweredLayer:
    """MEAN over all rows. Raises ExportError."""
    source, target = view.tensor(operator.inputs[0]), view.tensor(operator.outputs[0])
    shape = view.shape(operator.inputs[0])
    axes = {int(axis) % len(source.shape) for axis in np.ravel(view.constant(operator, 1))}
    needed = {axis for axis, size in enumerate(source.shape[:-1]) if size > 1}
    if len(source.shape) - 1 in axes or not needed <= axes or target.elements != shape.channels:
        raise unsupported(operator, f"it is over axes {sorted(axes)} of {source.shape}")
    q, exponent = quantised_multiplier(source.scales[0] / target.scales[0])
    # the division by the number of rows goes into the multiplier, with as many bits as there is room for
    room = min(shape.rows.bit_length() - 1, 32, 31 + exponent)
    bias = -shape.rows * source.zero_points[0]
    return LoweredLayer(
        Kind.MEAN,
        view.memory(operator.inputs[0]),
        operator.outputs[0],
        shape,
        Rows(1, shape.channels),
        flags=Flag.WIDE,
        scalings=wide_record(bias, (q << room) // shape.rows, exponent - room),
        zero_in=source.zero_points[0],
        zero_out=target.zero_points[0],
    )


def lower_padding(view: GraphView, operator: Operator, _: Any) -> LoweredLayer:
    """PAD with rows of zeros. Raises ExportError."""
    amounts = view.constant(operator, 1).reshape(-1, 2)
    if amounts[:-2].any() or amounts[-1].any():
        raise unsupported(operator, "it pads more than rows")
    return LoweredLayer(
        Kind.PADDING,
        view.memory(operator.inputs[0]),
        operator.outputs[0],
        view.shape(operator.inputs[0]),
        view.shape(operator.outputs[0]),
        before=int(amounts[-2, 0]),
        zero_in=view.zero(operator.inputs[0]),
        zero_out=view.zero(operator.outputs[0]),
    )


def lower_softmax(view: GraphView, operator: Operator, options: Any) -> LoweredLayer:
    """SOFTMAX over channels. Raises ExportError."""
    source, target = view.tensor(operator.inputs[0]), view.tensor(operator.outputs[0])
    shape = view.shape(operator.inputs[0])
    if (target.scales[0], target.zero_points[0]) != (_SOFTMAX_SCALE, -128):
        raise unsupported(operator, "its output is not in 1/256")
    if shape.channels > MAX_SOFTMAX_CHANNELS:
        raise unsupported(operator, f"it has {shape.channels} channels")
    exponentials = softmax_exponentials(source.scales[0], float(options.beta))
    return LoweredLayer(
        Kind.SOFTMAX,
        view.memory(operator.inputs[0]),
        operator.outputs[0],
        shape,
        shape,
        data=exponentials.astype("<i4").tobytes(),
        zero_in=source.zero_points[0],
        zero_out=target.zero_points[0],
    )
