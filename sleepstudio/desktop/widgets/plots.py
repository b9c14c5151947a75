"""pyqtgraph, dressed: no frame, one quiet grid, our pens, our numbers. Every plot is made here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from numpy.typing import ArrayLike
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QBrush, QPen

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.time_strip import GUTTER, RIGHT

_UNDER_DATA = -1000
Ticks = Sequence[tuple[float, str]]


def pen(
    colour: str, width: float = tk.LINE_CURVE, *, dashed: bool = False, alpha: int = 255, ratio: float = 1.0
) -> QPen:
    """A cosmetic pen with round joins. The colour is a token's value.

    ``ratio``: pixels of the screen to a logical one; cosmetic pens count in those of the screen.
    """
    made: QPen = pg.mkPen(theme.colour(colour, alpha), width=width * ratio)
    made.setCosmetic(True)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        made.setDashPattern([4, 3])
    return made


def brush(colour: str, alpha: int = 255) -> QBrush:
    made: QBrush = pg.mkBrush(theme.colour(colour, alpha))
    return made


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot in the dress of the application; redress on a change of appearance is its own business.

    Items that carry colours are drawn by ``redraw`` (override it or assign ``on_restyle``): it is called
    after each change of appearance.
    """

    def __init__(
        self,
        *,
        left: int = GUTTER,
        bottom: int = 22,
        right: int = RIGHT,
        top: int = 6,
        x_label: str = "",
        y_label: str = "",
        grid_x: bool = False,
        grid_y: bool = True,
        name: str = "",
    ) -> None:
        # no menu is ever shown, and each plot's takes 4 ms to make
        super().__init__(enableMenu=False)
        self.setFrameShape(self.Shape.NoFrame)
        self.setAccessibleName(name)
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(False, False)
        item.layout.setContentsMargins(0, top, right, 4)
        item.getViewBox().setDefaultPadding(0)
        self._labels = {"left": y_label, "bottom": x_label}
        for side, size, grid in (("left", left, grid_y), ("bottom", bottom, grid_x)):
            axis = item.getAxis(side)
            axis.setZValue(_UNDER_DATA)
            axis.setStyle(tickLength=0, tickTextOffset=6, maxTickLevel=0, hideOverlappingLabels=False)
            if grid:
                axis.setGrid(255)
            if not size:
                axis.hide()
            elif side == "left":
                axis.setWidth(size)
            else:
                axis.setHeight(size)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_labels"):
            self._dress()
            self.on_restyle()

    def event(self, event: QEvent) -> bool:
        done: bool = super().event(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange and hasattr(self, "_labels"):
            self._dress()
            self.on_restyle()
        return done

    def on_restyle(self) -> None:
        """Appearance or scale changed: items drawn in a token's colour are to be drawn again."""

    def set_ticks(self, side: str, ticks: Ticks | None) -> None:
        """``side``: left or bottom. None lets pyqtgraph choose."""
        self.getPlotItem().getAxis(side).setTicks(None if ticks is None else [list(ticks)])

    def curve(
        self,
        x: ArrayLike,
        y: ArrayLike,
        colour: str,
        width: float = tk.LINE_CURVE,
        *,
        dashed: bool = False,
        alpha: int = 255,
        antialias: bool = True,
        finite: bool = False,
        **options: Any,
    ) -> pg.PlotDataItem:
        """A curve; ``finite`` promises that there is no NaN in it."""
        drawn = pen(colour, width, dashed=dashed, alpha=alpha, ratio=self.devicePixelRatioF())
        return self.plot(x, y, pen=drawn, antialias=antialias, skipFiniteCheck=finite, **options)

    def band(
        self, first: float, last: float, colour: str, alpha: int = 255, z: float = -20
    ) -> pg.LinearRegionItem:
        """A vertical band behind the data."""
        made = pg.LinearRegionItem(
            (first, last), movable=False, brush=brush(colour, alpha), pen=pg.mkPen(None)
        )
        made.setZValue(z)
        for line in made.lines:
            line.setPen(pg.mkPen(None))
        self.addItem(made)
        return made

    def line(
        self,
        at: float,
        *,
        horizontal: bool = False,
        colour: str = "",
        dashed: bool = False,
        width: float = 1.0,
        alpha: int = 255,
    ) -> pg.InfiniteLine:
        """A reference line; by default in the colour of control borders."""
        ink = colour or theme.now().control
        drawn = pen(ink, width, dashed=dashed, alpha=alpha, ratio=self.devicePixelRatioF())
        made = pg.InfiniteLine(at, angle=0 if horizontal else 90, pen=drawn)
        self.addItem(made)
        return made

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: str = "",
        size: int = tk.TICK,
        anchor: tuple[float, float] = (0, 0.5),
        weight: int = tk.REGULAR,
    ) -> pg.TextItem:
        """A direct label beside what it names."""
        made = pg.TextItem(words, color=colour or theme.now().text2, anchor=anchor)
        made.setFont(theme.font(size, weight))
        made.textItem.document().setDocumentMargin(1)
        made.setPos(x, y)
        self.addItem(made, ignoreBounds=True)
        return made

    def _dress(self) -> None:
        tokens = theme.now()
        self.setBackground(tokens.surface)
        for side, words in self._labels.items():
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(None))
            axis.setTickPen(pg.mkPen(tokens.grid, width=self.devicePixelRatioF()))
            axis.setTextPen(pg.mkPen(tokens.text3))
            axis.setTickFont(theme.font(tk.TICK))
            if words:
                axis.setLabel(words, **{"color": tokens.text2, "font-size": f"{tk.SMALL}px"})
