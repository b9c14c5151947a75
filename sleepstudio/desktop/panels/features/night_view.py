"""One night under its features: source signal, hypnogram, a trace for each feature, all on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.features.source_signal import SourceSignal
from sleepstudio.desktop.panels.features.time_window import TimeWindow
from sleepstudio.desktop.panels.features.traces import GUTTER, FeatureTrace, NightStrip, SourceStrip
from sleepstudio.desktop.panels.features.words import number_text, percent_text
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.hypnogram_strip import HypnogramStrip
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.desktop.widgets.time_strip import TimeAxis, TimeStrip, time_text
from sleepstudio.features.feature_table import Column, FeatureTable
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, runs

SPANS = (("night", "Night"), ("3600", "1 h"), ("300", "5 min"))
HYPNOGRAM_HEIGHT, FOOT_HEIGHT = 104, 30
ZOOM_STEP, SCROLL_SHARE = 1.25, 0.1


class MaskedHypnogram(HypnogramStrip):
    """The expert's stages with the masked rows shaded behind them."""

    hovered = Signal(float)
    opened = Signal(float)

    def __init__(self) -> None:
        super().__init__(axis=False, gutter=GUTTER)
        self._masked: list[tuple[int, int]] = []
        self.setMouseTracking(True)
        self.setFixedHeight(HYPNOGRAM_HEIGHT)

    def set_masked(self, masked: NDArray[np.bool_]) -> None:
        """(epochs,) True where a row is not used."""
        self._masked = runs(masked)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseMoveEvent(event)
        if event.position().x() >= self.gutter:
            self.hovered.emit(self.second_of(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.opened.emit(self.second_of(event.position().x()))

    def draw_ground(self, painter: QPainter) -> None:
        super().draw_ground(painter)
        area = self.area()
        painter.save()
        painter.setClipRect(QRectF(area.left(), 0, area.width(), self.height()))
        for first, stop in self._masked:
            left, right = self.x_of(first * EPOCH_S), self.x_of(stop * EPOCH_S)
            where = QRectF(left, 0, max(1.0, right - left), self.height())
            painter.fillRect(where, theme.colour(theme.now().masked))
        painter.restore()


class _Swatch(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(16, 12)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        QPainter(self).fillRect(self.rect(), theme.colour(theme.now().masked))


class _Traces(QScrollArea):
    """Scrolls its traces; wheels that mean time go on to the view."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if event.modifiers() & held or event.angleDelta().x():
            event.ignore()
        else:
            super().wheelEvent(event)


class NightView(QWidget):
    """``feature_chosen(name)``, ``features_shown(names)``; ``epoch_opened(epoch)`` asks for its signals."""

    feature_chosen = Signal(str)
    features_shown = Signal(object)
    epoch_opened = Signal(int)

    def __init__(self, source: SourceSignal) -> None:
        super().__init__()
        grounded(self)
        self._source_signal = source
        self._table: FeatureTable | None = None
        self._window = TimeWindow.whole(1.0)
        self._columns: tuple[Column, ...] = ()
        self._hidden: frozenset[str] = frozenset()
        self._chosen = ""
        self._epoch: int | None = None
        self._pinned: int | None = None
        self.traces: dict[str, FeatureTrace] = {}
        self._title = label("", tk.HEADING, tk.SEMIBOLD)
        self._facts = ElidedLabel()
        self.spans = Segmented(SPANS, name="Span")
        self.spans.chosen.connect(self._choose_span)
        self.shown_button = Button("", icon="columns", tip="Choose features")
        self.shown_button.clicked.connect(self._choose_features)
        self.source = SourceStrip()
        self.hypnogram = MaskedHypnogram()
        self.axis = TimeAxis(gutter=GUTTER)
        self._stack = boxed(QVBoxLayout(), 0)
        self._values = label("", tk.SMALL, tk.MEDIUM)
        self.signals_button = Button("Show signals", "link", tip="Open this epoch in Recordings")
        self.signals_button.clicked.connect(self._open_epoch)
        self._build()
        self._source_signal.changed.connect(self._draw_source)
        self._follow(self.source, self.hypnogram)
        self.show_table(None, ())

    def _build(self) -> None:
        head = QWidget()
        head.setFixedHeight(tk.TITLE_HEIGHT)
        across = boxed(QHBoxLayout(head), tk.GAP2, (tk.GAP3, 0, tk.GAP4, 0))
        across.addWidget(self._title)
        across.addWidget(self._facts, 1)
        across.addWidget(self.spans)
        across.addWidget(self.shown_button)
        inside = grounded(QWidget())
        inside.setLayout(self._stack)
        self.scrolled = _Traces()
        self.scrolled.setWidget(inside)
        self.scrolled.setWidgetResizable(True)
        self.scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # the bar lies over the right margin: strips inside and outside keep one x function
        self.scrolled.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        foot = QWidget()
        foot.setFixedHeight(FOOT_HEIGHT)
        line = boxed(QHBoxLayout(foot), tk.GAP2, (tk.GAP3, 0, tk.GAP4, 0))
        line.addWidget(_Swatch())
        line.addWidget(ElidedLabel("Masked: not used for training or scoring", tk.SMALL, "text3"), 1)
        line.addWidget(self._values)
        line.addWidget(self.signals_button)
        whole = boxed(QVBoxLayout(self), 0)
        for item in (head, rule(), self.source, self.hypnogram):
            whole.addWidget(item)
        whole.addWidget(self.scrolled, 1)
        for item in (self.axis, rule(), foot):
            whole.addWidget(item)

    # -- what is shown --------------------------------------------------------------------------

    def show_table(self, table: FeatureTable | None, columns: Sequence[Column], facts: str = "") -> None:
        """Shows a recording's table under the declared ``columns``; None: nothing."""
        same = (
            table is not None and self._table is not None and table.recording_id == self._table.recording_id
        )
        self._table = table
        if tuple(columns) != self._columns or list(self.traces) != self._shown(columns):
            self._columns = tuple(columns)
            self._make_traces()
        self._title.setText("" if table is None else table.recording_id)
        self.spans.setVisible(table is not None)
        self.shown_button.setVisible(table is not None)
        if table is None:
            self._facts.setText(facts)
            self.hypnogram.set_hypnogram(None)
            self.hypnogram.set_masked(np.zeros(0, np.bool_))
            self.source.set_trace(None)
        else:
            self._facts.setText(facts or _facts_of(table))
            self.hypnogram.set_clock(table.start)
            self.hypnogram.set_hypnogram(Hypnogram(table.stages, table.epoch_s, start=table.start))
            self.hypnogram.set_masked(~table.mask)
            self.source.set_masked(~table.mask)
        for name, trace in self.traces.items():
            if table is not None:
                trace.set_values(table.features[:, self._index(name)], table.mask)
        if not same:
            self._epoch = self._pinned = None
            night_s = 1.0 if table is None else len(table) * table.epoch_s
            self._window = TimeWindow.whole(night_s)
            self.spans.set_value("night")
        self._apply_window()
        self._show_values()

    def choose(self, name: str) -> None:
        """Marks the feature that the right column is about."""
        self._chosen = name
        for key, trace in self.traces.items():
            trace.set_chosen(key == name)
        if name in self.traces:
            self.scrolled.ensureWidgetVisible(self.traces[name], 0, 0)
        self._show_values()

    def show_epoch(self, epoch: int) -> None:
        """Puts the cursor on an epoch and keeps it there."""
        self._pinned = epoch
        self._window = self._window.showing((epoch + 0.5) * EPOCH_S)
        self._apply_window()
        self._set_epoch(epoch)

    def move_epoch(self, by: int) -> None:
        """Takes the cursor so many epochs on, within the night."""
        if self._table is not None and len(self._table):
            now = self._epoch if self._epoch is not None else -1 if by > 0 else len(self._table)
            self.show_epoch(min(max(now + by, 0), len(self._table) - 1))

    @property
    def epoch(self) -> int | None:
        """Under the cursor."""
        return self._epoch

    @property
    def window_s(self) -> tuple[float, float]:
        return self._window.start_s, self._window.stop_s

    def hidden_features(self) -> tuple[str, ...]:
        return tuple(sorted(self._hidden))

    def hide_features(self, names: Sequence[str]) -> None:
        """Shows traces of all other features."""
        self._hidden = frozenset(names)
        if self._table is not None:
            self.show_table(self._table, self._columns, self._facts.text())

    # -- inside ---------------------------------------------------------------------------------

    def _shown(self, columns: Sequence[Column]) -> list[str]:
        return [column.name for column in columns if column.name not in self._hidden]

    def _index(self, name: str) -> int:
        assert self._table is not None
        return [column.name for column in self._table.columns].index(name)

    def _make_traces(self) -> None:
        while item := self._stack.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.traces = {
            column.name: FeatureTrace(column) for column in self._columns if column.name not in self._hidden
        }
        for name, trace in self.traces.items():
            self._stack.addWidget(trace, 1)
            trace.chosen.connect(lambda name=name: self.feature_chosen.emit(name))
            trace.moved.connect(self.move_epoch)
            trace.stepped.connect(lambda step, name=name: self._step_feature(name, step))
            trace.set_chosen(name == self._chosen)
        self._follow(*self.traces.values())

    def _follow(self, *strips: NightStrip | MaskedHypnogram) -> None:
        for strip in strips:
            strip.hovered.connect(self._hover)
            strip.pressed.connect(self._pin)
            strip.opened.connect(lambda second: self.epoch_opened.emit(self._epoch_at(second)))

    def _strips(self) -> list[TimeStrip]:
        return [self.source, self.hypnogram, *self.traces.values(), self.axis]

    def _apply_window(self) -> None:
        clock = None if self._table is None else self._table.start
        for strip in self._strips():
            strip.set_clock(clock)
            strip.set_span(self._window.start_s, self._window.stop_s)
        self._draw_source()

    def _draw_source(self) -> None:
        signal = self._source_signal
        if signal.problem:
            self.source.set_problem(signal.problem)
            return
        if signal.channel is not None:
            self.source.set_channel(signal.channel.label, signal.channel.kind)
        pixels = round(self.source.area().width())
        self.source.set_trace(signal.trace(self._window.start_s, self._window.stop_s, pixels))

    def _choose_span(self, value: str) -> None:
        if value == "night":
            self._window = TimeWindow.whole(self._window.night_s)
        else:
            centre = (self._window.start_s + self._window.stop_s) / 2
            if self._pinned is not None:
                centre = (self._pinned + 0.5) * EPOCH_S
            self._window = self._window.of_length(float(value), centre)
        self._apply_window()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        turns = event.angleDelta().y() / 120 or event.angleDelta().x() / 120
        if not turns or self._table is None:
            event.ignore()
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = self.source.second_of(event.position().x())
            self._window = self._window.zoomed(ZOOM_STEP**-turns, at)
        elif self._window.is_whole:
            event.ignore()
            return
        else:
            self._window = self._window.moved(-turns * SCROLL_SHARE * self._window.length_s)
        event.accept()
        self._apply_window()

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._draw_source)

    def leaveEvent(self, event: Any) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._set_epoch(self._pinned)

    def _epoch_at(self, second: float) -> int:
        last = 0 if self._table is None else max(len(self._table) - 1, 0)
        return min(max(int(second // EPOCH_S), 0), last)

    def _hover(self, second: float) -> None:
        if self._table is not None:
            self._set_epoch(self._epoch_at(second))

    def _pin(self, second: float) -> None:
        if self._table is not None:
            self._pinned = self._epoch_at(second)
            self._set_epoch(self._pinned)

    def _set_epoch(self, epoch: int | None) -> None:
        self._epoch = epoch
        second = None if epoch is None else (epoch + 0.5) * EPOCH_S
        self.source.set_cursor_time(second)
        self.hypnogram.set_cursor_time(second)
        for trace in self.traces.values():
            trace.set_cursor_time(second)
        self._show_values()

    def _show_values(self) -> None:
        table, epoch = self._table, self._epoch
        known = table is not None and epoch is not None and epoch < len(table)
        self.signals_button.setVisible(bool(known and self._pinned is not None))
        if table is None or epoch is None or not known:
            self._values.setText("")
            return
        words = [f"Epoch {epoch + 1}", time_text(epoch * table.epoch_s, table.start)[:5]]
        words.append(Hypnogram(table.stages[epoch : epoch + 1]).as_strings()[0])
        if self._chosen in [column.name for column in table.columns]:
            values = table.features[:, self._index(self._chosen)]
            spread = float(np.nanpercentile(values, 99) - np.nanpercentile(values, 1)) if len(values) else 1
            words.append(f"{self._chosen} {number_text(float(values[epoch]), spread / 10)}")
        if not table.mask[epoch]:
            words.append("masked")
        self._values.setText(" · ".join(words))

    def _step_feature(self, name: str, step: int) -> None:
        names = list(self.traces)
        target = names[min(max(names.index(name) + step, 0), len(names) - 1)]
        self.traces[target].setFocus()
        self.feature_chosen.emit(target)

    def _open_epoch(self) -> None:
        if self._epoch is not None:
            self.epoch_opened.emit(self._epoch)

    def _choose_features(self) -> None:
        menu = QMenu(self)
        for column in self._columns:
            action = QAction(column.title or column.name, menu)
            action.setCheckable(True)
            action.setChecked(column.name not in self._hidden)
            action.toggled.connect(lambda on, name=column.name: self._toggle(name, on))
            menu.addAction(action)
        menu.exec(self.shown_button.mapToGlobal(QPoint(0, self.shown_button.height())))

    def _toggle(self, name: str, shown: bool) -> None:
        hidden = self._hidden - {name} if shown else self._hidden | {name}
        if len(hidden) < len(self._columns):
            self.hide_features(tuple(hidden))
            self.features_shown.emit(tuple(self.traces))


def _facts_of(table: FeatureTable) -> str:
    masked = int((~table.mask).sum())
    return f"{len(table):,} rows · {masked} masked ({percent_text(masked / max(len(table), 1))})"
