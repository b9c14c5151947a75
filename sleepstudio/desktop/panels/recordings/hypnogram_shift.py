"""Where a hypnogram stands against its recording: told, shifted with a preview, kept in the study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.dialogs import Sheet
from sleepstudio.desktop.panels.recordings.night import OpenNight
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.forms import FormRow, NumberField
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import column, row, rule
from sleepstudio.hypnogram import EPOCH_S, Hypnogram
from sleepstudio.recordings.align import leftovers

WIDTH = 520
_MOST_S: Final = 7 * 86400.0


def file_hypnograms(night: OpenNight) -> tuple[Hypnogram, ...]:
    """Those that a shift moves: of files; what the study or a run made is on the recording's clock."""
    return tuple(
        one.hypnogram for one in night.scorings if one.hypnogram is not None and one.source.origin == "file"
    )


def offset_text(night: OpenNight) -> str:
    """How the hypnogram in use stands, where it does not begin with the recording: *Hypnogram +1:30*."""
    moved = night.row.facts.hypnogram_offset_s
    found = file_hypnograms(night)
    begins_s = found[0].onset_s if found else 0.0
    if abs(begins_s) < 1e-3 and not moved:
        return ""
    text = f"Hypnogram {signed_time(begins_s)}"
    return f"{text}, moved" if moved else text


def signed_time(seconds: float) -> str:
    """*+1:30*, *−0:30*, *+0:00.5*."""
    sign = "−" if seconds < 0 else "+"
    tenths = round(abs(seconds) * 10)
    whole, part = divmod(tenths, 10)
    minutes = f"{whole // 60}:{whole % 60:02d}" + (f".{part}" if part else "")
    if whole >= 3600:
        minutes = f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{sign}{minutes}"


class ShiftSheet(Sheet):
    """``previewed(hypnograms)``: as they would stand; ``left``: closed, whatever was chosen.

    ``keep(offset_s)`` when the user takes it.
    """

    previewed = Signal(object)
    left = Signal()

    def __init__(
        self, night: OpenNight, recordings: int, keep: Callable[[float], object], parent: QWidget
    ) -> None:
        super().__init__("Shift hypnogram", parent)
        self._night, self._keep = night, keep
        self._before = night.row.facts.hypnogram_offset_s
        self.offset = NumberField(self._before, (-_MOST_S, _MOST_S), unit="s", step=1.0, decimals=3)
        self.offset.setAccessibleName("Later by")
        earlier, later = Button("−1 epoch"), Button("+1 epoch")
        earlier.clicked.connect(lambda: self.offset.setValue(self.offset.value() - EPOCH_S))
        later.clicked.connect(lambda: self.offset.setValue(self.offset.value() + EPOCH_S))
        none = Button("As in the file", "quiet")
        none.clicked.connect(lambda: self.offset.setValue(0.0))
        self.told = label("", tk.SMALL, tone="text2", wrap=True)
        self.told.setMinimumHeight(54)
        words = "Move" if recordings == 1 else f"Move in {recordings:,} recordings"
        self.apply = Button(words, "primary")
        self.apply.clicked.connect(self._apply)
        leave = Button("Cancel")
        leave.clicked.connect(self.close)
        said = "Scorings from files move; their files stay as they are, and so does what was scored here."
        self.body.addWidget(
            column(
                label(said, tk.SMALL, tone="text2", wrap=True),
                tk.GAP2,
                row((FormRow("Later by", self.offset), 1), earlier, later, none),
                tk.GAP2,
                self.told,
                margins=(tk.GAP4, tk.GAP3, tk.GAP4, tk.GAP3),
            ),
            1,
        )
        self.body.addWidget(rule())
        self.body.addWidget(row(None, leave, self.apply, margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)))
        self.resize(WIDTH, self.sizeHint().height())
        self.offset.valueChanged.connect(lambda _value: self._preview())
        self._preview()
        self.offset.setFocus()

    def moved(self) -> tuple[Hypnogram, ...]:
        """The files' hypnograms as they would stand."""
        by = self.offset.value() - self._before
        return tuple(replace(one, onset_s=one.onset_s + by) for one in file_hypnograms(self._night))

    def _preview(self) -> None:
        moved = self.moved()
        self.apply.setEnabled(abs(self.offset.value() - self._before) > 1e-6)
        self.told.setText(standing_text(moved, self._night.recording.duration_s))
        if moved:
            self.previewed.emit(moved)

    def _apply(self) -> None:
        offset_s = self.offset.value()
        self.close()
        self._keep(offset_s)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        super().closeEvent(event)
        self.left.emit()


def standing_text(hypnograms: Sequence[Hypnogram], duration_s: float) -> str:
    """How the first one lies upon its recording."""
    if not hypnograms:
        return "It lies beside the recording altogether, or cannot be read."
    begins = f"It begins {signed_time(hypnograms[0].onset_s)} after the recording."
    if hypnograms[0].onset_s >= duration_s or hypnograms[0].stop_s <= 0:
        return f"{begins} Nothing of it is within the recording."
    told = [one.message for one in leftovers(hypnograms[0], duration_s)]
    return " ".join([begins, *(f"{words[:1].upper()}{words[1:]}." for words in told)])
