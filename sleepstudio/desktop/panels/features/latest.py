"""Work in the background of which only the newest counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid

from sleepstudio.desktop.background import Background
from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor


class Latest(QObject):
    """Starting work cancels what was started before; its result is never heard of.

    Work outlives this object where it must (a thread cannot be ended), and then ends unheard.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: Background | None = None
        self._ending: set[Background] = set()

    @property
    def busy(self) -> bool:
        return self._newest is not None

    def start(
        self,
        work: Callable[[Monitor], Any],
        done: Callable[[Any], object],
        failed: Callable[[StudioError], object] | None = None,
    ) -> None:
        """``done(result)`` is called in this thread, unless newer work was started meanwhile."""
        self.cancel()
        # no child of this object: a thread that speaks through a deleted one would fail
        started = Background(work)
        self._newest = started
        self._ending.add(started)

        def is_heard() -> bool:
            self._ending.discard(started)
            heard = self._newest is started and isValid(self)
            if self._newest is started:
                self._newest = None
            return heard

        def finish(result: Any) -> None:
            if is_heard():
                done(result)

        def fail(error: StudioError) -> None:
            if is_heard() and failed is not None:
                failed(error)

        started.finished.connect(finish)
        started.failed.connect(fail)
        started.cancelled.connect(is_heard)
        started.start()

    def cancel(self) -> None:
        if self._newest is not None:
            self._newest.cancel()
            self._newest = None
