"""The blocks of the network as an editable table, and what it all costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QStyleOptionViewItem, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.training.network_rows import (
    NetworkRow,
    network_rows,
    preset_of,
    with_block_added,
    with_block_removed,
    with_block_value,
    with_end_kernel,
)
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, row, rule
from sleepstudio.desktop.widgets.sections import Figure, SectionTitle
from sleepstudio.desktop.widgets.table import Cells, Column, RowsModel, TableView
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.models.cost import ModelCost
from sleepstudio.models.presets import PRESETS

OWN: Final = "Own blocks"
SHOWN_ROWS: Final = 7
AnyIndex = QModelIndex | QPersistentModelIndex

COLUMNS: Final = (
    Column("#", 48, tip="Blocks from input to output"),
    Column("Depth", 50, "number", drops=2, tip="How often the block's layers repeat"),
    Column("Filters", 54, "number", tip="Channels that come out of the block"),
    Column("Kernel", 54, "number", tip="Epochs that the convolution reads"),
    Column("Dilation", 60, "number", tip="Epochs from one that it reads to the next"),
    Column("Expand", 58, "number", drops=3, tip="Channels inside the block over those that come out"),
    Column("SE", 36, "number", drops=1, tip="Squeeze-and-excitation: channels over those of the squeeze"),
    Column("Params", 64, "number", tip="Parameters as trained"),
    Column("MACs", 66, "number", stretch=True, tip="Multiply–accumulates of a frame, as deployed"),
)
KEYS: Final = ("", "depth", "filters", "kernel", "dilation", "ex_ratio", "se_ratio", "", "")
EDITABLE_AT_ENDS: Final = "kernel"


class BlocksModel(RowsModel):
    """``changed(row, key, value)`` comes when a cell was edited."""

    changed = Signal(int, str, object)

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.shown: list[NetworkRow] = []

    def show_rows(self, rows: list[NetworkRow]) -> None:
        """Rows are replaced one by one where their number stays, so that an open editor stays open."""
        cells = [_cells(each) for each in rows]
        same = len(rows) == len(self.shown)
        self.shown = rows
        if not same:
            self.set_rows(cells)
            return
        for index, values in enumerate(cells):
            if tuple(self._rows[index]) != tuple(values):
                self.update_row(index, values)

    def key_at(self, index: AnyIndex) -> str:
        """The block's key that a cell edits; empty for one that is only read."""
        key = KEYS[index.column()]
        at_end = self.shown[index.row()].block is None
        return "" if at_end and key != EDITABLE_AT_ENDS else key

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() and self.key_at(index) else flags

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.EditRole and index.isValid():
            return super().data(index, Qt.ItemDataRole.DisplayRole)
        return super().data(index, role)

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.EditRole:
            return False
        number = _number(str(value))
        if number is None:
            return False
        self.changed.emit(index.row(), self.key_at(index), number)
        return True


class BlockCells(Cells):
    """A line to type in; what is typed is judged with the whole network, not by the editor."""

    def createEditor(  # noqa: N802
        self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex
    ) -> QWidget:
        del option
        editor = QLineEdit(parent)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setAccessibleName(f"{COLUMNS[index.column()].name} of block {index.row()}")
        return editor

    def setEditorData(self, editor: QWidget, index: AnyIndex) -> None:  # noqa: N802
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(  # noqa: N802
        self, editor: QWidget, model: QAbstractItemModel, index: AnyIndex
    ) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def updateEditorGeometry(  # noqa: N802
        self, editor: QWidget, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        del index
        editor.setGeometry(option.rect.adjusted(1, 0, 0, -1))


class BlocksTable(TableView):
    """Type over a cell, or press F2 or Enter; Delete takes the block out."""

    removed = Signal(int)

    def __init__(self) -> None:
        super().__init__(COLUMNS, name="Blocks of the network")
        self.setItemDelegate(BlockCells(COLUMNS, self))
        triggers = self.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed)
        self.setSelectionMode(self.SelectionMode.SingleSelection)
        self.setSelectionBehavior(self.SelectionBehavior.SelectItems)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, at = event.key(), self.currentIndex()
        if self.state() is self.State.EditingState:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and at.isValid():
            self.removed.emit(at.row())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at.isValid():
            self.edit(at)
        else:
            super().keyPressEvent(event)


