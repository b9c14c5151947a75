"""The hypnogram: thin risers, heavy treads in the stages' colours, events and differences as ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.stage_lanes import lane_indices, lanes_of, value_runs
from sleepstudio.desktop.widgets.time_strip import AXIS_HEIGHT, GUTTER, RIGHT, TimeStrip, time_text
from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, StageSet

EVENT_ROW, DIFFERENCE_ROW = 13, 9
MINIMUM_BRUSH = 6


@dataclass(frozen=True)
class TickRow:
    """Events of one kind under the stages. ``spans``: (onset, duration) in seconds."""

    text: str
    colour: str
    spans: Sequence[tuple[float, float]]


class HypnogramStrip(TimeStrip):
    """One night, one scorer. ``pressed(second)`` and ``dragged(second)`` come from the mouse."""

    pressed = Signal(float)
    dragged = Signal(float)

    def __init__(
        self,
        *,
        title: str = "",
        axis: bool = True,
        gutter: int = GUTTER,
        right: int = RIGHT,
        tread: float = tk.TREAD,
        stage_set: StageSet = STAGE_SETS[5],
    ) -> None:
        super().__init__(axis=axis, gutter=gutter, right=right)
        self.title, self.tread, self.stage_set = title, tread, stage_set
        self.hypnogram: Hypnogram | None = None
        self._lanes: NDArray[np.int8] = np.empty(0, np.int8)
        self._differs: NDArray[np.bool_] | None = None
        self._rows: tuple[TickRow, ...] = ()
        self._brush: tuple[float, float] | None = None
        self._cursor: float | None = None
        self._until: float | None = None
        self.setMinimumHeight(60)

    def set_hypnogram(self, hypnogram: Hypnogram | None, *, fit: bool = True) -> None:
        """Shows a night; with ``fit`` the span becomes all of it."""
        self.hypnogram = hypnogram
        self._lanes = (
            np.empty(0, np.int8) if hypnogram is None else lane_indices(hypnogram.stages, self.stage_set)
        )
        if hypnogram is not None and fit:
            self.set_span(hypnogram.onset_s, hypnogram.stop_s)
        if hypnogram is not None:
            self.setAccessibleName(f"Hypnogram {self.title or hypnogram.scorer}".strip())
        self.update()

    def set_stage_set(self, stage_set: StageSet) -> None:
        self.stage_set = stage_set
        self.set_hypnogram(self.hypnogram, fit=False)

    def set_differences(self, differs: NDArray[np.bool_] | None) -> None:
        """(epochs,) where another scorer differs: marked in a row of their own."""
        self._differs = differs
        self.update()

    def set_events(self, rows: Sequence[TickRow]) -> None:
        self._rows = tuple(rows)
        self.update()

    def set_brush(self, brush: tuple[float, float] | None) -> None:
        """The page that is open, in seconds."""
        self._brush = brush
        self.update()

    def set_cursor_time(self, second: float | None) -> None:
        self._cursor = second
        self.update()

    def set_until(self, second: float | None) -> None:
        """Draws nothing after ``second``: what is not yet known."""
        self._until = second
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(400, 22 * len(lanes_of(self.stage_set)) + 8 + self._below() + self._axis_height())

    def area(self) -> QRectF:
        return super().area().adjusted(0, 0, 0, -self._below())

    def _below(self) -> int:
        return EVENT_ROW * len(self._rows) + (DIFFERENCE_ROW if self._differs is not None else 0)

    def _axis_height(self) -> int:
        return AXIS_HEIGHT if self.axis else 0

    def lane_y(self, lane: int) -> float:
        """The middle of a lane."""
        area = self.area()
        return area.top() + (lane + 0.5) * area.height() / len(lanes_of(self.stage_set))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit(self._inside(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(self._inside(event.position().x()))

    def _inside(self, x: float) -> float:
        return min(max(self.second_of(x), self.span[0]), self.span[1])

    def describe(self, second: float) -> str:
        """The stage at a moment, in words for a tool tip or a screen reader."""
        if self.hypnogram is None:
            return ""
        epoch = int((second - self.hypnogram.onset_s) // self.hypnogram.epoch_s)
        if not 0 <= epoch < len(self.hypnogram):
            return ""
        return f"{time_text(second, self.clock)}, epoch {epoch + 1}, {self.hypnogram.as_strings()[epoch]}"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        self.draw_night(painter)
        self.draw_brush(painter)

    def draw_night(self, painter: QPainter) -> None:
        """Everything but brush and cursor."""
        self.draw_ground(painter)
        self.draw_clock(painter)
        self._draw_lanes(painter)
        self._draw_steps(painter)
        self._draw_rows(painter, self.area().bottom())
        if self.title:
            painter.setFont(theme.font(tk.SMALL, tk.SEMIBOLD))
            painter.setPen(theme.colour(theme.now().text))
            painter.drawText(QPointF(tk.GAP4, self.lane_y(0) + 4), self.title)

    def _draw_lanes(self, painter: QPainter) -> None:
        tokens, area = theme.now(), self.area()
        painter.setFont(theme.font(tk.TICK, tk.MEDIUM))
        for position, lane in enumerate(lanes_of(self.stage_set)):
            y = round(self.lane_y(position))
            painter.setPen(QPen(theme.colour(tokens.grid), 1))
            painter.drawLine(QPointF(area.left(), y + 0.5), QPointF(area.right(), y + 0.5))
            self.draw_gutter_text(painter, y, lane.name, margin=18)
            painter.fillRect(QRectF(self.gutter - 13, y - 3, 7, 7), theme.colour(tokens.stages[lane.stage]))

    def _draw_steps(self, painter: QPainter) -> None:
        if self.hypnogram is None:
            return
        tokens, area, lanes = theme.now(), self.area(), lanes_of(self.stage_set)
        painter.save()
        painter.setClipRect(area.adjusted(0, -4, 0, 4))
        epoch_s, onset = self.hypnogram.epoch_s, self.hypnogram.onset_s
        first = max(0, int((self.span[0] - onset) // epoch_s))
        stop = min(len(self._lanes), int(-(-(self.span[1] - onset) // epoch_s)))
        last = -1
        ys = [self.lane_y(lane) for lane in range(len(lanes))]
        scale = area.width() / (self.span[1] - self.span[0])

        def x_of(second: float) -> float:
            return area.left() + (second - self.span[0]) * scale

        for run in value_runs(self._lanes[first:stop]):
            start_s, stop_s = onset + (first + run.first) * epoch_s, onset + (first + run.stop) * epoch_s
            if self._until is not None and start_s >= self._until:
                break
            left = x_of(start_s)
            right = x_of(stop_s if self._until is None else min(stop_s, self._until))
            if run.value < 0:
                where = QRectF(left, area.bottom() - 3, max(1, right - left), 3)
                painter.fillRect(where, theme.colour(tokens.unscored))
            else:
                y = ys[run.value]
                if last >= 0:
                    painter.setPen(QPen(theme.colour(tokens.control), 1))
                    x = round(left) + 0.5
                    painter.drawLine(QPointF(x, ys[last]), QPointF(x, y))
                where = QRectF(left, round(y - self.tread / 2), max(1.2, right - left), self.tread)
                painter.fillRect(where, theme.colour(tokens.stages[lanes[run.value].stage]))
            last = run.value
        painter.restore()

    def _draw_rows(self, painter: QPainter, bottom: float) -> None:
        tokens, area = theme.now(), self.area()
        if self._differs is not None and self.hypnogram is not None:
            onset, epoch_s = self.hypnogram.onset_s, self.hypnogram.epoch_s
            for run in value_runs(self._differs.astype(np.int8)):
                if run.value:
                    left, right = (
                        self.x_of(onset + run.first * epoch_s),
                        self.x_of(onset + run.stop * epoch_s),
                    )
                    painter.fillRect(
                        QRectF(left, bottom + 4, max(1, right - left), 4), theme.colour(tokens.error)
                    )
            bottom += DIFFERENCE_ROW
        for row in self._rows:
            painter.setFont(theme.font(tk.TICK))
            self.draw_gutter_text(painter, bottom + EVENT_ROW / 2, row.text)
            painter.save()
            painter.setClipRect(QRectF(area.left(), bottom, area.width(), EVENT_ROW))
            ink = theme.colour(row.colour)
            for onset, duration in row.spans:
                left = self.x_of(onset)
                width = max(1.4, self.x_of(onset + duration) - left)
                painter.fillRect(QRectF(left, bottom + 3, width, 8), ink)
            painter.restore()
            bottom += EVENT_ROW

    def draw_brush(self, painter: QPainter) -> None:
        """The page that is open, and the cursor, through stages and rows."""
        tokens, area = theme.now(), self.area()
        rect = QRectF(area.left(), area.top() - 4, area.width(), area.height() + self._below() + 5)
        if self._brush is not None:
            left, right = self.x_of(self._brush[0]), self.x_of(self._brush[1])
            width = max(right - left, MINIMUM_BRUSH)
            painter.fillRect(QRectF(left, rect.top(), width, rect.height()), theme.colour(tokens.accent, 34))
            painter.setPen(QPen(theme.colour(tokens.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(round(left) + 0.5, rect.top() + 0.5, round(width), rect.height() - 1))
        if self._cursor is not None:
            painter.setPen(QPen(theme.colour(tokens.cursor, tk.CURSOR_ALPHA), 1))
            x = round(self.x_of(self._cursor)) + 0.5
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
