"""A key as it stands on the keyboard; a stage key carries its stage's colour."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.hypnogram import Stage


class KeyCap(QWidget):
    """Shows a key; ``pressed`` comes when it is clicked and ``clickable`` was asked for."""

    pressed = Signal()

    def __init__(
        self,
        key: str,
        stage: Stage | None = None,
        *,
        clickable: bool = False,
        tip: str = "",
        small: bool = False,
    ) -> None:
        super().__init__()
        self.key, self.stage, self._clickable, self._active = key, stage, clickable, False
        self._size = tk.TICK if small else tk.BODY
        side = 22 if small else tk.CONTROL_HEIGHT
        width = QFontMetrics(theme.font(self._size, tk.SEMIBOLD)).horizontalAdvance(key) + (
            10 if small else tk.GAP4
        )
        self.setFixedSize(max(side, width), side)
        self.setToolTip(tip)
        self.setAccessibleName(tip or key)

    def set_active(self, active: bool) -> None:
        """Marks the stage that the current epoch has."""
        if active != self._active:
            self._active = active
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._clickable and event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self._clickable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.colour(tokens.accent if self._active else tokens.control), 1))
        painter.setBrush(theme.colour(tokens.selection if self._active else tokens.raised))
        painter.drawRoundedRect(rect, 4, 4)
        painter.setPen(theme.colour(tokens.text))
        painter.setFont(theme.font(self._size, tk.SEMIBOLD))
        up = 2 if self.stage is not None else 0
        painter.drawText(rect.adjusted(0, -up, 0, -up), int(Qt.AlignmentFlag.AlignCenter), self.key)
        if self.stage is not None:
            ink = tokens.stages.get(self.stage, tokens.unscored)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(ink))
            painter.drawRoundedRect(QRectF(6, self.height() - 7, self.width() - 12, 3), 1.5, 1.5)
