"""A feature's distribution in each stage, one ridge under another."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.features.density import ridges
from sleepstudio.desktop.panels.features.pool import Pool, Scaling
from sleepstudio.desktop.panels.features.words import axis_label, number_text
from sleepstudio.desktop.widgets import plots

RIDGE_HEIGHT, FILL_ALPHA = 0.82, 90


class RidgePlot(plots.Plot):
    """Stages from top to bottom; the median is a line and a number."""

    def __init__(self) -> None:
        super().__init__(left=40, bottom=38, top=0, name="Distribution by stage", x_label=" ")
        self._shown: tuple[Pool, str] | None = None

    def show_feature(self, pool: Pool | None, column: str) -> None:
        """None: nothing to show."""
        self._shown = None if pool is None or not len(pool) else (pool, column)
        self.on_restyle()

    def on_restyle(self) -> None:
        self.clear()
        order = tk.STAGE_ORDER
        lanes = {stage: len(order) - 1 - place for place, stage in enumerate(order)}
        self.set_ticks("left", [(lane, stage.name) for stage, lane in lanes.items()])
        self.setYRange(-0.15, len(order), padding=0)
        if self._shown is None:
            self.set_ticks("bottom", [])
            return
        tokens, (pool, column) = theme.now(), self._shown
        values = pool.values(column)
        grid, found = ridges(values, pool.stages, order)
        self.setXRange(grid[0], grid[-1], padding=0)
        self.set_ticks("bottom", round_ticks(float(grid[0]), float(grid[-1])))
        declared = pool.columns[pool.index_of(column)]
        self.set_x_label(axis_label(declared, scaled=pool.scaling is Scaling.NIGHT))
        words = []
        for stage, ridge in found.items():
            lane, ink = lanes[stage], tokens.stages[stage]
            median = number_text(ridge.median, float(grid[-1] - grid[0]) / 4)
            words.append(f"{stage.name} {median}")
            top = lane + 0.2
            if ridge.density is not None and ridge.density.max() > 0:
                height = ridge.density / ridge.density.max() * RIDGE_HEIGHT
                base = np.full(len(grid), float(lane))
                upper = pg.PlotCurveItem(grid, base + height, pen=plots.pen(ink, 1.4), antialias=True)
                lower = pg.PlotCurveItem(grid, base, pen=None)
                self.addItem(pg.FillBetweenItem(lower, upper, brush=plots.brush(ink, FILL_ALPHA)))
                self.addItem(upper)
                top = lane + float(np.interp(ridge.median, grid, height))
            self.curve([ridge.median] * 2, [lane, top], tokens.text, 1.4)
            self.text(grid[-1], lane + 0.3, median, colour=tokens.text, size=tk.SMALL,
                      anchor=(1, 0.5), weight=tk.MEDIUM)  # fmt: skip
        self.setAccessibleDescription(f"Medians of {declared.name}: {', '.join(words)}")

    def set_x_label(self, words: str) -> None:
        label_axis(self, words)


def label_axis(plot: plots.Plot, words: str) -> None:
    """Names the bottom axis anew, in its middle."""
    axis = plot.getPlotItem().getAxis("bottom")
    axis.setLabel(words, **{"color": theme.now().text2, "font-size": f"{tk.SMALL}px"})
    axis.resizeEvent()


def round_ticks(low: float, high: float, most: int = 5) -> list[tuple[float, str]]:
    """At most so many round numbers between two."""
    span = high - low
    if not span > 0:
        return []
    rough = span / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)) + (1 if step / power == 2.5 else 0))
    ticks = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return [(float(tick), f"{tick:.{decimals}f}".replace("-", "−")) for tick in ticks + 0.0]
