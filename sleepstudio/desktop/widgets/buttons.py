"""Buttons in the roles of the design, and a combo box with our own arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from sleepstudio.desktop import icons, theme
from sleepstudio.desktop import tokens as tk

Role = Literal["", "primary", "quiet", "link", "danger", "segment"]

_BESIDE_WORDS = 2 * tk.GAP2 + 20
"""Padding and arrow of a combo box."""

_ICON_TONES = {"primary": "on_accent", "danger": "error", "link": "link"}


class Button(QPushButton):
    """A button. Labels are verbs; an icon alone needs ``tip``, which is also its accessible name."""

    def __init__(self, text: str = "", role: Role = "", icon: str = "", tip: str = "") -> None:
        super().__init__(text)
        self._icon = icon
        self._role = role
        if role:
            self.setProperty("role", role)
        alone = bool(icon) and not text
        if alone:
            self.setProperty("bare", True)
            self.setFixedWidth(30)
        self.setIconSize(QSize(tk.ICON_BUTTON, tk.ICON_BUTTON))
        self.setToolTip(tip)
        self.setAccessibleName(text or tip)
        self.setSizePolicy(
            QSizePolicy.Policy.Fixed if alone else QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed
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


class CheckBox(QCheckBox):
    """A box with a tick of the theme's own."""

    _SIDE = 16

    def sizeHint(self) -> QSize:  # noqa: N802
        width = self.fontMetrics().horizontalAdvance(self.text()) + tk.GAP2 if self.text() else 0
        return QSize(self._SIDE + 2 + width, tk.CONTROL_HEIGHT)

    def hitButton(self, position: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - self._SIDE) / 2
        box = QRectF(0.5, top + 0.5, self._SIDE - 1, self._SIDE - 1)
        on = self.isChecked()
        edge = tokens.accent if self.hasFocus() or on else tokens.control
        painter.setPen(QPen(theme.colour(edge if self.isEnabled() else tokens.hairline), 1))
        painter.setBrush(theme.colour(tokens.accent_fill if on else tokens.surface))
        painter.drawRoundedRect(box, tk.RADIUS_SMALL, tk.RADIUS_SMALL)
        if on:
            painter.drawPixmap(2, round(top) + 2, icons.pixmap("ok", "on_accent", 12, 2.6))
        if self.hasFocus() and on:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour(tokens.text), 1))
            painter.drawRoundedRect(box, tk.RADIUS_SMALL, tk.RADIUS_SMALL)
        painter.setPen(theme.colour(tokens.text if self.isEnabled() else tokens.text3))
        words = QRectF(self._SIDE + tk.GAP2, 0, self.width() - self._SIDE - tk.GAP2, self.height())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())


class Choice(QComboBox):
    """A choice among five or more, or where there is no room for segments."""

    def __init__(self, options: Sequence[str] = (), *, name: str = "") -> None:
        super().__init__()
        self.addItems(list(options))
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._own_tip = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.width() - _BESIDE_WORDS
        whole = self.currentText() or self.placeholderText()
        words = self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, room)
        # a style sheet's combo box cuts what is too long in the middle of a letter
        option.currentText = words
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        if (tip := whole if words != whole else "") or self._own_tip:
            self.setToolTip(tip)
            self._own_tip = bool(tip)
        at = QPoint(self.width() - 20, (self.height() - 14) // 2)
        painter.drawPixmap(at, icons.pixmap("down", "text2" if self.isEnabled() else "text3", 14))
