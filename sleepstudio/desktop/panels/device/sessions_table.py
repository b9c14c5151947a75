"""Sessions of this study's runs that were saved: *Validated before*."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.live_session import KIND_NAMES
from sleepstudio.desktop.panels.device.saved_sessions import SavedSession
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView

_COLUMNS: Final = (
    Column("Model", 120, stretch=True),
    Column("Kind", 56, "dim", drops=1),
    Column("Date", 56, "dim"),
    Column("Verdict", 98, "state"),
)


class SessionsTable(QWidget):
    """``opened(SavedSession)`` comes from a double click or Enter."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._sessions: tuple[SavedSession, ...] = ()
        self._model = _Rows(_COLUMNS)
        self.table = TableView(_COLUMNS, name="Sessions that were saved", header=False, row_height=26)
        self.table.setModel(self._model)
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.table.activated.connect(self._open)
        self.nothing = row(
            label("No session has been saved yet.", tk.SMALL, tone="text3"),
            None,
            margins=(tk.GAP4, tk.GAP1, tk.GAP4, tk.GAP2),
        )
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.nothing)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        grounded(self)
        self.show_sessions(())

    @property
    def sessions(self) -> tuple[SavedSession, ...]:
        return self._sessions

    def show_sessions(self, sessions: Sequence[SavedSession]) -> None:
        """The newest first."""
        self._sessions = tuple(sessions)
        self._model.sessions = self._sessions
        self._model.set_rows([_cells(session) for session in self._sessions])
        self.nothing.setVisible(not self._sessions)
        self.table.setVisible(bool(self._sessions))

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._sessions[index.row()])


class _Rows(RowsModel):
    sessions: tuple[SavedSession, ...] = ()

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if index.isValid() and role == Qt.ItemDataRole.ToolTipRole:
            return _tip(self.sessions[index.row()])
        return super().data(index, role)


def _cells(session: SavedSession) -> Sequence[object]:
    when = f"{session.when.day} {session.when:%b}" if session.when else ""
    if session.problem:
        return (session.run, "", when, ("error", "Cannot be read"))
    state = "ok" if session.bit_exact else "error" if session.differs else "idle"
    kind = "frames" if session.kind == "frames" else "rolling"
    return (session.run, kind, when, (state, f"{session.exact}/{session.total}"))


def _tip(session: SavedSession) -> str:
    if session.problem:
        return session.problem
    kind = KIND_NAMES.get(session.kind, session.kind)
    when = session.when.strftime("%Y-%m-%d %H:%M") if session.when else ""
    return " · ".join(filter(None, (session.run, session.recording, kind, session.backend_name, when)))
