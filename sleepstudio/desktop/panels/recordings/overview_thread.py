"""Builds overviews beside the window, so that nothing waits for them."""

from __future__ import annotations

import time

from PySide6.QtCore import QThread, Signal

from sleepstudio.errors import StudioError
from sleepstudio.recordings.view.overview import OverviewBuilder
from sleepstudio.recordings.view.trace_reader import OverviewKey

_TELL_EVERY_S = 0.1


class OverviewThread(QThread):
    """Works through one builder; ``finished`` comes at the end, also of one that was stopped."""

    progressed = Signal(float)
    """Now and then: everything before this time is there."""
    failed = Signal(str)
    """A sentence for the user."""

    def __init__(self, builder: OverviewBuilder[OverviewKey]) -> None:
        super().__init__()
        self.builder = builder
        self.complete = False

    def run(self) -> None:
        told = time.monotonic()
        try:
            while self.builder.step():
                if self.isInterruptionRequested():
                    return
                if time.monotonic() - told >= _TELL_EVERY_S:
                    told = time.monotonic()
                    self.progressed.emit(self.builder.done_s)
        except StudioError as error:
            self.failed.emit(str(error))
        else:
            self.complete = True

    def stop(self) -> None:
        """Returns once nothing is read any more: after the slice at hand, some milliseconds."""
        self.requestInterruption()
        self.wait()
