"""Anything drawn against a night's clock: gutter, plot area and one x function, so that strips line up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk

GUTTER, RIGHT, AXIS_HEIGHT = 64, 16, 20
_NOTHING_S = 1e-3
"""The span of a strip that has nothing to show: a span is never zero, and this one has no ticks."""
_STEPS_S = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    30,
    60,
    120,
    300,
    600,
    1800,
    3600,
    7200,
    14400,
    28800,
    86400,
    172800,
    604800,
)


def clock_ticks(
    start_s: float, stop_s: float, clock: datetime | None, width: float
) -> Iterator[tuple[float, str]]:
    """Round times between two seconds from the recording's start, as (second, text).

    ``clock``: the wall clock at second 0; None for elapsed time. As many as fit in ``width`` pixels.
    """
    span = stop_s - start_s
    if span <= _NOTHING_S or width <= 0:
        return
    step = next((each for each in _STEPS_S if span / each * _label_width(each) <= width), _STEPS_S[-1])
    offset = (clock - datetime.combine(clock.date(), datetime.min.time())).total_seconds() if clock else 0.0
    tick = -(-(start_s + offset) // step) * step
    while tick <= stop_s + offset + 1e-6:
        yield tick - offset, _tick_text(tick, step, clock)
        tick += step


def _label_width(step: float) -> int:
    """Room for a label and the space after it; those with seconds are longer."""
    return 52 if step >= 60 else 72


def _tick_text(second_of_day: float, step: float, clock: datetime | None) -> str:
    if step < 1:
        whole, tenths = divmod(round(second_of_day * 10), 10)
        return f"{_tick_text(whole, 1, clock)}.{tenths}"
    whole = round(second_of_day)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    if clock is not None:
        hours %= 24
        return f"{hours:02d}:{minutes:02d}" if step >= 60 else f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    return f"{hours}:{minutes:02d}" if step >= 60 else f"{hours}:{minutes:02d}:{seconds:02d}"


def time_text(second: float, clock: datetime | None) -> str:
    """A moment to the second: by the wall clock, or elapsed."""
    if clock is not None:
        return (clock + timedelta(seconds=second)).strftime("%H:%M:%S")
    whole = round(second)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


class TimeStrip(QWidget):
    """``span``: what is shown, in seconds from the recording's start. ``clock``: wall clock at second 0."""

    def __init__(self, *, axis: bool = False, gutter: int = GUTTER, right: int = RIGHT) -> None:
        super().__init__()
        self.axis, self.gutter, self.right = axis, gutter, right
        self.span = (0.0, _NOTHING_S)
        self.clock: datetime | None = None

    def set_span(self, start_s: float, stop_s: float) -> None:
        self.span = (start_s, max(stop_s, start_s + _NOTHING_S))
        self.update()

    def set_clock(self, clock: datetime | None) -> None:
        self.clock = clock
        self.update()

    def area(self) -> QRectF:
        """Where data is drawn."""
        below = AXIS_HEIGHT if self.axis else 0
        return QRectF(
            self.gutter, 4, max(1, self.width() - self.gutter - self.right), self.height() - 8 - below
        )

    def x_of(self, second: float) -> float:
        area = self.area()
        return area.left() + (second - self.span[0]) / (self.span[1] - self.span[0]) * area.width()

    def xs_of(self, seconds: ArrayLike) -> NDArray[np.float64]:
        """As :meth:`x_of`, for many moments at once: what draws hundreds of points uses this."""
        area = self.area()
        scale = area.width() / (self.span[1] - self.span[0])
        return area.left() + (np.asarray(seconds, np.float64) - self.span[0]) * scale

    def second_of(self, x: float) -> float:
        area = self.area()
        return self.span[0] + (x - area.left()) / area.width() * (self.span[1] - self.span[0])

    def draw_ground(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), theme.colour(theme.now().surface))

    def draw_clock(self, painter: QPainter, *, grid: bool = True) -> None:
        """Vertical grid lines, and the axis where this strip has it."""
        tokens, area = theme.now(), self.area()
        bottom = self.height() - 4 - (AXIS_HEIGHT if self.axis else 0)
        painter.setFont(theme.font(tk.TICK))
        for second, text in clock_ticks(*self.span, self.clock, area.width()):
            x = round(self.x_of(second)) + 0.5
            if grid:
                painter.setPen(QPen(theme.colour(tokens.grid), 1))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, bottom))
            if self.axis and x + 20 <= self.width():
                painter.setPen(theme.colour(tokens.text3))
                where = QRectF(x - 34, bottom + 3, 68, AXIS_HEIGHT - 4)
                painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter), text)

    def draw_gutter_text(
        self, painter: QPainter, y: float, text: str, *, tone: str = "text2", margin: int = 6
    ) -> None:
        """One line of axis text, right-aligned in the gutter and centred on ``y``."""
        painter.setPen(theme.colour(getattr(theme.now(), tone)))
        where = QRectF(2, y - 8, self.gutter - margin - 2, 16)
        side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(
            where,
            side,
            painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(where.width())),
        )


class TimeAxis(TimeStrip):
    """The axis alone, under strips and plots that share its gutter."""

    def __init__(self, *, gutter: int = GUTTER, right: int = RIGHT) -> None:
        super().__init__(axis=True, gutter=gutter, right=right)
        self.setFixedHeight(AXIS_HEIGHT + 4)

    def area(self) -> QRectF:
        return QRectF(self.gutter, 0, max(1, self.width() - self.gutter - self.right), 0)

    def paintEvent(self, event: object) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        self.draw_ground(painter)
        self.draw_clock(painter, grid=False)
