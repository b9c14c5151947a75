"""The Training panel: what to train, how it goes, what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.config import load_configuration
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.panels.training.configuration_form import ConfigurationForm
from sleepstudio.desktop.panels.training.draft import NETWORK, Draft, Verdict
from sleepstudio.desktop.panels.training.people_keeper import PeopleKeeper
from sleepstudio.desktop.panels.training.people_table import PeopleTable
from sleepstudio.desktop.panels.training.progress_view import ProgressView
from sleepstudio.desktop.panels.training.queue_view import QueueView
from sleepstudio.desktop.panels.training.results import Results
from sleepstudio.desktop.panels.training.runs import TrainingRun, TrainingRuns, request_of
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.widgets.arrangement import Across, Columns, folded
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.folding import FoldingRegions, Region
from sleepstudio.desktop.widgets.labels import ElidedLabel
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, row, rule
from sleepstudio.desktop.widgets.sections import PanelHeader
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.errors import StudioError
from sleepstudio.study import write_json

COLUMNS: Final = Columns(
    left=("form",),
    middle=("progress", "night"),
    right=("matrix", "scores", "queue"),
    widths={"wide": (430, 372), "middle": (360, 300), "narrow": (360, 0)},
    heights={"middle": (-3, -2), "right": (-5, 252, -4)},
    folded_right=(Across(("matrix", "scores"), title="Validation"), "queue"),
)
MAIN_MODES: Final = ("train", "evaluate", "export")
_FILTER: Final = "Study configuration (*.json)"


class TrainingPanel(Panel):
    """The form at the left, the run and a held-out night in the middle, results and queue at the right."""

    name = "training"
    title = "Training"
    icon = "training"

    def __init__(self, session: StudySession, context: DesktopContext) -> None:
        super().__init__(session, context)
        self._folder = session.folder or Path()
        self._active = False
        self.runs = TrainingRuns(context.jobs, self._folder, self)
        self.form = ConfigurationForm(str(self._folder))
        self.verdict = Verdict(None, None, {})
        self.keeper = PeopleKeeper(lambda: self.verdict.configuration, self._folder, self)
        self._runs_work: Background | None = None
        self._build()
        self._connect()
        defaults = session.study.configuration if session.study is not None else {}
        self.form.show_draft(Draft.new(defaults, str(self._folder)))
        self._read_runs()
        self._judge()
        self._show_middle("people")

    # building

    def _build(self) -> None:
        self.copy = Button("Copy as command", icon="copy")
        self.resume = Button("Resume", icon="play")
        self.cancel = Button("Cancel", "danger")
        self.stop = Button("Stop and keep best", icon="stop")
        self.view = Segmented((("run", "Run"), ("people", "Subjects")), "people", name="Middle")
        self.header = PanelHeader(self.title, "", self.view, self.copy, self.resume, self.cancel, self.stop)
        self.add = Button("Add to queue", "primary", "queue")
        self.load, self.save = Button("Load…"), Button("Save as…")
        self.reason = ElidedLabel("", tk.SMALL, "error")
        foot = row(
            self.load, self.save, (self.reason, 1), self.add, margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)
        )
        left = column((self.form, 1), rule(), foot)
        self.progress = ProgressView()
        self.progress.drawn.connect(self._show_results)
        self.people_table = PeopleTable()
        self.empty = EmptyState(
            "training",
            "Nothing was trained here yet",
            "Write a configuration at the left, or load one, and add it to the queue. Loss, κ, the confusion "
            "matrix and a held-out night are shown while it trains.",
        )
        self.middle = QStackedWidget()
        for page in (self.empty, self.progress, self.people_table):
            self.middle.addWidget(page)
        self.results = Results()
        self.queue = QueueView(self.runs, self.context.jobs)
        self.folding = FoldingRegions(
            {
                "form": Region(left, "Configuration"),
                "progress": Region(grounded(self.middle), "Run"),
                "night": Region(grounded(self.progress.night), "Held-out night"),
                "matrix": Region(self.results.agreement, "Confusion matrix"),
                "scores": Region(self.results.scores, "Scores"),
                "queue": Region(grounded(self.queue), "Queue"),
            },
            lambda room: folded(COLUMNS, room),
        )
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.header)
        layout.addWidget(rule())
        layout.addWidget(self.folding, 1)

    def _connect(self) -> None:
        self.form.edited.connect(self._judge)
        self.keeper.changed.connect(self._judge)
        self.form.people_wanted.connect(lambda: self._bring_middle("people"))
        self.view.chosen.connect(self._bring_middle)
        self.add.clicked.connect(self.add_to_queue)
        self.load.clicked.connect(self._ask_load)
        self.save.clicked.connect(self._ask_save)
        self.copy.clicked.connect(lambda: self.context.actions.run("copy_command"))
        self.stop.clicked.connect(self.stop_and_keep_best)
        self.cancel.clicked.connect(lambda: self._with_shown(self.runs.cancel))
        self.resume.clicked.connect(lambda: self._with_shown(self.resume_run))
        self.runs.changed.connect(self._on_run)
        self.runs.learned.connect(self._on_learned)
        self.runs.listed.connect(self._on_listed)
        self.queue.chosen.connect(self._show_run)
        self.queue.resume_wanted.connect(self.resume_run)
        self.queue.cancel_wanted.connect(self.runs.cancel)
        self.queue.forget_wanted.connect(self.runs.forget)
        self.queue.configuration_wanted.connect(self._edit_copy)
        self.queue.result_wanted.connect(lambda _run: self.context.show_panel("comparison"))
        self.session.runs_changed.connect(self._read_runs)
        self.session.recordings_changed.connect(self._people_changed)
        self.context.jobs.job_ended.connect(self._people_changed)

    # what the window asks

    def activate(self) -> None:
        self._active = True
        self.context.jobs.prewarm(training=True)
        self._want_people()
        self._offer()

    def deactivate(self) -> None:
        self._active = False

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"add_to_queue": self.add_to_queue, "stop_keep_best": self.stop_and_keep_best}

    def primary_action(self) -> str | None:
        return "add_to_queue"

    def job_request(self) -> JobRequest | None:
        """The run that is shown where it is active, else what *Add to queue* would start."""
        run = self.progress.run
        if run is not None and run.job is not None and run.active:
            return run.job.request
        return request_of(self.form.draft.document, self._modes()) if self._can_add() else None

    def regions(self) -> Sequence[QWidget]:
        middle = self.middle.currentWidget() or self.middle
        return (self.form.fields["name"], self.form.network.table, middle, self.queue.table)

    def accept_drop(self, kind: str, items: Sequence[Any]) -> None:
        if kind == "configuration" and items:
            self.load_file(Path(items[0]))

    def save_state(self) -> dict[str, Any]:
        return {
            "draft": self.form.draft.document,
            "regions": self.folding.save(),
            "left_over": self.runs.left_over(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        draft, regions, left = state.get("draft"), state.get("regions"), state.get("left_over")
        if isinstance(draft, dict) and draft:
            self.form.show_draft(Draft(draft))
            self._judge()
        if isinstance(regions, dict):
            self.folding.restore(regions)
        if isinstance(left, list):
            self.runs.take_left_over(left)

    # the configuration

    def load_file(self, path: Path) -> None:
        """Takes a configuration from a file as it stands there; where it cannot be read, says why."""
        try:
            load_configuration(path)
        except StudioError as error:
            self.context.messages.studio_error(error, about="configuration")
            document = _readable(path)
            if document is None:
                return
        else:
            document = _readable(path) or {}
            self.context.messages.ok(f"{path.name} loaded.", about="configuration")
        self.form.show_draft(Draft(document))
        self._judge()

    def save_file(self, path: Path) -> None:
        """Writes the configuration as it stands in the form."""
        try:
            write_json(path, self.form.draft.document)
        except StudioError as error:
            self.context.messages.studio_error(error, about="configuration")
        else:
            self.context.messages.ok(f"Saved as {path.name}.", about="configuration")

    def _ask_load(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Load a configuration", str(self._folder), filter=_FILTER
        )
        if chosen:
            self.load_file(Path(chosen))

    def _ask_save(self) -> None:
        name = f"{self.form.draft.get('name')}.json"
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the configuration", str(self._folder / name), filter=_FILTER
        )
        if chosen:
            self.save_file(Path(chosen))

    def _edit_copy(self, run: TrainingRun) -> None:
        draft = Draft(run.document)
        draft.rename_until_free(self.runs.names())
        self.form.show_draft(draft)
        self._judge()

    def _judge(self) -> None:
        longest = self.keeper.people.longest_night if self.keeper.people is not None else None
        self.verdict = self.form.draft.judge(taken=self.runs.names(), longest_night=longest)
        self._divide()
        self.form.show_verdict(self.verdict)
        if self.progress.run is None:
            self._show_results()
        self._offer()
        self._want_people()

    def _problems(self) -> dict[str, str]:
        problems = dict(self.verdict.problems)
        if self.keeper.problem:
            problems.setdefault("subjects", self.keeper.problem)
        return problems

    def _can_add(self) -> bool:
        return self.verdict.configuration is not None and not self._problems()

    def _offer(self) -> None:
        """Enables what can be done now, and says why the rest cannot."""
        problems = self._problems()
        key, text = next(iter(problems.items()), ("", ""))
        reason = f"{_caption(key)}: {text}" if text else ""
        self.add.setEnabled(not reason)
        self.add.setToolTip(reason)
        self.reason.setText("" if _has_field(key, self.form) else reason)
        run = self.progress.run
        self.stop.setVisible(run is not None and run.training)
        self.stop.setEnabled(run is not None and run.training and not run.keeping)
        self.cancel.setVisible(run is not None and (run.active or run.waiting))
        self.resume.setVisible(run is not None and run.resumable)
        self.header.set_detail(_run_facts(run))
        if self._active:
            self.context.actions.set_enabled("add_to_queue", not reason, reason)
            stoppable = run is not None and run.training
            self.context.actions.set_enabled("stop_keep_best", stoppable, "Nothing is being trained.")

    # people

    def _people_changed(self) -> None:
        self.keeper.forget()
        self._want_people()

    def _want_people(self) -> None:
        if self._active:
            self.keeper.want()

    def _divide(self) -> None:
        keeper, configuration = self.keeper, self.verdict.configuration
        keeper.divide()
        stage_set = configuration.resolved_stage_set() if configuration is not None else None
        self.form.show_people(keeper.division, keeper.problem)
        self.people_table.show_people(keeper.people, keeper.division, stage_set, keeper.problem)

    # runs

    def add_to_queue(self) -> None:
        """Queues the configuration as it stands, and takes the next free name for the one after it."""
        if not self._can_add():
            return
        draft = self.form.draft
        name = str(draft.get("name"))
        try:
            self.runs.start(draft.document, self._modes())
        except StudioError as error:
            self.context.messages.studio_error(error, about=name)
            return
        self.context.messages.info(f"{name} is in the queue.", about=name)
        draft.rename_until_free(self.runs.names())
        self.form.show_draft(draft)
        self._judge()
        run = self.runs.runs[name]
        shown = self.progress.run
        if shown is None or not shown.active or run.active:
            self.queue.select(run)
            self._show_middle("run")

    def _modes(self) -> tuple[str, ...]:
        lacking = self.keeper.people is not None and self.keeper.people.without_features > 0
        return ("feature", *MAIN_MODES) if lacking else MAIN_MODES

    def stop_and_keep_best(self) -> None:
        self._with_shown(self.runs.stop_and_keep_best)
        self._offer()

    def resume_run(self, run: TrainingRun) -> None:
        try:
            self.runs.resume(run)
        except StudioError as error:
            self.context.messages.studio_error(error, about=run.name)

    def _with_shown(self, act: Callable[[TrainingRun], object]) -> None:
        if self.progress.run is not None:
            act(self.progress.run)

    def _show_middle(self, which: str) -> None:
        self.view.set_value(which)
        shown: QWidget = self.people_table
        if which == "run":
            shown = self.progress if self.progress.run is not None else self.empty
        self.middle.setCurrentWidget(shown)
        self.folding.set_shown("night", shown is self.progress)

    def _bring_middle(self, which: str) -> None:
        self._show_middle(which)
        self.folding.reveal(self.middle)

    def _show_run(self, run: TrainingRun) -> None:
        self.runs.load_history(run)
        self.progress.show_run(run)
        self._show_results()
        self._show_middle("run")
        self._offer()

    def _show_results(self) -> None:
        run = self.progress.run
        configuration = run.configuration if run is not None else self.verdict.configuration
        if configuration is not None:
            self.results.show_fit(self.progress.fit, configuration.resolved_stage_set())

    def _on_run(self, run: TrainingRun) -> None:
        if run is self.progress.run:
            self.progress.refresh(learned=False)
            self._offer()
        elif run.active and (self.progress.run is None or not self.progress.run.active):
            self.queue.select(run)

    def _on_learned(self, run: TrainingRun) -> None:
        if run is self.progress.run:
            self.progress.refresh(learned=True)
            self.header.set_detail(_run_facts(run))

    def _on_listed(self) -> None:
        if self.progress.run is not None:
            self.runs.load_history(self.progress.run)
            self.progress.refresh(learned=True)
        self._judge()

    def _read_runs(self) -> None:
        study = self.session.study
        if study is None or self._runs_work is not None:
            return
        self._runs_work = Background(lambda _monitor: study.runs())
        self._runs_work.finished.connect(self._took_runs)
        self._runs_work.failed.connect(self._no_runs)
        self._runs_work.start()

    def _no_runs(self) -> None:
        self._runs_work = None

    def _took_runs(self, summaries: tuple[Any, ...]) -> None:
        self._runs_work = None
        self.runs.take_summaries(summaries)


def _readable(path: Path) -> dict[str, Any] | None:
    """The document of a file that may not be a configuration yet, to be put right in the form."""
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _caption(key: str) -> str:
    return key.replace("_", " ").replace(".", " ").capitalize() or "Configuration"


def _has_field(key: str, form: ConfigurationForm) -> bool:
    shown = (*form.fields, NETWORK, "stage_set", "datasets", "subjects")
    return any(key == each or key.startswith(f"{each}.") for each in shown)


def _run_facts(run: TrainingRun | None) -> str:
    if run is None or run.configuration is None:
        return ""
    configuration = run.configuration
    network = configuration.architecture.name.upper() if configuration.architecture else "no network"
    seed = "" if str(configuration.seed) in run.name else f" · seed {configuration.seed}"
    newest = run.progress.newest
    people = newest.people if newest is not None else "validation"
    return f"{run.name} · {network}{seed} · offline, metrics on {people} nights"
