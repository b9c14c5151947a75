"""The Features panel: computes feature tables as jobs and shows what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.job_client import Job, JobRequest
from sleepstudio.desktop.panels.features.analysis_view import AnalysisView
from sleepstudio.desktop.panels.features.arrivals import Arrivals
from sleepstudio.desktop.panels.features.feature_job import FollowedJob, feature_request
from sleepstudio.desktop.panels.features.latest import Latest
from sleepstudio.desktop.panels.features.middle import Middle
from sleepstudio.desktop.panels.features.night_view import NightView
from sleepstudio.desktop.panels.features.recipe_form import RecipeForm
from sleepstudio.desktop.panels.features.recording_rows import counts_text, recording_row
from sleepstudio.desktop.panels.features.recordings_list import RecordingsList
from sleepstudio.desktop.panels.features.source_signal import SourceSignal
from sleepstudio.desktop.panels.features.stored_tables import StoredTable, StoredTables
from sleepstudio.desktop.panels.features.values_sheet import ValuesSheet
from sleepstudio.desktop.panels.features.words import seconds_text
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.widgets.arrangement import Across, Columns, Down, folded
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.folding import FoldingRegions, Region
from sleepstudio.desktop.widgets.layout import boxed, grounded, rule
from sleepstudio.desktop.widgets.sections import PanelHeader
from sleepstudio.errors import StudioError
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.monitor import Monitor

_STAGES: Final = ("analysis", "effects")
COLUMNS: Final = Columns(
    left=("recipe", "recordings"),
    middle=("night",),
    right=(Down(_STAGES, (-3, -2)),),
    widths={"wide": (372, 372), "middle": (320, 300), "narrow": (300, 0)},
    heights={"left": (-5, -6)},
    folded_right=(Across(_STAGES, title="Between stages"),),
)
_FROM_SIGNALS: Final = (
    "They are computed from its signals, one row for every 30 s epoch, and kept in the study."
)
SETTLE_MS = 250
"""After an edit of the form, before tables are compared with it."""


class FeaturesPanel(Panel):
    """Form and recordings | one night under its features | how the features differ between stages."""

    name = "features"
    title = "Features"
    icon = "features"

    def __init__(self, session: StudySession, context: DesktopContext) -> None:
        super().__init__(session, context)
        self._stored: dict[str, StoredTable] = {}
        self._subjects: dict[str, str] = {}
        self._current, self._feature = "", ""
        self._job = FollowedJob(self)
        self._loading = Latest(self)
        self._arrivals = Arrivals(self)
        self._arrivals.arrived.connect(self._take_arrived)
        # a job's events come in bunches: one look at the rows for all of them
        self._rows_due = QTimer(self)
        self._rows_due.setSingleShot(True)
        self._rows_due.timeout.connect(self._show_rows)
        self._tables: StoredTables | None = None
        self._active = self._stale = False
        self.source = SourceSignal(session, self)
        self.recipe = RecipeForm()
        self.recordings = RecordingsList()
        self.night = NightView(self.source)
        self.middle = Middle(self.night)
        self.middle.show_night()
        self.analysis = AnalysisView()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.reload)
        self._build()
        self._connect()
        if isinstance(configured := self._configured(), Mapping):
            self.recipe.restore(configured)
        self._take_over_job()
        self._list_recordings()

    def _build(self) -> None:
        self.copy_button = Button("Copy as command", icon="copy", tip="The batch line that does the same")
        self.copy_button.clicked.connect(lambda: self.context.actions.run("copy_command"))
        self.run_button = Button("Run features", "primary", "play")
        self.run_button.clicked.connect(self.run)
        self.header = PanelHeader(self.title, "", self.copy_button, self.run_button)
        scrolled = QScrollArea()
        scrolled.setWidget(grounded(self.recipe, "window"))
        scrolled.setWidgetResizable(True)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.folding = FoldingRegions(
            {
                "recipe": Region(scrolled, "Feature set"),
                "recordings": Region(grounded(self.recordings, "window"), "Recordings"),
                "night": Region(self.middle, "Night"),
                "analysis": Region(self.analysis, "Between stages"),
                "effects": Region(self.analysis.effects, "Separation"),
            },
            lambda room: folded(COLUMNS, room),
        )
        add = Button("Go to Recordings", "primary")
        add.clicked.connect(lambda: self.context.show_panel("recordings"))
        self.empty = EmptyState(
            "features",
            "No features yet",
            "Add recordings first: features are computed from their signals, one row for every 30 s epoch.",
            add,
        )
        self.body = QStackedWidget()
        self.body.addWidget(self.folding)
        self.body.addWidget(self.empty)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.header)
        layout.addWidget(rule())
        layout.addWidget(self.body, 1)

    def _connect(self) -> None:
        self.recipe.edited.connect(self._edited)
        self.middle.run_wanted.connect(self.run)
        self.recordings.selected.connect(self._select)
        self.recordings.opened.connect(lambda recording: self._open_signals(recording, None))
        self.night.feature_chosen.connect(self.choose_feature)
        self.night.epoch_opened.connect(lambda epoch: self._open_signals(self._current, epoch))
        self.analysis.feature_chosen.connect(self.choose_feature)
        self.analysis.recording_chosen.connect(lambda recording: self._select((recording,)))
        self.analysis.epoch_opened.connect(self._open_signals)
        self.analysis.epoch_pointed.connect(self.point_at)
        self.session.recordings_changed.connect(lambda _ids: self._recordings_changed())
        self.session.selection_changed.connect(lambda _ids: self._follow_selection())
        self.context.jobs.job_added.connect(self._job_added)
        self._job.computed.connect(self._take_computed)
        self._job.changed.connect(self._rows_due.start)
        self._job.ended.connect(self.reload)

    # -- panel ----------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        if self._stale or not self._stored:
            self._list_recordings()
        self._follow_selection()
        self.recordings.table.setFocus()

    def deactivate(self) -> None:
        self._active = False

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return {"run_features": self.run, "as_table": self.show_values}

    def primary_action(self) -> str | None:
        return "run_features"

    def job_request(self) -> JobRequest | None:
        """Feature tables of the selected recordings (two or more), or of all."""
        section, study = self.recipe.section(), self.session.study
        if section is None or study is None or not self._subjects:
            return None
        chosen = self._chosen_for_run()
        recordings = chosen if len(chosen) < len(self._subjects) else None
        return feature_request(
            study.path, section, recordings, int(self.context.settings.preference("workers"))
        )

    def regions(self) -> Sequence[QWidget]:
        first = next(iter(self.night.traces.values()), self.night.spans)
        return (self.recipe.chooser, self.recordings.table, first, self.analysis.tabs)

    def save_state(self) -> dict[str, Any]:
        return {
            "regions": self.folding.save(),
            "feature": self._feature,
            "recording": self._current,
            "hidden": list(self.night.hidden_features()),
            "recipe": self.recipe.section(),
            "analysis": self.analysis.save_state(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        if isinstance(recipe := state.get("recipe"), Mapping):
            self.recipe.restore(recipe)
        if isinstance(regions := state.get("regions"), Mapping):
            self.folding.restore(regions)
        if isinstance(hidden := state.get("hidden"), list):
            self.night.hide_features([str(name) for name in hidden])
        self._feature = str(state.get("feature", ""))
        self._current = str(state.get("recording", ""))
        if isinstance(analysis := state.get("analysis"), Mapping):
            self.analysis.restore_state(analysis)
        self.reload()

    # -- recordings and tables ------------------------------------------------------------------

    def reload(self) -> None:
        """Looks at the disk again: what is there, and whether it is current."""
        study, params = self.session.study, self.recipe.params
        if study is None or params is None:
            return
        feature_set = self.recipe.feature_set
        if self._tables is None or self._tables.feature_set.name != feature_set.name:
            self._tables = StoredTables(study, feature_set, params)
            self._stored = {}
        else:
            self._tables = self._tables.with_params(params)
        tables, recordings = self._tables, tuple(self._subjects)
        self._arrivals.forget()

        def work(monitor: Monitor) -> dict[str, StoredTable]:
            found = {}
            for recording in recordings:
                monitor.check_cancelled()
                found[recording] = tables.load(recording)
            return found

        self._loading.start(work, self._take_tables)

    def _take_tables(self, stored: dict[str, StoredTable]) -> None:
        self._stored = stored
        self._show_rows()
        self._show_night()
        self._show_analysis()

    def _list_recordings(self) -> None:
        rows = self.session.catalogue.recordings() if self.session.catalogue is not None else ()
        self._stale = False
        self._subjects = {row.recording_id: row.subject for row in rows}
        self.recipe.set_recordings(rows)
        self.body.setCurrentWidget(self.folding if rows else self.empty)
        self.copy_button.setVisible(bool(rows))
        self.run_button.setVisible(bool(rows))
        if self._current not in self._subjects:
            self._current = next(iter(self._subjects), "")
        self._show_rows()
        self.reload()

    def _recordings_changed(self) -> None:
        if self._tables is not None:
            self._tables.forget()
        self._stale = True
        if self._active:
            self._list_recordings()

    def _show_rows(self) -> None:
        rows = [
            recording_row(recording, subject, self._stored.get(recording), self._job.progress)
            for recording, subject in self._subjects.items()
        ]
        self.recordings.set_rows(rows)
        if self._current and self._current not in self.recordings.selection():
            self.recordings.select((self._current,))
        self.header.set_detail(f"{self.recipe.feature_set.name} · {counts_text(rows)}" if rows else "")
        self._show_run()

    def _chosen_for_run(self) -> tuple[str, ...]:
        chosen = set(self.recordings.selection())
        if len(chosen) < 2:
            return tuple(self._subjects)
        return tuple(recording for recording in self._subjects if recording in chosen)

    def _show_run(self) -> None:
        count = len(self._chosen_for_run())
        selected = 1 < len(self.recordings.selection()) < len(self._subjects)
        things = "selected" if selected else "recording" if count == 1 else "recordings"
        words = f"Run on {count} {things}"
        problem = self.recipe.problem
        if self._job.running:
            problem = "This set is being computed. Wait for the job, or cancel it."
        self.run_button.setText(words)
        self.run_button.setAccessibleName(words)
        self.run_button.setEnabled(not problem)
        self.run_button.setToolTip(problem)
        self.middle.offer(words, problem)
        if self._active:
            self.context.actions.set_enabled("run_features", not problem, problem)
        a_night = self.recipe.feature_set.seconds_per_night
        total = a_night * count
        self.recordings.title.set_detail(
            f"{seconds_text(a_night)} a night, about {seconds_text(total)} in all"
        )

    # -- one night ------------------------------------------------------------------------------

    def choose_feature(self, name: str) -> None:
        """What the right column follows."""
        self._feature = name
        self.night.choose(name)
        self.analysis.choose(name)
        self._show_source()

    def point_at(self, recording: str, epoch: int) -> None:
        """Shows a recording here with the cursor on an epoch."""
        self._select((recording,))
        self.night.show_epoch(epoch)

    @property
    def current(self) -> str:
        return self._current

    def table_of(self, recording: str) -> FeatureTable | None:
        stored = self._stored.get(recording)
        return None if stored is None else stored.table

    def _show_night(self) -> None:
        table = self.table_of(self._current)
        columns = self.recipe.feature_set.columns
        if table is not None and [one.name for one in table.columns] != [one.name for one in columns]:
            columns = table.columns
        self.night.show_table(table, columns if table is not None else ())
        if table is not None or not self._stored:
            self.middle.show_night()
        else:
            self.middle.show_reason(*self._why_nothing())
        names = [column.name for column in columns]
        if self._feature not in names:
            self._feature = names[0] if names else ""
        self.choose_feature(self._feature)
        self.analysis.show_current(self._current)

    def _why_nothing(self) -> tuple[str, str]:
        """Title and text where the current recording has no table."""
        progress = self._job.progress
        failed = progress.failed.get(self._current) if progress is not None else None
        stored = self._stored.get(self._current)
        if failed is not None:
            return f"{self._current} gave no features", " ".join(filter(None, failed))
        if stored is not None and stored.problem:
            return f"The features of {self._current} cannot be read", stored.problem
        return (
            f"No features of {self._current} yet" if self._current else "No features yet",
            _FROM_SIGNALS,
        )

    def _show_source(self) -> None:
        params = self.recipe.params
        if params is None or self.table_of(self._current) is None:
            return
        feature_set = self.recipe.feature_set
        role = next((column.source for column in feature_set.columns if column.name == self._feature), "")
        self.source.show(self._current, role, feature_set, params)

    def _show_analysis(self) -> None:
        tables = {key: one.table for key, one in self._stored.items() if one.table is not None}
        self.analysis.show_tables(tables, self.recipe.feature_set.columns, self._current)
        self.analysis.choose(self._feature)

    def _select(self, recordings: Sequence[str]) -> None:
        if recordings and recordings[0] != self._current:
            self._current = recordings[0]
            self._show_night()
        self._show_run()
        if recordings:
            self.recordings.select(recordings)
            self.session.select(recordings)

    def _follow_selection(self) -> None:
        current = self.session.current
        if self._active and current in self._subjects and current != self._current:
            self._current = str(current)
            self.recordings.select(self.session.selection)
            self._show_night()
            self._show_run()

    def show_values(self) -> ValuesSheet | None:
        """The current recording's table as numbers; None where it has none."""
        table, recording = self.table_of(self._current), self._current
        if table is None:
            self.context.messages.info(f"{recording or 'This study'} has no features yet.", about="features")
            return None
        sheet = ValuesSheet(table, self.night.epoch or 0, self)
        sheet.opened.connect(lambda epoch: self._open_signals(recording, epoch))
        sheet.show()
        return sheet

    def _open_signals(self, recording: str, epoch: int | None) -> None:
        if recording:
            at = self.night.epoch if recording == self._current else None
            self.context.show_epoch(recording, epoch if epoch is not None else at or 0)

    # -- the job --------------------------------------------------------------------------------

    def run(self) -> None:
        """Starts the job; keeps the recipe as the study's."""
        request, study = self.job_request(), self.session.study
        if request is None or study is None:
            return
        try:
            study.save_configuration({**study.configuration, "feature": request.configuration["feature"]})
            self.context.jobs.start(request)
        except StudioError as error:
            self.context.messages.studio_error(error, about="features")

    def _configured(self) -> Any:
        return None if self.session.study is None else self.session.study.configuration.get("feature")

    def _edited(self) -> None:
        self._job.let_go()
        self._show_run()
        self._settle.start()

    def _take_over_job(self) -> None:
        for job in self.context.jobs.jobs:
            if not job.ended:
                self._job_added(job)

    def _job_added(self, job: Job) -> None:
        current = [key for key, one in self._stored.items() if one.current]
        self._job.follow(job, list(self._subjects), current)
        self._show_rows()

    def _take_computed(self, recording: str) -> None:
        if self._tables is not None:
            self._arrivals.add(recording, self._tables.load)

    def _take_arrived(self, stored: dict[str, StoredTable]) -> None:
        self._stored.update(stored)
        self._show_rows()
        if self._current in stored:
            self._show_night()
