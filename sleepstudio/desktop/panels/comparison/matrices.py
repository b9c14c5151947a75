"""The confusion matrices of the chosen runs beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from sleepstudio.desktop.panels.comparison.run_columns import figure, interval
from sleepstudio.desktop.panels.comparison.run_evidence import RunEvidence
from sleepstudio.desktop.panels.comparison.runs_table import LETTERS
from sleepstudio.desktop.widgets.confusion_matrix import ConfusionMatrix
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.run_summary import RunSummary

MOST = 3
COMPACT_BELOW = 190


class Matrices(QWidget):
    """At most three; what is D is in the strips alone."""

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self._layout = boxed(QHBoxLayout(self), 0)
        self.matrices: list[ConfusionMatrix] = []

    def show_runs(self, chosen: Sequence[tuple[RunSummary, RunEvidence]]) -> None:
        """Raises StudyError."""
        shown = [(run, evidence.confusion, evidence.stage_set) for run, evidence in chosen[:MOST]]
        while item := self._layout.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.matrices = []
        for place, (run, counts, stage_set) in enumerate(shown):
            if place:
                self._layout.addWidget(rule(vertical=True))
            matrix = ConfusionMatrix(compact=len(stage_set) > 4 or len(shown) > 2)
            matrix.setMinimumSize(180, 120)
            matrix.set_counts(counts, stage_set)
            matrix.setAccessibleName(f"Confusion matrix of {LETTERS[place]} {run.name}")
            self.matrices.append(matrix)
            between = interval(run.kappa)
            detail = f"κ {figure(run.kappa)}" + (f" ({between})" if between else "")
            title = SectionTitle(f"{LETTERS[place]}  {run.name}", detail)
            self._layout.addWidget(column(title, (matrix, 1)), 1)
