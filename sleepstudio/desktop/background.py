"""Short work beside the window, in a thread: reading headers, looking through folders. Long work is a job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from sleepstudio.errors import Cancelled, StudioError
from sleepstudio.monitor import Monitor

SAY_EVERY_S = 0.05


class Background(QObject):
    """Work in a thread of its own; its signals come in the thread that made it.

    Exactly one of ``finished(result)``, ``failed(StudioError)`` and ``cancelled`` ends it.
    """

    progressed = Signal(str, int, int, str)
    """step, done, total, item; at most twenty times a second, and the last"""
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, work: Callable[[Monitor], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Background:
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Asks the work to stop at its next step."""
        self._stop.set()

    def wait(self, timeout_s: float) -> bool:
        """Waits for the end; False where it did not come in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            result = self._work(_Listener(self.progressed.emit, self._stop))
        except Cancelled:
            self.cancelled.emit()
        except StudioError as error:
            self.failed.emit(error)
        else:
            self.finished.emit(result)


class _Listener(Monitor):
    def __init__(self, say: Callable[[str, int, int, str], None], stop: threading.Event) -> None:
        self._say, self._stop = say, stop
        self._said = 0.0

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        now = time.monotonic()
        if done >= total or now - self._said >= SAY_EVERY_S:
            self._said = now
            self._say(step, done, total, item)

    def check_cancelled(self) -> None:
        if self._stop.is_set():
            raise Cancelled
