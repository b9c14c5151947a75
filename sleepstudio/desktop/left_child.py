"""A job that an earlier window left running, followed through the file of its events."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any, Final

from filelock import FileLock, Timeout
from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.desktop.job_child import event_of
from sleepstudio.desktop.job_record import JobRecord

LOOK_MS = 250
STARTING_S = 60
"""Longest time until a worker that was busy warming up takes its job's lock."""
LOST: Final = -1000
"""Status of a process that ended while nobody looked, and without a last word."""
_STATUS: Final = {"finished": 0, "failed": 3, "cancelled": 130}


class LeftChild(QObject):
    """Has what :class:`JobChild` has, without being the parent of the process."""

    said = Signal(object)
    ended = Signal(int)

    def __init__(self, record: JobRecord, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._record = record
        self._read_bytes = 0
        self._state = ""
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.look)

    @property
    def pid(self) -> int:
        return self._record.pid

    @property
    def alive(self) -> bool:
        """Whether the process still holds its lock, or is about to take it."""
        if not self._record.lock.exists():
            return time.time() - self._record.started < STARTING_S and self._signal(0)
        lock = FileLock(self._record.lock)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False

    def follow(self) -> None:
        """Tells what was said so far, and goes on until the end."""
        self._look.start()
        self.look()

    def look(self) -> None:
        alive = self.alive
        for event in self._new_events():
            if event.get("event") == "state":
                self._state = str(event.get("state"))
            self.said.emit(event)
        if not alive:
            self._look.stop()
            self.ended.emit(_STATUS.get(self._state, LOST))

    def cancel(self) -> None:
        if self.alive:
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        if not self.alive:
            return
        if sys.platform == "win32":
            self._signal(signal.SIGTERM)
        else:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def let_go(self) -> None:
        self._look.stop()

    def join(self, timeout_s: float) -> None:
        """Does not wait: the process is not ours."""

    def _signal(self, number: int) -> bool:
        """False where there is no such process."""
        if sys.platform == "win32" and number == 0:
            return True
        try:
            os.kill(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _new_events(self) -> list[dict[str, Any]]:
        try:
            with self._record.events.open("rb") as file:
                file.seek(self._read_bytes)
                lines = file.read().splitlines(keepends=True)
        except OSError:
            return []
        whole = [line for line in lines if line.endswith(b"\n")]
        self._read_bytes += sum(map(len, whole))
        found = [event_of(line) for line in whole]
        return [event for event in found if event is not None]
