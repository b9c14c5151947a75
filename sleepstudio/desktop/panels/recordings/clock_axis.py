"""The time axis under the signals, with the moment under the cursor and what is measured."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_margins import GUTTER_WIDTH, VALUES_WIDTH
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.time_strip import TimeAxis

_PRECISE_BELOW_S = 120.0
"""Spans shorter than this show hundredths of a second at the cursor."""


class ClockAxis(TimeAxis):
    """Wall clock or elapsed, as the model has it."""

    def __init__(self) -> None:
        super().__init__(gutter=GUTTER_WIDTH, right=VALUES_WIDTH)
        self._model: ViewModel | None = None
        self.setAccessibleName("Time")

    def set_model(self, model: ViewModel | None) -> None:
        self._model = model
        self.refresh()

    def refresh(self) -> None:
        """Follows the model's page, clock and cursor."""
        if self._model is not None:
            self.set_clock(self._model.clock)
            self.set_span(self._model.page.start_s, self._model.page.stop_s)
        self.update()

    def paintEvent(self, event: object) -> None:  # noqa: N802
        if self._model is None:
            painter = QPainter(self)
            self.draw_ground(painter)
            return
        super().paintEvent(event)
        model, tokens = self._model, theme.now()
        painter = QPainter(self)
        painter.setFont(theme.font(tk.TICK))
        side = Qt.AlignmentFlag.AlignVCenter
        if model.elapsed:
            painter.setPen(theme.colour(tokens.text3))
            where = QRectF(12, 0, GUTTER_WIDTH - 14, self.height())
            painter.drawText(where, int(side | Qt.AlignmentFlag.AlignLeft), "elapsed")
        if model.measure is not None:
            middle = (model.measure.first_s + model.measure.second_s) / 2
            self._draw_tag(painter, middle, f"Δ\u00a0{model.measure.text}", accent=True)
        elif model.cursor_s is not None:
            precise = model.page.span_s < _PRECISE_BELOW_S
            self._draw_tag(painter, model.cursor_s, model.time_text(model.cursor_s, precise=precise))

    def _draw_tag(self, painter: QPainter, time_s: float, text: str, *, accent: bool = False) -> None:
        tokens = theme.now()
        width = painter.fontMetrics().horizontalAdvance(text) + 10
        left = min(max(self.x_of(time_s) - width / 2, self.gutter), self.width() - width)
        tag = QRectF(left, 3, width, self.height() - 6)
        painter.fillRect(tag.adjusted(-8, -3, 8, 3), theme.colour(tokens.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(tokens.accent_fill if accent else tokens.text2))
        painter.drawRoundedRect(tag, tk.RADIUS_SMALL, tk.RADIUS_SMALL)
        painter.setPen(theme.colour(tokens.on_accent if accent else tokens.surface))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), text)
