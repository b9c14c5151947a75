"""The filters, one row a kind of channel; every change shows at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lanes import KIND_ORDER, Lanes, kind_name
from sleepstudio.desktop.panels.recordings.popup import Popup
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import row
from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.recordings.view.filters import NO_FILTER, RECOMMENDED, SignalFilter, can_be_filtered

_HIGH_PASS = (0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 5.0, 10.0)
_LOW_PASS = (1.0, 5.0, 10.0, 15.0, 20.0, 30.0, 35.0, 70.0, 100.0)
_NOTCH = (50.0, 60.0)
_OFF = "Off"


class FilterPopup(Popup):
    """``changed``: the lanes are drawn through other filters."""

    changed = Signal()

    def __init__(self, model: ViewModel, parent: QWidget) -> None:
        super().__init__(parent, "Filters")
        self._lanes = model.lanes
        self.rows: dict[ChannelKind, _KindRow] = {}
        self.filters_on = QCheckBox("Filters on")
        self.filters_on.setChecked(model.lanes.filters_on)
        self.filters_on.toggled.connect(self._switch)
        self.recommended = Button("AASM settings", tip="Corner frequencies of the AASM manual for each kind")
        self.recommended.clicked.connect(lambda: self._set_all(recommended=True))
        self.none = Button("None")
        self.none.clicked.connect(lambda: self._set_all(recommended=False))
        self.body.addWidget(row(self.filters_on, None, self.recommended, self.none))
        self.body.addWidget(self._table())
        self.aside = label("Filters change what is drawn, never the recording.", tk.SMALL, tone="text3")
        self.body.addWidget(self.aside)

    def _table(self) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(tk.GAP2)
        for column, caption in enumerate(("High-pass", "Low-pass", "Notch"), 1):
            grid.addWidget(label(caption, tk.SMALL, tone="text2"), 0, column)
        kinds = {lane.channel.kind for lane in self._lanes.all if lane.channel.rate_hz}
        for kind in KIND_ORDER:
            if kind in kinds and can_be_filtered(kind):
                kind_row = self.rows[kind] = _KindRow(kind, _filter_of(self._lanes, kind), self)
                line = grid.rowCount()
                grid.addWidget(label(kind_name(kind), tk.SMALL), line, 0)
                for column, choice in enumerate(kind_row.choices, 1):
                    grid.addWidget(choice, line, column)
        return table

    def kind_changed(self, kind: ChannelKind) -> None:
        """A row was changed: its filter is taken where something passes it."""
        try:
            signal_filter = self.rows[kind].signal_filter()
        except ValueError as error:
            self.aside.setText(f"{kind_name(kind)}: {error}.")
            return
        self.aside.setText("Filters change what is drawn, never the recording.")
        self._lanes.set_kind_filter(kind, signal_filter)
        if signal_filter and not self._lanes.filters_on:
            self.filters_on.setChecked(True)
        self.changed.emit()

    def _switch(self, on: bool) -> None:
        self._lanes.filters_on = on
        self.changed.emit()

    def _set_all(self, *, recommended: bool) -> None:
        for kind, kind_row in self.rows.items():
            signal_filter = RECOMMENDED.get(kind, NO_FILTER) if recommended else NO_FILTER
            kind_row.show_filter(signal_filter)
            self._lanes.set_kind_filter(kind, signal_filter)
        if recommended:
            self._lanes.filters_on = True
            self.filters_on.setChecked(True)
        self.changed.emit()


class _KindRow:
    """High-pass, low-pass and notch of one kind."""

    def __init__(self, kind: ChannelKind, signal_filter: SignalFilter, popup: FilterPopup) -> None:
        names = ("high-pass", "low-pass", "notch")
        self.choices = [Choice(name=f"{kind_name(kind)} {name}") for name in names]
        self.show_filter(signal_filter)
        for choice in self.choices:
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            choice.setMinimumWidth(92)
            choice.activated.connect(lambda _index: popup.kind_changed(kind))

    def show_filter(self, signal_filter: SignalFilter) -> None:
        corners = (signal_filter.high_pass_hz, signal_filter.low_pass_hz, signal_filter.notch_hz)
        for choice, offered, corner in zip(
            self.choices, (_HIGH_PASS, _LOW_PASS, _NOTCH), corners, strict=True
        ):
            choice.clear()
            choice.addItem(_OFF, None)
            for value in sorted({*offered, *([corner] if corner else [])}):
                choice.addItem(f"{value:g} Hz", value)
            choice.setCurrentIndex(choice.findData(corner) if corner else 0)

    def signal_filter(self) -> SignalFilter:
        """Raises ValueError where nothing passes."""
        return SignalFilter(*(choice.currentData() for choice in self.choices))


def _filter_of(lanes: Lanes, kind: ChannelKind) -> SignalFilter:
    return next((lane.signal_filter for lane in lanes.all if lane.channel.kind is kind), NO_FILTER)
