"""What a ``.tflite`` holds: operators and tensors as stored, without TensorFlow and without running it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sleepstudio.errors import StudyError

MAX_BYTES = 16 << 20
MAX_ITEMS = 20_000
"""Operators, tensors or buffers of a graph. SleepKit's largest has 74, 163 and 165."""

_HINT = "Export the run again."


@dataclass(frozen=True)
class Tensor:
    """``type``: as in the schema (INT8, INT32, FLOAT32 …). ``scales``: one, or one per channel; empty where
    the tensor is not quantised. ``stored_bytes``: of its constant content, 0 for an activation."""

    name: str
    type: str
    shape: tuple[int, ...]
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    stored_bytes: int

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Operator:
    """``name``: as in the schema (CONV_2D …); tensors by their number, −1 for one that is left out."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class TfliteGraph:
    """The one subgraph of a model, operators in the order they run."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def ends_in_softmax(self) -> bool:
        """Whether the output is probabilities, looking through a final dequantisation."""
        names = [
            operator.name for operator in self.operators if operator.name not in ("DEQUANTIZE", "RESHAPE")
        ]
        return bool(names) and names[-1] == "SOFTMAX"


def read_graph(content: bytes, *, where: str = "model.tflite") -> TfliteGraph:
    """The graph of a model of one subgraph. Raises StudyError where ``content`` is not one."""
    if len(content) > MAX_BYTES:
        raise StudyError(f"larger than {MAX_BYTES >> 20} MiB.", where=where, hint=_HINT)
    if content[4:8] != b"TFL3":
        raise StudyError("not a TensorFlow Lite model.", where=where, hint=_HINT)
    try:
        model = schema().Model.GetRootAsModel(content, 0)
        if model.SubgraphsLength() != 1:
            raise StudyError(f"{model.SubgraphsLength()} subgraphs instead of one.", where=where, hint=_HINT)
        return _graph(model, model.Subgraphs(0), where)
    except (
        struct.error,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        UnicodeDecodeError,
    ) as e:
        raise StudyError(f"damaged ({e}).", where=where, hint=_HINT) from e


def _graph(model: Any, subgraph: Any, where: str) -> TfliteGraph:
    counts = (subgraph.TensorsLength(), subgraph.OperatorsLength(), model.BuffersLength(),
              model.OperatorCodesLength(), subgraph.InputsLength(), subgraph.OutputsLength())  # fmt: skip
    if max(counts) > MAX_ITEMS:
        raise StudyError("more tensors or operators than any staging model has.", where=where, hint=_HINT)
    codes = [_operator_name(model.OperatorCodes(i)) for i in range(model.OperatorCodesLength())]
    tensors = tuple(_tensor(model, subgraph.Tensors(i)) for i in range(subgraph.TensorsLength()))
    operators = tuple(
        _operator(codes, subgraph.Operators(i), len(tensors)) for i in range(subgraph.OperatorsLength())
    )
    inputs = _numbers(subgraph.InputsLength(), subgraph.Inputs, len(tensors))
    outputs = _numbers(subgraph.OutputsLength(), subgraph.Outputs, len(tensors))
    return TfliteGraph(tensors, operators, inputs, outputs)


def _tensor(model: Any, stored: Any) -> Tensor:
    quantization = stored.Quantization()
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    if quantization is not None:
        scales = tuple(quantization.Scale(i) for i in range(_limited(quantization.ScaleLength())))
        zero_points = tuple(
            quantization.ZeroPoint(i) for i in range(_limited(quantization.ZeroPointLength()))
        )
    return Tensor(
        name=(stored.Name() or b"").decode(),
        type=_schema_names("TensorType")[stored.Type()],
        shape=tuple(stored.Shape(i) for i in range(_limited(stored.ShapeLength()))),
        scales=scales,
        zero_points=zero_points,
        stored_bytes=model.Buffers(stored.Buffer()).DataLength(),
    )


def _operator(codes: list[str], stored: Any, tensors: int) -> Operator:
    return Operator(
        name=codes[stored.OpcodeIndex()],
        inputs=_numbers(stored.InputsLength(), stored.Inputs, tensors),
        outputs=_numbers(stored.OutputsLength(), stored.Outputs, tensors),
    )


def _operator_name(code: Any) -> str:
    custom = code.CustomCode()
    if custom:
        return str(custom.decode())
    return _schema_names("BuiltinOperator")[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]


def _numbers(length: int, at: Any, tensors: int) -> tuple[int, ...]:
    numbers = tuple(int(at(i)) for i in range(_limited(length)))
    if any(not -1 <= number < tensors for number in numbers):
        raise ValueError(f"it names tensor {max(numbers)} of {tensors}")
    return numbers


def _limited(length: int) -> int:
    if length > MAX_ITEMS:
        raise ValueError(f"a list of {length}")
    return length


def schema() -> Any:
    """The generated module of the file format. Raises StudyError where it is not installed."""
    try:
        from ai_edge_litert import schema_py_generated
    except ImportError as error:
        raise missing_runtime() from error
    return schema_py_generated


@lru_cache
def _schema_names(enumeration: str) -> dict[int, str]:
    return {value: name for name, value in vars(getattr(schema(), enumeration)).items() if name.isupper()}


def missing_runtime() -> StudyError:
    """What to say where ai-edge-litert is not installed."""
    return StudyError(
        "the runtime for int8 models is not installed.",
        where="ai-edge-litert",
        hint="Install it: pip install 'sleepstudio[runtime]'.",
    )
