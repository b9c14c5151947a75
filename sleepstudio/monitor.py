"""What a long operation tells while it works, and the one thing it asks: shall I stop?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class StagedNight:
    """A night that nothing is learned from, as the model in training stages it now.

    ``expert`` and ``model``: (epochs,) int8 classes of the stage set, negative where nobody scored or the
    features are masked. ``probabilities``: (epochs, classes) float32. ``start``: wall clock of epoch 0.
    """

    recording_id: str
    start: datetime | None
    epoch_s: float
    expert: NDArray[np.int8]
    model: NDArray[np.int8]
    probabilities: NDArray[np.float32]


class Monitor:
    """The silent monitor: hears everything, says nothing, never cancels.

    Rooms take a ``Monitor`` and stay free of printing; ``jobs`` and ``cli`` pass ones that write events
    or draw progress bars. ``step`` is one of the job's steps (``features``, ``train``, …), ``item`` the
    recording or fold concerned.
    """

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        """``done`` of ``total`` units of ``step`` are complete; ``item`` is the newest."""

    def metric(self, name: str, value: float, *, training_epoch: int | None = None, item: str = "") -> None:
        """A figure became known."""

    def snapshot(
        self,
        training_epoch: int,
        confusion: NDArray[np.int64],
        nights: Sequence[StagedNight] = (),
        *,
        item: str = "",
    ) -> None:
        """What the weights that would be kept after ``training_epoch`` make of the validation people.

        ``confusion``: (classes, classes) epochs, rows the expert's class.
        """

    def board_event(self, event: str, fields: Mapping[str, object]) -> None:
        """What a board is, or says, as ``docs/events.md`` has it: ``board``, ``session``, ``stages`` …"""

    def artifact(self, kind: str, path: Path) -> None:
        """A file that the user may open was completed."""

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:
        """Something was tolerated that the user should know of."""

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:
        """``item`` failed; the operation goes on with the others."""

    def check_cancelled(self) -> None:
        """Raises :class:`sleepstudio.errors.Cancelled` where the user asked to stop."""


SILENT = Monitor()
