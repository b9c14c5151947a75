"""The filters: one row a kind of channel, or the chosen channel alone; every change shows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lanes import KIND_ORDER, Lanes, kind_name
from sleepstudio.desktop.panels.recordings.popup import Popup
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import row
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.recordings.view.filters import NO_FILTER, RECOMMENDED, SignalFilter, can_be_filtered

_HIGH_PASS = (0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 5.0, 10.0)
_LOW_PASS = (1.0, 5.0, 10.0, 15.0, 20.0, 30.0, 35.0, 70.0, 100.0)
_NOTCH = (50.0, 60.0)
_OFF = "Off"
_ASIDE = "Filters change what is drawn, never the recording."


class FilterPopup(Popup):
    """``changed``: the lanes are drawn through other filters."""

    changed = Signal()

    def __init__(self, model: ViewModel, parent: QWidget) -> None:
        super().__init__(parent, "Filters")
        self._lanes = model.lanes
        self.rows: dict[ChannelKind, _FilterRow] = {}
        self.channel_row = self._row_of_chosen()
        """Of the chosen channel, where it can be filtered."""
        self.filters_on = QCheckBox("Filters on")
        self.filters_on.setChecked(model.lanes.filters_on)
        self.filters_on.toggled.connect(self._switch)
        self.recommended = Button("AASM settings", tip="Corner frequencies of the AASM manual for each kind")
        self.recommended.clicked.connect(lambda: self._set_all(recommended=True))
        self.none = Button("None")
        self.none.clicked.connect(lambda: self._set_all(recommended=False))
        self.body.addWidget(row(self.filters_on, None, self.recommended, self.none))
        self._kinds = self._kind_table()
        self.body.addWidget(self._kinds)
        self._channel = QWidget()
        if self.channel_row is not None:
            name = self.channel_row.name
            self._channel = _table([(name, self.channel_row)])
            self._channel.hide()
            self.scope = Segmented((("kind", "All of its kind"), ("channel", f"{name} only")), name="For")
            self.scope.chosen.connect(self._show_scope)
            self.body.insertWidget(1, row(label("For", tk.SMALL, tone="text2"), self.scope, None))
            self.body.addWidget(self._channel)
        self.aside = label(_ASIDE, tk.SMALL, tone="text3")
        self.body.addWidget(self.aside)

    def _kind_table(self) -> QWidget:
        kinds = {lane.channel.kind for lane in self._lanes.all if lane.channel.rate_hz}
        for kind in KIND_ORDER:
            if kind in kinds and can_be_filtered(kind):
                self.rows[kind] = _FilterRow(kind_name(kind), _filter_of(self._lanes, kind))
                self.rows[kind].changed.connect(lambda kind=kind: self._kind_changed(kind))
        return _table(
            (f"{kind_name(kind)}, some differ" if _differ(self._lanes, kind) else kind_name(kind), each)
            for kind, each in self.rows.items()
        )

    def _row_of_chosen(self) -> _FilterRow | None:
        lane = self._lanes.lane(self._lanes.chosen) if self._lanes.chosen is not None else None
        if lane is None or not lane.channel.rate_hz or not can_be_filtered(lane.channel.kind):
            return None
        made = _FilterRow(lane.name, lane.signal_filter)
        made.changed.connect(lambda: self._channel_changed(lane.label))
        return made

    def _show_scope(self, scope: str) -> None:
        """Each scope shows what holds now, whoever changed it."""
        self._kinds.setVisible(scope == "kind")
        self._channel.setVisible(scope == "channel")
        for kind, kind_row in self.rows.items():
            kind_row.show_filter(_filter_of(self._lanes, kind))
        if self.channel_row is not None and self._lanes.chosen is not None:
            self.channel_row.show_filter(self._lanes.lane(self._lanes.chosen).signal_filter)
        self.adjustSize()

    def _kind_changed(self, kind: ChannelKind) -> None:
        self._take(self.rows[kind], lambda taken: self._lanes.set_kind_filter(kind, taken))

    def _channel_changed(self, label: str) -> None:
        assert self.channel_row is not None
        self._take(self.channel_row, lambda taken: self._lanes.set_filter(label, taken))

    def _take(self, changed: _FilterRow, set_filter: Callable[[SignalFilter], object]) -> None:
        """A row was changed: its filter is taken where something passes it."""
        try:
            signal_filter = changed.signal_filter()
        except ValueError as error:
            self.aside.setText(f"{changed.name}: {error}.")
            return
        self.aside.setText(_ASIDE)
        set_filter(signal_filter)
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
        if self.channel_row is not None and self._lanes.chosen is not None:
            self.channel_row.show_filter(self._lanes.lane(self._lanes.chosen).signal_filter)
        if recommended:
            self._lanes.filters_on = True
            self.filters_on.setChecked(True)
        self.changed.emit()


class _FilterRow(QObject):
    """High-pass, low-pass and notch of a kind or a channel. ``changed``: by the user."""

    changed = Signal()

    def __init__(self, name: str, signal_filter: SignalFilter) -> None:
        super().__init__()
        self.name = name
        self.choices = [Choice(name=f"{name} {corner}") for corner in ("high-pass", "low-pass", "notch")]
        self.show_filter(signal_filter)
        for choice in self.choices:
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            choice.setMinimumWidth(92)
            choice.activated.connect(lambda _index: self.changed.emit())

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


def _differ(lanes: Lanes, kind: ChannelKind) -> bool:
    """Whether channels of a kind have filters of their own."""
    return len({lane.signal_filter for lane in lanes.all if lane.channel.kind is kind}) > 1


def _table(rows: Iterable[tuple[str, _FilterRow]]) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(tk.GAP2)
    for column, caption in enumerate(("High-pass", "Low-pass", "Notch"), 1):
        grid.addWidget(label(caption, tk.SMALL, tone="text2"), 0, column)
    for line, (name, each) in enumerate(rows, 1):
        grid.addWidget(label(name, tk.SMALL), line, 0)
        for column, choice in enumerate(each.choices, 1):
            grid.addWidget(choice, line, column)
    return table
