"""The table of runs: sorted, filtered, its columns by choice; the order of selecting makes A, B, C, D."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.comparison.run_columns import (
    BY_KEY,
    DEFAULT_COLUMNS,
    comparable,
    matching,
    sorted_runs,
    state_of,
)
from sleepstudio.desktop.widgets.layout import boxed
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView
from sleepstudio.run_summary import RunSummary

LETTERS = "ABCD"
_NO_PARENT: Final = QModelIndex()


class RunsModel(RowsModel):
    """``runs`` in the order of the rows; ``letters``: paths of A, B, C, D."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__([_table_column(key) for key in keys])
        self.keys = tuple(keys)
        self.runs: tuple[RunSummary, ...] = ()
        self.letters: tuple[Path, ...] = ()
        self.sorting = ("", False)

    def set_sorting(self, key: str, *, descending: bool) -> None:
        """Which column carries the arrow."""
        self.sorting = (key, descending)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.keys) - 1)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        found = super().headerData(section, orientation, role)
        key, descending = self.sorting
        if role == Qt.ItemDataRole.DisplayRole and found is not None and self.keys[section] == key:
            return f"{found} {'↓' if descending else '↑'}"
        return found

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        self.beginResetModel()
        self.runs = tuple(runs)
        self.endResetModel()

    def set_letters(self, letters: Sequence[Path]) -> None:
        self.letters = tuple(letters)
        if self.runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, 0))

    def rowCount(self, parent: AnyIndex = _NO_PARENT) -> int:  # noqa: ARG002, N802
        return len(self.runs)

    def value(self, row: int, column: int) -> Any:
        run, key = self.runs[row], self.keys[column]
        if key == "run":
            if run.path in self.letters:
                place = self.letters.index(run.path)
                return tk.MODEL_SYMBOLS[place], theme.now().series[place], f"{LETTERS[place]}  {run.name}"
            state, words = state_of(run)
            glyph = {"error": ("×", theme.now().error)}.get(state, ("", ""))
            return (*glyph, run.name if comparable(run) else f"{run.name}  ·  {words.lower()}")
        if key == "state":
            return state_of(run)
        return BY_KEY[key].text(run)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole and index.isValid():
            run = self.runs[index.row()]
            return run.problem or (str(run.path) if index.column() == 0 else None)
        return super().data(index, role)


