"""Text and glyphs in the roles of the design."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from sleepstudio.desktop import icons, theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.layout import restyle


def label(
    text: str = "",
    size: int = tk.BODY,
    weight: int = tk.REGULAR,
    tone: str = "text",
    *,
    mono: bool = False,
    wrap: bool = False,
    selectable: bool = False,
) -> QLabel:
    """A label; change its tone later with :func:`set_tone`."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(theme.font(size, weight, mono=mono))
    made.setProperty("tone", tone)
    made.setWordWrap(wrap)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def set_tone(made: QLabel, tone: str) -> None:
    if made.property("tone") != tone:
        restyle(made, tone=tone)


class ElidedLabel(QLabel):
    """One line that ends in … where there is no room; the whole text is then the tool tip."""

    def __init__(
        self, text: str = "", size: int = tk.SMALL, tone: str = "text2", weight: int = tk.REGULAR
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, weight))
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), words)
        tip = self.text() if words != self.text() else ""
        if tip != self.toolTip():
            self.setToolTip(tip)


class Glyph(QLabel):
    """An icon that stands by itself; follows the appearance."""

    def __init__(self, name: str, tone: str = "text2", size: int = tk.ICON_BUTTON) -> None:
        super().__init__()
        self._size = size
        self.setFixedSize(size, size)
        self.show_icon(name, tone)

    def show_icon(self, name: str, tone: str = "text2") -> None:
        self._name, self._tone = name, tone
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()
        super().changeEvent(event)

    def _redraw(self) -> None:
        self.setPixmap(icons.pixmap(self._name, self._tone, self._size))
