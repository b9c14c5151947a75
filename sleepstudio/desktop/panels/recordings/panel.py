"""Recordings: the catalogue, what is in one recording, its signals, and scoring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingState
from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.panel import Panel
from sleepstudio.desktop.panels.recordings.catalogue_actions import CatalogueActions
from sleepstudio.desktop.panels.recordings.catalogue_side import CatalogueSide
from sleepstudio.desktop.panels.recordings.cohort_mode import CohortMode
from sleepstudio.desktop.panels.recordings.details import DIAGNOSTICS
from sleepstudio.desktop.panels.recordings.night import OpenNight
from sleepstudio.desktop.panels.recordings.night_actions import NightActions
from sleepstudio.desktop.panels.recordings.night_keeper import NightKeeper
from sleepstudio.desktop.panels.recordings.night_side import NightSide
from sleepstudio.desktop.panels.recordings.panel_actions import handlers_of
from sleepstudio.desktop.panels.recordings.scoring import Scoring
from sleepstudio.desktop.panels.recordings.stage_labels import StageLabels
from sleepstudio.desktop.panels.recordings.words import is_truncated, summary
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.widgets.arrangement import WIDE, Columns, folded
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.empty_state import EmptyState
from sleepstudio.desktop.widgets.folding import FoldingRegions, Region
from sleepstudio.desktop.widgets.forms import TextField
from sleepstudio.desktop.widgets.layout import boxed, rule
from sleepstudio.desktop.widgets.sections import PanelHeader
from sleepstudio.errors import StudioError
from sleepstudio.hypnogram import Stage

OPEN_AFTER_MS, INDEX_AFTER_MS = 30, 1500
COLUMNS = Columns(
    left=("catalogue", "details"),
    middle=("night",),
    widths={"wide": (620, 0), "middle": (440, 0), "narrow": (350, 0)},
    heights={"left": (-3, -2)},
)


class RecordingsPanel(Panel):
    """Puts catalogue, details, signals and scoring together, and keeps one recording open."""

    name = "recordings"
    title = "Recordings"
    icon = "recordings"
    rows_changed = Signal(object)
    """Every CatalogueRecording, whenever any of them is another."""

    def __init__(self, session: StudySession, context: DesktopContext) -> None:
        super().__init__(session, context)
        self._rows: Mapping[str, CatalogueRecording] = {}
        self._read_truncated: set[str] = set()
        self._asked_epoch: tuple[str, int] | None = None
        self.keeper = NightKeeper(session, self)
        self.left, self.right = CatalogueSide(), NightSide()
        self.view = self.right.view
        self.scoring = Scoring(session, context, self.view, lambda: self.night, self.open_now, self)
        self.catalogue_actions = CatalogueActions(session, context, self)
        self.night_actions = NightActions(session, context, self)
        self.cohort = CohortMode(self)
        self.stage_labels = StageLabels(self)
        self._build()
        self._connect()
        self._opening = _single_shot(self, OPEN_AFTER_MS, self._open_current)
        self._indexing = _single_shot(self, INDEX_AFTER_MS, session.scan)
        self._refresh_rows()
        self._open_current()

    def _build(self) -> None:
        self.filter = TextField("", "Filter: subject, tag, state", icon="search", name="Filter recordings")
        self.filter.setFixedWidth(210)
        self.add = Button("Add recordings", icon="add", tip=self.context.actions.tip("add_recordings"))
        self.header = PanelHeader(self.title, "", self.cohort.switch, self.filter, self.add)
        self._folding = FoldingRegions(
            {
                "catalogue": Region(self.left.table, "Catalogue"),
                "details": Region(self.left.details, "Details"),
                "night": Region(self.right, "Night"),
            },
            lambda room: folded(COLUMNS, room),
        )
        add, sample = Button("Add recordings", "primary", icon="add"), Button("Add a folder")
        add.clicked.connect(lambda: self.context.actions.run("add_recordings"))
        sample.clicked.connect(lambda: self.context.actions.run("add_folder"))
        self._empty = EmptyState(
            "recordings",
            "No recordings yet",
            "Drop EDF or BDF files, or folders of hundreds, anywhere on this window. They are read where they"
            " are; hypnograms beside them are found by name.",
            add,
            sample,
        )
        self._body = QStackedWidget()
        self._body.addWidget(self._empty)
        self._body.addWidget(self._folding)
        self._body.addWidget(self.cohort.view)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(self.header)
        layout.addWidget(rule())
        layout.addWidget(self.stage_labels.banner)
        layout.addWidget(self._body, 1)

    def _connect(self) -> None:
        table, details, strip, broken = (
            self.left.table,
            self.left.details,
            self.right.strip,
            self.right.broken,
        )
        self.add.clicked.connect(self._ask_what_to_add)
        self.filter.textChanged.connect(table.catalogue.set_filter)
        self.filter.textChanged.connect(self.cohort.view.set_filter)
        table.chosen.connect(self.session.select)
        table.menu_wanted.connect(self.catalogue_actions.show_menu)
        self.session.recordings_changed.connect(self._refresh_rows)
        self.session.study_changed.connect(self._close_night)
        self.session.selection_changed.connect(self._on_selection)
        self.context.jobs.job_ended.connect(self._on_job_ended)
        self.view.message.connect(self._say)
        self.view.channel_chosen.connect(details.channels.choose_label)
        self.scoring.changed.connect(self._show_scoring)
        self.scoring.changed.connect(lambda: self._indexing.start())
        self.keeper.scorings_read.connect(self._show_scoring)
        self.keeper.failed.connect(lambda error: self.context.messages.studio_error(error, about="scoring"))
        details.channels.mapped.connect(self.catalogue_actions.map_channel)
        details.events.went_to.connect(lambda event: self.view.show_time(event.onset_s))
        details.events.added.connect(self.night_actions.add_event)
        details.events.deleted.connect(self.scoring.delete_events)
        details.events.edited.connect(self.scoring.change_event)
        details.events.refused.connect(lambda text: self.context.messages.warn(text, about="events"))
        strip.scored.connect(lambda stage, stay: self.scoring.score(Stage(stage), stay=stay))
        strip.scorer_chosen.connect(self.night_actions.score_as)
        strip.difference_wanted.connect(lambda: self.scoring.next_difference(1))
        strip.save_wanted.connect(self.night_actions.export)
        strip.cells.menu_wanted.connect(self.night_actions.show_scorer_menu)
        self.right.title.stage_wanted.connect(self.night_actions.stage_with)
        self.right.title.shift_wanted.connect(self.night_actions.shift_hypnogram)
        self.right.diagnostics_wanted.connect(lambda: self.show_details(DIAGNOSTICS))
        broken.open_wanted.connect(self._open_truncated)
        broken.repair_wanted.connect(self.catalogue_actions.save_repaired)
        broken.locate_wanted.connect(self.catalogue_actions.locate)
        broken.remove_wanted.connect(self.catalogue_actions.remove)

    # what the window asks

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        return handlers_of(self)

    def primary_action(self) -> str | None:
        return "stage_with"

    def job_request(self) -> JobRequest | None:
        return self.night_actions.job_request()

    def regions(self) -> Sequence[QWidget]:
        if self._body.currentWidget() is self._empty:
            return (self._empty,)
        if self.cohort.shown:
            return (self.filter, self.cohort.view.grid)
        right = self.view if self.right.shows_signals else self.right.broken
        return (self.filter, self.left.table, self.left.details, right, self.right.strip)

    def activate(self) -> None:
        (self.cohort.view.grid if self.cohort.shown else self.left.table).setFocus()
        self.session.check_files()

    def deactivate(self) -> None:
        """Writes the scoring that is being made; the signals stay."""
        self._indexing.stop()
        self.write_scoring()

    def write_scoring(self) -> None:
        if self.night is not None and self.night.session is not None:
            self.say_errors(self.keeper.finish)
            self._show_scoring()

    def show_epoch(self, recording: str, epoch: int) -> None:
        if self.cohort.shown:
            self.cohort.show(shown=False)
        self._asked_epoch = (recording, epoch)
        self.open_now(recording)
        if self.night is not None and self.night.recording_id == recording:
            self.view.show_epoch(epoch)
            self._asked_epoch = None

    def save_state(self) -> dict[str, Any]:
        return {
            "cohort": self.cohort.save(),
            "left": self.left.save(),
            "regions": self._folding.save(),
            "view": self.view.save_state(),
            "selected": list(self.session.selection),
            "epoch": self.view.epoch,
            "page": self.view.page_length,
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        for key, restore in (
            ("cohort", self.cohort.restore),
            ("left", self.left.restore),
            ("regions", self._folding.restore),
            ("view", self.view.restore_state),
        ):
            if isinstance(state.get(key), dict):
                restore(state[key])
        selected, epoch = state.get("selected"), state.get("epoch")
        if isinstance(selected, list):
            known = [one for one in selected if isinstance(one, str) and one in self._rows]
            if known:
                self.session.select(known)
                self.open_now(known[0])
                if isinstance(epoch, int):
                    self.view.show_epoch(epoch)
                if isinstance(state.get("page"), str) and state["page"]:
                    self.say_errors(lambda: self.view.set_page_length(state["page"]))

    # catalogue

    @property
    def row(self) -> CatalogueRecording | None:
        """The current recording as the catalogue has it."""
        return self._rows.get(self.session.current or "")

    def rows(self) -> Sequence[CatalogueRecording]:
        """The selected recordings, the current one first."""
        return [self._rows[one] for one in self.session.selection if one in self._rows]

    def all_rows(self) -> Sequence[CatalogueRecording]:
        return tuple(self._rows.values())

    def _refresh_rows(self, _ids: object = ()) -> None:
        catalogue = self.session.catalogue
        if catalogue is None:
            return
        try:
            rows = catalogue.recordings()
        except StudioError as error:
            self.context.messages.studio_error(error, about="catalogue")
            return
        before = self._rows
        self._rows = {row.recording_id: row for row in rows}
        self.left.table.catalogue.set_recordings(rows)
        self.cohort.set_recordings(rows)
        self.show_front()
        self._show_summary()
        self.rows_changed.emit(rows)
        self.stage_labels.follow(rows)
        gone = [one for one in self.session.selection if one not in self._rows]
        if gone:
            self.session.select([one for one in self.session.selection if one in self._rows])
        elif not self.session.selection and rows:
            self.session.select([self.left.table.catalogue.recordings[0].recording_id] if
                                self.left.table.catalogue.recordings else [])  # fmt: skip
        elif self.row is not None:
            self._row_changed(before.get(self.row.recording_id), self.row)

    def show_front(self) -> None:
        """The table, the cohort, or what an empty study says."""
        front = self.cohort.view if self.cohort.shown else self._folding
        self._body.setCurrentWidget(front if self._rows else self._empty)
        self.cohort.switch.setVisible(bool(self._rows))

    def _show_summary(self) -> None:
        rows = tuple(self._rows.values())
        self.header.set_detail(summary(rows, long=self.window().width() >= WIDE) if rows else "")

    def _row_changed(self, before: CatalogueRecording | None, now: CatalogueRecording) -> None:
        """What the current recording's row says anew reaches its details, its signals, its scorings."""
        if before is now:
            return
        self.left.details.set_row(now, self.night)
        if before is None or self.night is None or _must_reopen(before, now, self.night):
            if not self.cohort.shown:
                self._opening.start()
        elif before.channels != now.channels:
            self._reopen()
        else:
            self.night.row = now
            if self.right.shows_signals:
                self.right.show_warning(now)
            if _scorings_of(before) != _scorings_of(now) and self.night.session is None:
                self.keeper.load_scorings()

    # the open recording

    @property
    def night(self) -> OpenNight | None:
        return self.keeper.night

    def _on_selection(self, _ids: object = ()) -> None:
        ids = self.session.selection
        if self.left.table.selected_ids() != ids:
            self.left.table.select_ids(ids)
        self.cohort.view.grid.set_selected(ids)
        self.open_soon()

    def open_soon(self) -> None:
        """Opens the current recording, where its signals are seen and it is not open."""
        if not self.cohort.shown and (self.night is None or self.night.recording_id != self.session.current):
            self._opening.start()

    def open_now(self, recording_id: str) -> None:
        """Makes a recording the current one and opens it without waiting."""
        if self.session.current != recording_id:
            self.session.select([recording_id])
        if self.night is None or self.night.recording_id != recording_id:
            self._opening.stop()
            self._open_current()

    def _open_current(self) -> None:
        self._close_night()
        row = self.row
        self.left.details.set_row(row, None)
        if row is None or self.session.catalogue is None:
            self.right.show_nothing()
            return
        if is_truncated(row) and row.recording_id not in self._read_truncated:
            self.right.show_broken(row)
            return
        try:
            self.keeper.open(row, self.night_actions.scorer_of(row))
        except StudioError as error:
            self.right.show_broken(row, error.message, error.hint)
            return
        self._show_signals()
        self.keeper.load_scorings()

    def _show_signals(self) -> None:
        night = self.night
        assert night is not None
        self.right.show_signals(night)
        self._show_scoring()
        if self._asked_epoch is not None and self._asked_epoch[0] == night.recording_id:
            self.view.show_epoch(self._asked_epoch[1])
            self._asked_epoch = None

    def _reopen(self) -> None:
        """Another channel map: the same night and page, drawn anew."""
        epoch, page = self.view.epoch, self.view.page_length
        scorings = self.night.scorings if self.night is not None else ()
        self._open_current()
        if self.night is not None:
            self.night.set_scorings(scorings)
            self._show_scoring()
            if page:
                self.view.set_page_length(page)
            self.view.show_epoch(epoch)

    def _close_night(self) -> None:
        self.view.set_recording(None)
        self.say_errors(self.keeper.close)

    @property
    def busy(self) -> bool:
        """Whether something is still being opened or read."""
        return self.keeper.busy or self._opening.isActive() or self.stage_labels.busy

    def _open_truncated(self) -> None:
        if self.row is not None:
            self._read_truncated.add(self.row.recording_id)
            self._open_current()

    # scoring

    def _show_scoring(self) -> None:
        """Signals, strip and events follow the scorings of the open night."""
        night = self.night
        if night is not None:
            self.right.show_scoring(night)
            self.night_actions.show_scorers()
            self.left.details.set_night(night)

    # the rest

    def show_details(self, tab: int) -> None:
        """Brings a tab of the details to the front."""
        self.left.details.show_tab(tab)
        self._folding.reveal(self.left.details)

    def say_errors(self, act: Callable[[], object]) -> bool:
        """Does something, and says why where it cannot be done."""
        try:
            act()
        except StudioError as error:
            self.context.messages.studio_error(error, about=self.name)
            return False
        return True

    def _say(self, kind: str, text: str) -> None:
        messages = self.context.messages
        say = {"ok": messages.ok, "warn": messages.warn, "error": messages.error}.get(kind, messages.info)
        say(text, about="view")

    def _on_job_ended(self, job: Job) -> None:
        if "predict" in job.request.modes:
            self.keeper.load_scorings()

    def focus_filter(self) -> None:
        self.filter.setFocus()
        self.filter.selectAll()

    def leave(self) -> None:
        """Esc: the view's own modes, then the filter, then the selection of several recordings."""
        if self.filter.hasFocus() or (not self.view.leave() and self.filter.text()):
            self.filter.clear()
            self.left.table.setFocus()
        elif len(self.session.selection) > 1 and self.session.current is not None:
            self.session.select([self.session.current])

    def _ask_what_to_add(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Files…", lambda: self.context.actions.run("add_recordings"))
        menu.addAction("Folder…", lambda: self.context.actions.run("add_folder"))
        menu.popup(self.add.mapToGlobal(self.add.rect().bottomLeft()))

    def resizeEvent(self, event: Any) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._show_summary()


def _scorings_of(row: CatalogueRecording) -> tuple[object, ...]:
    """What a row says of its scorings: others are read again."""
    return row.sources, row.scorer, row.thumbnail, row.facts.hypnogram_offset_s


def _must_reopen(before: CatalogueRecording, now: CatalogueRecording, night: OpenNight) -> bool:
    """Whether the file of the signals is another one than was opened, or can no longer be read."""
    duration_s = night.recording.duration_s
    return (
        before.path != now.path
        or now.state in (RecordingState.MISSING, RecordingState.UNREADABLE)
        or is_truncated(before) != is_truncated(now)
        or (now.indexed and abs(duration_s - now.duration_s) > 1e-3)
    )


def _single_shot(panel: QWidget, after_ms: int, act: Callable[[], object]) -> QTimer:
    timer = QTimer(panel)
    timer.setSingleShot(True)
    timer.setInterval(after_ms)
    timer.timeout.connect(act)
    return timer
