"""Sums and products of two operands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sleepstudio.deployment.board_image_layers import Flag, Kind
from sleepstudio.deployment.lowering.arithmetic import Integers, quantised_multiplier, scale
from sleepstudio.deployment.lowering.graph_view import GraphView, unsupported
from sleepstudio.deployment.lowering.layer import LoweredLayer
from sleepstudio.deployment.lowering.scaling import Channel, Scaling, scaling
from sleepstudio.staging.tflite_graph import Operator, Tensor

_HEADROOM = 20
"""Bits by which the reference shifts the operands of a sum before it scales them."""


def lower_sum(view: GraphView, operator: Operator, options: Any) -> LoweredLayer:
    """ADD and SUB. Raises ExportError."""
    operands = [view.tensor(number) for number in operator.inputs]
    target = view.tensor(operator.outputs[0])
    twice_widest = 2 * max(tensor.scales[0] for tensor in operands)
    added = [_addends(tensor, tensor.scales[0] / twice_widest) for tensor in operands]
    if operator.name == "SUB":
        added[1] = -added[1]
    bound = int(sum(np.abs(table).max() for table in added))
    multiplier = twice_widest / ((1 << _HEADROOM) * target.scales[0])
    scaled = scaling([Channel(0, multiplier, bound)], target.zero_points[0])
    order = _order(view, operator)
    tables = np.concatenate([added[place] for place in order]) * (1 if scaled.wide else 2)
    data = tables.astype("<i4").tobytes()
    return _layer(view, operator, options, Kind.SUM, order, scaled, data=data)


def lower_product(view: GraphView, operator: Operator, options: Any) -> LoweredLayer:
    """MUL. Raises ExportError."""
    first, second = (view.tensor(number) for number in operator.inputs)
    target = view.tensor(operator.outputs[0])
    bound = math.prod(
        max(127 - tensor.zero_points[0], tensor.zero_points[0] + 128) for tensor in (first, second)
    )
    multiplier = first.scales[0] * second.scales[0] / target.scales[0]
    scaled = scaling([Channel(0, multiplier, bound)], target.zero_points[0])
    return _layer(view, operator, options, Kind.PRODUCT, _order(view, operator), scaled)


def _layer(
    view: GraphView,
    operator: Operator,
    options: Any,
    kind: Kind,
    order: tuple[int, int],
    scaled: Scaling,
    **fields: Any,
) -> LoweredLayer:
    first, second = (operator.inputs[place] for place in order)
    shape = view.shape(operator.outputs[0])
    flags = Flag.WIDE if scaled.wide else 0
    memory, constant = None, b""
    if not view.is_active(second):
        flags |= Flag.SECOND_IN_IMAGE
        constant = _repeated(view, operator, order[1])
    else:
        memory = view.memory(second)
        if view.shape(second) != shape:
            flags |= Flag.SECOND_IS_ROW
            if view.shape(second).elements != shape.channels:
                raise unsupported(operator, f"an operand is {view.tensor(second).shape}")
    return LoweredLayer(
        kind,
        view.memory(first),
        operator.outputs[0],
        shape,
        shape,
        second=memory,
        second_data=constant,
        flags=flags,
        scalings=scaled.padded(1),
        zero_in=view.zero(first),
        zero_second=view.zero(second),
        zero_out=view.zero(operator.outputs[0]),
        activation_range=view.activation_range(operator, options),
        **fields,
    )


def _order(view: GraphView, operator: Operator) -> tuple[int, int]:
    """The places of the operands: one that is computed and of the result's shape first."""
    for first, second in ((0, 1), (1, 0)):
        number = operator.inputs[first]
        if view.is_active(number) and view.shape(number) == view.shape(operator.outputs[0]):
            return first, second
    raise unsupported(operator, "both operands are repeated")


def _repeated(view: GraphView, operator: Operator, place: int) -> bytes:
    """A constant operand, repeated to the shape of the result."""
    try:
        values = np.broadcast_to(view.constant(operator, place), view.tensor(operator.outputs[0]).shape)
    except ValueError as error:
        raise unsupported(operator, f"a constant does not fit ({error})") from error
    return np.ascontiguousarray(values, np.int8).tobytes()


def _addends(tensor: Tensor, multiplier: float) -> Integers:
    """What each value of an operand adds to a sum, at [value & 255]."""
    values = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.int64)
    return scale((values - tensor.zero_points[0]) << _HEADROOM, *quantised_multiplier(multiplier))
