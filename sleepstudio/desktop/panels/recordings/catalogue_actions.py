"""What is done to recordings of the catalogue: mapping channels, tags, names, files; each with undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingFacts, RecordingState
from sleepstudio.datasets.catalogue_scan import find_missing
from sleepstudio.datasets.learned_kinds import alias_key
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.context import DesktopContext
from sleepstudio.desktop.history import Edit
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.recordings.copies_sheet import Action, CopiesSheet, copyable
from sleepstudio.desktop.panels.recordings.harmoniser import HarmoniserSheet
from sleepstudio.desktop.panels.recordings.words import KIND_WORDS, counted
from sleepstudio.desktop.session import StudySession
from sleepstudio.monitor import Monitor
from sleepstudio.recordings import ChannelKind

if TYPE_CHECKING:
    from sleepstudio.desktop.panels.recordings.panel import RecordingsPanel

_RECORDINGS = "Recordings (*.edf *.EDF *.bdf *.BDF *.rec *.REC);;All files (*)"


class CatalogueActions(QObject):
    """Acts on the panel's selected recordings."""

    def __init__(self, session: StudySession, context: DesktopContext, panel: RecordingsPanel) -> None:
        super().__init__(panel)
        self._session, self._context, self._panel = session, context, panel

    def handlers(self) -> Mapping[str, Callable[[], object]]:
        """By id of the action table."""
        return {
            "relocate": self.find_missing,
            "locate": self.locate,
            "set_subject": self.set_subject,
            "add_tag": self.add_tag,
            "remove_recordings": self.remove,
            "channel_names": self.show_labels,
            "repaired_copy": self.save_repaired,
            "deidentified_copy": self.save_deidentified,
        }

    # channels

    def map_channel(self, label: str, kind: ChannelKind | None) -> None:
        """Says what a label measures in the whole study; None: as the label tells."""
        self.map_channels({label: kind})

    def map_channels(self, kinds: Mapping[str, ChannelKind | None]) -> None:
        """Says it of many labels at once, as one edit."""
        catalogue = self._session.catalogue
        if catalogue is None or not kinds:
            return
        before: dict[str, ChannelKind | None] = {}

        def learn() -> None:
            before.update(catalogue.learn_all(kinds))
            self._session.look()

        if not self._panel.say_errors(learn):
            return
        label, kind = next(iter(kinds.items()))
        what = label if len(kinds) == 1 else f"{len(kinds):,} channel labels"
        use = "as its label tells" if len(kinds) == 1 else "as their labels tell"
        words = f"{what} {use}" if kind is None else f"{what} used as {KIND_WORDS[kind]}"
        keys = {alias_key(label) for label in kinds}
        having = sum(
            any(alias_key(channel.label) in keys for channel in row.channels)
            for row in self._panel.all_rows()
        )
        where = f" in {counted(having, 'recording')}" if having > 1 else ""
        self.push(f"{words}{where}", lambda: self._learn(before), lambda: self._learn(kinds))

    def _learn(self, kinds: Mapping[str, ChannelKind | None]) -> None:
        if self._session.catalogue is not None:
            self._session.catalogue.learn_all(kinds)
            self._session.look()

    def show_labels(self) -> HarmoniserSheet:
        """Every channel label of the study."""
        sheet = HarmoniserSheet(self._panel.all_rows(), self.map_channels, self._panel.window())
        self._panel.rows_changed.connect(sheet.set_recordings)
        self._session.study_changed.connect(sheet.close)
        sheet.show()
        return sheet

    # tags, names, scorers

    def add_tag(self) -> None:
        rows = self._panel.rows()
        if not rows:
            return
        known = sorted({tag for row in self._panel.all_rows() for tag in row.tags}, key=str.casefold)
        where = _of(rows)
        tag, chosen = QInputDialog.getItem(self._panel, "Add tag", f"Tag of {where}", ["", *known], 0, True)
        if chosen and tag.strip():
            self.tag(tag)

    def tag(self, tag: str) -> None:
        """Tags the selected recordings."""
        rows, tag = self._panel.rows(), " ".join(tag.split())
        self._change(
            f"Tag {tag} on {_of(rows)}",
            lambda catalogue: catalogue.add_tag([row.recording_id for row in rows], tag),
        )

    def untag(self, tag: str) -> None:
        rows = self._panel.rows()
        self._change(
            f"Tag {tag} off {_of(rows)}",
            lambda catalogue: catalogue.remove_tag([row.recording_id for row in rows], tag),
        )

    def set_subject(self) -> None:
        rows = self._panel.rows()
        if not rows:
            return
        name, chosen = QInputDialog.getText(
            self._panel, "Subject", f"Who was recorded in {_of(rows)}", text=rows[0].subject
        )
        if chosen:
            ids = [row.recording_id for row in rows]
            self._change(
                f"Subject of {_of(rows)} is {name}", lambda catalogue: catalogue.set_subject(ids, name)
            )

    def use_scorer(self, scorer: str) -> None:
        """Whose scoring of the selected recordings is used for figures, features and training."""
        ids = [row.recording_id for row in self._panel.rows()]
        self._change(
            f"Scoring of {scorer} used for {_of(self._panel.rows())}",
            lambda catalogue: catalogue.set_scorer(ids, scorer),
            scan=True,
        )

    def set_offset(self, recording_ids: Sequence[str], offset_s: float) -> None:
        """Moves the files' hypnograms of recordings so many seconds later than they say."""
        what = recording_ids[0] if len(recording_ids) == 1 else counted(len(recording_ids), "recording")
        self._change(
            f"Hypnogram of {what} moved by {offset_s:+g} s",
            lambda catalogue: catalogue.set_hypnogram_offset(recording_ids, offset_s),
            scan=True,
        )

    # files

    def remove(self) -> None:
        """Takes the selected recordings out of the study. Their files, scoring and features stay."""
        rows = self._panel.rows()
        ids = [row.recording_id for row in rows]
        if ids:
            self._change(
                f"{_of(rows)} removed from the study", lambda catalogue: catalogue.remove(ids), scan=True
            )

    def locate(self) -> None:
        """Asks for the current recording's file."""
        row = self._panel.row
        if row is None:
            return
        chosen, _ = QFileDialog.getOpenFileName(
            self._panel, f"Locate {row.path.name}", str(_nearest(row.path)), _RECORDINGS
        )
        if chosen:
            self.relocate({row.recording_id: Path(chosen)})

    def relocate(self, places: Mapping[str, Path]) -> None:
        """Says where recordings lie now."""
        what = "recording" if len(places) == 1 else "recordings"
        self._change(
            f"{len(places):,} {what} located", lambda catalogue: catalogue.relocate(places), scan=True
        )

    def find_missing(self) -> None:
        """Asks for a folder, and looks there for every missing recording by name and size."""
        missing = [row for row in self._panel.all_rows() if row.state is RecordingState.MISSING]
        if not missing:
            self._context.messages.info("No recording is missing.", about="missing")
            return
        chosen = QFileDialog.getExistingDirectory(
            self._panel,
            f"Look for {counted(len(missing), 'missing recording')} in",
            str(_nearest(missing[0].path)),
        )
        if chosen:
            self.look_in(Path(chosen))

    def look_in(self, folder: Path) -> Background | None:
        """Looks for missing recordings in a folder and below, beside the window."""
        study = self._session.study
        if study is None:
            return None

        def look(monitor: Monitor) -> dict[str, Path]:
            with Catalogue(study) as catalogue:
                return find_missing(catalogue, folder, monitor)

        work = Background(look, self)
        work.finished.connect(lambda found: self._found(found, folder))
        work.failed.connect(lambda error: self._context.messages.studio_error(error, about="missing"))
        self._context.messages.info(f"Looking in {folder} …", about="missing")
        return work.start()

    def _found(self, found: Mapping[str, Path], folder: Path) -> None:
        if found:
            self.relocate(found)
        else:
            self._context.messages.warn(
                f"None of the missing recordings is in {folder}: no file has their name and size.",
                about="missing",
            )

    def save_repaired(self) -> CopiesSheet | None:
        """Copies that any program opens, of the selected recordings."""
        return self._copies("repair")

    def save_deidentified(self) -> CopiesSheet | None:
        """Copies that say nothing of the person, of the selected recordings."""
        return self._copies("deidentify")

    def _copies(self, action: Action) -> CopiesSheet | None:
        rows, study = copyable(self._panel.rows()), self._session.folder
        if not rows or study is None:
            self._context.messages.info("Select recordings that are EDF or BDF files.", about="copies")
            return None
        sheet = CopiesSheet(
            action,
            rows,
            study,
            lambda request: self._copy_files(request, rows),
            self._panel.night_actions.copy_command,
            self._panel.window(),
        )
        self._session.study_changed.connect(sheet.close)
        sheet.show()
        return sheet

    def _copy_files(self, request: JobRequest, rows: Sequence[CatalogueRecording]) -> None:
        def start() -> None:
            job = self._context.jobs.start(request)
            job.state_changed.connect(lambda state: self._copied(job, rows) if state == "finished" else None)

        self._panel.say_errors(start)

    def _copied(self, job: Job, rows: Sequence[CatalogueRecording]) -> None:
        """Repaired copies may take the place of what was broken."""
        made = [path for kind, path in job.artifacts if kind == "copy"]
        if job.request.configuration["files"]["action"] != "repair" or len(made) != len(rows):
            return
        places = {row.recording_id: path for row, path in zip(rows, made, strict=True)}
        self._context.messages.ok(
            f"{counted(len(made), 'repaired copy', 'repaired copies')} in {made[0].parent}. The originals"
            " stay as they are.",
            action="Use the copy" if len(made) == 1 else "Use the copies",
            run=lambda: self.relocate(places),
            about=job.request.title,
        )

    # menu

    def show_menu(self, at: QPoint) -> None:
        rows = self._panel.rows()
        if not rows:
            return
        menu = QMenu(self._panel)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Stage with…", lambda: self._context.actions.run("stage_with"))
        menu.addAction("Copy as command", lambda: self._context.actions.run("copy_command"))
        scorers = sorted({source.scorer for row in rows for source in row.sources if not source.problem})
        if scorers:
            use = menu.addMenu("Use the scoring of")
            for scorer in scorers:
                action = use.addAction(scorer, partial(self.use_scorer, scorer))
                action.setCheckable(True)
                action.setChecked(all(row.scorer == scorer for row in rows))
        menu.addSeparator()
        menu.addAction("Subject…", self.set_subject)
        menu.addAction("Add tag…", self.add_tag)
        tags = sorted({tag for row in rows for tag in row.tags}, key=str.casefold)
        if tags:
            off = menu.addMenu("Take off tag")
            for tag in tags:
                off.addAction(tag, partial(self.untag, tag))
        menu.addSeparator()
        menu.addAction("Channel names…", self.show_labels)
        if copyable(rows):
            menu.addAction("Save a repaired copy…", self.save_repaired)
            menu.addAction("De-identified copy…", self.save_deidentified)
        menu.addSeparator()
        menu.addAction("Locate file…", self.locate)
        menu.addAction("Show in folder", self._show_folder)
        menu.addAction("Copy path", self._copy_path)
        menu.addSeparator()
        menu.addAction("Remove from study", self.remove)
        menu.popup(at)

    def _show_folder(self) -> None:
        if self._panel.row is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._panel.row.path.parent)))

    def _copy_path(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(str(row.path) for row in self._panel.rows()))

    # undo

    def _change(
        self,
        words: str,
        change: Callable[[Catalogue], Sequence[RecordingFacts]],
        *,
        scan: bool = False,
    ) -> None:
        """Changes what the user said of recordings, with undo; ``scan``: their files are read again."""
        catalogue = self._session.catalogue
        if catalogue is None:
            return
        before: list[Sequence[RecordingFacts]] = []

        def act() -> None:
            before.append(change(catalogue))
            self._look(scan=scan)

        if not self._panel.say_errors(act):
            return

        def undo() -> None:
            catalogue.restore(before[-1])
            self._look(scan=scan)

        def redo() -> None:
            change(catalogue)
            self._look(scan=scan)

        self.push(words, undo, redo)

    def _look(self, *, scan: bool) -> None:
        self._session.look()
        if scan:
            self._session.scan()

    def push(self, words: str, undo: Callable[[], object], redo: Callable[[], Any]) -> None:
        """Remembers an edit that was just made, and says so."""
        history = self._session.history
        history.push(Edit(f"“{words}”", undo, redo))
        self._context.messages.ok(f"{words}.", action="Undo", run=history.undo, about="catalogue")


def _of(rows: Sequence[CatalogueRecording]) -> str:
    return rows[0].recording_id if len(rows) == 1 else counted(len(rows), "recording")


def _nearest(path: Path) -> Path:
    """The folder of a file, or the nearest above it that is there."""
    return next((folder for folder in path.parents if folder.is_dir()), Path.home())
