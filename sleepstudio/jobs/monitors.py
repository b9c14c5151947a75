"""Monitors put together: several listeners, one request to cancel, a count of what failed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import Cancelled
from sleepstudio.monitor import Monitor, StagedNight


class Cancellation:
    """A request to stop, made by a signal handler or a window and asked for by the job."""

    def __init__(self) -> None:
        self._requested = threading.Event()

    def request(self) -> None:
        self._requested.set()

    @property
    def requested(self) -> bool:
        return self._requested.is_set()


class JobMonitor(Monitor):
    """Passes everything on to ``listeners``, and remembers errors and warnings for the summary."""

    def __init__(self, listeners: Sequence[Monitor], cancellation: Cancellation) -> None:
        self._listeners = tuple(listeners)
        self._cancellation = cancellation
        self.failed: dict[str, str] = {}
        """First message by recording, of those that failed: what follows from it is not said again."""
        self.warnings = 0

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        for listener in self._listeners:
            listener.progress(step, done, total, item)

    def metric(self, name: str, value: float, *, training_epoch: int | None = None, item: str = "") -> None:
        for listener in self._listeners:
            listener.metric(name, value, training_epoch=training_epoch, item=item)

    def snapshot(
        self,
        training_epoch: int,
        confusion: NDArray[np.int64],
        nights: Sequence[StagedNight] = (),
        *,
        item: str = "",
    ) -> None:
        for listener in self._listeners:
            listener.snapshot(training_epoch, confusion, nights, item=item)

    def board_event(self, event: str, fields: Mapping[str, object]) -> None:
        for listener in self._listeners:
            listener.board_event(event, fields)

    def artifact(self, kind: str, path: Path) -> None:
        for listener in self._listeners:
            listener.artifact(kind, path)

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:
        self.warnings += 1
        for listener in self._listeners:
            listener.warning(message, hint=hint, item=item)

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:
        if item in self.failed:
            return
        self.failed[item] = message
        for listener in self._listeners:
            listener.error(message, hint=hint, item=item)

    def check_cancelled(self) -> None:
        if self._cancellation.requested:
            raise Cancelled
