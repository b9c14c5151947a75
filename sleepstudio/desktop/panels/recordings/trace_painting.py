"""Draws traces: hairlines through samples, one vertical line for each column of extremes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter
from shiboken6 import Shiboken

from sleepstudio.desktop.widgets.strokes import stroke
from sleepstudio.recordings.view.traces import Columns, Samples, Trace

_FURTHEST_LANES = 3.0
"""Traces are clipped so many lanes away: the raster engine takes no coordinate beyond some thousands."""


@dataclass(frozen=True)
class LaneScale:
    """``x = left + (time - start_s) * per_second``, ``y = middle - (value - centre) * per_unit``."""

    left: float
    start_s: float
    per_second: float
    middle: float
    centre: float
    per_unit: float
    height: float

    def x(self, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.left + (time_s - self.start_s) * self.per_second

    def y(self, value: NDArray[np.float32]) -> NDArray[np.float64]:
        reach = _FURTHEST_LANES * self.height
        away = np.clip((value.astype(np.float64) - self.centre) * self.per_unit, -reach, reach)
        return np.asarray(self.middle - away)


class TracePainter:
    """Keeps the buffers that lines are handed to Qt in."""

    def __init__(self) -> None:
        self._buffer: NDArray[np.float64] = np.zeros((0, 4))
        self._lines: list[QLineF] = []

    def draw(self, painter: QPainter, trace: Trace, scale: LaneScale, width: float = 1.0) -> None:
        """Draws in the painter's pen, a hairline; lines are ``width`` logical pixels thick."""
        if isinstance(trace, Samples):
            self._draw_samples(painter, trace, scale, width)
        elif trace.low_first is not None:
            self._draw_ordered(painter, trace, scale, width)
        else:
            self._draw_columns(painter, trace, scale)

    def _draw_samples(self, painter: QPainter, trace: Samples, scale: LaneScale, width: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for run in _finite_runs(trace.value):
            x, y = scale.x(trace.time_s[run]), scale.y(trace.value[run])
            if trace.stepwise:
                # each value holds until the next; the last for as long as the one before it
                end = x[-1] + (x[-1] - x[-2] if len(x) > 1 else scale.per_second)
                x, y = np.append(x, end).repeat(2)[1:-1], y.repeat(2)
            elif len(x) == 1:
                x, y = np.array([x[0] - 0.5, x[0] + 0.5]), y.repeat(2)
            stroke(painter, x, y, width)

    def _draw_ordered(self, painter: QPainter, trace: Columns, scale: LaneScale, width: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        assert trace.low_first is not None
        first = np.where(trace.low_first, trace.low, trace.high)
        second = np.where(trace.low_first, trace.high, trace.low)
        values = np.stack([first, second], 1).reshape(-1)
        times = (trace.time_s[:, None] + np.array([0.25, 0.75]) * trace.width_s).reshape(-1)
        for run in _finite_runs(values):
            stroke(painter, scale.x(times[run]), scale.y(values[run]), width)

    def _draw_columns(self, painter: QPainter, trace: Columns, scale: LaneScale) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for run in _finite_runs(trace.low):
            top, bottom = scale.y(trace.high[run]), scale.y(trace.low[run])
            # a column reaches its neighbour, as a line through the samples would
            top[1:], bottom[1:] = np.minimum(top[1:], bottom[:-1]), np.maximum(bottom[1:], top[:-1])
            buffer, lines = self._room(len(top))
            buffer[:, 0] = buffer[:, 2] = scale.x(trace.time_s[run] + trace.width_s / 2)
            buffer[:, 1], buffer[:, 3] = top, bottom
            painter.drawLines(lines)

    def _room(self, count: int) -> tuple[NDArray[np.float64], list[QLineF]]:
        if count > len(self._lines):
            self._buffer = np.zeros((2 * count, 4))
            first, width = self._buffer.ctypes.data, self._buffer.strides[0]
            places = range(first, first + 2 * count * width, width)
            self._lines = [cast(QLineF, Shiboken.wrapInstance(place, QLineF)) for place in places]
        return self._buffer[:count], self._lines[:count]


def _finite_runs(values: NDArray[np.float32]) -> list[slice]:
    finite = np.isfinite(values)
    if finite.all():
        return [slice(0, len(values))] if len(values) else []
    edges = np.flatnonzero(np.diff(finite, prepend=False, append=False)).tolist()
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
