"""The middle of the Features panel: one night under its features, or why there is none."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from sleepstudio.desktop.panels.features.night_view import NightView
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.empty_state import EmptyState


class Middle(QStackedWidget):
    """``run_wanted``: from the button under the reason."""

    run_wanted = Signal()

    def __init__(self, night: NightView) -> None:
        super().__init__()
        self._night = night
        self.addWidget(night)
        self._nothing = QWidget()
        self._run = Button("")
        self._offer = ("", "")

    def show_night(self) -> None:
        self.setCurrentWidget(self._night)

    def show_reason(self, title: str, text: str) -> None:
        """Made anew each time: what there was of another recording says nothing of this one."""
        self._run = Button("")
        self._run.clicked.connect(self.run_wanted)
        self.offer(*self._offer)
        self.removeWidget(self._nothing)
        self._nothing.deleteLater()
        self._nothing = EmptyState("features", title, text, self._run)
        self._nothing.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.addWidget(self._nothing)
        self.setCurrentWidget(self._nothing)

    def offer(self, words: str, problem: str) -> None:
        """What the button does, and why it cannot; empty where it can."""
        self._offer = (words, problem)
        self._run.setText(words)
        self._run.setAccessibleName(words)
        self._run.setEnabled(not problem)
        self._run.setToolTip(problem)
