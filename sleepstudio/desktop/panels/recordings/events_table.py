"""The events of a scoring: a virtual table; click to go there, edit in place, add and delete with undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.words import time_text
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.labels import ElidedLabel
from sleepstudio.desktop.widgets.layout import boxed, row
from sleepstudio.desktop.widgets.table import AnyIndex, Column, RowsModel, TableView
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.recordings.scoring import ScoredEvent

COLUMNS: Final = (
    Column("Time", 84),
    Column("Epoch", 58, "number"),
    Column("Event", 150, stretch=True),
    Column("Length", 70, "number"),
    Column("Channel", 84, "dim", drops=1),
)
_TIME, _EPOCH, _EVENT, _LENGTH, _CHANNEL = range(len(COLUMNS))
LABELS: Final = (
    "Hypopnea",
    "Obstructive apnea",
    "Central apnea",
    "Mixed apnea",
    "RERA",
    "Desaturation",
    "Arousal",
    "Limb movement",
    "Snore",
    "Artifact",
)
"""AASM 2.6, as they are commonly named."""


class EventsModel(RowsModel):
    """Events by onset. ``edited(event_id, Event)`` when a cell was changed to something else."""

    edited = Signal(int, object)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self.events: tuple[ScoredEvent, ...] = ()
        self.start: datetime | None = None

    def set_events(self, events: Sequence[ScoredEvent], start: datetime | None) -> None:
        if tuple(events) != self.events or start != self.start:
            self.beginResetModel()
            self.events, self.start = tuple(events), start
            self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self.events)

    def value(self, row: int, column: int) -> Any:
        event = self.events[row].event
        if column == _TIME:
            return time_text(self.start, event.onset_s)
        if column == _EPOCH:
            return f"{int(event.onset_s // EPOCH_S) + 1}"
        if column == _EVENT:
            return event.label
        if column == _LENGTH:
            return f"{event.duration_s:.1f} s"
        return event.channel

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        editable = index.column() in (_EVENT, _LENGTH)
        return super().flags(index) | (Qt.ItemFlag.ItemIsEditable if editable else Qt.ItemFlag.NoItemFlags)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.EditRole and index.isValid():
            event = self.events[index.row()].event
            return event.label if index.column() == _EVENT else f"{event.duration_s:.1f}"
        return super().data(index, role)

    def setData(self, index: AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.EditRole:
            return False
        scored, text = self.events[index.row()], str(value).strip()
        if index.column() == _EVENT:
            changed = replace(scored.event, label=text) if text else None
        else:
            seconds = _seconds(text)
            changed = None if seconds is None else replace(scored.event, duration_s=seconds)
        if changed is None:
            self.refused.emit(
                "An event has a name." if index.column() == _EVENT else "A length is seconds from 0 on: 15.8."
            )
            return False
        if changed != scored.event:
            self.edited.emit(scored.event_id, changed)
        return True


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text.removesuffix("s").strip().replace(",", "."))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e6 else None


class EventsTab(QWidget):
    """The table, and above it what adds and deletes."""

    went_to = Signal(object)
    """An Event, clicked or reached by the arrow keys."""
    added = Signal(str)
    deleted = Signal(object)
    """Numbers of events."""
    edited = Signal(int, object)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.model = EventsModel()
        self.table = TableView(COLUMNS, name="Events")
        self.table.setModel(self.model)
        self.table.setEditTriggers(TableView.EditTrigger.DoubleClicked | TableView.EditTrigger.EditKeyPressed)
        self.label = Choice(LABELS, name="Event to add")
        self.label.setEditable(True)
        self.label.setFixedWidth(160)
        add = Button("Add", icon="add", tip="Add it where the signals are marked, or in the epoch (N)")
        add.clicked.connect(self.add)
        self.delete = Button("", icon="trash", tip="Delete the selected events (Del)")
        self.delete.clicked.connect(self.delete_selected)
        self._aside = ElidedLabel("", tk.SMALL, "text3")
        tools = row(self.label, add, self.delete, (self._aside, 1), margins=(tk.GAP4, 5, tk.GAP4, 5))
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(tools)
        layout.addWidget(self.table, 1)
        self.table.clicked.connect(self._go)
        self.table.selectionModel().currentRowChanged.connect(self._moved)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._fit())
        self.model.edited.connect(self.edited)
        self.model.refused.connect(self.refused)
        self._fit()

    def set_events(self, events: Sequence[ScoredEvent], start: datetime | None, scorer: str = "") -> None:
        chosen = self.chosen_ids()
        self.model.set_events(events, start)
        self._aside.setText(f"scored by {scorer}" if scorer and events else "")
        for place, scored in enumerate(self.model.events):
            if scored.event_id in chosen[:1]:
                self.table.selectRow(place)
        self._fit()

    def add(self) -> None:
        label = " ".join(self.label.currentText().split())
        if label:
            self.added.emit(label)
        else:
            self.refused.emit("An event has a name.")

    def delete_selected(self) -> None:
        if chosen := self.chosen_ids():
            self.deleted.emit(chosen)

    def chosen_ids(self) -> list[int]:
        events = self.model.events
        return [events[place].event_id for place in self.table.selected_rows() if place < len(events)]

    def choose(self, event_id: int) -> None:
        """Selects an event and scrolls to it."""
        for place, scored in enumerate(self.model.events):
            if scored.event_id == event_id:
                self.table.selectRow(place)
                self.table.scrollTo(self.model.index(place, 0))

    def _go(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self.model.events):
            self.went_to.emit(self.model.events[index.row()].event)

    def _moved(self, current: QModelIndex, before: QModelIndex) -> None:
        if self.table.hasFocus() and before.isValid():
            self._go(current)

    def _fit(self) -> None:
        self.delete.setEnabled(bool(self.chosen_ids()))
