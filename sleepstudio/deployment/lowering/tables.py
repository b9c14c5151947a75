"""What an operator makes of each int8 value, asked of the reference kernel itself.

A model of that one operator over the 256 values is made and run, so that a table is exact for whatever
operator takes values one by one: activations, square roots, sums and products with a constant.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ExportError, StudyError
from sleepstudio.staging.tflite_graph import missing_runtime, schema

ONE_BY_ONE = frozenset(
    {"ABS", "ADD", "ELU", "EXP", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGISTIC", "MUL", "NEG", "QUANTIZE",
     "RELU", "RELU6", "RELU_N1_TO_1", "RSQRT", "SQRT", "SQUARE", "SUB", "TANH"}
)  # fmt: skip
"""Operators that make one value of each value, where a second operand is a single constant."""

_ALL_VALUES = np.arange(256, dtype=np.uint8).view(np.int8)


def value_table(content: bytes, operator: int, operand: int) -> bytes:
    """Result of operator number ``operator`` of a ``.tflite`` at [value & 255] of its input ``operand``.

    The operator's other inputs are constants of one value. Raises ExportError.
    """
    try:
        import flatbuffers
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError as error:
        raise missing_runtime() from error
    model = schema().ModelT.InitFromObj(schema().Model.GetRootAsModel(content, 0))
    _keep_one(model, operator, operand)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    try:
        interpreter = Interpreter(
            model_content=bytes(builder.Output()), experimental_op_resolver_type=OpResolverType.BUILTIN_REF
        )
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], _ALL_VALUES[None, None, :, None])
        interpreter.invoke()
        result: NDArray[Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ExportError(f"an activation cannot be tabulated ({reason}).", where="model.tflite") from error
    if result.dtype != np.int8 or result.size != len(_ALL_VALUES):
        raise ExportError("an activation does not give one int8 for each.", where="model.tflite")
    return result.tobytes()


def _keep_one(model: Any, number: int, operand: int) -> None:
    """Leaves of a model the one operator, over 256 values."""
    if len(model.subgraphs) != 1:
        raise StudyError(f"{len(model.subgraphs)} subgraphs instead of one.", where="model.tflite")
    subgraph = model.subgraphs[0]
    operator = subgraph.operators[number]
    source, target = int(operator.inputs[operand]), int(operator.outputs[0])
    for tensor in (source, target):
        subgraph.tensors[tensor].shape = [1, 1, len(_ALL_VALUES), 1]
        subgraph.tensors[tensor].shapeSignature = None
    subgraph.operators = [operator]
    subgraph.inputs, subgraph.outputs = [source], [target]
    model.signatureDefs = None
    model.metadata = None
