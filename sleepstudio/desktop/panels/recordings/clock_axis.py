"""The time axis under the signals, with the moment under the cursor and what is measured."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.lane_margins import GUTTER_WIDTH, VALUES_WIDTH
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.time_strip import TimeAxis, clock_ticks

_PRECISE_BELOW_S = 120.0
"""Spans shorter than this show hundredths of a second at the cursor."""
_AFTER_WORD = 64
"""Where a label may begin beside the word *elapsed*."""


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

    def paintEvent(self, event: object) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        self.draw_ground(painter)
        if self._model is None:
            return
        painter.setFont(theme.font(tk.TICK))
        time_s, text = _tag(self._model)
        tag = self._tag_rect(painter, time_s, text) if text else QRectF()
        self._draw_labels(painter, self._model, tag)
        if text:
            self._draw_tag(painter, tag, text, accent=self._model.measure is not None)

    def _draw_labels(self, painter: QPainter, model: ViewModel, tag: QRectF) -> None:
        """The round times, but for those that the tag stands on."""
        painter.setPen(theme.colour(theme.now().text3))
        if model.elapsed:
            where = QRectF(tk.GAP3, 0, GUTTER_WIDTH - tk.GAP3, self.height())
            painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), "elapsed")
        for time_s, text in clock_ticks(*self.span, model.clock, self.area().width()):
            width = painter.fontMetrics().horizontalAdvance(text)
            where = QRectF(self.x_of(time_s) - width / 2, 0, width, self.height())
            covered = tag.adjusted(-tk.GAP1, 0, tk.GAP1, 0).intersects(where)
            if not covered and not (model.elapsed and where.left() < _AFTER_WORD):
                painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter), text)

    def _tag_rect(self, painter: QPainter, time_s: float, text: str) -> QRectF:
        width = painter.fontMetrics().horizontalAdvance(text) + 10
        left = min(max(self.x_of(time_s) - width / 2, self.gutter), self.width() - width)
        return QRectF(left, 3, width, self.height() - 6)

    def _draw_tag(self, painter: QPainter, tag: QRectF, text: str, *, accent: bool) -> None:
        tokens = theme.now()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(tokens.accent_fill if accent else tokens.text2))
        painter.drawRoundedRect(tag, tk.RADIUS_SMALL, tk.RADIUS_SMALL)
        painter.setPen(theme.colour(tokens.on_accent if accent else tokens.surface))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), text)


def _tag(model: ViewModel) -> tuple[float, str]:
    """Where the tag stands and what it says; empty without cursor and measure."""
    if model.measure is not None:
        middle_s = (model.measure.first_s + model.measure.second_s) / 2
        return middle_s, f"Δ\u00a0{model.measure.text}"
    if model.cursor_s is None:
        return 0.0, ""
    return model.cursor_s, model.time_text(model.cursor_s, precise=model.page.span_s < _PRECISE_BELOW_S)
