"""The per-operator table of a ``.tflite``: what runs on the board, and what each step costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sleepstudio.staging.tflite_graph import Operator, TfliteGraph


@dataclass(frozen=True)
class OperatorCost:
    """One operator. ``shape``: of its output. ``macs``: multiply–accumulates for one frame.

    ``constant_bytes``: of its weights and biases in the file; ``activation_bytes``: of its output.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    macs: int
    constant_bytes: int
    activation_bytes: int


_BYTES = {"INT8": 1, "UINT8": 1, "BOOL": 1, "INT16": 2, "FLOAT16": 2, "INT32": 4, "FLOAT32": 4, "INT64": 8}


def operator_table(graph: TfliteGraph) -> tuple[OperatorCost, ...]:
    """A row for every operator, in the order they run."""
    return tuple(_cost(index, operator, graph) for index, operator in enumerate(graph.operators))


def _cost(index: int, operator: Operator, graph: TfliteGraph) -> OperatorCost:
    output = graph.tensors[operator.outputs[0]]
    return OperatorCost(
        index=index,
        name=operator.name,
        shape=output.shape,
        macs=_macs(operator, graph),
        constant_bytes=sum(graph.tensors[number].stored_bytes for number in operator.inputs if number >= 0),
        activation_bytes=output.elements * _BYTES.get(output.type, 1),
    )


def _macs(operator: Operator, graph: TfliteGraph) -> int:
    if operator.name not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        return 0
    weights = graph.tensors[operator.inputs[1]].shape
    per_output = {
        "CONV_2D": math.prod(weights[1:]),
        "DEPTHWISE_CONV_2D": math.prod(weights[1:3]),
        "FULLY_CONNECTED": weights[-1],
    }[operator.name]
    return graph.tensors[operator.outputs[0]].elements * per_output
