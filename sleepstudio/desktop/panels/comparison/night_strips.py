"""One night by the expert and by every chosen run, one under another on one time axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop.panels.comparison.night_order import ORDERS, ordered_nights
from sleepstudio.desktop.panels.comparison.run_evidence import RunEvidence
from sleepstudio.desktop.panels.comparison.runs_table import LETTERS
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.hypnodensity import DifferenceMarks, Hypnodensity
from sleepstudio.desktop.widgets.hypnogram_strip import HypnogramStrip
from sleepstudio.desktop.widgets.layout import boxed, grounded
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.time_strip import TimeAxis, TimeStrip, time_text
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import NOT_COUNTED, Hypnogram

GUTTER = 124
LANE_HEIGHT, DENSITY_HEIGHT, TREAD = 11, 22, 4
_HINT = "expert and models on one axis; red marks where a model differs from the expert"


class NightStrips(QWidget):
    """``epoch_opened(recording, epoch)`` asks for the signals; ``night_changed(recording)``."""

    epoch_opened = Signal(str, int)
    night_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("One night by the expert and the selected runs")
        self._chosen: tuple[RunEvidence, ...] = ()
        self._nights: tuple[str, ...] = ()
        self._night = ""
        self._cursor: int | None = None
        self.signals_button = Button("Show signals", "link", tip="Open this epoch in Recordings")
        self.signals_button.clicked.connect(self._open)
        self.back = Button("", "quiet", "left", "Previous night")
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward = Button("", "quiet", "right", "Next night")
        self.forward.clicked.connect(lambda: self.step(1))
        self.order = Choice(name="Order of nights")
        for value, text in ORDERS:
            self.order.addItem(text, value)
        self.order.setFixedWidth(176)
        self.order.currentIndexChanged.connect(lambda _index: self._reorder())
        self.title = SectionTitle("", _HINT, self.signals_button, self.back, self.forward, self.order)
        self.expert: HypnogramStrip | None = None
        self.models: list[tuple[HypnogramStrip, DifferenceMarks, Hypnodensity]] = []
        self.axis = TimeAxis(gutter=GUTTER)
        self._inside = grounded(QWidget())
        self._stack = boxed(QVBoxLayout(self._inside), 0)
        scrolled = QScrollArea()
        scrolled.setWidget(self._inside)
        scrolled.setWidgetResizable(True)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # strips and axis share one x function: no bar takes a part of their width
        scrolled.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = boxed(QVBoxLayout(self), 0)
        whole.addWidget(self.title)
        whole.addWidget(scrolled, 1)
        whole.addWidget(self.axis)

    @property
    def night(self) -> str:
        return self._night

    @property
    def nights(self) -> tuple[str, ...]:
        """In the order in which they are gone through."""
        return self._nights

    def show_runs(self, chosen: Sequence[RunEvidence]) -> None:
        """Raises StudyError."""
        for run in chosen:
            _ = run.nights
        if list(map(id, chosen)) == list(map(id, self._chosen)):
            return
        self._chosen = tuple(chosen)
        self._nights = ordered_nights(self._chosen, self.order.currentData())
        if self._night not in self._nights:
            self._night = self._nights[0] if self._nights else ""
            self._cursor = None
        self._make_strips()
        self._draw()

    def show_night(self, recording: str) -> None:
        if recording in self._nights and recording != self._night:
            self._night, self._cursor = recording, None
            self._draw()
            self.night_changed.emit(recording)

    def step(self, by: int) -> None:
        if self._nights:
            place = self._nights.index(self._night) + by
            self.show_night(self._nights[min(max(place, 0), len(self._nights) - 1)])

    def _reorder(self) -> None:
        self._nights = ordered_nights(self._chosen, self.order.currentData())
        if self._nights:
            self.show_night(self._nights[0])
            self._draw()

    # -- strips ---------------------------------------------------------------------------------

    def _make_strips(self) -> None:
        while item := self._stack.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.models = []
        self.expert = None
        if not self._chosen:
            return
        self.expert = self._strip("Expert", self._chosen[0])
        self._stack.addWidget(self.expert, 3)
        for place, run in enumerate(self._chosen):
            strip = self._strip(f"Model {LETTERS[place]}", run)
            marks = DifferenceMarks("", gutter=GUTTER)
            density = Hypnodensity(title="", gutter=GUTTER)
            density.setMinimumHeight(DENSITY_HEIGHT)
            density.setAccessibleName(f"Probabilities of model {LETTERS[place]}")
            self.models.append((strip, marks, density))
            self._stack.addWidget(strip, 3)
            self._stack.addWidget(marks)
            self._stack.addWidget(density, 2)

    def _strip(self, title: str, run: RunEvidence) -> HypnogramStrip:
        strip = HypnogramStrip(title=title, axis=False, gutter=GUTTER, tread=TREAD, stage_set=run.stage_set)
        strip.setMinimumHeight(LANE_HEIGHT * len(run.stage_set) + 8)
        strip.pressed.connect(self._point)
        strip.dragged.connect(self._point)
        return strip

    def _strips(self) -> list[TimeStrip]:
        listed: list[TimeStrip] = [] if self.expert is None else [self.expert]
        for parts in self.models:
            listed.extend(parts)
        return [*listed, self.axis]

    def _draw(self) -> None:
        staged = [run.nights.get(self._night) for run in self._chosen]
        known = [night for night in staged if night is not None]
        several = len(self._nights) > 1
        self.back.setEnabled(several and self._night != self._nights[0])
        self.forward.setEnabled(several and self._night != self._nights[-1])
        self.title.set_title(f"Night {self._night}" if self._night else "")
        if not known:
            self._show_cursor()
            return
        stop_s = max(len(night) * night.epoch_s for night in known)
        for strip in self._strips():
            strip.set_clock(known[0].start)
            strip.set_span(0.0, stop_s)
        if self.expert is not None:
            self.expert.set_hypnogram(_expert(known[0]), fit=False)
        for (strip, marks, density), run, night in zip(self.models, self._chosen, staged, strict=True):
            self._draw_model(strip, marks, density, run, night)
        self._show_cursor()

    def _draw_model(
        self,
        strip: HypnogramStrip,
        marks: DifferenceMarks,
        density: Hypnodensity,
        run: RunEvidence,
        night: StagedRecording | None,
    ) -> None:
        if night is None:
            strip.set_hypnogram(None)
            marks.title = "not staged"
            marks.set_differences(np.zeros(0, np.bool_))
            density.set_probabilities(np.empty((0, len(run.stage_set)), np.float32), run.stage_set)
            return
        staged = Hypnogram(
            run.stage_set.stages(night.predicted), night.epoch_s, start=night.start, scorer=run.path.name
        )
        strip.set_hypnogram(staged, fit=False)
        truth = run.stage_set.classes(night.true_stages)
        marks.set_differences(night.usable(run.stage_set) & (night.predicted != truth), epoch_s=night.epoch_s)
        kappa = run.kappa(self._night)
        marks.title = f"κ {kappa:.2f}".replace("-", "−") if math.isfinite(kappa) else "κ –"
        marks.setAccessibleName(f"Differences, {marks.title}")
        density.set_probabilities(night.probabilities, run.stage_set, epoch_s=night.epoch_s)

    # -- cursor ---------------------------------------------------------------------------------

    def _point(self, second: float) -> None:
        night = next((run.nights[self._night] for run in self._chosen if self._night in run.nights), None)
        if night is not None and len(night):
            self._cursor = min(max(int(second // night.epoch_s), 0), len(night) - 1)
            self._show_cursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = Qt.Key(event.key())
        night = next((run.nights[self._night] for run in self._chosen if self._night in run.nights), None)
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.step(-1 if key is Qt.Key.Key_PageUp else 1)
        elif night is not None and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            now = -1 if self._cursor is None else self._cursor
            self._point((now + (1 if key is Qt.Key.Key_Right else -1) + 0.5) * night.epoch_s)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(theme.colour(theme.now().accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _show_cursor(self) -> None:
        night = next((run.nights[self._night] for run in self._chosen if self._night in run.nights), None)
        shown = night is not None and self._cursor is not None and self._cursor < len(night)
        second = None
        if shown and night is not None and self._cursor is not None:
            second = (self._cursor + 0.5) * night.epoch_s
        for strip in (self.expert, *(parts[0] for parts in self.models)):
            if strip is not None:
                strip.set_cursor_time(second)
        self.signals_button.setVisible(shown)
        if night is None or self._cursor is None or not shown:
            self.title.set_detail(_HINT)
            return
        self.title.set_detail(self._words(night, self._cursor))

    def _words(self, night: StagedRecording, epoch: int) -> str:
        parts = [f"Epoch {epoch + 1}", time_text(epoch * night.epoch_s, night.start)[:5]]
        parts.append(f"expert {_expert(night).as_strings()[epoch]}")
        for place, run in enumerate(self._chosen):
            staged = run.nights.get(self._night)
            if staged is None or epoch >= len(staged):
                continue
            predicted = int(staged.predicted[epoch])
            if predicted == NOT_COUNTED:
                parts.append(f"{LETTERS[place]} masked")
            else:
                share = float(staged.probabilities[epoch, predicted])
                parts.append(f"{LETTERS[place]} {run.stage_set.class_names[predicted]} {share:.2f}")
        return " · ".join(parts)

    def _open(self) -> None:
        if self._cursor is not None:
            self.epoch_opened.emit(self._night, self._cursor)


def _expert(night: StagedRecording) -> Hypnogram:
    start: datetime | None = night.start
    return Hypnogram(night.true_stages, night.epoch_s, start=start, scorer="Expert")
