"""What is done with the open night: who scores, adding events, saving the hypnogram, staging with a run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.recordings.hypnogram_shift import ShiftSheet
from sleepstudio.desktop.panels.recordings.stage_with import StageWithSheet, predict_request, usable
from sleepstudio.desktop.session import StudySession
from sleepstudio.errors import StudioError
from sleepstudio.recordings import Event
from sleepstudio.recordings.scoring import ScoredEvent, default_export_path, export_scoring
from sleepstudio.recordings.view.event_kinds import event_channel
from sleepstudio.run_summary import RunSummary

if TYPE_CHECKING:
    from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel

_FORMATS = "Table, CSV (*.csv);;EDF+ annotations (*.edf);;BIDS events (*.tsv);;NSRR XML (*.xml)"
_NEW_EVENT_S = 10.0


class NightActions(QObject):
    """Acts on the panel's open night and selected recordings."""

    def __init__(self, session: StudySession, context: DesktopContext, panel: RecordingsPanel) -> None:
        super().__init__(panel)
        self._session, self._context, self._panel = session, context, panel
        self._chosen_scorer: dict[str, str] = {}
        self._last_request: JobRequest | None = None

    # scorers

    def scorer_of(self, row: CatalogueRecording) -> str:
        """Under whose name a recording is scored: as chosen for it, else by who scored it here, else as the
        settings say."""
        own = [source.scorer for source in row.sources if source.origin == "own"]
        chosen, preferred = self._chosen_scorer.get(row.recording_id), self._preferred()
        if chosen:
            return chosen
        return preferred if preferred in own or not own else own[0]

    def show_scorers(self) -> None:
        """The strip's list of names follows the open night."""
        night = self._panel.night
        if night is None:
            return
        names = list(dict.fromkeys((night.scorer, *night.own_scorers, self._preferred())))
        basis = night.basis if night.loaded and night.session is None else None
        self._panel.right.strip.set_scorers(names, night.scorer, basis.scorer if basis else "")

    def score_as(self, name: str) -> None:
        """Scores under another name from now on; empty: asks for one."""
        night = self._panel.night
        if night is None:
            return
        begins_as: str | None = None
        if not name:
            asked = _ask_scorer(self._panel)
            if asked is None:
                self.show_scorers()
                return
            name, begins_as = asked
        self._chosen_scorer[night.recording_id] = name
        if self._panel.say_errors(lambda: night.set_scorer(name, begins_as)):
            self._panel.scoring.changed.emit()

    def show_scorer_menu(self, scorer: str, at: QPoint) -> None:
        night = self._panel.night
        if night is None:
            return
        menu = QMenu(self._panel)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        use = menu.addAction(
            "Use this scoring in the study", lambda: self._panel.catalogue_actions.use_scorer(scorer)
        )
        use.setCheckable(True)
        use.setChecked(night.row.scorer == scorer)
        use.setEnabled(any(source.scorer == scorer for source in night.row.sources))
        if scorer != night.shown[0].scorer:
            menu.addAction("Hide this row", lambda: self._hide(night.hidden | {scorer}))
        if night.hidden:
            menu.addAction("Show all rows", lambda: self._hide(frozenset()))
        menu.addAction("Save as…", lambda: self.export(scorer))
        if any(one.scorer == scorer and one.source.origin == "file" for one in night.scorings):
            menu.addAction("Shift hypnogram…", self.shift_hypnogram)
        menu.popup(at)

    def shift_hypnogram(self) -> ShiftSheet | None:
        """Opens the shift of the files' hypnograms of the selected recordings, previewed in the open one."""
        night, panel = self._panel.night, self._panel
        if night is None or not any(one.source.origin == "file" for one in night.scorings):
            self._context.messages.info(
                "There is no hypnogram from a file to shift: this one is on the recording's clock.",
                about="shift",
            )
            return None
        ids = [row.recording_id for row in panel.rows()] or [night.recording_id]
        sheet = ShiftSheet(
            night, len(ids), lambda offset: panel.catalogue_actions.set_offset(ids, offset), panel.window()
        )
        sheet.previewed.connect(panel.view.set_hypnograms)
        sheet.left.connect(panel.scoring.changed)
        self._session.selection_changed.connect(sheet.close)
        sheet.show()
        return sheet

    def _hide(self, hidden: frozenset[str]) -> None:
        if self._panel.night is not None:
            self._panel.night.hidden = hidden
            self._panel.scoring.changed.emit()

    def _preferred(self) -> str:
        return str(self._context.settings.preference("scorer")).strip() or "Expert"

    # events

    def add_event(self, label: str) -> None:
        """Adds an event where the signals are marked, or else at the epoch's start."""
        view = self._panel.view
        if view.model is None:
            return
        marked, epoch = view.marked, view.model.page.epoch_span
        onset_s = marked.start_s if marked else epoch.start_s
        length_s = (
            marked.stop_s - marked.start_s if marked else min(_NEW_EVENT_S, epoch.stop_s - epoch.start_s)
        )
        channels = [lane.channel for lane in view.model.lanes.visible]
        chosen = next((one for one in channels if one.label == view.chosen_channel), None)
        event = Event(round(max(onset_s, 0.0), 3), round(length_s, 3), label)
        fitting = event_channel(event, channels) or ""
        kinds = {one.label: one.kind for one in channels}
        on_chosen = chosen is not None and (marked is not None or chosen.kind is kinds.get(fitting))
        event = replace(event, channel=chosen.label if chosen is not None and on_chosen else fitting)
        number = self._panel.scoring.add_event(event)
        if number is not None:
            view.mark(None)
            self._panel.left.details.events.choose(number)

    # saving

    def export(self, scorer: str = "") -> None:
        """Asks where to save a scoring (by default the one that is shown first), CSV or EDF+."""
        night = self._panel.night
        if night is None or not night.shown:
            self._context.messages.info("There is no hypnogram to save.", about="export")
            return
        scorer = scorer or night.shown[0].scorer
        beside = night.row.path.parent
        folder = beside if os.access(beside, os.W_OK) else night.study.path
        proposed = default_export_path(night.row.path, scorer, "csv", folder)
        chosen, wanted = QFileDialog.getSaveFileName(self._panel, "Save hypnogram", str(proposed), _FORMATS)
        if chosen:
            path = Path(chosen)
            suffix = path.suffix or (".edf" if "edf" in wanted else ".csv")
            self.export_to(path.with_suffix(suffix), scorer, overwrite=True)

    def export_to(self, path: Path, scorer: str = "", *, overwrite: bool = False) -> bool:
        """Saves a scoring; never over a recording or what it was scored from. Whether it was saved."""
        night = self._panel.night
        row = (
            next((one for one in night.shown if one.scorer == (scorer or one.scorer)), None)
            if night
            else None
        )
        if night is None or row is None:
            return False
        events: tuple[ScoredEvent, ...] = ()
        if row is night.shown[0]:
            events = night.events
        sources = [night.row.path, *(one.path for one in night.row.sources if one.path is not None)]
        try:
            written = export_scoring(row.hypnogram, events, path, sources=sources, overwrite=overwrite)
        except StudioError as error:
            self._context.messages.studio_error(error, about="export")
            return False
        names = " and ".join(one.name for one in written)
        self._context.messages.ok(f"{names} saved in {path.parent}.", about="export")
        return True

    # staging

    def stage_with(self) -> StageWithSheet | None:
        """Opens the choice of a run for the selected recordings."""
        recordings = [row.recording_id for row in self._panel.rows()]
        if not recordings:
            self._context.messages.info("Select the recordings to stage.", about="stage")
            return None
        sheet = StageWithSheet(
            sorted(self._session.runs(), key=lambda run: not usable(run)),
            recordings,
            lambda run, model: self._request(run, model, recordings),
            self._start,
            self.copy_command,
            self._panel.window(),
        )
        sheet.show()
        return sheet

    def job_request(self) -> JobRequest | None:
        """Staging the selected recordings with the run that was used last, or else the newest."""
        recordings = [row.recording_id for row in self._panel.rows()]
        runs = [run for run in self._session.runs() if usable(run)]
        if not recordings or not runs:
            return None
        last = self._last_request.item if self._last_request else ""
        run = next((one for one in runs if one.name == last), None) or max(runs, key=_finished)
        return self._request(run, "int8" if "export" in run.stages else "float", recordings)

    def _request(self, run: RunSummary, model: str, recordings: list[str]) -> JobRequest:
        study = self._session.folder
        assert study is not None
        workers = int(self._context.settings.preference("workers"))
        return predict_request(run, study, recordings, model=model, workers=workers)

    def _start(self, request: JobRequest) -> None:
        self._last_request = request
        self._panel.say_errors(lambda: self._context.jobs.start(request))

    def copy_command(self, request: JobRequest) -> None:
        """Puts the batch command of a job on the clipboard."""

        def copy() -> None:
            command = self._context.jobs.command_line(request)
            QGuiApplication.clipboard().setText(command)
            self._context.messages.ok(f"Copied: {command}", about="command")

        self._panel.say_errors(copy)


def _finished(run: RunSummary) -> float:
    return run.finished.timestamp() if run.finished else 0.0


def _ask_scorer(panel: RecordingsPanel) -> tuple[str, str] | None:
    """A name, and whose scoring it begins as (empty: none); None where the user thought better of it."""
    night = panel.night
    name, chosen = QInputDialog.getText(panel, "New scorer", "Score under the name")
    name = " ".join(name.split())
    if not chosen or not name:
        return None
    scored = [one.scorer for one in night.scorings if one.hypnogram is not None] if night else []
    if not scored or (night is not None and name in night.own_scorers):
        return name, ""
    ways = {"With no epoch scored": "", **{f"As a copy of {one}": one for one in scored}}
    begin, chosen = QInputDialog.getItem(panel, "New scorer", f"{name} begins", list(ways), 0, False)
    return (name, ways[begin]) if chosen else None
