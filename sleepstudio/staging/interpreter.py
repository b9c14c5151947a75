"""The small interpreter: a ``.tflite`` on the host, without TensorFlow.

It computes with the reference kernels, whose results are those of the micro runtime bit for bit. The default
(XNNPACK) kernels are faster and differ by up to 4 units in the last place in a third of all values.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import FeatureError, StudyError
from sleepstudio.staging.tflite_graph import MAX_BYTES, Tensor, TfliteGraph, missing_runtime, read_graph

MAX_TENSOR_ELEMENTS = 1 << 26
"""Of all activations together: what a file may ask the interpreter to allocate."""

_HINT = "Give the model.tflite of a run, or export the run again."


@dataclass(frozen=True)
class Quantisation:
    """value = ``scale`` × (int8 − ``zero_point``), with ``scale`` a float32."""

    scale: float
    zero_point: int

    def quantise(self, values: NDArray[np.float32]) -> NDArray[np.int8]:
        """int8 of float32 values, saturating; halves are rounded away from zero, as the kernels do.

        Raises FeatureError for values that are not finite.
        """
        if not np.isfinite(values).all():
            raise FeatureError(
                "not-a-number or infinite values cannot be quantised.",
                hint="Normalise the features first; masked epochs need values too.",
            )
        scaled = (values.astype(np.float32) / np.float32(self.scale)).astype(np.float64)
        rounded = np.trunc(scaled + np.copysign(0.5, scaled)) + self.zero_point
        return np.asarray(np.clip(rounded, -128, 127), np.int8)

    def dequantise(self, values: NDArray[np.int8]) -> NDArray[np.float32]:
        """float32 of int8 values."""
        return np.float32(self.scale) * (values.astype(np.int32) - self.zero_point).astype(np.float32)


class TfliteModel:
    """A staging model of fixed frame size: one input (1, frame_size, features), one output (1, frame_size,
    classes), int8 or float32 each."""

    def __init__(self, content: bytes, *, where: str = "model.tflite") -> None:
        """Raises StudyError where ``content`` is not such a model, or the runtime is not installed."""
        self.content = content
        self._where = where
        self._interpreter, self.graph = _load(content, where)
        source, target = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        if len(source) != 1 or len(target) != 1:
            raise self._error(f"{len(source)} inputs and {len(target)} outputs instead of one each")
        self._input, self._output = source[0], target[0]
        shapes = tuple(tuple(int(n) for n in details["shape"]) for details in (self._input, self._output))
        (batch, self.frame_size, self.features), (_, rows, self.classes) = (
            shape if len(shape) == 3 else (0, 0, 0) for shape in shapes
        )
        if batch != 1 or rows != self.frame_size or min(self.frame_size, self.features, self.classes) < 1:
            raise self._error(f"its input is {shapes[0]} and its output {shapes[1]}, not one frame each")
        self.input_quantisation = self._quantisation(self._input)
        self.output_quantisation = self._quantisation(self._output)
        self.gives_probabilities = self.graph.ends_in_softmax

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The model in ``path``. Raises StudyError."""
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StudyError(f"cannot be read ({reason}).", where=str(path), hint=_HINT) from error
        return cls(content, where=str(path))

    @property
    def sha256(self) -> str:
        """Hash of the model's bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    def predict(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities: (frames, frame_size, features) normalised float32 → (…, classes) float32.

        Raises FeatureError for frames of another shape or not finite.
        """
        quantise, dequantise = self.input_quantisation, self.output_quantisation
        raw = self.run(quantise.quantise(frames) if quantise else frames.astype(np.float32, copy=False))
        values: NDArray[np.float32] = dequantise.dequantise(raw) if dequantise else raw
        return values if self.gives_probabilities else _softmax(values)

    def predict_int8(self, frames: NDArray[np.int8]) -> NDArray[np.int8]:
        """What the board computes: int8 frames in, int8 logits or probabilities out.

        Raises FeatureError for frames of another shape, StudyError where the model takes or gives floats.
        """
        if self.input_quantisation is None or self.output_quantisation is None:
            raise self._error("its input or output is float32, not int8")
        output: NDArray[np.int8] = self.run(frames)
        return output

    def run(self, frames: NDArray[Any]) -> NDArray[Any]:
        """The model's output for frames of its own input type, one after another."""
        shape, dtype = (self.frame_size, self.features), np.dtype(self._input["dtype"])
        if frames.ndim != 3 or frames.shape[1:] != shape or frames.dtype != dtype:
            raise FeatureError(
                f"frames are {frames.dtype} {frames.shape}, not {dtype} (n, {shape[0]}, {shape[1]}).",
                where=self._where,
                hint="Use the feature set and the frame size that the model was trained with.",
            )
        output = np.empty((len(frames), self.frame_size, self.classes), self._output["dtype"])
        for number, frame in enumerate(frames):
            self._interpreter.set_tensor(self._input["index"], frame[None])
            self._interpreter.invoke()
            output[number] = self._interpreter.get_tensor(self._output["index"])[0]
        return output

    def _quantisation(self, details: dict[str, Any]) -> Quantisation | None:
        if details["dtype"] == np.float32:
            return None
        scale, zero_point = details["quantization"]
        if details["dtype"] != np.int8 or not (math.isfinite(scale) and scale > 0):
            raise self._error(f"its input or output is {np.dtype(details['dtype'])}, not int8 or float32")
        return Quantisation(float(scale), int(zero_point))

    def _error(self, message: str) -> StudyError:
        return StudyError(f"{message}.", where=self._where, hint=_HINT)


def _load(content: bytes, where: str) -> tuple[Any, TfliteGraph]:
    """The interpreter, which verifies the file's structure first, and the graph."""
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError as error:
        raise missing_runtime() from error
    if len(content) > MAX_BYTES:
        raise StudyError(f"larger than {MAX_BYTES >> 20} MiB.", where=where, hint=_HINT)
    try:
        interpreter = Interpreter(
            model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1
        )
        graph = read_graph(content, where=where)
        if sum(_allocated(tensor) for tensor in graph.tensors) > MAX_TENSOR_ELEMENTS:
            raise StudyError("it asks for more memory than a staging model.", where=where, hint=_HINT)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise StudyError(f"not a model that runs here ({reason}).", where=where, hint=_HINT) from error
    return interpreter, graph


def _allocated(tensor: Tensor) -> int:
    return 0 if tensor.stored_bytes else math.prod(max(1, abs(size)) for size in tensor.shape)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float32)
