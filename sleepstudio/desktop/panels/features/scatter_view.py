"""Two features against each other, epoch by epoch, in the colours of the stages."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.features.density import shown_range
from sleepstudio.desktop.panels.features.pool import Pool, Scaling
from sleepstudio.desktop.panels.features.ridge_plot import label_axis, round_ticks
from sleepstudio.desktop.panels.features.words import axis_label
from sleepstudio.desktop.widgets import plots
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, row
from sleepstudio.hypnogram import Stage

MOST_POINTS = 3000
SYMBOLS: Final = {Stage.W: "o", Stage.R: "s", Stage.N1: "t1", Stage.N2: "d", Stage.N3: "t"}
GLYPHS: Final = {Stage.W: "●", Stage.R: "■", Stage.N1: "▲", Stage.N2: "◆", Stage.N3: "▼"}


class ScatterView(QWidget):
    """``axes_chosen(x, y)`` comes from the boxes; ``point_chosen(recording, epoch)`` from a click."""

    axes_chosen = Signal(str, str)
    point_chosen = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self._pool: Pool | None = None
        self._stale = False
        self.across, self.up = Choice(name="Across"), Choice(name="Up")
        for choice in (self.across, self.up):
            choice.currentIndexChanged.connect(self._choose)
        self.plot = _Points()
        self.plot.chosen.connect(self._open)
        self._legend = label("", tk.TICK, tone="text2")
        self._legend.setTextFormat(self._legend.textFormat().RichText)
        layout = boxed(QVBoxLayout(self), tk.GAP1, 0)
        boxes = row((self.up, 1), label("against", tk.SMALL, tone="text3"), (self.across, 1))
        boxes.setContentsMargins(tk.GAP4, 0, tk.GAP4, 0)
        layout.addWidget(boxes)
        self._legend.setContentsMargins(tk.GAP4, 0, tk.GAP4, 0)
        layout.addWidget(self._legend)
        layout.addWidget(self.plot, 1)

    def axes(self) -> tuple[str, str]:
        return self.across.currentData() or "", self.up.currentData() or ""

    def choose_axes(self, x: str, y: str) -> None:
        """Shows two features; names that are none leave things as they are."""
        for choice, name in ((self.across, x), (self.up, y)):
            index = choice.findData(name)
            if index >= 0:
                choice.blockSignals(True)
                choice.setCurrentIndex(index)
                choice.blockSignals(False)
        self._draw()

    def set_pool(self, pool: Pool | None) -> None:
        names = [column.name for column in pool.columns] if pool else []
        if names != [self.across.itemData(index) for index in range(self.across.count())]:
            for place, choice in enumerate((self.across, self.up)):
                choice.blockSignals(True)
                choice.clear()
                for column in pool.columns if pool else ():
                    choice.addItem(column.title or column.name, column.name)
                choice.setCurrentIndex(min(place, choice.count() - 1))
                choice.blockSignals(False)
        self._pool = pool
        self._draw()

    def _choose(self) -> None:
        self._draw()
        self.axes_chosen.emit(*self.axes())

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if self._stale:
            self._draw()

    def _draw(self) -> None:
        """Now where it is seen, or else when its tab comes to the front: thousands of points cost a turn."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        x, y = self.axes()
        usable = self._pool is not None and bool(x) and bool(y)
        self.plot.show_points(self._pool if usable else None, x, y)
        inks = theme.now().stages
        self._legend.setText(
            "&nbsp;&nbsp;".join(
                f'<span style="color:{inks[stage]}">{GLYPHS[stage]}</span>&nbsp;{stage.name}'
                for stage in tk.STAGE_ORDER
            )
        )

    def _open(self, row_: int) -> None:
        if self._pool is not None:
            self.point_chosen.emit(*self._pool.place(row_))


class _Points(plots.Plot):
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(left=44, bottom=40, name="Two features by stage", x_label=" ")
        self._shown: tuple[Pool, str, str] | None = None
        self.items_by_stage: dict[Stage, pg.ScatterPlotItem] = {}

    def show_points(self, pool: Pool | None, x: str, y: str) -> None:
        self._shown = None if pool is None or not len(pool) else (pool, x, y)
        self.on_restyle()

    def on_restyle(self) -> None:
        self.clear()
        self.items_by_stage = {}
        if self._shown is None:
            self.set_ticks("bottom", [])
            self.set_ticks("left", [])
            return
        pool, x, y = self._shown
        across, up = pool.values(x), pool.values(y)
        for side, values in (("bottom", across), ("left", up)):
            low, high = shown_range(values)
            self.set_ticks(side, round_ticks(low, high))
            (self.setXRange if side == "bottom" else self.setYRange)(low, high, padding=0)
        tokens = theme.now()
        words = axis_label(pool.columns[pool.index_of(x)], scaled=pool.scaling is Scaling.NIGHT)
        label_axis(self, words)
        rows = _sample(len(pool))
        for stage in reversed(tk.STAGE_ORDER):
            mine = rows[pool.stages[rows] == stage]
            item = pg.ScatterPlotItem(
                across[mine], up[mine], data=mine.tolist(), symbol=SYMBOLS[stage], size=6,
                pen=pg.mkPen(None), brush=plots.brush(tokens.stages[stage], 170), hoverable=True,
                hoverPen=plots.pen(tokens.text, 1.4), tip=self._tip,
            )  # fmt: skip
            item.sigClicked.connect(self._click)
            self.items_by_stage[stage] = item
            self.addItem(item)

    def _tip(self, x: float, y: float, data: Any) -> str:
        assert self._shown is not None
        recording, epoch = self._shown[0].place(int(data))
        return f"{recording}, epoch {epoch + 1}\n{y:.4g} against {x:.4g}"

    def _click(self, _item: object, points: Any, *_event: object) -> None:
        if len(points):
            self.chosen.emit(int(points[0].data()))


def _sample(count: int) -> Any:
    """So many rows, evenly drawn but in random order, the same each time."""
    return np.random.default_rng(0).permutation(count)[:MOST_POINTS]
