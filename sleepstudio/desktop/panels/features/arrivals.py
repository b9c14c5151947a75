"""Tables that a running job has stored, read beside the window and told together."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.desktop.panels.features.latest import Latest
from sleepstudio.desktop.panels.features.stored_tables import StoredTable
from sleepstudio.monitor import Monitor

GATHER_MS = 100
"""Jobs tell of several recordings at once: those within this time are read, and drawn, once."""


class Arrivals(QObject):
    """``arrived``: StoredTable by recording. One reading at a time; what comes meanwhile is read after it."""

    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = Latest(self)
        self._waiting: dict[str, Callable[[str], StoredTable]] = {}
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(GATHER_MS)
        self._gather.timeout.connect(self._read)

    def add(self, recording: str, load: Callable[[str], StoredTable]) -> None:
        """A recording's table is new on the disk."""
        self._waiting[recording] = load
        if not self._work.busy:
            self._gather.start()

    def forget(self) -> None:
        """Nothing that was added is wanted any more: all is read anew by another."""
        self._waiting = {}
        self._gather.stop()
        self._work.cancel()

    def _read(self) -> None:
        wanted, self._waiting = self._waiting, {}

        def work(monitor: Monitor) -> dict[str, StoredTable]:
            found = {}
            for recording, load in wanted.items():
                monitor.check_cancelled()
                found[recording] = load(recording)
            return found

        self._work.start(work, self._take)

    def _take(self, found: dict[str, StoredTable]) -> None:
        if self._waiting:
            self._gather.start()
        self.arrived.emit(found)
