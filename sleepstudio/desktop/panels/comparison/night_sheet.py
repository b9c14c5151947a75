"""The stages behind the strips: one row an epoch, by the expert and every chosen run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QModelIndex, QSize, Signal
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.panels.comparison.run_evidence import RunEvidence
from sleepstudio.desktop.panels.comparison.runs_table import LETTERS
from sleepstudio.desktop.widgets.layout import grounded
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView
from sleepstudio.desktop.widgets.time_strip import time_text
from sleepstudio.hypnogram import NOT_COUNTED, Hypnogram

SHEET_SIZE: Final = QSize(720, 640)
_NO_PARENT: Final = QModelIndex()


class NightModel(RowsModel):
    """Row i is epoch i. What differs from the expert is in the tone of an error, and says *differs*."""

    def __init__(self, chosen: Sequence[RunEvidence], recording: str) -> None:
        self._staged = [(run.stage_set, run.nights[recording]) for run in chosen if recording in run.nights]
        letters = [letter for letter, run in zip(LETTERS, chosen, strict=False) if recording in run.nights]
        super().__init__(
            (
                Column("Epoch", 64, "number"),
                Column("Time", 84, "number"),
                Column("Expert", 72),
                *(Column(f"Model {letter}", 170, stretch=True) for letter in letters),
            )
        )
        first = self._staged[0][1]
        self._night = first
        self._expert = Hypnogram(first.true_stages, first.epoch_s).as_strings()

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:  # noqa: ARG002, N802
        return len(self._night)

    def value(self, row: int, column: int) -> Any:
        if column == 0:
            return str(row + 1)
        if column == 1:
            return time_text(row * self._night.epoch_s, self._night.start)
        if column == 2:
            return self._expert[row]
        stage_set, night = self._staged[column - 3]
        if row >= len(night) or int(night.predicted[row]) == NOT_COUNTED:
            return "not staged", "text3"
        given = int(night.predicted[row])
        words = f"{stage_set.class_names[given]} {float(night.probabilities[row, given]):.2f}"
        if not night.mask[row]:
            return f"{words}, masked", "text3"
        true = int(stage_set.classes(night.true_stages[row : row + 1])[0])
        return (f"{words}, differs", "error") if true not in (NOT_COUNTED, given) else words


class NightSheet(Sheet):
    """``opened(epoch)`` comes from a double click or Enter."""

    opened = Signal(int)

    def __init__(self, chosen: Sequence[RunEvidence], recording: str, parent: QWidget) -> None:
        super().__init__(f"Night {recording}", parent)
        self.model = NightModel(chosen, recording)
        self.table = TableView(self.model.columns, name=f"Stages of {recording} by epoch")
        self.table.setModel(self.model)
        self.table.activated.connect(lambda index: self.opened.emit(index.row()))
        self.body.addWidget(grounded(self.table))
        self.resize(SHEET_SIZE)
