"""What is wrong, where, and what to do, at the head of the region concerned: never a modal box."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.labels import Glyph, label
from sleepstudio.desktop.widgets.layout import boxed, column

BannerKind = Literal["ok", "warn", "error"]


class Banner(QWidget):
    """One primary way out and one other, at most."""

    def __init__(self, kind: BannerKind, title: str, text: str, *actions: QWidget) -> None:
        super().__init__()
        self._kind: BannerKind = kind
        self._glyph = Glyph(kind, kind, 20)
        self._title = label(title, tk.BODY, tk.SEMIBOLD, wrap=True)
        self._text = label(text, tk.SMALL, tone="text2", wrap=True)
        layout = boxed(QHBoxLayout(self), tk.GAP3, (tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2))
        layout.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(column(self._title, self._text, spacing=2), 1)
        for action in actions:
            layout.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(f"{title} {text}")

    def say(self, kind: BannerKind, title: str, text: str) -> None:
        self._kind = kind
        self._glyph.show_icon(kind, kind)
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(f"{title} {text}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.fillRect(self.rect(), theme.colour(getattr(tokens, f"{self._kind}_ground")))
        painter.fillRect(QRectF(0, 0, 3, self.height()), theme.colour(getattr(tokens, self._kind)))
