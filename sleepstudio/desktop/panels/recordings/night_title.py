"""The line over the signals: whose night, which epoch, when; page length, filters, picture."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.recordings.signal_view import PAGE_LENGTHS, SignalView
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed
from sleepstudio.desktop.widgets.segmented import Segmented

_NARROW = 720


class NightTitle(QWidget):
    """Follows a signal view. ``stage_wanted``: *Stage with…*; ``shift_wanted``: of the hypnogram."""

    stage_wanted = Signal()
    shift_wanted = Signal()

    def __init__(self, view: SignalView) -> None:
        super().__init__()
        self._view = view
        self._subject = ElidedLabel("", tk.HEADING, "text", tk.SEMIBOLD)
        self._epoch = label("", tk.SMALL, tone="text2")
        self._clock = label("", tk.SMALL, tk.SEMIBOLD)
        self.offset = Button("", "link", tip="Shift the hypnogram against the recording")
        self.offset.clicked.connect(self.shift_wanted)
        self.offset.hide()
        self.lengths = Segmented(PAGE_LENGTHS, name="Page length")
        self.lengths.chosen.connect(view.set_page_length)
        self.stage = Button("Stage with…", tip="A run's model on the selected recordings")
        self.stage.clicked.connect(self.stage_wanted)
        filters = Button("", icon="filter", tip="Filters (F)")
        filters.clicked.connect(view.sheets.show_filters)
        picture = Button("", icon="camera", tip="Copy picture (Ctrl+Alt+C)")
        picture.clicked.connect(view.sheets.copy_picture)
        line = boxed(QHBoxLayout(self), tk.GAP2, (tk.GAP3, 0, tk.GAP3, 0))
        line.addWidget(self._subject)
        line.addWidget(self._epoch)
        line.addWidget(self._clock)
        line.addWidget(self.offset)
        line.addStretch(1)
        line.addWidget(self.stage)
        line.addWidget(self.lengths)
        line.addWidget(filters)
        line.addWidget(picture)
        self.setFixedHeight(tk.TITLE_HEIGHT)
        view.page_changed.connect(self._follow)

    def set_subject(self, text: str) -> None:
        self._subject.setText(text)
        self._subject.setMaximumWidth(self._subject.fontMetrics().horizontalAdvance(text) + 4)
        self._follow()

    def set_offset(self, text: str) -> None:
        """How the hypnogram stands where it does not begin with the recording; empty where it does."""
        self.offset.setText(text)
        self.offset.setAccessibleName(text)
        self.offset.setVisible(bool(text))

    def _follow(self) -> None:
        view = self._view
        selected = view.selection
        if len(selected) > 1:
            where = f"Epochs {selected[0] + 1:,}–{selected[-1] + 1:,} of {view.epochs:,}"
        else:
            where = f"Epoch {view.epoch + 1:,} of {view.epochs:,}"
        self._epoch.setText(where)
        self._clock.setText(view.time_text())
        self.lengths.set_value(view.page_length)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.lengths.set_shown("300", self.width() >= _NARROW)
