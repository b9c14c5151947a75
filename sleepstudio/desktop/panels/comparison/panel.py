"""The Comparison panel: runs in a table; the selected ones are A, B, C and D everywhere below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.panels.comparison.compared_runs import ComparedRuns, a_against_b
from sleepstudio.desktop.panels.comparison.cost_plot import CostPlot
from sleepstudio.desktop.panels.comparison.cost_points import COSTS, cost_points
from sleepstudio.desktop.panels.comparison.figures import Figures
from sleepstudio.desktop.panels.comparison.matrices import Matrices
from sleepstudio.desktop.panels.comparison.night_sheet import NightSheet
from sleepstudio.desktop.panels.comparison.night_strips import NightStrips
from sleepstudio.desktop.panels.comparison.run_columns import COLUMNS
from sleepstudio.desktop.panels.comparison.run_evidence import RunEvidence
from sleepstudio.desktop.panels.comparison.runs_table import RunsTable
from sleepstudio.desktop.panels.comparison.table_text import as_csv, as_markdown
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.widgets.arrangement import Across, Down, Part, Room, Tabs
from sleepstudio.desktop.widgets.banner import Banner
from sleepstudio.desktop.widgets.buttons import Button, Choice
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.folding import FoldingRegions, Region
from sleepstudio.desktop.widgets.forms import TextField
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, rule
from sleepstudio.desktop.widgets.sections import PanelHeader, SectionTitle
from sleepstudio.errors import StudioError
from sleepstudio.run_summary import RunSummary

_MEANING = "κ is the mean over people, with a bootstrap interval over people"


def arranged(room: Room) -> Part:
    """Rows from 1280: the right ends of the upper two fold to tabs below that; a low window has one group of
    tabs under the runs."""
    figures = ("agreement", "metrics")
    if room.narrow:
        if room.low:
            return Down(("runs", Tabs(("night", "matrices", "cost", *figures))), (176, 0))
        return Down(("runs", Tabs(("matrices", "cost", *figures)), "night"), (176, 250, 0))
    right = 500 if room.width == "wide" else 400
    top = Across(("runs", "cost"), (0, right))
    if room.low:
        return Down((top, Tabs(("night", "matrices", *figures))), (196, 0))
    middle = Across(("matrices", Tabs(figures)), (0, right))
    return Down((top, middle, "night"), (272, 244, 0) if room.width == "wide" else (196, 196, 0))


class ComparisonPanel(Panel):
    """Runs | cost against κ; matrices | Bland–Altman and metrics; one night by all of them."""

    name = "comparison"
    title = "Comparison"
    icon = "comparison"

    def __init__(self, session: StudySession, context: DesktopContext) -> None:
        super().__init__(session, context)
        self.compared = ComparedRuns()
        self._wanted: tuple[Path, ...] = ()
        self._shown: list[tuple[RunSummary, RunEvidence]] = []
        self._build()
        session.runs_changed.connect(self.reload)
        self.reload()

    # -- building -------------------------------------------------------------------------------

    def _build(self) -> None:
        self.filter = TextField("", "Filter runs", icon="search")
        self.filter.setFixedWidth(170)
        self.filter.textChanged.connect(self._filter_runs)
        self.columns_button = Button("Columns", icon="columns")
        self.columns_button.clicked.connect(self._choose_columns)
        self.copy_button = Button("Copy table", icon="copy")
        self.copy_button.clicked.connect(self._choose_copy)
        self.report_button = Button("Open report", "primary")
        self.report_button.clicked.connect(self.open_report)
        self._actions = (self.filter, self.columns_button, self.copy_button, self.report_button)
        self.header = PanelHeader(self.title, "", *self._actions)
        self.banner = Banner("error", "", "")
        self.banner.hide()
        self.figures = Figures()
        self.strips = NightStrips()
        self.strips.epoch_opened.connect(self._show_signals)
        self.folding = FoldingRegions(
            {
                "runs": Region(self._build_runs(), "Runs"),
                "cost": Region(self._build_cost(), "Cost"),
                "matrices": Region(self._build_matrices(), "Matrices"),
                "agreement": Region(self.figures.agreement_plot, "Bland–Altman", self.figures.statistic),
                "metrics": Region(self.figures.metrics_page, "Metrics"),
                "night": Region(self.strips, "Night"),
            },
            arranged,
        )
        train = Button("Go to Training", "primary")
        train.clicked.connect(lambda: self.context.show_panel("training"))
        self.open_folder = Button("Open run folder…")
        self.open_folder.clicked.connect(self.add_run)
        self.empty = EmptyState(
            "comparison",
            "Nothing to compare yet",
            "A finished training run appears here with its agreement, its cost and its hypnograms. "
            "Train a model, or open a run folder from another study.",
            train,
            self.open_folder,
        )
        self.body = QStackedWidget()
        self.body.addWidget(self.folding)
        self.body.addWidget(self.empty)
        layout = boxed(QVBoxLayout(self), 0)
        for item in (self.header, rule(), self.banner):
            layout.addWidget(item)
        layout.addWidget(self.body, 1)

    def _build_runs(self) -> QWidget:
        self.add_button = Button("Add run…", "link")
        self.add_button.clicked.connect(self.add_run)
        self.runs_title = SectionTitle("Runs", _MEANING, self.add_button)
        self.runs = RunsTable()
        self.runs.chosen_changed.connect(lambda _runs: self._show_chosen(said=True))
        self.runs.refused.connect(self._refuse)
        return grounded(column(self.runs_title, (self.runs, 1)))

    def _build_cost(self) -> QWidget:
        self.cost = Choice(name="Cost")
        for value, text in COSTS:
            self.cost.addItem(text, value)
        self.cost.setFixedWidth(130)
        self.cost.currentIndexChanged.connect(lambda _index: self._show_cost())
        self.cost_title = SectionTitle("Agreement against cost", "κ, 95 % CI", self.cost)
        self.cost_plot = CostPlot()
        self.cost_plot.point_chosen.connect(self._choose_point)
        return grounded(column(self.cost_title, (self.cost_plot, 1)))

    def _build_matrices(self) -> QWidget:
        self.matrices = Matrices()
        self.nothing_chosen = EmptyState(
            "comparison", "No run is selected", "Select one or more in the table: A, B, C, D in that order."
        )
        self.matrix_stack = QStackedWidget()
        self.matrix_stack.addWidget(self.matrices)
        self.matrix_stack.addWidget(self.nothing_chosen)
        return self.matrix_stack

    # -- panel ----------------------------------------------------------------------------------

    def activate(self) -> None:
        self.reload()
        self._enable_report()
        self.runs.table.setFocus()

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {
            "filter": self.filter.setFocus,
            "copy_table": self.copy_csv,
            "open_report": self.open_report,
            "add_run": self.add_run,
            "leave": self.filter.clear,
            "as_table": self.show_night_table,
        }

    def primary_action(self) -> str | None:
        return "open_report"

    def regions(self) -> Sequence[QWidget]:
        figures = self.figures.statistic if self.figures.statistic.isVisible() else self.figures.metrics_page
        return (self.filter, self.runs.table, figures, self.strips)

    def accept_drop(self, kind: str, paths: Sequence[Path]) -> None:
        if kind == "run":
            for path in paths:
                self._link(path)

    def save_state(self) -> dict[str, Any]:
        key, descending = self.runs.sorting
        return {
            "columns": list(self.runs.keys),
            "sort": [key, descending],
            "chosen": [str(run.path) for run in self.runs.chosen],
            "cost": self.cost.currentData(),
            "statistic": self.figures.statistic.currentData(),
            "night": self.strips.night,
            "order": self.strips.order.currentData(),
            "regions": self.folding.save(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        if isinstance(columns := state.get("columns"), list):
            self.runs.set_columns([str(key) for key in columns])
        match state.get("sort"):
            case [str(key), bool(descending)]:
                self.runs.sort_by(key, descending=descending)
        for choice, value in (
            (self.cost, state.get("cost")),
            (self.figures.statistic, state.get("statistic")),
            (self.strips.order, state.get("order")),
        ):
            if (index := choice.findData(value)) >= 0:
                choice.setCurrentIndex(index)
        if isinstance(regions := state.get("regions"), Mapping):
            self.folding.restore(regions)
        if isinstance(chosen := state.get("chosen"), list):
            self._wanted = tuple(Path(str(path)) for path in chosen)
            self.runs.choose(self._wanted)
        self.strips.show_night(str(state.get("night", "")))

    # -- runs -----------------------------------------------------------------------------------

    def reload(self) -> None:
        """Reads the runs anew; what a changed run's files said before is forgotten."""
        self.compared.take(self.session.runs())
        self.body.setCurrentWidget(self.folding if self.compared.runs else self.empty)
        for action in self._actions:
            action.setVisible(bool(self.compared.runs))
        self.runs.set_runs(self.compared.runs)
        if not self.runs.chosen:
            self.runs.choose(self._wanted or self.compared.best_two())
        else:
            self._show_chosen()
        self.header.set_detail(self.compared.facts())

    def evidence(self, run: RunSummary) -> RunEvidence:
        return self.compared.evidence(run)

    def add_run(self) -> None:
        """Lists a run of another study beside this one's."""
        chosen = QFileDialog.getExistingDirectory(self, "Choose a run's folder")
        if chosen:
            self._link(Path(chosen))

    def _link(self, path: Path) -> None:
        study = self.session.study
        if study is None:
            return
        try:
            study.link_run(path)
        except StudioError as error:
            self.context.messages.studio_error(error, about="comparison")
            return
        self.session.runs_changed.emit()
        self.context.messages.ok(f"{path.name} is listed. Its folder stays where it is.", about="comparison")

    def _filter_runs(self, text: str) -> None:
        self.runs.set_filter(text)

    def _refuse(self, run: RunSummary) -> None:
        if run.problem:
            self.context.messages.error(f"{run.name} cannot be read: {run.problem}", about="comparison")
        else:
            self.context.messages.info(
                f"{run.name} has not been evaluated yet. Run evaluate on it in Training.", about="comparison"
            )

    def _choose_point(self, path: Path) -> None:
        """A click makes a run A; with Ctrl held it joins the others."""
        held = QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier
        others = [run.path for run in self.runs.chosen if run.path != path]
        self.runs.choose((*others, path) if held else (path, *others[1:]))

    # -- what is chosen -------------------------------------------------------------------------

    def _show_chosen(self, *, said: bool = False) -> None:
        """Shows the selected runs. A run whose files are damaged leaves the selection, and says why."""
        if not self.compared.check(self.runs.chosen):
            self.runs.set_runs(self.compared.runs)
            if not self.runs.chosen and (others := self.compared.best_two()):
                self.runs.choose(others)
                return
        self._show_problems()
        chosen = [(run, self.evidence(run)) for run in self.runs.chosen]
        self.matrices.show_runs(chosen)
        self.strips.show_runs([evidence for _, evidence in chosen])
        self.figures.show_runs(chosen)
        self.matrix_stack.setCurrentWidget(self.matrices if chosen else self.nothing_chosen)
        self._shown = chosen
        self._show_cost()
        self._compare(chosen, said=said)
        self._enable_report()

    def _show_problems(self) -> None:
        damaged = self.compared.damaged
        self.banner.setVisible(bool(damaged))
        if damaged:
            more = f" So are {len(damaged) - 1} more." if len(damaged) > 1 else ""
            self.banner.say("error", f"{damaged[0].name} is damaged and left out.{more}", damaged[0].problem)

    def _show_cost(self) -> None:
        measured = self.compared.measured
        points = cost_points(measured, self.cost.currentData())
        self.cost_plot.show_points(points, [run.path for run in self.runs.chosen], self.cost.currentText())
        missing = len(measured) - len(points)
        self.cost_title.set_detail(f"κ, 95 % CI · {missing} not exported" if missing else "κ, 95 % CI")

    def _compare(self, chosen: Sequence[tuple[RunSummary, RunEvidence]], *, said: bool) -> None:
        if len(chosen) < 2:
            self.runs_title.set_detail(_MEANING)
            return
        (_, first), (_, second) = chosen[:2]
        sentence = a_against_b(first, second)
        self.runs_title.set_detail(sentence)
        if said:
            self.context.messages.info(sentence, about="comparison")

    # -- actions --------------------------------------------------------------------------------

    def _report(self) -> Path | None:
        chosen = self.runs.chosen
        path = chosen[0].path / "report.html" if chosen else None
        return path if path is not None and path.is_file() else None

    def _enable_report(self) -> None:
        path = self._report()
        reason = "" if path else "Select a run that has a report." if self.runs.chosen else "Select a run."
        self.report_button.setEnabled(path is not None)
        self.report_button.setToolTip(reason or f"Open {path} in the browser")
        self.context.actions.set_enabled("open_report", path is not None, reason)

    def open_report(self) -> None:
        """Shows A's report in the browser."""
        path = self._report()
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def copy_csv(self) -> None:
        self._copy(as_csv(self.runs.shown, self.runs.keys), "CSV")

    def copy_markdown(self) -> None:
        self._copy(as_markdown(self.runs.shown, self.runs.keys), "Markdown")

    def _copy(self, text: str, kind: str) -> None:
        QGuiApplication.clipboard().setText(text)
        count = len(self.runs.shown)
        runs = "1 run" if count == 1 else f"{count} runs"
        self.context.messages.ok(f"Copied {runs} as {kind}.", about="comparison")

    def _choose_copy(self) -> None:
        menu = QMenu(self)
        menu.addAction("As CSV", self.copy_csv)
        menu.addAction("As Markdown", self.copy_markdown)
        menu.exec(self.copy_button.mapToGlobal(QPoint(0, self.copy_button.height())))

    def columns_menu(self) -> QMenu:
        """A check for each column but the run's name."""
        menu = QMenu(self)
        for one in COLUMNS[1:]:
            action = QAction(one.title, menu)
            action.setObjectName(one.key)
            action.setCheckable(True)
            action.setChecked(one.key in self.runs.keys)
            action.toggled.connect(lambda on, key=one.key: self._toggle_column(key, on))
            menu.addAction(action)
        return menu

    def _choose_columns(self) -> None:
        self.columns_menu().exec(self.columns_button.mapToGlobal(QPoint(0, self.columns_button.height())))

    def _toggle_column(self, key: str, shown: bool) -> None:
        keys = (*self.runs.keys, key) if shown else tuple(one for one in self.runs.keys if one != key)
        self.runs.set_columns(keys)

    def show_night_table(self) -> NightSheet | None:
        """The stages of the night below as text; None where no run is selected."""
        night, chosen = self.strips.night, [evidence for _, evidence in self._shown]
        if not any(night in evidence.nights for evidence in chosen):
            self.context.messages.info("Select a run first.", about="comparison")
            return None
        sheet = NightSheet(chosen, night, self)
        sheet.opened.connect(lambda epoch: self._show_signals(night, epoch))
        sheet.show()
        return sheet

    def _show_signals(self, recording: str, epoch: int) -> None:
        catalogue = self.session.catalogue
        known = catalogue is not None and any(one.recording_id == recording for one in catalogue.recordings())
        if known:
            self.context.show_epoch(recording, epoch)
        else:
            self.context.messages.warn(
                f"{recording} is not among this study's recordings. Add it in Recordings to see its signals.",
                action="Go to Recordings",
                run=lambda: self.context.show_panel("recordings"),
                about="comparison",
            )
