"""The newest stage: in letters, colour and probability."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.widgets.stage_lanes import Lane, lanes_of

_WIDTH = 112


class StageNow(QWidget):
    """Empty before the first stage."""

    def __init__(self) -> None:
        super().__init__()
        self._lane: Lane | None = None
        self._probability = math.nan
        self.setFixedSize(_WIDTH, tk.CONTROL_HEIGHT)
        self.setAccessibleName("Newest stage")

    def show_session(self, session: LiveSession | None) -> None:
        self._lane = None
        if session is not None and session.newest >= 0:
            staged = int(session.board[session.newest])
            self._lane = next(
                (lane for lane in lanes_of(session.stage_set) if lane.class_index == staged), None
            )
            if self._lane is not None:
                self._probability = float(session.probabilities[session.newest, staged])
        words = f"{self._lane.name}, {self._words()}" if self._lane is not None else "none yet"
        self.setAccessibleDescription(words)
        self.update()

    def _words(self) -> str:
        return f"p {self._probability:.2f}" if math.isfinite(self._probability) else ""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        if self._lane is None:
            return
        tokens, painter = theme.now(), QPainter(self)
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        painter.fillRect(QRectF(0, 4, 5, 20), theme.colour(tokens.stages[self._lane.stage]))
        painter.setFont(theme.font(tk.HEADING, tk.SEMIBOLD))
        painter.setPen(theme.colour(tokens.text))
        name = QRectF(12, 0, painter.fontMetrics().horizontalAdvance(self._lane.name) + 2, self.height())
        painter.drawText(name, middle, self._lane.name)
        painter.setFont(theme.font(tk.SMALL))
        painter.setPen(theme.colour(tokens.text2))
        where = QRectF(name.right() + 8, 0, self.width() - name.right() - 8, self.height())
        painter.drawText(where, middle, self._words())
