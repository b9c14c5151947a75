"""The numbers behind the night: one row an epoch, by expert, board and host."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from PySide6.QtCore import QModelIndex, QSize, Signal
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.widgets.layout import grounded
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView
from sleepstudio.desktop.widgets.time_strip import time_text

SHEET_SIZE: Final = QSize(720, 640)
_NO_PARENT: Final = QModelIndex()
_COLUMNS: Final = (
    Column("Epoch", 64, "number"),
    Column("Time", 84, "number"),
    Column("Expert", 84),
    Column("Board", 150, stretch=True),
    Column("Host", 150, stretch=True),
    Column("Round trip", 92, "number"),
)


class SessionModel(RowsModel):
    """Row i is epoch i; it follows the session while that grows."""

    def __init__(self, session: LiveSession) -> None:
        super().__init__(_COLUMNS)
        self._session = session

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:  # noqa: ARG002, N802
        return len(self._session)

    def value(self, row: int, column: int) -> Any:
        session = self._session
        if column == 0:
            return str(row + 1)
        if column == 1:
            return time_text(row * session.epoch_s, session.start)
        if column == 2:
            return self._named(int(session.expert[row]))
        if not session.known[row]:
            return ("not staged", "text3") if column == 3 else ""
        if column == 3:
            given = int(session.board[row])
            words = f"{self._named(given)} {session.probabilities[row, given]:.2f}"
            differs = session.differs_from_expert[row]
            return (f"{words}, unlike the expert", "error") if differs else words
        if column == 4:
            words = self._named(int(session.host[row]))
            return words if session.exact[row] else (f"{words}, not bit for bit", "error")
        trip = session.round_trip_ms[row]
        return f"{trip:.0f} ms" if np.isfinite(trip) else ""

    def _named(self, value: int) -> str:
        names = self._session.stage_set.class_names
        return names[value] if 0 <= value < len(names) else "–"


class SessionSheet(Sheet):
    """``opened(epoch)`` comes from a double click or Enter."""

    opened = Signal(int)

    def __init__(self, session: LiveSession, parent: QWidget) -> None:
        super().__init__(f"Session with {session.recording}", parent)
        self.model = SessionModel(session)
        self.table = TableView(self.model.columns, name=f"Stages of {session.recording} by epoch")
        self.table.setModel(self.model)
        self.table.activated.connect(lambda index: self.opened.emit(index.row()))
        self.body.addWidget(grounded(self.table))
        self.resize(SHEET_SIZE)
