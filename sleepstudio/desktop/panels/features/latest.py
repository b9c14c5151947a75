"""Work in the background of which only the newest counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from sleepstudio.desktop.background import Background
from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor


class Latest(QObject):
    """Starting work cancels what was started before; its result is never heard of."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: Background | None = None

    @property
    def busy(self) -> bool:
        return self._running is not None

    def start(
        self,
        work: Callable[[Monitor], Any],
        done: Callable[[Any], object],
        failed: Callable[[StudioError], object] | None = None,
    ) -> None:
        """``done(result)`` is called in this thread, unless newer work was started meanwhile."""
        self.cancel()
        running = Background(work, self)
        self._running = running

        def end() -> bool:
            mine = self._running is running
            if mine:
                self._running = None
            running.deleteLater()
            return mine

        def finish(result: Any) -> None:
            if end():
                done(result)

        def fail(error: StudioError) -> None:
            if end() and failed is not None:
                failed(error)

        running.finished.connect(finish)
        running.failed.connect(fail)
        running.cancelled.connect(end)
        running.start()

    def cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()
            self._running = None
