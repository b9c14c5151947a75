"""Buttons in the roles of the design, and a combo box with our own arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QSizePolicy

from sleepstudio.desktop import icons
from sleepstudio.desktop import tokens as tk

Role = Literal["", "primary", "quiet", "link", "danger", "segment"]

_ICON_TONES = {"primary": "on_accent", "danger": "error", "link": "link"}


class Button(QPushButton):
    """A button. Labels are verbs; an icon alone needs ``tip``, which is also its accessible name."""

    def __init__(self, text: str = "", role: Role = "", icon: str = "", tip: str = "") -> None:
        super().__init__(text)
        self._icon = icon
        self._role = role
        if role:
            self.setProperty("role", role)
        if not text:
            self.setProperty("bare", True)
            self.setFixedWidth(30)
        self.setIconSize(QSize(tk.ICON_BUTTON, tk.ICON_BUTTON))
        self.setToolTip(tip)
        self.setAccessibleName(text or tip)
        self.setSizePolicy(
            QSizePolicy.Policy.Fixed if not text else QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed
        )
        self._redraw()

    def set_icon(self, name: str) -> None:
        self._icon = name
        self._redraw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()
        super().changeEvent(event)

    def _redraw(self) -> None:
        if self._icon:
            self.setIcon(icons.icon(self._icon, _ICON_TONES.get(self._role, "text2")))


class Choice(QComboBox):
    """A choice among five or more, or where there is no room for segments."""

    def __init__(self, options: Sequence[str] = (), *, name: str = "") -> None:
        super().__init__()
        self.addItems(list(options))
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        painter = QPainter(self)
        at = QPoint(self.width() - 20, (self.height() - 14) // 2)
        painter.drawPixmap(at, icons.pixmap("down", "text2" if self.isEnabled() else "text3", 14))
