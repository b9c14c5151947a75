"""What each layer costs: cycles or time on a real board, instructions on a virtual one."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.cost_words import CostView, cost_text, has_time, unit_name
from sleepstudio.desktop.panels.device.live_session import Costs, LiveSession
from sleepstudio.desktop.widgets.bars import Bar, Bars
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row
from sleepstudio.desktop.widgets.sections import Figure, SectionTitle
from sleepstudio.desktop.widgets.segmented import Segmented

_NAME_WIDTH: Final = 158
_VALUE_WIDTH: Final = 58
_BAR_ROW: Final = 21
_NOTHING_YET: Final = "Measured in the first session."
_ON_HOST: Final = "A board counts what each layer costs; this computer does not."


class CostBox(QWidget):
    """``view``: count or time, time only where the board has it; ``view_chosen`` when the user switches."""

    view_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self._session: LiveSession | None = None
        self._shown: tuple[Costs, CostView] | None = None
        self.switch = Segmented((("count", "Cycles"), ("time", "Time")), "count", name="Cost")
        self.switch.chosen.connect(lambda _view: self._switch())
        self.unit = label("", tk.SMALL, tk.MEDIUM, "text2")
        self.unit.setToolTip("A virtual board has no clock: it counts instructions, never time")
        self.title = SectionTitle("Cost by layer", "", self.unit, self.switch)
        self.frame = Figure("–", "an inference")
        self.layers = Figure("–", "layers")
        self.figures = row(
            self.frame, self.layers, None, spacing=22, margins=(tk.GAP4, tk.GAP1, tk.GAP4, tk.GAP2)
        )
        self.bars = Bars(name="Cost by layer", name_width=_NAME_WIDTH, value_width=_VALUE_WIDTH, row=_BAR_ROW)
        self._scrolled = QScrollArea()
        self._scrolled.setWidget(self.bars)
        self._scrolled.setWidgetResizable(True)
        self._scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scrolled.setAccessibleName("Layers")
        self.nothing = label(_NOTHING_YET, tk.SMALL, tone="text3", wrap=True)
        self.nothing.setContentsMargins(tk.GAP4, 0, tk.GAP4, tk.GAP3)
        layout = boxed(QVBoxLayout(self), 0)
        for part in (self.title, self.nothing, self.figures):
            layout.addWidget(part)
        layout.addWidget(self._scrolled, 1)
        layout.addStretch(0)
        self.show_session(None)

    @property
    def view(self) -> CostView:
        costs = self._session.costs if self._session is not None else None
        return "time" if self.switch.value() == "time" and has_time(costs) else "count"

    def show_session(self, session: LiveSession | None) -> None:
        self._session, self._shown = session, None
        self.refresh()

    def refresh(self) -> None:
        """Draws what came meanwhile."""
        costs = self._session.costs if self._session is not None else None
        if costs is not None and self._shown == (costs, self.view):
            return
        self.switch.setVisible(has_time(costs))
        self.unit.setVisible(costs is not None and not has_time(costs))
        self.unit.setText(unit_name(costs))
        self.nothing.setVisible(costs is None)
        on_host = self._session is not None and self._session.backend == "pc"
        self.nothing.setText(_ON_HOST if on_host else _NOTHING_YET)
        for part in (self.figures, self._scrolled):
            part.setVisible(costs is not None)
        clock = costs.cpu_hz if costs is not None and has_time(costs) else None
        self.title.set_detail(f"{clock / 1e6:.0f} MHz" if clock else "")
        if costs is None:
            return
        view = self.view
        self._shown = (costs, view)
        self.frame.set_value(cost_text(costs.total, costs, view))
        self.layers.set_value(str(len(costs.layers)))
        self.bars.set_bars(
            [Bar(layer.name, layer.cost, cost_text(layer.cost, costs, view)) for layer in costs.layers]
        )

    def _switch(self) -> None:
        self.refresh()
        self.view_chosen.emit()
