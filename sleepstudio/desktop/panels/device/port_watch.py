"""Notices that something was plugged in or out, while somebody wants to know."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.desktop.panels.device.port_names import port_names

WATCH_MS: Final = 1000


class PortWatch(QObject):
    """``changed`` where the names of the serial ports are others than a second ago; off, it costs nothing."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._names: frozenset[str] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(WATCH_MS)
        self._timer.timeout.connect(self._look)

    def set_on(self, on: bool) -> None:
        if on != self._timer.isActive():
            self._timer.start() if on else self._timer.stop()

    def _look(self) -> None:
        names, before = port_names(), self._names
        self._names = names
        if before is not None and names != before:
            self.changed.emit()