class RunsTable(QWidget):
    """``chosen_changed(runs)``: the selected runs in the order in which they were selected, at most four.

    ``refused(run)``: one was selected that cannot be compared.
    """

    chosen_changed = Signal(object)
    refused = Signal(object)
    activated = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[RunSummary, ...] = ()
        self._chosen: list[Path] = []
        self._filter = ""
        self._sort: tuple[str, bool] = ("kappa", True)
        self._quiet = False
        self._layout = boxed(QVBoxLayout(self), 0)
        self.keys: tuple[str, ...] = ()
        self.model = RunsModel(())
        self.table = TableView((), name="Runs")
        self.set_columns(DEFAULT_COLUMNS)

    def set_columns(self, keys: Sequence[str]) -> None:
        """Shows these columns, the run's name always first."""
        wanted = ("run", *(key for key in BY_KEY if key in keys and key != "run"))
        if wanted == self.keys:
            return
        old = self.table
        self.keys = wanted
        self.model = RunsModel(wanted)
        self.table = TableView(self.model.columns, name="Runs", sortable=True)
        self.table.setModel(self.model)
        header = self.table.horizontalHeader()
        # the arrow stands in the title: Fusion draws it over right-aligned words
        header.setSortIndicatorShown(False)
        header.sortIndicatorChanged.connect(self._sort_by)
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.table.doubleClicked.connect(lambda index: self.activated.emit(self.model.runs[index.row()]))
        self._layout.addWidget(self.table)
        self._layout.removeWidget(old)
        old.hide()
        old.deleteLater()
        self._show_sort()
        self._show()

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Keeps the selection where its runs are still there."""
        self._runs = tuple(runs)
        there = {run.path for run in runs if comparable(run)}
        self._chosen = [path for path in self._chosen if path in there]
        self._show()

    def set_filter(self, text: str) -> None:
        self._filter = text
        self._show()

    @property
    def shown(self) -> tuple[RunSummary, ...]:
        """In the order of the rows."""
        return self.model.runs

    @property
    def chosen(self) -> tuple[RunSummary, ...]:
        """A, B, C, D."""
        by_path = {run.path: run for run in self._runs}
        return tuple(by_path[path] for path in self._chosen if path in by_path)

    def choose(self, paths: Sequence[Path]) -> None:
        """Makes these A, B, … and tells."""
        there = {run.path for run in self._runs if comparable(run)}
        self._chosen = [path for path in paths if path in there][: len(LETTERS)]
        self._mark()
        self.chosen_changed.emit(self.chosen)

    @property
    def sorting(self) -> tuple[str, bool]:
        """(key of the column, descending)"""
        return self._sort

    def sort_by(self, key: str, *, descending: bool) -> None:
        if key in BY_KEY:
            self._sort = (key, descending)
            self._show_sort()
            self._show()

    def _show(self) -> None:
        key, descending = self._sort
        rows = sorted_runs(matching(self._runs, self._filter), key, descending=descending)
        self._quiet = True
        self.model.set_runs(rows)
        self._quiet = False
        self._mark()

    def _mark(self) -> None:
        """Brings the view's selection to what is chosen."""
        self._quiet = True
        selection = QItemSelection()
        last = len(self.keys) - 1
        for row, run in enumerate(self.model.runs):
            if run.path in self._chosen:
                selection.select(self.model.index(row, 0), self.model.index(row, last))
        self.table.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.model.set_letters(self._chosen)
        self._quiet = False

    def _selection_changed(self, *_changed: object) -> None:
        if self._quiet:
            return
        selected = [self.model.runs[row] for row in self.table.selected_rows()]
        refused = next((run for run in selected if not comparable(run)), None)
        paths = [run.path for run in selected if comparable(run)]
        hidden = [run.path for run in self.chosen if run not in self.model.runs]
        kept = [path for path in self._chosen if path in paths]
        added = [path for path in paths if path not in kept]
        if refused is not None:
            self.refused.emit(refused)
            if not paths:
                self._mark_later()
                return
        extending = len(kept) and len(paths) > 1
        before = list(self._chosen)
        self._chosen = [*(hidden if extending else []), *kept, *added][: len(LETTERS)]
        self.model.set_letters(self._chosen)
        if self._chosen != before:
            self.chosen_changed.emit(self.chosen)
        if refused is not None or len(paths) > len(LETTERS):
            self._mark_later()

    def _mark_later(self) -> None:
        """The view is still at its own selecting: brings it back afterwards."""
        QTimer.singleShot(0, self, self._mark)

    def _sort_by(self, column: int, order: Qt.SortOrder) -> None:
        if self._quiet:
            return
        if column < 0:
            self._sort = ("kappa", True)
        else:
            self._sort = (self.keys[column], order is Qt.SortOrder.DescendingOrder)
        self.model.set_sorting(self._sort[0], descending=self._sort[1])
        self._show()

    def _show_sort(self) -> None:
        key, descending = self._sort
        self._quiet = True
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        column = self.keys.index(key) if key in self.keys else -1
        self.table.horizontalHeader().setSortIndicator(column, order)
        self.model.set_sorting(key, descending=descending)
        self._quiet = False


def _table_column(key: str) -> Column:
    column = BY_KEY[key]
    kind: Any = "number" if column.number else "dim"
    kind = {"run": "symbol", "state": "state"}.get(key, kind)
    return Column(column.title, column.width, kind, stretch=key == "run", drops=column.drops, tip=column.tip)
