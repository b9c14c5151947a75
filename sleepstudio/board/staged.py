"""What a board (or the host in its place) says of an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StagedEpoch:
    """``outputs``: the network's, int8 by class; ``probabilities``: by class, in 1/255.

    ``cost``: of the inference, in the board's unit; None where nothing was counted. ``round_trip_ms``: from
    the row sent to the stage received.
    """

    epoch: int
    stage: int
    outputs: tuple[int, ...]
    probabilities: tuple[int, ...]
    cost: int | None
    round_trip_ms: float


class RollingStager(Protocol):
    """Takes rows, gives stages: in order, each epoch once."""

    @property
    def room(self) -> int:
        """How many further rows may be offered now."""

    def offer(self, row: NDArray[np.float32]) -> None:
        """The next row (columns,) of the night, normalised."""

    def pump(self, timeout_s: float) -> list[StagedEpoch]:
        """What was staged since; waits at most so long for something to happen."""


@dataclass(frozen=True, eq=False)
class StagedFrame:
    """``outputs``: (frame_size, classes) int8."""

    outputs: NDArray[np.int8]
    cost: int | None
    round_trip_ms: float


class FrameStager(Protocol):
    """Stages whole frames, one after another."""

    def stage(self, rows: NDArray[np.float32]) -> StagedFrame:
        """(frame_size, columns) normalised rows."""
