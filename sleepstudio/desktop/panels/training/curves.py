"""Loss and κ side by side, and the learning rate under them, growing with each training epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.training.run_progress import (
    FitProgress,
    log_ticks,
    round_ticks,
    smoothed,
)
from sleepstudio.desktop.widgets.layout import boxed
from sleepstudio.desktop.widgets.plots import Plot, brush
from sleepstudio.desktop.widgets.sections import SectionTitle

LEFT: Final = 50
RIGHT: Final = 14
RAW_ALPHA: Final = 90
"""35 %."""
RAW_WIDTH, SMOOTH_WIDTH, BEST_DOT = 1.0, 1.8, 9
LABEL_FROM_RIGHT: Final = 0.62
"""Share of the axis from which the label of a line stands over its end, not after it."""
LABEL_GAP, LABEL_ROOM, TICK_ROOM, BESIDE_PLOT = 15, 34, 7, 32
"""Pixels: least distance of two labels; room for one over the lines; for half a tick's; axis and margins."""


@dataclass(frozen=True, eq=False)
class Line:
    """``tone``: 0 or 1, of the series' colours. ``words``: what stands at its end, before its last value."""

    words: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    tone: int = 0


class CurvePlot(QWidget):
    """Lines over training epochs, raw and smoothed, with their last value at the end."""

    def __init__(self, title: str, detail: str, *, logarithmic: bool = False, smooth: bool = True) -> None:
        super().__init__()
        self.plot = _CurveCanvas(title, logarithmic=logarithmic, smooth=smooth)
        self.title = SectionTitle(title, detail)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.title)
        layout.addWidget(self.plot, 1)

    def show_lines(self, lines: Sequence[Line], total: int, best: tuple[float, float] | None = None) -> None:
        """``total``: training epochs at most. ``best``: where the dot stands, and its value."""
        self.plot.show_lines(lines, total, best)


