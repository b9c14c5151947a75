"""From the operators of a ``.tflite`` to the engine's layers."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from sleepstudio.deployment.board_image_layers import Kind
from sleepstudio.deployment.lowering.convolution import lower_convolution, lower_depthwise
from sleepstudio.deployment.lowering.elementwise import lower_product, lower_sum
from sleepstudio.deployment.lowering.graph_view import GraphView, unsupported
from sleepstudio.deployment.lowering.layer import LoweredLayer
from sleepstudio.deployment.lowering.tables import ONE_BY_ONE, value_table
from sleepstudio.deployment.lowering.whole_rows import lower_mean, lower_padding, lower_softmax
from sleepstudio.staging.tflite_graph import Operator

_RENAMING = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS"})

_LOWERINGS: MappingProxyType[str, Callable[[GraphView, Operator, Any], LoweredLayer]] = MappingProxyType(
    {
        "ADD": lower_sum,
        "CONV_2D": lower_convolution,
        "DEPTHWISE_CONV_2D": lower_depthwise,
        "FULLY_CONNECTED": lower_convolution,
        "MEAN": lower_mean,
        "MUL": lower_product,
        "PAD": lower_padding,
        "SOFTMAX": lower_softmax,
        "SUB": lower_sum,
    }
)


def lower(view: GraphView) -> tuple[LoweredLayer, ...]:
    """The layers of a model in the order they run. Raises ExportError where the engine has none for an
    operator."""
    layers = []
    for number, operator in enumerate(view.graph.operators):
        if operator.name in _RENAMING:
            view.rename(operator)
        else:
            layers.append(_lowered(view, number, operator))
    return tuple(layers)


def _lowered(view: GraphView, number: int, operator: Operator) -> LoweredLayer:
    view.check_int8(operator)
    active = [place for place, tensor in enumerate(operator.inputs) if view.is_active(tensor)]
    if operator.name in ONE_BY_ONE and len(active) == 1:
        others = set(operator.inputs) - {operator.inputs[active[0]], -1}
        if all(view.tensor(other).elements == 1 for other in others):
            return _table(view, number, operator, active[0])
    if operator.name not in _LOWERINGS or not active:
        raise unsupported(operator, "the engine has no such layer")
    return _LOWERINGS[operator.name](view, operator, view.options[number])


def _table(view: GraphView, number: int, operator: Operator, operand: int) -> LoweredLayer:
    shape = view.shape(operator.outputs[0])
    if view.shape(operator.inputs[operand]) != shape:
        raise unsupported(operator, "its operand is repeated")
    return LoweredLayer(
        Kind.TABLE,
        view.memory(operator.inputs[operand]),
        operator.outputs[0],
        shape,
        shape,
        zero_in=view.zero(operator.inputs[operand]),
        zero_out=view.zero(operator.outputs[0]),
        data=value_table(view.content, number, operand),
    )
