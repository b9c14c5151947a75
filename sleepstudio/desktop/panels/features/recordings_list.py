"""The recordings of the study with the state of their feature tables."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop.panels.features.recording_rows import RecordingRow
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.layout import boxed, grounded
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView

_COLUMNS = (
    Column("Recording", 120, stretch=True),
    Column("Rows", 50, "number"),
    Column("Masked", 66, "number", drops=1),
    Column("State", 118, "state"),
)


class _Model(RowsModel):
    tips: tuple[str, ...] = ()

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.ToolTipRole and index.isValid():
            return self.tips[index.row()] or None
        return super().data(index, role)


class RecordingsList(QWidget):
    """``selected(ids)``; the first is the current one. ``opened(id)`` asks for its signals."""

    selected = Signal(object)
    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[RecordingRow, ...] = ()
        self._only_failed = False
        self._shown: tuple[RecordingRow, ...] = ()
        self.failed_button = Button("Show failed", "link")
        self.failed_button.clicked.connect(self._toggle_failed)
        self.title = SectionTitle("Recordings", "", self.failed_button)
        self.table = TableView(_COLUMNS, name="Recordings and their features")
        self.model = _Model(_COLUMNS)
        self.table.setModel(self.model)
        self.table.selectionModel().selectionChanged.connect(lambda *_changed: self._select())
        self.table.doubleClicked.connect(self._open)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.title)
        layout.addWidget(grounded(self.table), 1)
        self._quiet = False

    def set_rows(self, rows: Sequence[RecordingRow]) -> None:
        """Keeps selection and scroll position where the recordings are the same."""
        self._rows = tuple(rows)
        self.failed_button.setVisible(self._only_failed or any(row.state == "error" for row in rows))
        self._show()

    def select(self, recordings: Sequence[str]) -> None:
        """Shows recordings as selected without telling anyone."""
        names = [row.recording for row in self._shown]
        chosen = self.table.selectionModel()
        self._quiet = True
        chosen.clearSelection()
        flags = QItemSelectionModel.SelectionFlag
        for number, name in enumerate(name for name in recordings if name in names):
            index = self.model.index(names.index(name), 0)
            chosen.select(index, flags.Select | flags.Rows)
            if number == 0:
                chosen.setCurrentIndex(index, flags.NoUpdate)
                self.table.scrollTo(index)
        self._quiet = False

    def selection(self) -> tuple[str, ...]:
        """Selected recordings, the current one first."""
        names = [self._shown[row].recording for row in self.table.selected_rows()]
        current = self.table.currentIndex().row()
        if 0 <= current < len(self._shown) and self._shown[current].recording in names:
            first = self._shown[current].recording
            return (first, *(name for name in names if name != first))
        return tuple(names)

    def _show(self) -> None:
        shown = tuple(row for row in self._rows if not self._only_failed or row.state == "error")
        self.model.tips = tuple(
            " · ".join(filter(None, (row.subject if row.subject != row.recording else "", row.tip)))
            for row in shown
        )
        cells = [(row.recording, row.rows, row.masked, (row.state, row.words)) for row in shown]
        if [row.recording for row in shown] == [row.recording for row in self._shown]:
            for number, values in enumerate(cells):
                if shown[number] != self._shown[number]:
                    self.model.update_row(number, values)
        else:
            kept = self.selection()
            self.model.set_rows(cells)
            self._shown = shown
            self.select(kept)
        self._shown = shown

    def _toggle_failed(self) -> None:
        self._only_failed = not self._only_failed
        self.failed_button.setText("Show all" if self._only_failed else "Show failed")
        self.failed_button.setAccessibleName(self.failed_button.text())
        self._show()

    def _select(self) -> None:
        if not self._quiet:
            self.selected.emit(self.selection())

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._shown[index.row()].recording)
