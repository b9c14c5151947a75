"""κ against what a model costs: live runs and their frontier, offline runs as open diamonds beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QFontMetrics

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.comparison.cost_points import CostPoint, frontier
from sleepstudio.desktop.panels.comparison.run_columns import quantity
from sleepstudio.desktop.panels.comparison.runs_table import LETTERS
from sleepstudio.desktop.widgets import plots

EXPERTS_KAPPA = 0.76
"""Two experts, five stages: Lee et al. 2022, *J Clin Sleep Med* 18:193, a meta-analysis of 11 studies."""
CHOSEN_SYMBOLS = ("o", "s", "t1", "d")
TOP = 0.92
NAMED_UP_TO = 10
"""With more runs than this, only the chosen ones are named in the plot."""


class CostPlot(plots.Plot):
    """``point_chosen(path)`` comes from a click."""

    point_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__(left=44, bottom=40, right=20, name="Agreement against cost", x_label=" ")
        self._points: tuple[CostPoint, ...] = ()
        self._chosen: tuple[Path, ...] = ()
        self._label = ""
        self.items: dict[Path, pg.ScatterPlotItem] = {}

    def show_points(self, points: Sequence[CostPoint], chosen: Sequence[Path], label: str) -> None:
        self._points, self._chosen, self._label = tuple(points), tuple(chosen), label
        words = ", ".join(f"{point.name} {point.value:.3f}" for point in points)
        self.setAccessibleDescription(f"κ by run: {words}" if words else "No run has this cost")
        self.on_restyle()

    def on_restyle(self) -> None:
        self.clear()
        self.items = {}
        self._scale()
        tokens = theme.now()
        axis = self.getPlotItem().getAxis("bottom")
        axis.setLabel(self._label or " ", **{"color": tokens.text2, "font-size": f"{tk.SMALL}px"})
        axis.resizeEvent()
        if not self._points:
            return
        self._draw_experts()
        self._draw_frontier()
        for point in self._points:
            self._draw_point(point)
        self._name_points()

    def _scale(self) -> None:
        lows = [point.kappa.ci_low for point in self._points if point.kappa.ci_low is not None]
        values = [*lows, *(point.value for point in self._points)]
        low = min([0.2, *(math.floor(value * 10) / 10 for value in values)])
        self.setYRange(low - 0.03, TOP, padding=0)
        step = 0.1 if low > 0.25 else 0.2
        first = math.ceil(low / step - 1e-9)
        ticks = [round(step * n, 1) for n in range(first, int(TOP / step) + 1)]
        self.set_ticks("left", [(tick, f"{tick:.1f}".replace("-", "−")) for tick in ticks])
        powers = [math.log10(point.cost) for point in self._points] or [3.0, 6.0]
        left, right = min(powers) - 0.35, max(powers) + 0.5
        self.setXRange(left, right, padding=0)
        self.set_ticks("bottom", cost_ticks(left, right))

    def _draw_experts(self) -> None:
        tokens = theme.now()
        self.line(EXPERTS_KAPPA, horizontal=True, colour=tokens.text3, dashed=True)
        left = self.viewRange()[0][0]
        said = self.text(
            left,
            EXPERTS_KAPPA,
            f"two experts, 5 stages: κ {EXPERTS_KAPPA}",
            colour=tokens.text3,
            anchor=(0, 1),
        )
        said.setToolTip("Lee et al. 2022, J Clin Sleep Med 18:193")

    def _draw_frontier(self) -> None:
        best = frontier(self._points)
        if not best:
            return
        xs, ys = [math.log10(best[0].cost)], [best[0].value]
        for before, point in pairwise(best):
            xs += [math.log10(point.cost)] * 2
            ys += [before.value, point.value]
        xs.append(self.viewRange()[0][1])
        ys.append(best[-1].value)
        self.curve(xs, ys, theme.now().control, 1.4, finite=True)

    def _draw_point(self, point: CostPoint) -> None:
        tokens = theme.now()
        place = self._chosen.index(point.path) if point.path in self._chosen else -1
        ink = tokens.series[place] if place >= 0 else tokens.text3
        x = math.log10(point.cost)
        low, high = point.kappa.ci_low, point.kappa.ci_high
        if low is not None and high is not None:
            self.curve([x, x], [low, high], ink, 1.4, alpha=255 if place >= 0 else 150)
        symbol = "o" if place < 0 else CHOSEN_SYMBOLS[place]
        edge = plots.pen(ink, 1.5, ratio=self.devicePixelRatioF())
        drawn = pg.ScatterPlotItem(
            [x], [point.value], data=[point.path], hoverable=True, tip=self._tip,
            size=12 if place >= 0 else 8,
            symbol=symbol if point.live else "d",
            pen=pg.mkPen(tokens.surface, width=1.5) if point.live else edge,
            brush=plots.brush(ink if point.live else tokens.surface),
        )  # fmt: skip
        drawn.sigClicked.connect(self._click)
        self.items[point.path] = drawn
        self.addItem(drawn)

    def _name_points(self) -> None:
        """Names beside their points, the chosen first; one that has no room is told by its tool tip."""
        tokens = theme.now()
        taken: list[QRectF] = []
        ordered = sorted(self._points, key=lambda point: point.path not in self._chosen)
        for point in ordered[: max(NAMED_UP_TO, len(self._chosen))]:
            place = self._chosen.index(point.path) if point.path in self._chosen else -1
            words = LETTERS[place] if place >= 0 else point.name
            size, weight = (tk.SMALL, tk.SEMIBOLD) if place >= 0 else (tk.TICK, tk.REGULAR)
            self._place_name(point, words, tokens.series[place] if place >= 0 else tokens.text2,
                             size, weight, taken)  # fmt: skip

    def _place_name(
        self, point: CostPoint, words: str, ink: str, size: int, weight: int, taken: list[QRectF]
    ) -> None:
        box = self.getPlotItem().getViewBox()
        (left, right), (bottom, top) = self.viewRange()
        across, up = (right - left) / max(box.width(), 1), (top - bottom) / max(box.height(), 1)
        metrics = QFontMetrics(theme.font(size, weight))
        width, height = metrics.horizontalAdvance(words) + 4, metrics.height() - 2
        x, y = (math.log10(point.cost) - left) / across, (top - point.value) / up
        for anchor, shift in (((0.0, 0.5), 9), ((1.0, 0.5), -9)):
            at = QRectF(x + shift - anchor[0] * width, y - height / 2, width, height)
            inside = at.left() >= 0 and at.right() <= box.width()
            if inside and not any(at.intersects(other) for other in taken):
                taken.append(at)
                where = math.log10(point.cost) + shift * across
                self.text(where, point.value, words, colour=ink, size=size, anchor=anchor, weight=weight)
                return

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        super().resizeEvent(event)
        if hasattr(self, "_points"):
            self.on_restyle()

    def _tip(self, x: float, y: float, data: Any) -> str:
        point = next(one for one in self._points if one.path == data)
        mode = "live" if point.live else "offline"
        return f"{point.name} ({mode})\nκ {y:.3f} at {quantity(10**x)}"

    def _click(self, _item: object, points: Any, *_event: object) -> None:
        if len(points):
            self.point_chosen.emit(points[0].data())


def cost_ticks(left: float, right: float) -> list[tuple[float, str]]:
    """Powers of ten between two powers, with 2 and 5 where there are few."""
    factors = (1,) if right - left > 2.5 else (1, 3) if right - left > 1.4 else (1, 2, 5)
    ticks = []
    for power in range(math.floor(left), math.ceil(right) + 1):
        for factor in factors:
            at = power + math.log10(factor)
            if left <= at <= right:
                words = quantity(round(factor * 10.0**power)).replace(".00", "").replace(".0", "")
                ticks.append((at, words))
    return ticks
