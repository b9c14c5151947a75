"""The newest look at validation, or a stored run at its test people: matrix, facts and baseline, F1."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.training.run_progress import FitProgress
from sleepstudio.desktop.widgets.bars import Bar, Bars
from sleepstudio.desktop.widgets.confusion_matrix import ConfusionMatrix
from sleepstudio.desktop.widgets.layout import column, grounded, rule
from sleepstudio.desktop.widgets.sections import Fact, SectionTitle
from sleepstudio.desktop.widgets.stage_lanes import lanes_of
from sleepstudio.evaluation.agreement import accuracy, cohen_kappa, f1, f1_macro
from sleepstudio.hypnogram import StageSet

MATRIX_HEIGHT: Final = 150


class Results:
    """What the newest look at validation or test says: ``agreement`` and ``scores`` are its two regions."""

    def __init__(self) -> None:
        self.title = SectionTitle("Confusion matrix", "validation, % of expert")
        self.matrix = ConfusionMatrix()
        self.matrix.setMinimumHeight(MATRIX_HEIGHT)
        self.accuracy, self.kappa = Fact("Accuracy", "–"), Fact("κ, pooled", "–")
        self.macro, self.baseline = Fact("Macro F1", "–"), Fact("Always …", "–")
        self.bars = Bars(name="F1 by stage", name_width=80, value_width=48)
        self.agreement = grounded(column(self.title, (self.matrix, 1)))
        facts = column(
            self.accuracy, self.kappa, self.macro, self.baseline, margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)
        )
        self.bars_title = SectionTitle("F1 by stage", "validation")
        self.scores = grounded(column(facts, rule(), self.bars_title, self.bars, tk.GAP2, None))

    def show_fit(self, fit: FitProgress | None, stage_set: StageSet) -> None:
        snapshot = fit.snapshot if fit is not None else None
        classes = len(stage_set)
        counts = snapshot.confusion if snapshot is not None else np.zeros((classes, classes), np.int64)
        people = fit.people if fit is not None else "validation"
        self.title.set_detail(f"{people}, % of expert")
        self.bars_title.set_detail(people)
        self.matrix.set_counts(counts, stage_set)
        self.matrix.setToolTip(f"After training epoch {snapshot.training_epoch}" if snapshot else "")
        self.accuracy.set_value(_percent(float(accuracy(counts))))
        self.kappa.set_value(_number(float(cohen_kappa(counts)), 3))
        self.macro.set_value(_number(float(f1_macro(counts)), 3))
        self._show_baseline(counts, stage_set)
        values = f1(counts)
        self.bars.set_bars(
            [
                Bar(
                    lane.name,
                    float(np.nan_to_num(values[lane.class_index])),
                    _number(float(values[lane.class_index]), 2),
                    lane.stage,
                )
                for lane in lanes_of(stage_set)
            ]
        )

    def _show_baseline(self, counts: np.ndarray, stage_set: StageSet) -> None:
        """What always naming the commonest stage would reach."""
        support = counts.sum(1)
        if not support.sum():
            self.baseline.set_caption("Always one stage")
            self.baseline.set_value("–")
            return
        commonest = int(support.argmax())
        self.baseline.set_caption(f"Always {stage_set.class_names[commonest]}")
        self.baseline.set_value(_percent(float(support[commonest] / support.sum())) + ", κ 0", "text2")


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.1f} %"


def _number(value: float, digits: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}".replace("-", "−")
