"""What a ``.tflite`` holds beside its graph: each operator's options and the constant tensors."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import StudyError
from sleepstudio.staging.tflite_graph import read_graph, schema

_DTYPES = {"INT8": np.int8, "INT32": np.int32, "INT64": np.int64, "FLOAT32": np.float32}


@dataclass(frozen=True, eq=False)
class TfliteContent:
    """``options``: one an operator, an object of the schema (``Conv2DOptionsT`` …) or None. ``constants``:
    those of numbers, by the tensor's number, in its shape."""

    options: tuple[Any, ...]
    constants: dict[int, NDArray[Any]]


def read_content(content: bytes, *, where: str = "model.tflite") -> TfliteContent:
    """Options and constants of a model of one subgraph. Raises StudyError where they do not fit the graph."""
    graph = read_graph(content, where=where)
    try:
        model = schema().ModelT.InitFromObj(schema().Model.GetRootAsModel(content, 0))
        subgraph = model.subgraphs[0]
        constants = {
            number: _constant(model.buffers[stored.buffer].data, tensor.type, tensor.shape)
            for number, (stored, tensor) in enumerate(zip(subgraph.tensors, graph.tensors, strict=True))
            if tensor.stored_bytes and tensor.type in _DTYPES
        }
    except (struct.error, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise StudyError(f"damaged ({error}).", where=where, hint="Export the run again.") from error
    return TfliteContent(tuple(operator.builtinOptions for operator in subgraph.operators), constants)


def _constant(data: Any, type_name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    return np.frombuffer(bytes(np.asarray(data, np.uint8)), _DTYPES[type_name]).reshape(shape)
