"""A token, from hand to keyring: it is typed once, and shown and kept nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.datasets.download.secrets import VARIABLES, find_secret, keep_secret
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.forms import TextField
from sleepstudio.desktop.widgets.labels import label, set_tone
from sleepstudio.desktop.widgets.layout import boxed, row
from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor

_NAMES = {"nsrr": "NSRR token", "kaggle": "Kaggle token"}


class TokenRow(QWidget):
    """Of one source at a time; ``changed`` when it is known whether there is a token.

    The keyring may ask its user something, so that it is used beside the window.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._source = ""
        self._work: Background | None = None
        self.there = False
        self.field = TextField("", "Paste it here", name="Token")
        self.field.setEchoMode(TextField.EchoMode.Password)
        self.field.setContextMenuPolicy(self.field.contextMenuPolicy().NoContextMenu)
        self.keep = Button("Keep in keyring")
        self.forget = Button("Take out", "quiet")
        self._name = label("", tk.SMALL, tone="text2")
        self._name.setFixedWidth(tk.CAPTION_WIDTH)
        self.state = label("", tk.SMALL, tone="text3", wrap=True)
        self.state.setContentsMargins(tk.CAPTION_WIDTH + tk.GAP2, 0, 0, 0)
        down = boxed(QVBoxLayout(self), 2)
        down.addWidget(row(self._name, (self.field, 1), self.keep, self.forget))
        down.addWidget(self.state)
        self.keep.setEnabled(False)
        self.forget.hide()
        self.field.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        self.field.returnPressed.connect(self._keep)
        self.keep.clicked.connect(self._keep)
        self.forget.clicked.connect(lambda: self._put(""))

    @property
    def busy(self) -> bool:
        return self._work is not None

    def set_source(self, source: str) -> None:
        """``nsrr``, ``kaggle``, or empty: none is needed."""
        self.setVisible(bool(source))
        self.field.clear()
        if source != self._source:
            self._source, self.there = source, False
            self._name.setText(_NAMES.get(source, ""))
            if source:
                self._look()

    def _look(self) -> None:
        variables = VARIABLES[self._source]
        given = next((each for each in variables if os.environ.get(each)), "")
        if given:
            self._say(f"Taken from {given} of the environment.", there=True)
        else:
            self._start(lambda: find_secret(variables[0]) is not None, self._looked)

    def _looked(self, there: object) -> None:
        words = "A token is kept in the keyring." if there else "None is kept yet. See Access above."
        self._say(words, there=bool(there))

    def _keep(self) -> None:
        value = self.field.text().strip()
        self.field.clear()
        if value:
            self._put(value)

    def _put(self, value: str) -> None:
        variable = VARIABLES[self._source][0]
        self._start(lambda: keep_secret(variable, value), lambda _done: self._look())

    def _start(self, act: Callable[[], object], then: Callable[[object], object]) -> None:
        source = self._source

        def work(_monitor: Monitor) -> object:
            return act()

        def done(result: object) -> None:
            self._work = None
            if source == self._source:
                then(result)

        def failed(error: StudioError) -> None:
            self._work = None
            if source == self._source:
                self._say(" ".join(filter(None, (error.message, error.hint))), there=False, wrong=True)

        self._work = Background(work, self)
        self._work.finished.connect(done)
        self._work.failed.connect(failed)
        self._work.start()

    def _say(self, words: str, *, there: bool, wrong: bool = False) -> None:
        self.there = there
        self.state.setText(words[:1].upper() + words[1:])
        set_tone(self.state, "error" if wrong else "text3")
        self.forget.setVisible(there and "keyring" in words)
        self.changed.emit()
