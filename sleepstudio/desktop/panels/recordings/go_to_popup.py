"""Asks where to go: a field over the signals."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.go_to import time_from_text
from sleepstudio.desktop.panels.recordings.popup import Popup
from sleepstudio.desktop.panels.recordings.view_model import ViewModel
from sleepstudio.desktop.widgets.forms import TextField
from sleepstudio.desktop.widgets.labels import label, set_tone
from sleepstudio.desktop.widgets.layout import restyle

_HINT = "An epoch (750), a time (05:41) or time since the start (+1:30)"


class GoToPopup(Popup):
    """``chosen(time_s)``; what cannot be understood is said under the field."""

    chosen = Signal(float)

    def __init__(self, model: ViewModel, parent: QWidget) -> None:
        super().__init__(parent, "Go to epoch or time")
        self._model = model
        self.field = TextField(placeholder="Epoch or time", name="Epoch or time")
        self.field.setMinimumWidth(320)
        self.aside = label(_HINT, tk.SMALL, tone="text3")
        self.body.addWidget(self.field)
        self.body.addWidget(self.aside)
        self.field.returnPressed.connect(self._go)
        self.field.textEdited.connect(lambda _text: self._say(""))

    def open_over(self, widget: QWidget) -> None:
        super().open_over(widget)
        self.field.setFocus()

    def _go(self) -> None:
        recording = self._model.recording
        try:
            time_s = time_from_text(
                self.field.text(), self._model.page.grid, recording.start, recording.duration_s
            )
        except ValueError as error:
            self._say(str(error))
            return
        self.chosen.emit(time_s)
        self.close()

    def _say(self, problem: str) -> None:
        restyle(self.field, state="error" if problem else "")
        set_tone(self.aside, "error" if problem else "text3")
        self.aside.setText(problem or _HINT)
