"""A model's graph as lowering asks of it: rows and channels, constants, which tensors are one memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from sleepstudio.deployment.lowering.arithmetic import rounded_quotient
from sleepstudio.errors import ExportError
from sleepstudio.staging.tflite_content import read_content
from sleepstudio.staging.tflite_graph import Operator, Tensor, read_graph


@dataclass(frozen=True)
class Rows:
    """A tensor as the engine sees it: all dimensions but the last are rows."""

    rows: int
    channels: int

    @property
    def elements(self) -> int:
        return self.rows * self.channels


class GraphView:
    """The graph of a ``.tflite``, its options and its constants."""

    def __init__(self, content: bytes) -> None:
        """Raises StudyError."""
        self.content = content
        self.graph = read_graph(content)
        parts = read_content(content)
        self.options: tuple[Any, ...] = parts.options
        self._constants = parts.constants
        self._same: dict[int, int] = {}

    def rename(self, operator: Operator) -> None:
        """The operator's result is its input, seen in another shape."""
        self._same[operator.outputs[0]] = self.memory(operator.inputs[0])

    def memory(self, tensor: int) -> int:
        """The tensor whose memory this one has."""
        return self._same.get(tensor, tensor)

    def tensor(self, number: int) -> Tensor:
        return self.graph.tensors[number]

    def zero(self, number: int) -> int:
        """The tensor's zero point."""
        return self.tensor(number).zero_points[0]

    def shape(self, number: int) -> Rows:
        *rows, channels = self.tensor(number).shape
        return Rows(math.prod(rows), channels)

    def is_active(self, number: int) -> bool:
        """Whether the tensor is computed, rather than left out or constant."""
        return number >= 0 and number not in self._constants

    def constant(self, operator: Operator, place: int) -> NDArray[Any]:
        """The operator's constant input. Raises ExportError where it is computed."""
        number = operator.inputs[place]
        if number not in self._constants:
            raise unsupported(operator, f"its input {place} is not constant")
        return self._constants[number]

    def check_int8(self, operator: Operator) -> None:
        """Raises ExportError where the operator computes in something else than int8."""
        for number in (operator.inputs[0], operator.outputs[0]):
            tensor = self.tensor(number)
            if (
                tensor.type != "INT8"
                or len(tensor.scales) != 1
                or not all(-128 <= z <= 127 for z in tensor.zero_points)
            ):
                raise unsupported(operator, f"tensor {tensor.name[:60]} is {tensor.type} {tensor.shape}")

    def activation_range(self, operator: Operator, options: Any) -> tuple[int, int]:
        """What a fused activation leaves of int8. Raises ExportError for one that is no kind of ReLU."""
        target = self.tensor(operator.outputs[0])
        zero = target.zero_points[0]

        def quantised(value: float) -> int:
            return zero + rounded_quotient(value, target.scales[0])

        match int(options.fusedActivationFunction):
            case 0:
                return -128, 127
            case 1:
                return max(-128, zero), 127
            case 2:
                return max(-128, quantised(-1.0)), min(127, quantised(1.0))
            case 3:
                return max(-128, zero), min(127, quantised(6.0))
        raise unsupported(operator, "its activation is not a kind of ReLU")


def unsupported(operator: Operator, reason: str) -> ExportError:
    """What to say where the engine has no layer for an operator."""
    return ExportError(
        f"operator {operator.name} cannot run on the board: {reason}.",
        where="model.tflite",
        hint="Use one of the presets, or another activation or normalisation.",
    )
