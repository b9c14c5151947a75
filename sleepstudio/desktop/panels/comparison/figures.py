"""The figures of the chosen runs in tabs: Bland–Altman of a sleep statistic, and metrics with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.comparison.bland_altman_plot import Agreement, BlandAltmanPlot
from sleepstudio.desktop.panels.comparison.metrics_rows import metric_rows
from sleepstudio.desktop.panels.comparison.run_evidence import STATISTICS, RunEvidence
from sleepstudio.desktop.panels.comparison.runs_table import LETTERS
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.desktop.widgets.layout import boxed, grounded, row
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.run_summary import RunSummary


class Figures(QWidget):
    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self._shown: tuple[RunEvidence, ...] = ()
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Figures of the selected runs")
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setExpanding(False)
        for name in ("Bland–Altman", "Metrics"):
            self.tabs.addTab(name)
        self.statistic = Choice(name="Sleep statistic")
        for key, title, _ in STATISTICS:
            self.statistic.addItem(title, key)
        self.statistic.setFixedWidth(176)
        self.statistic.currentIndexChanged.connect(lambda _index: self._show_agreement())
        self.agreement_plot = BlandAltmanPlot()
        self.metrics = TableView((Column("Figure", 160, stretch=True),), name="Figures with intervals")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.agreement_plot)
        self._pages.addWidget(self.metrics)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.tabs.currentChanged.connect(lambda index: self.statistic.setVisible(index == 0))
        head = row(self.tabs, None, self.statistic, margins=(tk.GAP4, 0, tk.GAP4, 0))
        head.setFixedHeight(tk.SECTION_HEIGHT)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(head)
        layout.addWidget(self._pages, 1)

    def show_runs(self, chosen: Sequence[tuple[RunSummary, RunEvidence]]) -> None:
        """Raises StudyError."""
        self._shown = tuple(evidence for _, evidence in chosen)
        self._show_metrics(chosen)
        self._show_agreement()

    def _show_metrics(self, chosen: Sequence[tuple[RunSummary, RunEvidence]]) -> None:
        columns = (
            Column("Mean over people", 130, stretch=True),
            *(
                Column(f"{LETTERS[place]}  {run.name}", 112, "number")
                for place, (run, _) in enumerate(chosen)
            ),
        )
        model = RowsModel(columns, metric_rows(self._shown))
        table = TableView(columns, name="Figures with intervals")
        table.setModel(model)
        model.setParent(table)
        index = self._pages.currentIndex()
        self._pages.removeWidget(self.metrics)
        self.metrics.deleteLater()
        self.metrics = table
        self._pages.addWidget(table)
        self._pages.setCurrentIndex(index)

    def _show_agreement(self) -> None:
        key, title = self.statistic.currentData(), self.statistic.currentText()
        unit = next((unit for known, _, unit in STATISTICS if known == key), "")
        shown = [
            Agreement(evidence.pairs(key), evidence.limits(key))
            for evidence in self._shown
            if key in {name for name, *_ in evidence.statistic_names()}
        ]
        named = title if title[1:2].isupper() else title[:1].lower() + title[1:]
        label = f"Mean of expert and model, {named} in {unit}" if shown else ""
        self.agreement_plot.show_agreement(shown, label)
