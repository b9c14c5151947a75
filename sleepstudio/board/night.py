"""What a session is given, and what came of each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board.pacing import Pace
from sleepstudio.board.staged import StagedEpoch
from sleepstudio.hypnogram import NOT_COUNTED, StageSet

SessionKind = Literal["rolling", "frames"]
Seen = Literal["held out", "not in the split", "seen in validation", "seen in training"]
"""What the model knew of a recording before."""


@dataclass(frozen=True, eq=False)
class Night:
    """A recording to be staged.

    ``features``: (epochs, columns) as measured, NaN where undefined. ``rows``: the same normalised, by the
    past (rolling) or by the whole night (frames). ``expert``: (epochs,) int8 class, ``NOT_COUNTED`` where
    nobody scored or the row is masked. ``offline``: (epochs, classes) int8, the host's outputs with the whole
    night.
    """

    recording_id: str
    features: NDArray[np.float32]
    rows: NDArray[np.float32]
    mask: NDArray[np.bool_]
    expert: NDArray[np.int8]
    offline: NDArray[np.int8]
    start: datetime | None
    epoch_s: float
    seen: Seen

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class SessionSetting:
    """What is the same for all nights of a job.

    ``unit``: of costs (``cycles``, ``instructions``, ``ticks``), empty without a board; ``cpu_hz``: where the
    unit is cycles. ``layers``: names of the network's layers.
    """

    run: str
    backend: str
    kind: SessionKind
    pace: Pace
    stage_set: StageSet
    frame_size: int
    features: Sequence[str]
    unit: str = ""
    cpu_hz: int | None = None
    layers: Sequence[str] = ()
    simulated: bool = False
    """The nights are simulated: no agreement with their expert is performance."""


class SessionRecord:
    """What board and host said of each epoch of a night, (epochs, …) as far as it has come."""

    def __init__(self, night: Night, classes: int) -> None:
        epochs = len(night)
        self.known = np.zeros(epochs, np.bool_)
        self.exact = np.zeros(epochs, np.bool_)
        self.stages = np.full(epochs, NOT_COUNTED, np.int8)
        self.host_stages = np.full(epochs, NOT_COUNTED, np.int8)
        self.outputs = np.zeros((epochs, classes), np.int8)
        self.host_outputs = np.zeros((epochs, classes), np.int8)
        self.probabilities = np.zeros((epochs, classes), np.uint8)
        self.cost = np.full(epochs, np.nan)
        self.round_trip_ms = np.full(epochs, np.nan)

    def add(self, staged: StagedEpoch, host: NDArray[np.int8], exact: bool) -> None:
        """``host``: (classes,) the host's outputs of the same epoch."""
        epoch = staged.epoch
        self.known[epoch] = True
        self.exact[epoch] = exact
        self.stages[epoch] = staged.stage
        self.host_stages[epoch] = host.argmax()
        self.outputs[epoch] = staged.outputs
        self.host_outputs[epoch] = host
        self.probabilities[epoch] = staged.probabilities
        self.cost[epoch] = np.nan if staged.cost is None else staged.cost
        self.round_trip_ms[epoch] = staged.round_trip_ms
