"""Bland and Altman's plot of one sleep statistic: every night, bias and limits of agreement of A."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.comparison.cost_plot import CHOSEN_SYMBOLS
from sleepstudio.desktop.panels.comparison.run_evidence import LimitsOfAgreement, NightPair
from sleepstudio.desktop.widgets import plots
from sleepstudio.run_summary import Figure


@dataclass(frozen=True)
class Agreement:
    """One run's share of the plot."""

    pairs: tuple[NightPair, ...]
    limits: LimitsOfAgreement


class BlandAltmanPlot(plots.Plot):
    """A is filled with its lines; B, C, D are open."""

    def __init__(self) -> None:
        super().__init__(left=44, bottom=40, name="Bland–Altman", x_label=" ")
        self._shown: tuple[Agreement, ...] = ()
        self._label = ""

    def show_agreement(self, shown: Sequence[Agreement], label: str) -> None:
        """``label``: of the horizontal axis."""
        self._shown, self._label = tuple(shown), label
        if shown:
            bias, lower, upper = shown[0].limits.bias, shown[0].limits.lower, shown[0].limits.upper
            self.setAccessibleDescription(
                f"{label}: bias {_signed(bias)}, limits {_signed(lower)} to {_signed(upper)}"
            )
        self.on_restyle()

    def on_restyle(self) -> None:
        self.clear()
        tokens = theme.now()
        axis = self.getPlotItem().getAxis("bottom")
        axis.setLabel(self._label or " ", **{"color": tokens.text2, "font-size": f"{tk.SMALL}px"})
        axis.resizeEvent()
        if not any(one.pairs for one in self._shown):
            self.set_ticks("bottom", [])
            self.set_ticks("left", [])
            return
        self._scale()
        self.line(0.0, horizontal=True)
        self._draw_limits(self._shown[0].limits)
        for place in reversed(range(len(self._shown))):
            ink = tokens.series[place]
            mean, difference = _coordinates(self._shown[place].pairs)
            edge = plots.pen(ink, 1.2, ratio=self.devicePixelRatioF())
            self.addItem(
                pg.ScatterPlotItem(
                    mean, difference, symbol=CHOSEN_SYMBOLS[place], size=8 if place == 0 else 7,
                    data=[pair.recording for pair in self._shown[place].pairs],
                    pen=pg.mkPen(tokens.surface, width=1) if place == 0 else edge,
                    brush=plots.brush(ink) if place == 0 else pg.mkBrush(None),
                    hoverable=True, tip=lambda x, y, data: f"{data}\n{_plain(y)} at {x:.4g}",
                )
            )  # fmt: skip

    def _scale(self) -> None:
        means, differences = zip(*(_coordinates(one.pairs) for one in self._shown), strict=True)
        across, up = np.concatenate(means), np.concatenate(differences)
        limits = self._shown[0].limits
        edges = [one.value for one in (limits.lower, limits.upper) if one.value is not None]
        reach = max([1.0, *np.abs(up), *(abs(edge) for edge in edges)]) * 1.45
        self.setYRange(-reach, reach, padding=0)
        step = _round_step(reach / 2)
        ticks = np.arange(-math.floor(reach / step), math.floor(reach / step) + 1) * step
        self.set_ticks("left", [(float(tick), _plain(tick) if tick else "0") for tick in ticks])
        low, high = float(across.min()), float(across.max())
        margin = max((high - low) * 0.08, 1.0)
        # room at the right for the names of the lines
        low, high = low - margin, high + max((high - low) * 0.5, 6 * margin)
        self.setXRange(low, high, padding=0)
        step = _round_step((high - low) / 4)
        first = math.ceil(low / step)
        self.set_ticks(
            "bottom", [(n * step, f"{n * step:g}") for n in range(first, math.floor(high / step) + 1)]
        )

    def _draw_limits(self, limits: LimitsOfAgreement) -> None:
        ink = theme.now().series[0]
        bias = limits.bias
        if bias.ci_low is not None and bias.ci_high is not None:
            band = pg.LinearRegionItem(
                (bias.ci_low, bias.ci_high), orientation="horizontal", movable=False,
                brush=plots.brush(ink, 40), pen=pg.mkPen(None),
            )  # fmt: skip
            band.setZValue(-15)
            for edge in band.lines:
                edge.setPen(pg.mkPen(None))
            self.addItem(band)
        right = self.viewRange()[0][1]
        for found, words, dashed, above in (
            (bias, "bias", False, 1),
            (limits.upper, "+1.96 SD", True, 1),
            (limits.lower, "−1.96 SD", True, 0),
        ):
            if found.value is not None:
                self.line(found.value, horizontal=True, colour=ink, dashed=dashed, width=1.4)
                said = f"{words} {_signed(found)}"
                self.text(right, found.value, said, colour=ink, anchor=(1, above), weight=tk.SEMIBOLD)


def _coordinates(pairs: Sequence[NightPair]) -> tuple[np.ndarray, np.ndarray]:
    scored = np.array([pair.scored for pair in pairs], np.float64)
    predicted = np.array([pair.predicted for pair in pairs], np.float64)
    return (scored + predicted) / 2, predicted - scored


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _plain(value: float) -> str:
    return f"{value:+.4g}".replace("-", "−")


def _signed(found: Figure) -> str:
    return "–" if found.value is None else f"{found.value:+.1f}".replace("-", "−")
