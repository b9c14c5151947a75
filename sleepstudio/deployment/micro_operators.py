"""Which operators may be in a model for the board, and the check that no other is."""

from __future__ import annotations

from sleepstudio.errors import ExportError
from sleepstudio.staging.tflite_graph import TfliteGraph

MISCOMPUTED = frozenset({"SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"})
"""The micro runtime runs these around a dilated convolution and gives wrong numbers without an error."""

MICRO_OPERATORS = frozenset(
    {
        "ABS", "ADD", "ADD_N", "ARG_MAX", "ARG_MIN", "AVERAGE_POOL_2D", "BATCH_MATMUL", "BROADCAST_ARGS",
        "BROADCAST_TO", "CAST", "CEIL", "CONCATENATION", "CONV_2D", "COS", "CUMSUM", "DEPTH_TO_SPACE",
        "DEPTHWISE_CONV_2D", "DEQUANTIZE", "DIV", "ELU", "EMBEDDING_LOOKUP", "EQUAL", "EXP", "EXPAND_DIMS",
        "FILL", "FLOOR", "FLOOR_DIV", "FLOOR_MOD", "FULLY_CONNECTED", "GATHER", "GATHER_ND", "GREATER",
        "GREATER_EQUAL", "HARD_SWISH", "L2_NORMALIZATION", "L2_POOL_2D", "LEAKY_RELU", "LESS", "LESS_EQUAL",
        "LOG", "LOG_SOFTMAX", "LOGICAL_AND", "LOGICAL_NOT", "LOGICAL_OR", "LOGISTIC", "MAX_POOL_2D",
        "MAXIMUM", "MEAN", "MINIMUM", "MIRROR_PAD", "MUL", "NEG", "NOT_EQUAL", "PACK", "PAD", "PADV2",
        "PRELU", "QUANTIZE", "REDUCE_MAX", "RELU", "RELU6", "RESHAPE", "RESIZE_BILINEAR",
        "RESIZE_NEAREST_NEIGHBOR", "REVERSE_V2", "ROUND", "RSQRT", "SELECT_V2", "SHAPE", "SIN", "SLICE",
        "SOFTMAX", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQRT", "SQUARE", "SQUARED_DIFFERENCE", "SQUEEZE",
        "STRIDED_SLICE", "SUB", "SUM", "SVDF", "TANH", "TRANSPOSE", "TRANSPOSE_CONV",
        "UNIDIRECTIONAL_SEQUENCE_LSTM", "UNPACK", "ZEROS_LIKE",
    }
)  # fmt: skip
"""Stateless builtin operators that the micro runtime registers (tflite-micro's ``python_ops_resolver``)."""


def check_operators(graph: TfliteGraph, *, where: str = "model.tflite") -> None:
    """Raises ExportError where the micro runtime lacks an operator of ``graph``, or gets it wrong.

    A float operator between quantised ones is refused too: the model is to be int8 throughout.
    """
    names = {operator.name for operator in graph.operators}
    if wrong := sorted(names & MISCOMPUTED):
        raise ExportError(
            f"the graph has {' and '.join(wrong)}, which the micro runtime computes wrongly.",
            where=where,
            hint="Convert at a fixed batch of one, which keeps dilation inside the convolution.",
        )
    if lacking := sorted(names - MICRO_OPERATORS):
        raise ExportError(
            f"the micro runtime has no {', '.join(lacking)}.",
            where=where,
            hint="Use another activation or normalisation in the architecture.",
        )
    inside = [
        graph.tensors[number]
        for operator in graph.operators
        for number in operator.outputs
        if number not in graph.outputs and operator.name != "DEQUANTIZE"
    ]
    if floats := [tensor.name for tensor in inside if tensor.type.startswith("FLOAT")]:
        raise ExportError(
            f"{len(floats)} operators compute in floating point, the first gives {floats[0][:80]}.",
            where=where,
            hint="Use another activation or normalisation in the architecture.",
        )
