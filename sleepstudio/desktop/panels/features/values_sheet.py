"""The numbers behind the traces: one row an epoch, made when it is looked at."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.widgets.layout import grounded
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView
from sleepstudio.desktop.widgets.time_strip import time_text
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.hypnogram import Hypnogram

SHEET_SIZE: Final = QSize(1240, 640)
LEAST_WIDTH, LETTER_WIDTH = 84, 8
_FIXED: Final = (
    Column("Epoch", 64, "number"),
    Column("Time", 76, "number"),
    Column("Stage", 64),
    Column("Used", 76),
)
_NO_PARENT: Final = QModelIndex()


class ValuesModel(RowsModel):
    """Row i is epoch i."""

    def __init__(self, table: FeatureTable) -> None:
        columns = [
            Column(
                one.name,
                max(LEAST_WIDTH, LETTER_WIDTH * len(one.name) + 28),
                "number",
                tip=f"{one.description}, {one.unit}",
            )
            for one in table.columns
        ]
        super().__init__((*_FIXED, *columns))
        self._table = table
        self._stages = Hypnogram(table.stages).as_strings()

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:  # noqa: ARG002, N802
        return len(self._table)

    def value(self, row: int, column: int) -> Any:
        table = self._table
        if column == 0:
            return str(row + 1)
        if column == 1:
            return time_text(row * table.epoch_s, table.start)
        if column == 2:
            return self._stages[row]
        if column == 3:
            return "yes" if table.mask[row] else ("masked", "text3")
        value = float(table.features[row, column - len(_FIXED)])
        words = "–" if value != value else f"{value:.5g}".replace("-", "−")
        return words if table.mask[row] else (words, "text3")


class ValuesSheet(Sheet):
    """``opened(epoch)`` comes from a double click or Enter."""

    opened = Signal(int)

    def __init__(self, table: FeatureTable, epoch: int, parent: QWidget) -> None:
        super().__init__(f"Features of {table.recording_id}", parent)
        self.model = ValuesModel(table)
        self.table = TableView(self.model.columns, name=f"Features of {table.recording_id} by epoch")
        self.table.setModel(self.model)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.table.activated.connect(lambda index: self.opened.emit(index.row()))
        self.body.addWidget(grounded(self.table))
        self.table.selectRow(min(epoch, max(len(table) - 1, 0)))
        self.resize(SHEET_SIZE)
