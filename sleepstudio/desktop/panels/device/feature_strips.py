"""The rows that go over the link, as they go: one strip a feature, which ones is the user's choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.widgets.layout import boxed
from sleepstudio.desktop.widgets.strokes import stroke
from sleepstudio.desktop.widgets.time_strip import TimeStrip

STRIP_HEIGHT: Final = 46
SHOWN_AT_FIRST: Final = 2
MOST_SHOWN: Final = 6
_CLIP: Final = (1.0, 99.0)
"""Percentiles of a night that a strip spans."""


class FeatureStrip(TimeStrip):
    """One feature's values by epoch, as far as they came."""

    def __init__(self, gutter: int) -> None:
        super().__init__(gutter=gutter)
        self.name = ""
        self._values = np.empty(0, np.float32)
        self._epoch_s = 30.0
        self._newest = -1
        self.setFixedHeight(STRIP_HEIGHT)

    def show_values(self, name: str, session: LiveSession, column: int) -> None:
        self.name = name
        self._values, self._epoch_s = session.rows[:, column], session.epoch_s
        self._newest = session.newest
        self.setAccessibleName(f"Feature {name}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter, area = theme.now(), QPainter(self), self.area()
        self.draw_ground(painter)
        self.draw_clock(painter)
        painter.setFont(theme.font(tk.TICK, tk.MEDIUM))
        self.draw_gutter_text(painter, area.center().y(), self.name)
        known = np.flatnonzero(np.isfinite(self._values))
        if not len(known):
            return
        values = self._values[known].astype(np.float64)
        low, high = np.percentile(values, _CLIP)
        span = high - low or 1.0
        share = np.clip((values - low) / span, -0.08, 1.08)
        x = self.xs_of((known + 0.5) * self._epoch_s)
        y = area.bottom() - 3 - share * (area.height() - 6)
        painter.save()
        painter.setClipRect(area)
        painter.setPen(QPen(theme.colour(tokens.text2), 1))
        for part in np.split(np.arange(len(known)), np.flatnonzero(np.diff(known) > 1) + 1):
            stroke(painter, x[part], y[part], tk.LINE_SLOW_SIGNAL)
        if 0 <= self._newest < len(self._values) - 1:
            at = self.x_of((self._newest + 1) * self._epoch_s)
            painter.setPen(QPen(theme.colour(tokens.accent), 1))
            painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        painter.restore()


class FeatureStrips(QWidget):
    """Two of the features at first; *Features* lets the user choose others."""

    def __init__(self, gutter: int) -> None:
        super().__init__()
        self._gutter = gutter
        self._session: LiveSession | None = None
        self.wanted: tuple[str, ...] = ()
        self.strips: list[FeatureStrip] = []
        self._layout = boxed(QVBoxLayout(self), 0)

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of the features in the strips."""
        return tuple(strip.name for strip in self.strips)

    def show_session(self, session: LiveSession | None) -> None:
        self._session = session
        names = session.features if session is not None else ()
        chosen = tuple(name for name in self.wanted if name in names) or names[:SHOWN_AT_FIRST]
        if self.shown != chosen:
            self._make(chosen)
        self.refresh()

    def refresh(self) -> None:
        """Draws what came meanwhile."""
        if self._session is None:
            return
        for strip in self.strips:
            strip.set_clock(self._session.start)
            strip.set_span(0.0, max(len(self._session), 1) * self._session.epoch_s)
            strip.show_values(strip.name, self._session, self._session.features.index(strip.name))

    def choose(self, names: Sequence[str]) -> None:
        self.wanted = tuple(names)[:MOST_SHOWN]
        self.show_session(self._session)

    def open_menu(self, at: QPoint) -> None:
        """Features with a tick each, as many as there is room for."""
        menu = QMenu(self)
        for name in self._session.features if self._session is not None else ():
            action = QAction(name, menu)
            action.setCheckable(True)
            action.setChecked(name in self.shown)
            action.setEnabled(name in self.shown or len(self.shown) < MOST_SHOWN)
            action.toggled.connect(lambda on, name=name: self._toggle(name, on=on))
            menu.addAction(action)
        menu.popup(at)

    def _toggle(self, name: str, *, on: bool) -> None:
        chosen = {*self.shown, name} if on else set(self.shown) - {name}
        order = self._session.features if self._session is not None else ()
        if chosen:
            self.choose([each for each in order if each in chosen])

    def _make(self, names: Sequence[str]) -> None:
        while item := self._layout.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.strips = []
        for name in names:
            strip = FeatureStrip(self._gutter)
            strip.name = name
            self.strips.append(strip)
            self._layout.addWidget(strip)