class NetworkSection(QWidget):
    """``edited(section)`` comes with the whole ``architecture`` section after each change by the user."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._section: Mapping[str, Any] = {}
        self.preset = Choice(name="Network")
        self.preset.setMinimumWidth(130)
        for name, preset in PRESETS.items():
            self.preset.addItem(name.upper(), name)
            self.preset.setItemData(self.preset.count() - 1, preset.summary, Qt.ItemDataRole.ToolTipRole)
        self.preset.activated.connect(self._choose)
        self.model = BlocksModel()
        self.model.changed.connect(self._edit_cell)
        self.table = BlocksTable()
        self.table.setModel(self.model)
        self.table.removed.connect(self._remove)
        self.add = Button("", "quiet", "add", "Add a block at the end, at twice the dilation")
        self.remove = Button("", "quiet", "trash", "Remove the chosen block, or the last (Delete)")
        self.add.clicked.connect(lambda: self.edited.emit(with_block_added(self._section)))
        self.remove.clicked.connect(lambda: self._remove(self.table.currentIndex().row()))
        self.parameters = Figure("–", "parameters")
        self.macs = Figure("–", "MACs a frame")
        self.field = Figure("–", "receptive field")
        self.problem = label("", tk.SMALL, tone="error", wrap=True)
        self.problem.setContentsMargins(tk.GAP4, tk.GAP1, tk.GAP4, tk.GAP1)
        self.problem.hide()
        figures = row(
            self.parameters, self.macs, self.field, None, spacing=tk.GAP3,
            margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2),
        )  # fmt: skip
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(SectionTitle("Network", "", self.remove, self.add, self.preset))
        layout.addWidget(rule())
        layout.addWidget(self.table)
        layout.addWidget(grounded(column(self.problem, figures)))

    def show_section(self, section: Mapping[str, Any] | None, cost: ModelCost | None, problem: str) -> None:
        """Shows a configuration's ``architecture``, what it costs, or what is wrong with it."""
        self._section = section or {}
        self._show_preset(preset_of(self._section))
        self.model.show_rows(network_rows(self._section, cost))
        rows = min(max(len(self.model.shown), 1), SHOWN_ROWS)
        self.table.setFixedHeight(tk.TABLE_HEADER_HEIGHT + tk.ROW_HEIGHT * rows + 2)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._show_cost(cost)

    def _show_preset(self, name: str) -> None:
        own = self.preset.findData(OWN)
        if not name and own < 0:
            self.preset.addItem(OWN, OWN)
        elif name and own >= 0:
            self.preset.removeItem(own)
        self.preset.setCurrentIndex(self.preset.findData(name or OWN))

    def _show_cost(self, cost: ModelCost | None) -> None:
        if cost is None:
            for figure in (self.parameters, self.macs, self.field):
                figure.set_value("–")
                figure.setToolTip("")
            return
        self.parameters.set_value(f"{cost.parameters:,}")
        self.parameters.setToolTip(f"{cost.deployed_parameters:,} as deployed, with normalisation folded in")
        self.macs.set_value(macs_text(cost.macs_per_frame))
        kilobytes = cost.peak_activation_bytes / 1024
        self.macs.setToolTip(
            f"A frame of {cost.frame_size} epochs; {macs_text(round(cost.macs_per_hour))} an hour. "
            f"Activations take {kilobytes:.0f} kB at most."
        )
        minutes = cost.receptive_field * EPOCH_S / 60
        self.field.set_value(f"{minutes:g} min", "+ frame" if cost.pools_over_time else "")
        self.field.setToolTip(
            f"{cost.receptive_field} epochs by convolution"
            + ("; squeeze-and-excitation sees the whole frame besides" if cost.pools_over_time else "")
        )

    def _choose(self, index: int) -> None:
        name = self.preset.itemData(index)
        if name != OWN:
            self.edited.emit({"name": name, "params": {}})

    def _edit_cell(self, index: int, key: str, value: object) -> None:
        shown = self.model.shown[index]
        if shown.values.get(key) == value:
            return
        if shown.block is None:
            self.edited.emit(with_end_kernel(self._section, shown.name, int(str(value))))
        else:
            self.edited.emit(with_block_value(self._section, shown.block, key, value))

    def _remove(self, index: int) -> None:
        blocks = [each for each in self.model.shown if each.block is not None]
        chosen = self.model.shown[index] if 0 <= index < len(self.model.shown) else blocks[-1]
        if chosen.block is not None and len(blocks) > 1:
            self.edited.emit(with_block_removed(self._section, chosen.block))


def macs_text(macs: int) -> str:
    """*54 K*, *2.17 M*."""
    return f"{macs / 1e6:.2f} M" if macs >= 100_000 else f"{macs / 1e3:.0f} K"


def _cells(shown: NetworkRow) -> list[Any]:
    values = [f"{shown.values[key]:g}" if _is_number(shown.values.get(key)) else "" for key in KEYS[1:7]]
    cost = (
        f"{shown.parameters:,}" if shown.parameters is not None else "–",
        macs_text(shown.macs) if shown.macs is not None else "–",
    )
    return [shown.name, *values, *cost]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(text: str) -> int | float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return int(value) if value.is_integer() else value
