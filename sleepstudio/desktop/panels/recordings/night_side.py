"""The right side: the current recording's signals and scoring, or why there are none."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingState
from sleepstudio.desktop.panels.recordings.broken_view import BrokenView
from sleepstudio.desktop.panels.recordings.hypnogram_shift import offset_text
from sleepstudio.desktop.panels.recordings.night import OpenNight
from sleepstudio.desktop.panels.recordings.night_title import NightTitle
from sleepstudio.desktop.panels.recordings.scoring_strip import ScoringStrip
from sleepstudio.desktop.panels.recordings.signal_view import SignalView
from sleepstudio.desktop.widgets.banner import Banner
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import Event

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
        self.view.epoch_changed.connect(lambda _epoch: self._follow_epoch())
        self.view.selection_changed.connect(lambda _epochs: self._follow_epoch())
        self.strip.cells.pressed.connect(self._cell_pressed)
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

    def show_signals(self, night: OpenNight) -> None:
        """From the first epoch."""
        kinds = {channel.label: channel.kind for channel in night.recording.channels}
        self.view.set_recording(night.recording, _hypnograms(night), _events(night), kinds=kinds)
        self.title.set_subject(night.row.subject)
        self._pages.setCurrentWidget(self._signals)
        self.show_warning(night.row)

    def show_scoring(self, night: OpenNight) -> None:
        """Navigator, signals and strip follow the night's scorings."""
        rows = night.shown
        self.view.set_hypnograms(_hypnograms(night))
        self.view.set_events(_events(night))
        self.strip.set_rows(rows, int(night.differing().sum()) if len(rows) > 1 else 0)
        self.title.set_offset(offset_text(night))
        self._follow_epoch()

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

    def _follow_epoch(self) -> None:
        self.strip.set_epoch(self.view.epoch, self.view.selection)

    def _cell_pressed(self, epoch: int, extend: bool) -> None:
        selected = self.view.selection
        if extend and selected:
            first, last = min(selected[0], epoch), epoch if epoch > selected[0] else selected[-1]
            self.view.select_epochs(range(first, last + 1))
        else:
            self.view.show_epoch(epoch)

    def _hide_banner(self) -> None:
        self._hidden.add(self._banner_of)
        self.banner.hide()


def _hypnograms(night: OpenNight) -> list[Hypnogram]:
    """None of them where nobody scored anything: then there is nothing to navigate by."""
    return [] if night.hypnogram is None else [row.hypnogram for row in night.shown]


def _events(night: OpenNight) -> list[Event]:
    return [scored.event for scored in night.events]
