"""A night that nothing is learned from, as the model in training stages it, beside the expert."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.training.run_progress import FitProgress, night_kappa
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.hypnodensity import DifferenceMarks, Hypnodensity
from sleepstudio.desktop.widgets.hypnogram_strip import HypnogramStrip
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, row
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.hypnogram import Hypnogram, StageSet
from sleepstudio.monitor import StagedNight

GUTTER: Final = 84
STRIP_HEIGHT: Final = 58
DENSITY_HEIGHT: Final = 72


class HeldOutNight(QWidget):
    """Shows one of the nights of the newest snapshot; which one is the user's choice."""

    def __init__(self) -> None:
        super().__init__()
        self._fit: FitProgress | None = None
        self._stage_set: StageSet | None = None
        self.chosen = ""
        """Recording id; empty: the first."""
        self.choose = Button("Choose night", "link")
        self.choose.clicked.connect(self._open_menu)
        self.title = SectionTitle("Held-out night", "", self.choose)
        self.expert = HypnogramStrip(axis=False, gutter=GUTTER)
        self.model = HypnogramStrip(axis=False, gutter=GUTTER)
        self.differences = DifferenceMarks(gutter=GUTTER)
        self.density = Hypnodensity(axis=True, gutter=GUTTER)
        for strip in (self.expert, self.model):
            strip.setMinimumHeight(STRIP_HEIGHT)
        self.density.setMinimumHeight(DENSITY_HEIGHT)
        layout = boxed(QVBoxLayout(self), 0, (0, 0, 0, tk.GAP1))
        layout.addWidget(self.title)
        for name, strip in (("Expert", self.expert), ("Model", self.model)):
            layout.addWidget(row(label(name, tk.SMALL, tk.SEMIBOLD), margins=(tk.GAP4, 0, 0, 0)))
            layout.addWidget(strip, 1)
        layout.addWidget(self.differences)
        layout.addWidget(self.density, 1)

    def show_fit(self, fit: FitProgress | None, stage_set: StageSet | None) -> None:
        self._fit, self._stage_set = fit, stage_set
        night = self._night()
        self.choose.setVisible(len(self._nights()) > 1)
        if night is None or fit is None or fit.snapshot is None or stage_set is None:
            self._show_nothing()
            return
        expert = _hypnogram(night, night.expert, stage_set, "expert")
        model = _hypnogram(night, night.model, stage_set, "model")
        for strip, hypnogram in ((self.expert, expert), (self.model, model)):
            strip.stage_set = stage_set
            strip.set_clock(night.start)
            strip.set_hypnogram(hypnogram)
        both = (night.expert >= 0) & (night.model >= 0)
        self.differences.set_span(0, expert.stop_s)
        self.differences.set_differences(both & (night.expert != night.model), epoch_s=night.epoch_s)
        self.density.set_clock(night.start)
        self.density.set_span(0, expert.stop_s)
        self.density.set_probabilities(night.probabilities, stage_set, epoch_s=night.epoch_s)
        self.title.set_title(f"Held-out night {night.recording_id}")
        self.title.set_detail(_agreement_text(night, fit, fit.snapshot.training_epoch))

    def _show_nothing(self) -> None:
        self.title.set_title("Held-out night")
        done = self._fit is not None and self._fit.training_epoch > 0
        self.title.set_detail("none is stored with this run" if done else "after the first training epoch")
        for strip in (self.expert, self.model):
            if self._stage_set is not None:
                strip.stage_set = self._stage_set
            strip.set_hypnogram(None)
        self.differences.set_differences(np.empty(0, np.bool_))
        if self._stage_set is not None:
            empty = np.empty((0, len(self._stage_set)), np.float32)
            self.density.set_probabilities(empty, self._stage_set)
        for unused in (self.expert, self.model, self.differences, self.density):
            unused.set_span(0, 0)

    def _nights(self) -> tuple[StagedNight, ...]:
        return self._fit.snapshot.nights if self._fit is not None and self._fit.snapshot is not None else ()

    def _night(self) -> StagedNight | None:
        nights = self._nights()
        chosen = (night for night in nights if night.recording_id == self.chosen)
        return next(chosen, nights[0] if nights else None)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        shown = self._night()
        for night in self._nights():
            action = QAction(f"{night.recording_id}   κ {_kappa_text(night_kappa(night))}", menu)
            action.setCheckable(True)
            action.setChecked(night is shown)
            action.triggered.connect(lambda _on=False, name=night.recording_id: self._choose(name))
            menu.addAction(action)
        menu.popup(self.choose.mapToGlobal(QPoint(0, self.choose.height())))

    def _choose(self, recording_id: str) -> None:
        self.chosen = recording_id
        self.show_fit(self._fit, self._stage_set)


def _hypnogram(night: StagedNight, classes: np.ndarray, stage_set: StageSet, scorer: str) -> Hypnogram:
    return Hypnogram(
        stages=stage_set.stages(classes),
        epoch_s=night.epoch_s,
        start=night.start,
        scorer=scorer,
        stage_set=stage_set,
    )


def _agreement_text(night: StagedNight, fit: FitProgress, now: int) -> str:
    """How well the night is staged; of a night in training, how well it was at first too."""
    text = f"κ {_kappa_text(night_kappa(night))}"
    if fit.people == "test":
        return f"{text}, test"
    first, kappa = fit.first_kappas[night.recording_id]
    return f"{text} at training epoch {now}" + (f", {_kappa_text(kappa)} at {first}" if first != now else "")


def _kappa_text(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}".replace("-", "−")
