"""The rail: five panels, and keys and settings at its foot."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from sleepstudio.desktop import icons, theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.actions import ActionTable
from sleepstudio.desktop.panel_table import PANELS
from sleepstudio.desktop.regions import KEYBOARD_REASONS
from sleepstudio.desktop.widgets.layout import boxed, grounded

Badge = Literal["", "run", "error", "ok"]

_BADGE_TONES: Final = {"run": "accent", "error": "error", "ok": "ok"}
_BADGE_WORDS: Final = {"run": "a job is running", "error": "needs attention", "ok": "board connected"}


class RailButton(QAbstractButton):
    """An icon over a name, with a dot when the panel has something to say."""

    def __init__(self, icon: str, text: str, *, checkable: bool = True) -> None:
        super().__init__()
        self._icon = icon
        self._badge: Badge = ""
        self._dimmed = False
        self._by_keyboard = False
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(checkable)
        self.setFixedSize(tk.RAIL_WIDTH, tk.RAIL_BUTTON_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_badge(self, badge: Badge) -> None:
        self._badge = badge
        self.setAccessibleDescription(_BADGE_WORDS.get(badge, ""))
        self.update()

    @property
    def badge(self) -> Badge:
        return self._badge

    def set_dimmed(self, dimmed: bool) -> None:
        """Without a study the panel can be opened, but has nothing to show."""
        self._dimmed = dimmed
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self._by_keyboard = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        chosen = self.isChecked()
        tone = "text" if chosen else "text3" if self._dimmed else "text2"
        if chosen:
            painter.fillRect(self.rect(), theme.colour(tokens.window))
            painter.fillRect(QRectF(0, 0, 3, self.height()), theme.colour(tokens.accent))
        elif self.underMouse():
            painter.fillRect(self.rect(), theme.colour(tokens.hairline))
        left = (self.width() - tk.ICON_RAIL) // 2
        painter.drawPixmap(left, 10, icons.pixmap(self._icon, "accent" if chosen else tone, tk.ICON_RAIL))
        painter.setFont(theme.font(tk.TICK, tk.SEMIBOLD if chosen else tk.REGULAR))
        painter.setPen(theme.colour(getattr(tokens, tone)))
        where = QRectF(2, 36, self.width() - 4, 18)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(where.width()))
        painter.drawText(where, int(Qt.AlignmentFlag.AlignCenter), text)
        if self._badge:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(theme.colour(getattr(tokens, _BADGE_TONES[self._badge])))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QRectF(self.width() / 2 + 11, 9, 7, 7))
        if self.hasFocus() and self._by_keyboard:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.colour(tokens.accent))
            painter.drawRect(self.rect().adjusted(4, 2, -5, -3))


class Rail(QWidget):
    """Buttons of the panels by name."""

    def __init__(self, actions: ActionTable) -> None:
        super().__init__()
        grounded(self, "rail")
        self.setFixedWidth(tk.RAIL_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Panels")
        self.buttons: dict[str, RailButton] = {}
        layout = boxed(QVBoxLayout(self), 2, (0, tk.GAP2, 0, tk.GAP2))
        for entry in PANELS:
            button = RailButton(entry.icon, entry.title)
            button.setToolTip(actions.tip(f"panel_{entry.name}"))
            button.clicked.connect(lambda _checked=False, key=f"panel_{entry.name}": actions.run(key))
            self.buttons[entry.name] = button
            layout.addWidget(button)
        layout.addStretch(1)
        for key, icon, text in (("keys", "keys", "Keys"), ("preferences", "gear", "Settings")):
            button = RailButton(icon, text, checkable=False)
            button.setToolTip(actions.tip(key))
            button.clicked.connect(lambda _checked=False, key=key: actions.run(key))
            layout.addWidget(button)

    def choose(self, name: str) -> None:
        for key, button in self.buttons.items():
            button.setChecked(key == name)

    def set_dimmed(self, dimmed: bool) -> None:
        for button in self.buttons.values():
            button.set_dimmed(dimmed)
