"""Small int8 models, operator by operator: what the converter would make of networks we do not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from sleepstudio.staging.interpreter import TfliteModel

_TYPES = {"int8": schema.TensorType.INT8, "int32": schema.TensorType.INT32}


class TfliteBuilder:
    """Tensors are numbers; the first is the input, and the one that :meth:`model` is given the output."""

    def __init__(self, rows: int, features: int, scale: float, zero_point: int) -> None:
        self._model = schema.ModelT()
        self._model.version = 3
        self._model.operatorCodes = []
        self._model.buffers = [schema.BufferT()]
        self._subgraph = schema.SubGraphT()
        self._subgraph.tensors, self._subgraph.operators = [], []
        self._model.subgraphs = [self._subgraph]
        self.input = self.tensor((1, rows, features), scale, zero_point)

    def tensor(self, shape: Sequence[int], scale: float, zero_point: int) -> int:
        return self._add(shape, "int8", [scale], [zero_point], 0)

    def constant(
        self, values: NDArray[Any], scales: Sequence[float] = (), zero_point: int = 0, axis: int = 0
    ) -> int:
        """int8 or int32 values; quantised where there are scales, along ``axis`` where there are several."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        place = len(self._model.buffers) - 1
        zeros = [zero_point] * len(scales)
        return self._add(values.shape, values.dtype.name, list(scales), zeros, place, axis)

    def operator(
        self, name: str, inputs: Sequence[int], output: int, options: Any = None, *, version: int = 1
    ) -> int:
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = version
        self._model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes) - 1
        operator.inputs, operator.outputs = list(inputs), [output]
        if options is not None:
            kind = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            operator.builtinOptions = options
        self._subgraph.operators.append(operator)
        return output

    def scale(self, tensor: int) -> float:
        return float(self._subgraph.tensors[tensor].quantization.scale[0])

    def zero_point(self, tensor: int) -> int:
        return int(self._subgraph.tensors[tensor].quantization.zeroPoint[0])

    def reshaped(self, tensor: int, shape: Sequence[int]) -> int:
        stored = self._subgraph.tensors[tensor].quantization
        target = self.tensor(shape, stored.scale[0], stored.zeroPoint[0])
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        return self.operator("RESHAPE", [tensor, self.constant(np.array(shape, np.int32))], target, options)

    def model(self, output: int) -> TfliteModel:
        self._subgraph.inputs, self._subgraph.outputs = [self.input], [output]
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return TfliteModel(bytes(builder.Output()))

    def _add(
        self,
        shape: Sequence[int],
        kind: str,
        scales: list[float],
        zeros: list[int],
        buffer: int,
        axis: int = 0,
    ) -> int:
        tensor = schema.TensorT()
        tensor.name = f"t{len(self._subgraph.tensors)}"
        tensor.shape, tensor.type, tensor.buffer = list(shape), _TYPES[kind], buffer
        if scales:
            quantisation = schema.QuantizationParametersT()
            quantisation.scale, quantisation.zeroPoint = scales, zeros
            quantisation.quantizedDimension = axis
            tensor.quantization = quantisation
        self._subgraph.tensors.append(tensor)
        return len(self._subgraph.tensors) - 1


def options(kind: str, **fields: Any) -> Any:
    """An options object of the schema: ``options("Conv2DOptions", strideW=1)``."""
    made = getattr(schema, f"{kind}T")()
    for name, value in fields.items():
        setattr(made, name, value)
    return made
