"""The right column: how the chosen feature differs between stages, and what is odd in the tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.features.analysis_results import Analysis, analyse
from sleepstudio.desktop.panels.features.correlation_matrix import CorrelationMatrix
from sleepstudio.desktop.panels.features.latest import Latest
from sleepstudio.desktop.panels.features.night_checks import LEAST_RECORDINGS, Missing, Outlier
from sleepstudio.desktop.panels.features.pool import Scaling
from sleepstudio.desktop.panels.features.ridge_plot import RidgePlot
from sleepstudio.desktop.panels.features.scatter_view import ScatterView
from sleepstudio.desktop.panels.features.words import (
    effect_text,
    number_text,
    percent_text,
    signed_text,
)
from sleepstudio.desktop.widgets.bars import Bar, Bars
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.table import Column as TableColumn
from sleepstudio.desktop.widgets.table import RowsModel, TableView
from sleepstudio.features.feature_table import Column, FeatureTable

TABS = ("Distribution", "Correlation", "Scatter", "Nights")
SCOPES = (("all", "All nights"), ("scaled", "z by night"), ("one", "This night"))
OUTLIER_SD = 3.5
PAIRS_LISTED = 12

_MISSING = (
    TableColumn("Recording", 96, stretch=True),
    TableColumn("Masked", 110, "bar"),
    TableColumn("Undefined", 120, "dim", tip="The feature that is undefined most often"),
)
_OUTLIERS = (
    TableColumn("Recording", 96, stretch=True),
    TableColumn("Feature", 86),
    TableColumn("Median", 58, "number", tip="Of the night"),
    TableColumn("SDs off", 70, "number", tip="Distance from the others' median in robust SDs"),
)
_PAIRS = (
    TableColumn("Strongest pairs", 180, stretch=True),
    TableColumn("ρ", 64, "number", tip="Spearman's rank correlation"),
)


class EffectBars(Bars):
    """Bars that the keyboard goes through, too. ``stepped``: up (−1), down (1)."""

    stepped = Signal(int)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(theme.colour(theme.now().accent))
            painter.drawRect(self.rect().adjusted(4, 0, -5, -1))


class AnalysisView(QWidget):
    """Pictures of one feature; ``effects`` is a region of its own beside them, the list of all features.

    ``feature_chosen(name)``; ``recording_chosen(id)``; ``epoch_pointed(recording, epoch)`` shows an epoch
    in the panel, ``epoch_opened(recording, epoch)`` its signals."""

    feature_chosen = Signal(str)
    recording_chosen = Signal(str)
    epoch_pointed = Signal(str, int)
    epoch_opened = Signal(str, int)
    analysed = Signal()

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self._work = Latest(self)
        self._tables: Mapping[str, FeatureTable] = {}
        self._columns: tuple[Column, ...] = ()
        self._current, self._chosen = "", ""
        self.analysis: Analysis | None = None
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Analysis")
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setExpanding(False)
        for name in TABS:
            self.tabs.addTab(name)
        self.tabs.currentChanged.connect(self._show_tab)
        self.scope = Choice(name="Which nights")
        for value, text in SCOPES:
            self.scope.addItem(text, value)
        self.scope.currentIndexChanged.connect(lambda _index: self._analyse())
        self.scope.setFixedWidth(112)
        self.scope.setToolTip("Rows of all nights; the same as z-scores by night; rows of this night")
        self.title = SectionTitle("", "", self.scope)
        self.ridge = RidgePlot()
        self.correlation = CorrelationMatrix()
        self.correlation.pair_hovered.connect(self._say_pair)
        self.correlation.pair_chosen.connect(self._scatter_pair)
        self.pairs = _table(_PAIRS, "Pairs of features that go together most")
        self.pairs.clicked.connect(lambda index: self._scatter_pair(*self._pairs[index.row()]))
        self._pairs: list[tuple[int, int]] = []
        self.scatter = ScatterView()
        self.scatter.point_chosen.connect(self.epoch_opened)
        self.missing = _table(_MISSING, "Missing rows by recording")
        self.missing.clicked.connect(self._choose_missing)
        self.outliers = _table(_OUTLIERS, "Recordings unlike the others")
        self.outliers.clicked.connect(self._point_outlier)
        self.outliers.activated.connect(self._open_outlier)
        self.stack = QStackedWidget()
        self.outlier_title = SectionTitle("Unlike the others", "")
        correlated = column((self.correlation, 2), rule(), (self.pairs, 1))
        nights = column((self.missing, 1), rule(), self.outlier_title, (self.outliers, 1))
        for page in (self.ridge, correlated, self.scatter, nights):
            page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            self.stack.addWidget(page)
        self.bars = EffectBars(name="Separation between stages", name_width=150, value_width=40, row=21)
        self.bars.chosen.connect(self._choose_bar)
        self.bars.stepped.connect(self._step_bar)
        self._order: tuple[str, ...] = ()
        self._build()
        self._show_tab(0)

    def _build(self) -> None:
        listed = QScrollArea()
        listed.setWidget(grounded(self.bars))
        listed.setWidgetResizable(True)
        listed.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        listed.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._listed = listed
        top = QWidget()
        across = boxed(QVBoxLayout(top), 0, (tk.GAP4, 6, tk.GAP2, 0))
        across.addWidget(self.tabs)
        shown = column((self.title, 0), (self.stack, 1))
        self.effects = grounded(
            column(SectionTitle("Separation between stages", "ε², Kruskal–Wallis"), (listed, 1))
        )
        whole = boxed(QVBoxLayout(self), 0)
        whole.addWidget(top)
        whole.addWidget(rule())
        whole.addWidget(shown, 1)

    # -- what is shown --------------------------------------------------------------------------

    def show_tables(
        self, tables: Mapping[str, FeatureTable], columns: tuple[Column, ...], current: str
    ) -> None:
        """The tables that there are now; ``current``: the recording in the middle."""
        self._tables, self._columns, self._current = dict(tables), columns, current
        self._analyse()

    def show_current(self, current: str) -> None:
        if current != self._current:
            self._current = current
            self._mark_rows()
            if self.scope.currentData() == "one":
                self._analyse()

    def choose(self, name: str) -> None:
        """The feature that the panel is about."""
        self._chosen = name
        self._draw_feature()

    def save_state(self) -> dict[str, str]:
        x, y = self.scatter.axes()
        return {"tab": TABS[self.tabs.currentIndex()], "scope": self.scope.currentData(), "x": x, "y": y}

    def restore_state(self, state: Mapping[str, object]) -> None:
        if state.get("tab") in TABS:
            self.tabs.setCurrentIndex(TABS.index(str(state["tab"])))
        index = self.scope.findData(state.get("scope"))
        if index >= 0:
            self.scope.setCurrentIndex(index)
        self.scatter.choose_axes(str(state.get("x", "")), str(state.get("y", "")))

    # -- inside ---------------------------------------------------------------------------------

    def _analyse(self) -> None:
        scope = self.scope.currentData()
        tables, columns = self._tables, self._columns
        scaling = Scaling.NIGHT if scope == "scaled" else Scaling.UNITS
        only = self._current if scope == "one" else ""
        self._work.start(lambda monitor: analyse(tables, columns, scaling, only, monitor), self._take)

    def _take(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self._order = tuple(sorted(analysis.effects, key=lambda name: -(_defined(analysis.effects[name]))))
        titles = {column.name: column.title or column.name for column in analysis.pool.columns}
        self.correlation.set_correlations(analysis.pool.columns, analysis.correlations)
        self._pairs = self.correlation.strongest(PAIRS_LISTED)
        _rows(self.pairs).set_rows([self.correlation.words(*pair) for pair in self._pairs])
        self.scatter.set_pool(analysis.pool)
        _rows(self.missing).set_rows([_missing_row(one, titles) for one in analysis.missing])
        _rows(self.outliers).set_rows([self._outlier_row(one) for one in analysis.outliers])
        count = sum(abs(one.deviation) >= OUTLIER_SD for one in analysis.outliers)
        self.outlier_title.set_detail(
            f"{count} beyond {OUTLIER_SD} SD" if analysis.outliers else f"from {LEAST_RECORDINGS} nights on"
        )
        self._mark_rows()
        self._draw_feature()
        self.analysed.emit()

    def _draw_feature(self) -> None:
        analysis = self.analysis
        if analysis is None:
            return
        titles = {column.name: column.title or column.name for column in analysis.pool.columns}
        self.bars.set_bars(
            [
                Bar(titles[name], _defined(analysis.effects[name]), effect_text(analysis.effects[name]))
                for name in self._order
            ],
            marked=self._order.index(self._chosen) if self._chosen in self._order else -1,
        )
        if self._chosen in titles:
            self.ridge.show_feature(analysis.pool, self._chosen)
            self.correlation.mark(analysis.pool.index_of(self._chosen))
        else:
            self.ridge.show_feature(None, "")
        self._show_title()

    def _show_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self.scope.setVisible(TABS[index] != "Nights")
        self._show_title()

    def _show_title(self) -> None:
        tab, analysis = TABS[self.tabs.currentIndex()], self.analysis
        if analysis is None or not self._tables:
            self.title.set_title("No features yet")
            self.title.set_detail("")
            return
        title, detail = self._titles(tab, analysis)
        self.title.set_title(title)
        self.title.set_detail(detail)

    def _titles(self, tab: str, analysis: Analysis) -> tuple[str, str]:
        if tab == "Distribution":
            found = next((one for one in analysis.pool.columns if one.name == self._chosen), None)
            name = (found.title or found.name) if found else ""
            return name, f"ε² = {effect_text(analysis.effects.get(self._chosen, math.nan))}"
        if tab == "Correlation":
            return "Rank correlation", "Spearman"
        if tab == "Scatter":
            return "Epochs by stage", f"{len(analysis.pool):,}"
        masked = sum(one.masked * one.rows for one in analysis.missing)
        rows = sum(one.rows for one in analysis.missing)
        return "Missing rows", f"{percent_text(masked / rows) if rows else '–'} of {rows:,}"

    def _say_pair(self, row: int, column: int) -> None:
        self.title.set_detail("Spearman" if row < 0 else ": ".join(self.correlation.words(row, column)))

    def _scatter_pair(self, row: int, column: int) -> None:
        if self.analysis is not None:
            names = [one.name for one in self.analysis.pool.columns]
            self.scatter.choose_axes(names[column], names[row])
            self.tabs.setCurrentIndex(TABS.index("Scatter"))

    def _choose_bar(self, index: int) -> None:
        self.feature_chosen.emit(self._order[index])

    def _step_bar(self, step: int) -> None:
        if self._order:
            now = self._order.index(self._chosen) if self._chosen in self._order else 0
            self._choose_bar(min(max(now + step, 0), len(self._order) - 1))

    def _choose_missing(self, index: QModelIndex) -> None:
        if self.analysis is not None:
            self.recording_chosen.emit(self.analysis.missing[index.row()].recording)

    def _outlier(self, index: QModelIndex) -> Outlier | None:
        return None if self.analysis is None else self.analysis.outliers[index.row()]

    def _point_outlier(self, index: QModelIndex) -> None:
        found = self._outlier(index)
        if found is not None:
            self.feature_chosen.emit(found.column)
            self.epoch_pointed.emit(found.recording, found.epoch)

    def _open_outlier(self, index: QModelIndex) -> None:
        found = self._outlier(index)
        if found is not None:
            self.epoch_opened.emit(found.recording, found.epoch)

    def _outlier_row(self, one: Outlier) -> tuple[object, ...]:
        titles = {column.name: column.title or column.name for column in self._columns}
        strange = abs(one.deviation) >= OUTLIER_SD
        spread = abs(one.value - one.others)
        return (
            one.recording,
            titles.get(one.column, one.column),
            number_text(one.value, spread),
            (signed_text(one.deviation), "warn" if strange else "text2"),
        )

    def _mark_rows(self) -> None:
        if self.analysis is None:
            return
        for table, listed in (
            (self.missing, [one.recording for one in self.analysis.missing]),
            (self.outliers, [one.recording for one in self.analysis.outliers]),
        ):
            if self._current in listed:
                table.selectRow(listed.index(self._current))
            else:
                table.clearSelection()


def _table(columns: tuple[TableColumn, ...], name: str) -> TableView:
    table = TableView(columns, name=name)
    table.setSelectionMode(TableView.SelectionMode.SingleSelection)
    table.setModel(RowsModel(columns))
    return table


def _rows(table: TableView) -> RowsModel:
    model = table.model()
    assert isinstance(model, RowsModel)
    return model


def _missing_row(one: Missing, titles: Mapping[str, str]) -> tuple[object, ...]:
    worst = one.worst
    undefined = f"{titles.get(worst[0], worst[0])} {percent_text(worst[1])}" if worst else ""
    return (one.recording, (one.masked, percent_text(one.masked)), undefined)


def _defined(effect: float) -> float:
    return effect if math.isfinite(effect) else 0.0