class _CurveCanvas(Plot):
    def __init__(self, name: str, *, logarithmic: bool, smooth: bool) -> None:
        self._lines: tuple[Line, ...] = ()
        self._logarithmic, self._smooth = logarithmic, smooth
        super().__init__(left=LEFT, right=RIGHT, bottom=22, name=name)
        self._total, self._best = 1, None
        self._drawn: list[object] = []
        self.getPlotItem().getAxis("left").setStyle(hideOverlappingLabels=True)

    _best: tuple[float, float] | None

    def show_lines(self, lines: Sequence[Line], total: int, best: tuple[float, float] | None) -> None:
        self._lines, self._total, self._best = tuple(lines), max(total, 2), best
        self._draw()
        self.setAccessibleDescription(
            "; ".join(f"{line.words} {line.y[-1]:.3f}" for line in self._lines if len(line.y))
        )

    def on_restyle(self) -> None:
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._lines:
            self._draw()

    def _draw(self) -> None:
        for item in self._drawn:
            self.removeItem(item)
        self._drawn = []
        lines = [line for line in self._lines if len(line.y)]
        self.setXRange(1, self._total, padding=0.025)
        self.set_ticks("bottom", _training_epoch_ticks(self._total))
        low, high = self._range(lines)
        self.setYRange(low, high, padding=0)
        ends: list[float] = []
        for line in lines:
            self._draw_line(line, (low, high), ends)
        if self._best is not None and lines:
            self._draw_best(*self._best, (low, high))

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.log10(np.maximum(values, 1e-6)) if self._logarithmic else values

    def _range(self, lines: Sequence[Line]) -> tuple[float, float]:
        finite = [line.y[np.isfinite(line.y)] for line in lines]
        values = np.concatenate(finite) if finite else np.empty(0)
        if self._logarithmic:
            low, high = (values.min() * 0.85, values.max() * 1.18) if len(values) else (0.1, 1.0)
            low = max(low, 1e-6)
            self.set_ticks("left", [(float(np.log10(tick)), f"{tick:g}") for tick in log_ticks(low, high)])
            return float(np.log10(low)), float(np.log10(high))
        low, high = (float(min(values.min(), 0.0)), float(values.max())) if len(values) else (0.0, 1.0)
        high = max(high, 0.1) if self._smooth else high or 1.0
        greatest = float(values.max()) if len(values) else 1.0
        ticks = round_ticks(low, high, 5) if self._smooth else [0.0, greatest]
        self.set_ticks("left", [(tick, f"{tick:.3g}") for tick in ticks])
        # room for the words over the best, and for the lowest and highest number of the axis
        pixel = (high - low) / max(self._height() - LABEL_ROOM, LABEL_ROOM)
        above = LABEL_ROOM if self._smooth else TICK_ROOM
        return low - TICK_ROOM * pixel, high + above * pixel

    def _height(self) -> int:
        """Of where the lines are drawn, in pixels."""
        return max(int(self.height()) - BESIDE_PLOT, 1)

    def _draw_line(self, line: Line, axis: tuple[float, float], ends: list[float]) -> None:
        tokens = theme.now()
        raw = self._scaled(line.y)
        if not self._smooth:
            self._drawn.append(self.curve(line.x, raw, tokens.text2, 1.4))
            return
        ink = tokens.series[line.tone]
        soft = self._scaled(smoothed(line.y))
        self._drawn.append(self.curve(line.x, raw, ink, RAW_WIDTH, alpha=RAW_ALPHA))
        self._drawn.append(self.curve(line.x, soft, ink, SMOOTH_WIDTH))
        if len(line.x) == 1:
            self._drawn.append(self._dot(line.x[0], float(soft[0]), ink))
        span = axis[1] - axis[0]
        end = float(soft[-1])
        after = line.x[-1] < LABEL_FROM_RIGHT * self._total
        gap = LABEL_GAP * span / self._height()
        # over its end, or under it where the best is named over it
        at = end if after else end - gap if self._best is not None else end + gap
        lowest, highest = axis[0] + gap / 2, axis[1] - gap / 2
        at = min(max(at, lowest), highest)
        # upwards from others; where that leads out of the plot, downwards
        step = gap / 2
        while any(abs(at - other) < gap for other in ends):
            at += step
            if at > highest and step > 0:
                at, step = highest, -step
        ends.append(at)
        x = line.x[-1] + 0.015 * self._total if after else line.x[-1]
        words = f"{line.words} {line.y[-1]:.3f}"
        anchor = (0, 0.5) if after else (1, 0.5)
        self._drawn.append(
            self.text(x, at, words, colour=ink, size=tk.SMALL, anchor=anchor, weight=tk.SEMIBOLD)
        )

    def _draw_best(self, x: float, value: float, axis: tuple[float, float]) -> None:
        tokens = theme.now()
        y = float(self._scaled(np.array([value]))[0])
        self._drawn.append(self.line(x, dashed=True))
        self._drawn.append(self._dot(x, y, tokens.accent))
        side = 0.5 if 0.12 * self._total < x < 0.88 * self._total else 0.0 if x < self._total / 2 else 1.0
        above = y < axis[1] - 0.9 * LABEL_ROOM / self._height() * (axis[1] - axis[0])
        self._drawn.append(
            self.text(
                x,
                y,
                f"best {value:.3f}",
                colour=tokens.text,
                size=tk.SMALL,
                anchor=(side, 1.75 if above else -0.75),
                weight=tk.SEMIBOLD,
            )
        )

    def _dot(self, x: float, y: float, ink: str) -> pg.ScatterPlotItem:
        edge = pg.mkPen(theme.now().surface, width=1.5)
        made = pg.ScatterPlotItem([x], [y], size=BEST_DOT, pen=edge, brush=brush(ink))
        self.addItem(made)
        return made


def _training_epoch_ticks(total: int) -> list[tuple[float, str]]:
    ticks = [tick for tick in round_ticks(1, total, 5) if tick >= 1 and tick == int(tick)]
    kept = [tick for tick in ticks if tick > 1 + 0.06 * total]
    return [(1.0, "1"), *((tick, f"{tick:g}") for tick in kept)]


def loss_lines(fit: FitProgress) -> list[Line]:
    return [
        Line("validation", *fit.series("val_loss"), tone=1),
        Line("training", *fit.series("loss"), tone=0),
    ]


def kappa_lines(fit: FitProgress) -> list[Line]:
    return [Line("now", *fit.series("val_kappa"))]


def rate_lines(fit: FitProgress) -> list[Line]:
    return [Line("", *fit.series("learning_rate"))]
