"""Cost of every step by its epoch: a stall or a slow clock shows at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.cost_words import CostView, cost_text, unit_name
from sleepstudio.desktop.panels.device.live_session import Costs, LiveSession
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, column, grounded
from sleepstudio.desktop.widgets.plots import Plot
from sleepstudio.desktop.widgets.sections import SectionTitle

_PARTS: Final = 4
_LEAST_ROOM: Final = 0.02
"""Of the height above and below steps that cost the same."""


class StepCost(QWidget):
    """In the unit that :class:`CostBox` shows."""

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self.title = SectionTitle("Cost of each step")
        self.plot = StepCostPlot()
        nothing = label("Drawn step by step in a session with a board.", tk.SMALL, tone="text3")
        nothing.setContentsMargins(tk.GAP4, 0, tk.GAP4, tk.GAP3)
        self._empty = column(nothing, None)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.plot)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.title)
        layout.addWidget(self._pages, 1)

    def show_session(self, session: LiveSession | None, view: CostView) -> None:
        costs = session.costs if session is not None else None
        if session is None or costs is None or not np.isfinite(session.cost).any():
            self.title.set_detail("")
            self._pages.setCurrentWidget(self._empty)
            return
        self._pages.setCurrentWidget(self.plot)
        median = float(np.nanmedian(session.cost))
        unit = "time" if view == "time" else unit_name(costs).lower()
        words = f"{unit} by epoch, median {cost_text(median, costs, view)}"
        self.title.set_detail(words)
        self.plot.setAccessibleDescription(words)
        self.plot.show_costs(session.cost, costs, view)


class StepCostPlot(Plot):
    def __init__(self) -> None:
        super().__init__(left=58, bottom=24, right=26, name="Cost of each step by epoch")
        self.setMinimumHeight(72)
        self._shown: tuple[NDArray[np.float64], Costs, CostView] | None = None

    def show_costs(self, cost: NDArray[np.float64], costs: Costs, view: CostView) -> None:
        """``cost``: (epochs,), NaN where none came."""
        self._shown = (cost, costs, view)
        self.clear()
        known = np.flatnonzero(np.isfinite(cost))
        values = cost[known]
        low, high = float(values.min()), float(values.max())
        room = max((high - low) * 0.15, _LEAST_ROOM * high, 1.0)
        low, high = low - room, high + room
        tokens = theme.now()
        self.setXRange(0, len(cost), padding=0)
        self.setYRange(low, high, padding=0)
        self.set_ticks("left", [(at, cost_text(at, costs, view)) for at in np.linspace(low, high, 5)[1:-1]])
        steps = sorted({1, *(round(len(cost) * part / _PARTS) for part in range(1, _PARTS + 1))})
        self.set_ticks("bottom", [(at, str(at)) for at in steps])
        self.curve(known + 1, values, tokens.text2, 1.0, antialias=len(known) < 400, finite=True)
        self.line(float(np.median(values)), horizontal=True, colour=tokens.accent)

    def on_restyle(self) -> None:
        if self._shown is not None:
            self.show_costs(*self._shown)
