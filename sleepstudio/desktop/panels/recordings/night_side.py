"""The right side: the current recording's signals and scoring, or why there are none."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingState
from sleepstudio.desktop.panels.recordings.broken_view import BrokenView
from sleepstudio.desktop.panels.recordings.night_title import NightTitle
from sleepstudio.desktop.panels.recordings.scoring_strip import ScoringStrip
from sleepstudio.desktop.panels.recordings.signal_view import SignalView
from sleepstudio.desktop.widgets.banner import Banner
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule

_WARNINGS: Final = {
    "Header": "has an odd header",
    "Hypnogram": "has a hypnogram that does not fit",
    "Truncated": "ends before its header says it does",
}
_PLACE = re.compile(r" \(byte [^.]*\)(?=\.)")
"""Which byte it is stands in the diagnostics."""


class NightSide(QWidget):
    """``diagnostics_wanted``: from the banner over a recording that has warnings."""

    diagnostics_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self, "surface")
        self.view, self.strip, self.broken = SignalView(), ScoringStrip(), BrokenView()
        self.title = NightTitle(self.view)
        show, hide = Button("Show diagnostics"), Button("Hide", "quiet")
        self.banner = Banner("warn", "", "", show, hide)
        self.banner.hide()
        show.clicked.connect(self.diagnostics_wanted)
        hide.clicked.connect(self._hide_banner)
        self._hidden: set[str] = set()
        self._banner_of = ""
        signals = QWidget()
        down = boxed(QVBoxLayout(signals), 0)
        for part in (self.banner, self.title, rule()):
            down.addWidget(part)
        down.addWidget(self.view, 1)
        down.addWidget(self.strip)
        self._signals = signals
        self._none = EmptyState(
            "recordings",
            "No recording selected",
            "Select one in the table: its signals and scoring open here.",
        )
        self._pages = QStackedWidget()
        for page in (self._none, signals, self.broken):
            self._pages.addWidget(page)
        boxed(QVBoxLayout(self), 0).addWidget(self._pages)

    def show_nothing(self) -> None:
        self._pages.setCurrentWidget(self._none)

    def show_signals(self, row: CatalogueRecording) -> None:
        self.title.set_subject(row.subject)
        self._pages.setCurrentWidget(self._signals)
        self.show_warning(row)

    def show_broken(self, row: CatalogueRecording, problem: str = "", hint: str = "") -> None:
        self.broken.set_row(row, problem, hint)
        self._pages.setCurrentWidget(self.broken)

    @property
    def shows_signals(self) -> bool:
        return self._pages.currentWidget() is self._signals

    def show_warning(self, row: CatalogueRecording) -> None:
        """The banner over the signals, where something about the recording is odd; until it is hidden."""
        self._banner_of = row.recording_id
        warned = row.state is RecordingState.WARNINGS and row.recording_id not in self._hidden
        if warned:
            reason = _PLACE.sub("", row.reason)
            what = _WARNINGS.get(row.state_word, f"has {row.state_word.lower()}")
            text = f"{reason[:1].upper()}{reason[1:]} {row.hint}".strip()
            self.banner.say("warn", f"{row.path.name} {what}", text)
        self.banner.setVisible(warned)

    def _hide_banner(self) -> None:
        self._hidden.add(self._banner_of)
        self.banner.hide()
