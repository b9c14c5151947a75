"""The figures of the chosen runs: Bland–Altman of a sleep statistic, and metrics with intervals."""

from __future__ import annotations

from collections.abc import Sequence

from sleepstudio.desktop.panels.comparison.bland_altman_plot import Agreement, BlandAltmanPlot
from sleepstudio.desktop.panels.comparison.metrics_rows import metric_rows
from sleepstudio.desktop.panels.comparison.run_evidence import STATISTICS, RunEvidence
from sleepstudio.desktop.panels.comparison.runs_table import LETTERS
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.desktop.widgets.layout import column, grounded
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.run_summary import RunSummary


class Figures:
    """Two regions: ``agreement_plot``, with ``statistic`` to choose what it shows, and ``metrics_page``."""

    def __init__(self) -> None:
        self._shown: tuple[RunEvidence, ...] = ()
        self.statistic = Choice(name="Sleep statistic")
        for key, title, _ in STATISTICS:
            self.statistic.addItem(title, key)
        self.statistic.setFixedWidth(176)
        self.statistic.currentIndexChanged.connect(lambda _index: self._show_agreement())
        self.agreement_plot = BlandAltmanPlot()
        self.metrics = TableView((Column("Figure", 160, stretch=True),), name="Figures with intervals")
        self.metrics_page = grounded(column((self.metrics, 1)))

    def show_runs(self, chosen: Sequence[tuple[RunSummary, RunEvidence]]) -> None:
        """Raises StudyError."""
        self._shown = tuple(evidence for _, evidence in chosen)
        self._show_metrics(chosen)
        self._show_agreement()

    def _show_metrics(self, chosen: Sequence[tuple[RunSummary, RunEvidence]]) -> None:
        columns = (
            Column("Mean over people", 130, stretch=True),
            *(
                Column(f"{LETTERS[place]}  {run.name}", 128, "number")
                for place, (run, _) in enumerate(chosen)
            ),
        )
        model = RowsModel(columns, metric_rows(self._shown))
        table = TableView(columns, name="Figures with intervals")
        table.setModel(model)
        model.setParent(table)
        layout = self.metrics_page.layout()
        assert layout is not None
        layout.replaceWidget(self.metrics, table)
        self.metrics.hide()
        self.metrics.deleteLater()
        self.metrics = table

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
