"""The state of a thing as a shape and a colour, so that neither carries it alone."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import theme

State = Literal["ok", "cached", "warn", "error", "run", "idle"]

STATE_TONES: Final = {
    "ok": "ok",
    "cached": "text3",
    "warn": "warn",
    "error": "error",
    "run": "accent",
    "idle": "text3",
}


def draw_state(painter: QPainter, rect: QRectF, state: State) -> None:
    """✓ ! × ● ○ in the middle of ``rect``, 10 px large."""
    ink = theme.colour(getattr(theme.now(), STATE_TONES[state]))
    centre = rect.center()

    def at(x: float, y: float) -> QPointF:
        return QPointF(centre.x() + x, centre.y() + y)

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state in ("ok", "cached"):
        painter.drawPolyline([at(-4, 0.2), at(-1.2, 3), at(4.2, -3.2)])
    elif state == "warn":
        painter.drawPolygon([at(0, -4.6), at(5, 4), at(-5, 4)])
        painter.drawLine(at(0, -1.2), at(0, 1.2))
    elif state == "error":
        painter.drawLine(at(-3.4, -3.4), at(3.4, 3.4))
        painter.drawLine(at(3.4, -3.4), at(-3.4, 3.4))
    elif state == "run":
        painter.setBrush(ink)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(centre, 3.6, 3.6)
    else:
        painter.drawEllipse(centre, 3.4, 3.4)
    painter.restore()


class StateGlyph(QWidget):
    """The glyph alone, beside words that say the same."""

    def __init__(self, state: State, size: int = 14) -> None:
        super().__init__()
        self._state: State = state
        self.setFixedSize(size, size)

    def set_state(self, state: State) -> None:
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        draw_state(QPainter(self), QRectF(self.rect()), self._state)
