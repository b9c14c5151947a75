"""The middle: what is wrong, which night and how fast, and the night itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.panels.device.night_view import NightView
from sleepstudio.desktop.panels.device.offers import Remedy, Trouble
from sleepstudio.desktop.panels.device.stage_now import StageNow
from sleepstudio.desktop.panels.device.staged_runs import Night
from sleepstudio.desktop.widgets.banner import Banner
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.labels import ElidedLabel
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule
from sleepstudio.desktop.widgets.segmented import Segmented

PACES: Final = (("1", "×1"), ("60", "×60"), ("600", "×600"), ("max", "Max"))
_REMEDIES: Final = {
    "look": ("Look again", "retry"),
    "again": ("Start again", "retry"),
    "reconnect": ("Reconnect", "retry"),
    "virtual": ("Use virtual board", ""),
    "flash": ("Flash", "flash"),
    "stop": ("Stop and keep", "stop"),
    "log": ("Show log", ""),
}
_RECORDING, _RECORDING_WIDE = 152, 216
_WIDE_TITLE: Final = 680
"""Below it the speeds are a combo box."""


class NightRegion(QWidget):
    """``recording_chosen(id)``, ``pace_chosen(value)``, ``remedy(name)`` of the banner."""

    recording_chosen = Signal(str)
    pace_chosen = Signal(str)
    remedy = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self.primary, self.other = Button("Look again", "primary", "retry"), Button("Use virtual board")
        self.banner = Banner("error", "", "", self.primary, self.other)
        self.banner.hide()
        self._wanted: dict[Button, Remedy] = {}
        for button in (self.primary, self.other):
            button.clicked.connect(lambda _on=False, button=button: self.remedy.emit(self._wanted[button]))
        self.recording = Choice(name="Recording")
        self.recording.setFixedWidth(_RECORDING)
        self.recording.activated.connect(
            lambda index: self.recording_chosen.emit(str(self.recording.itemData(index)))
        )
        self.facts = ElidedLabel("", tk.SMALL, "text2")
        self.now = StageNow()
        self.paces = Segmented(PACES, "max", name="Speed")
        self.pace_list = Choice(name="Speed")
        for value, text in PACES:
            self.pace_list.addItem(text, value)
        self.pace_list.setFixedWidth(84)
        self.paces.chosen.connect(self._choose_pace)
        self.pace_list.activated.connect(lambda index: self._choose_pace(self.pace_list.itemData(index)))
        self.pause = Button("", "", "play", "Replay this night live")
        self.features = Button("", "", "columns", "Choose the features that are shown")
        self.view = NightView()
        self.features.clicked.connect(self.view.choose_features)
        self._title = QWidget()
        self._title.setFixedHeight(tk.TITLE_HEIGHT)
        across = boxed(QHBoxLayout(self._title), tk.GAP2, (tk.GAP3, 0, tk.GAP3, 0))
        across.addWidget(self.recording)
        across.addWidget(self.facts, 1)
        for part in (self.now, self.paces, self.pace_list, self.pause, self.features):
            across.addWidget(part)
        down = boxed(QVBoxLayout(self), 0)
        down.addWidget(self.banner)
        down.addWidget(self._title)
        down.addWidget(rule())
        down.addWidget(self.view, 1)
        self._fit()

    def show_nights(self, nights: Sequence[Night], chosen: str) -> None:
        """Those never learned from first; each says which it is."""
        self.recording.clear()
        for night in nights:
            self.recording.addItem(night.words, night.recording)
        self.recording.setCurrentIndex(max(0, self.recording.findData(chosen)) if nights else -1)

    def show_pace(self, pace: str) -> None:
        known = pace if pace in dict(PACES) else "max"
        self.paces.set_value(known)
        self.pace_list.setCurrentIndex(self.pace_list.findData(known))

    def show_session(self, session: LiveSession | None) -> None:
        """Facts and newest stage; the night itself is shown by ``view``."""
        self.now.show_session(session)
        words = ""
        if session is not None:
            shown = "" if session.recording == self.recording.currentData() else f"{session.recording}, "
            words = f"{shown}epoch {session.newest + 1} of {len(session)}"
        pointed = self.view.words()
        self.facts.setText(pointed or words)
        self.now.setVisible(not pointed)

    def show_trouble(self, trouble: Trouble | None) -> None:
        """None: nothing is wrong."""
        self.banner.setVisible(trouble is not None)
        if trouble is None:
            return
        self.banner.say("error", trouble.title, trouble.text)
        for button, wanted in ((self.primary, trouble.primary), (self.other, trouble.other)):
            button.setVisible(bool(wanted))
            self._wanted[button] = wanted
            if wanted:
                text, icon = _REMEDIES[wanted]
                button.setText(text)
                button.setAccessibleName(text)
                if icon:
                    button.set_icon(icon)

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit()

    def _fit(self) -> None:
        wide = self.width() >= _WIDE_TITLE
        self.paces.setVisible(wide)
        self.pace_list.setVisible(not wide)
        self.recording.setFixedWidth(_RECORDING_WIDE if wide else _RECORDING)

    def _choose_pace(self, pace: str) -> None:
        self.show_pace(pace)
        self.pace_chosen.emit(pace)
