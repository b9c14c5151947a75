"""The strips of the middle column: a source signal as its extremes, a feature as one value an epoch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.features.words import number_text, unit_text
from sleepstudio.desktop.widgets.strokes import stroke
from sleepstudio.desktop.widgets.time_strip import RIGHT, TimeStrip
from sleepstudio.features.feature_table import Column
from sleepstudio.hypnogram import EPOCH_S, runs
from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.recordings.view.traces import Columns, Samples, Trace

GUTTER = 118
TRACE_HEIGHT, SOURCE_HEIGHT = 56, 50
_NAME_LEFT, _NUMBER_WIDTH, _LINE = tk.GAP3, 36, 16
_MARGIN_SHARE = 0.12
LONGEST_STEP = 3.0
"""Times as far apart as this many usual steps are not joined by a line."""
_NUMBERS_FROM = 52
"""A strip lower than this shows no numbers at its ends."""


class NightStrip(TimeStrip):
    """A strip with a name in its gutter, masked rows shaded and a cursor.

    ``hovered(second)`` follows the mouse, ``pressed`` and ``opened`` come from a click and a double click in
    the data.
    """

    hovered = Signal(float)
    pressed = Signal(float)
    opened = Signal(float)

    def __init__(self, title: str, unit: str) -> None:
        super().__init__(gutter=GUTTER, right=RIGHT)
        self.title, self.unit = title, unit
        self.cursor_s: float | None = None
        self._masked: list[tuple[int, int]] = []
        self.setMouseTracking(True)

    def set_masked(self, masked: NDArray[np.bool_]) -> None:
        """(epochs,) True where a row is not used."""
        self._masked = runs(masked)
        self.update()

    def set_cursor_time(self, second: float | None) -> None:
        if second != self.cursor_s:
            self.cursor_s = second
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.position().x() >= self.gutter:
            self.hovered.emit(self.second_of(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is Qt.MouseButton.LeftButton and event.position().x() >= self.gutter:
            self.pressed.emit(self.second_of(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is Qt.MouseButton.LeftButton and event.position().x() >= self.gutter:
            self.opened.emit(self.second_of(event.position().x()))

    def draw_under(self, painter: QPainter) -> None:
        """Ground, masked rows and clock."""
        self.draw_ground(painter)
        area = self.area()
        painter.save()
        painter.setClipRect(QRectF(area.left(), 0, area.width(), self.height()))
        for first, stop in self._masked:
            left, right = self.x_of(first * EPOCH_S), self.x_of(stop * EPOCH_S)
            where = QRectF(left, 0, max(1.0, right - left), self.height())
            painter.fillRect(where, theme.colour(theme.now().masked))
        painter.restore()
        self.draw_clock(painter)

    def draw_name(self, painter: QPainter, ink: str, *, bold: bool) -> None:
        """The title, on two lines where one is too short for it, over the unit."""
        painter.setFont(theme.font(tk.SMALL, tk.SEMIBOLD if bold else tk.MEDIUM))
        width = self.gutter - _NAME_LEFT - _NUMBER_WIDTH
        lines = _broken(painter.fontMetrics(), self.title, width)
        height = _LINE * (len(lines) + bool(self.unit))
        room = QRectF(_NAME_LEFT, (self.height() - height) / 2, width, _LINE)
        side = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(theme.colour(ink))
        for line in lines:
            elided = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(room, side, elided)
            room.translate(0, _LINE)
        painter.setFont(theme.font(tk.TICK))
        painter.setPen(theme.colour(theme.now().text3))
        unit = painter.fontMetrics().elidedText(self.unit, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(room, side, unit)

    def draw_cursor(self, painter: QPainter) -> None:
        if self.cursor_s is None or not self.span[0] <= self.cursor_s <= self.span[1]:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.colour(theme.now().cursor, tk.CURSOR_ALPHA), 1))
        x = round(self.x_of(self.cursor_s)) + 0.5
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))


class FeatureTrace(NightStrip):
    """One feature over the night, broken where its rows are masked. ``chosen`` comes from its name."""

    chosen = Signal()
    stepped = Signal(int)
    """Up (−1) and down (1) from the keyboard."""
    moved = Signal(int)
    """Epochs back (negative) or on, from the keyboard."""

    def __init__(self, column: Column) -> None:
        super().__init__(column.title or column.name, unit_text(column.unit))
        self.column = column
        self.is_chosen = False
        self._values: NDArray[np.float64] = np.empty(0)
        self._range = (0.0, 1.0)
        self.setMinimumHeight(TRACE_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(f"Trace of {column.title or column.name}")
        self.setToolTip(f"{column.name}: {column.description}")

    def set_values(self, values: NDArray[np.floating], mask: NDArray[np.bool_]) -> None:
        """(epochs,) values and where they are usable."""
        self._values = np.where(mask, values.astype(np.float64), np.nan)
        self._range = _range_of(self._values)
        self.set_masked(~mask)

    def set_chosen(self, chosen: bool) -> None:
        if chosen != self.is_chosen:
            self.is_chosen = chosen
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(400, 92)

    def area(self) -> QRectF:
        return super().area().adjusted(0, 2, 0, -2)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.position().x() < self.gutter:
            self.chosen.emit()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.chosen.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.moved.emit(-1 if event.key() == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        self.draw_under(painter)
        low, high = self._range
        painter.setFont(theme.font(tk.TICK))
        for value in (high, low) if self.height() >= _NUMBERS_FROM else ():
            y = float(self._ys(value))
            self.draw_gutter_text(painter, y, number_text(value, high - low), tone="text3")
        self._draw_values(painter)
        self.draw_cursor(painter)
        if self.is_chosen:
            painter.fillRect(QRectF(0, 2, 3, self.height() - 4), theme.colour(tokens.accent))
        self.draw_name(painter, tokens.text, bold=self.is_chosen)
        if self.hasFocus():
            painter.setPen(theme.colour(tokens.accent))
            painter.drawRect(QRectF(0.5, 0.5, self.gutter - 8, self.height() - 1.5))

    def _ys(self, values: ArrayLike) -> NDArray[np.float64]:
        low, high = self._range
        area = self.area()
        margin = area.height() * _MARGIN_SHARE
        share = (np.asarray(values, np.float64) - low) / (high - low)
        return np.asarray(area.bottom() - margin - share * (area.height() - 2 * margin))

    def _draw_values(self, painter: QPainter) -> None:
        tokens, area = theme.now(), self.area()
        first = max(0, int(self.span[0] // EPOCH_S) - 1)
        stop = min(len(self._values), int(-(-self.span[1] // EPOCH_S)) + 1)
        shown = self._values[first:stop]
        if not len(shown):
            return
        painter.save()
        painter.setClipRect(QRectF(area.left(), 0, area.width(), self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = tokens.accent if self.is_chosen else tokens.text2
        painter.setPen(QPen(theme.colour(ink), 0))
        painter.setBrush(theme.colour(ink))
        low, high = self._range
        xs = self.xs_of((np.arange(first, stop) + 0.5) * EPOCH_S)
        # what is cut off above and below the range is drawn at its edge
        ys = self._ys(np.clip(shown, low - (high - low), high + (high - low)))
        for start, end in runs(np.isfinite(shown)):
            if end - start == 1:
                painter.drawEllipse(QPointF(xs[start], ys[start]), 1.2, 1.2)
            else:
                stroke(painter, xs[start:end], ys[start:end], tk.LINE_SLOW_SIGNAL)
        painter.restore()


class SourceStrip(NightStrip):
    """The signal that a feature comes from."""

    def __init__(self) -> None:
        super().__init__("", "source")
        self._trace: Trace | None = None
        self._kind = ChannelKind.OTHER
        self._problem = ""
        self.setFixedHeight(SOURCE_HEIGHT)
        self.setAccessibleName("Source signal")

    def set_channel(self, label: str, kind: ChannelKind) -> None:
        self.title, self._kind, self._problem = label, kind, ""
        self.setAccessibleName(f"Source signal {label}")
        self.update()

    def set_trace(self, trace: Trace | None) -> None:
        self._trace = trace
        self.update()

    def set_problem(self, words: str) -> None:
        """Why there is no signal."""
        self._problem, self._trace = words, None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        self.draw_under(painter)
        ink = tokens.signals.get(self._kind, tokens.text2)
        if self._trace is not None:
            self._draw_trace(painter, self._trace, ink)
        self.draw_cursor(painter)
        self.draw_name(painter, ink, bold=True)
        if self._problem:
            painter.setFont(theme.font(tk.SMALL))
            painter.setPen(theme.colour(tokens.text3))
            painter.drawText(self.area(), int(Qt.AlignmentFlag.AlignVCenter), self._problem)

    def _draw_trace(self, painter: QPainter, trace: Trace, ink: str) -> None:
        area = self.area()
        painter.save()
        painter.setClipRect(QRectF(area.left(), 0, area.width(), self.height()))
        low, high = _extremes(trace)
        scale = area.height() / (high - low)
        xs = self.xs_of(trace.time_s)
        if isinstance(trace, Columns):
            known = np.isfinite(trace.low)
            width = max(1.0, self.x_of(trace.width_s) - self.x_of(0.0))
            tops = area.bottom() - (trace.high[known].astype(np.float64) - low) * scale
            heights = np.maximum(1.0, (trace.high[known] - trace.low[known]) * scale)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.mix(theme.now().surface, ink, 0.6))
            places = zip(xs[known].tolist(), tops.tolist(), heights.tolist(), strict=True)
            painter.drawRects([QRectF(x, top, width, height) for x, top, height in places])
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.colour(ink), 0))
            ys = area.bottom() - (trace.value.astype(np.float64) - low) * scale
            for start, end in _unbroken(trace):
                stroke(painter, xs[start:end], ys[start:end], tk.LINE_SIGNAL)
        painter.restore()


def _unbroken(trace: Samples) -> list[tuple[int, int]]:
    """Stretches of samples without NaN and without a pause in their times."""
    stretches = runs(np.isfinite(trace.value))
    steps = np.diff(trace.time_s)
    if not len(steps):
        return stretches
    pauses = np.flatnonzero(steps > LONGEST_STEP * np.median(steps)) + 1
    found: list[tuple[int, int]] = []
    for start, end in stretches:
        cuts = [start, *(int(cut) for cut in pauses if start < cut < end), end]
        found.extend(pairwise(cuts))
    return found


def _broken(metrics: QFontMetrics, text: str, width: float) -> list[str]:
    """One line, or two broken at the last space that fits."""
    if metrics.horizontalAdvance(text) <= width or " " not in text:
        return [text]
    words = text.split(" ")
    fits = [n for n in range(1, len(words)) if metrics.horizontalAdvance(" ".join(words[:n])) <= width]
    cut = fits[-1] if fits else 1
    return [" ".join(words[:cut]), " ".join(words[cut:])]


def _range_of(values: NDArray[np.float64]) -> tuple[float, float]:
    """From the first to the 99th percentile, so that one spike does not flatten the night."""
    return _between(values, values, 0.01)


def _extremes(trace: Trace) -> tuple[float, float]:
    """As :func:`_range_of`, from the second to the 98th percentile."""
    lows, highs = (trace.low, trace.high) if isinstance(trace, Columns) else (trace.value, trace.value)
    return _between(lows, highs, 0.02)


def _between(lows: NDArray[np.floating], highs: NDArray[np.floating], cut: float) -> tuple[float, float]:
    """From the ``cut`` quantile of the finite lows to the 1 − ``cut`` one of the finite highs.

    The nearest values that there are: `numpy.percentile` loads masked arrays at its first call, 10 ms in a
    window that is alive.
    """
    lows, highs = np.sort(lows[np.isfinite(lows)]), np.sort(highs[np.isfinite(highs)])
    if not len(lows) or not len(highs):
        return 0.0, 1.0
    low = float(lows[round(cut * (len(lows) - 1))])
    high = float(highs[round((1 - cut) * (len(highs) - 1))])
    return (low, high) if high > low else (low - 0.5, low + 0.5)
