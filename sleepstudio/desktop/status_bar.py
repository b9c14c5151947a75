"""The status bar: what was said last at the left, jobs at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.job_tray import JobTray
from sleepstudio.desktop.messages import Message, Messages
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.labels import ElidedLabel, Glyph
from sleepstudio.desktop.widgets.layout import boxed, grounded

_TONES = {"ok": "ok", "info": "text2", "warn": "warn", "error": "error"}


class MessageArea(QWidget):
    """Glyph, sentence, one action."""

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._glyph = Glyph("info", "text2")
        self._text = ElidedLabel("", tk.SMALL, "text")
        self._action = Button("", "link")
        self._action.setFixedHeight(22)
        self._action.setSizePolicy(self._action.sizePolicy())
        self._action.clicked.connect(self._run)
        layout = boxed(QHBoxLayout(self), tk.GAP2)
        layout.addWidget(self._glyph)
        layout.addWidget(self._text)
        layout.addWidget(self._action)
        layout.addStretch(1)
        self._message: Message | None = None
        messages.shown.connect(self.show_message)
        self.show_message(messages.current)

    def show_message(self, message: Message | None) -> None:
        self._message = message
        self._glyph.setVisible(message is not None)
        self._action.setVisible(message is not None and bool(message.action))
        self._text.setText("" if message is None else message.text.splitlines()[0])
        self._text.updateGeometry()
        if message is not None:
            self._glyph.show_icon(message.kind, _TONES[message.kind])
            self._action.setText(message.action)
            self._action.setAccessibleName(message.action)
        self.setAccessibleName(f"Message: {self._text.text()}" if message else "No message")

    def _run(self) -> None:
        if self._message is not None and self._message.run is not None:
            self._message.run()


class StatusBar(QWidget):
    """30 px at the foot of the window."""

    def __init__(self, messages: Messages, tray: JobTray) -> None:
        super().__init__()
        grounded(self, "window")
        self.setFixedHeight(tk.STATUS_HEIGHT)
        layout = boxed(QHBoxLayout(self), tk.GAP4, (tk.GAP3, 0, tk.GAP2, 0))
        layout.addWidget(MessageArea(messages), 1)
        layout.addWidget(tray)
