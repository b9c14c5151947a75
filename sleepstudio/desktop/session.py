"""The open study, and what is chosen in it. No widgets."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from sleepstudio.desktop.background import Background
from sleepstudio.desktop.history import EditHistory
from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor

if TYPE_CHECKING:
    from sleepstudio.datasets.catalogue import Catalogue
    from sleepstudio.run_summary import RunSummary
    from sleepstudio.study_folder import Study

WATCH_MS = 1000
CHECK_FILES_MS = 60_000
"""How often files are looked at for changes while the window is in use: sizes and times alone."""
_CHECK_AGAIN_S = 5.0


class StudySession(QObject):
    """Holds the study and its catalogue, and tells everyone what changed.

    The catalogue is watched: a change by this window, a scan, or another process is told within a second.
    """

    study_changed = Signal()
    """Another study is open, or none."""
    recordings_changed = Signal(object)
    """tuple of recording ids that were added, changed or taken out; empty: anything may have."""
    runs_changed = Signal()
    selection_changed = Signal(object)
    """tuple of selected recording ids; the first is the current one."""
    title_changed = Signal()
    scan_progressed = Signal(int, int)
    """recordings read, of so many; equal: done"""
    problem = Signal(object)
    """A StudioError that happened in the background."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.study: Study | None = None
        self.catalogue: Catalogue | None = None
        self.history = EditHistory(self)
        self._selection: tuple[str, ...] = ()
        self._unsaved: frozenset[str] = frozenset()
        self._version: object = None
        self._runs_version: object = None
        self._last_problem = ""
        self._scan: Background | None = None
        self._scan_again = False
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self.look)
        self._scanned = -_CHECK_AGAIN_S
        self._check = QTimer(self)
        self._check.setInterval(CHECK_FILES_MS)
        self._check.timeout.connect(self.check_files)

    @property
    def folder(self) -> Path | None:
        """The study's folder."""
        return None if self.study is None else self.study.path

    @property
    def selection(self) -> tuple[str, ...]:
        return self._selection

    @property
    def current(self) -> str | None:
        """The recording that details and signals show."""
        return self._selection[0] if self._selection else None

    def runs(self) -> tuple[RunSummary, ...]:
        """Every run of the study, read anew."""
        return () if self.study is None else self.study.runs()

    def open(self, path: Path) -> None:
        """Opens the study in a folder in place of the present one. Raises StudyError and changes nothing."""
        from sleepstudio.study_folder import Study

        self._take(Study.open(path))

    def create(self, path: Path, name: str = "") -> None:
        """Makes a folder a study and opens it. Raises StudyError."""
        from sleepstudio.study_folder import Study

        self._take(Study.create(path, name))

    def close(self) -> None:
        if self.study is not None:
            self._take(None)

    def rename(self, name: str) -> None:
        """Changes the study's name. Raises StudyError."""
        if self.study is not None:
            self.study.rename(name)
            self.title_changed.emit()

    def select(self, recordings: Iterable[str]) -> None:
        chosen = tuple(dict.fromkeys(recordings))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit(chosen)

    def set_unsaved(self, thing: str, unsaved: bool) -> None:
        """Something (named by ``thing``) is not yet on disk: the title says so."""
        changed = self._unsaved | {thing} if unsaved else self._unsaved - {thing}
        if changed != self._unsaved:
            self._unsaved = frozenset(changed)
            self.title_changed.emit()

    def title(self) -> str:
        """*Study – Sleep Studio*, with a leading • while something is not saved."""
        if self.study is None:
            return "Sleep Studio"
        return f"{'• ' if self._unsaved else ''}{self.study.name} – Sleep Studio"

    def scan(self) -> None:
        """Reads new and changed recordings in the background; a scan that runs is followed by another."""
        if self.study is None:
            return
        if self._scan is not None:
            self._scan_again = True
            return
        self._scanned = time.monotonic()
        self._scan = Background(_scan_of(self.study), self)
        self._scan.progressed.connect(
            lambda _step, done, total, _item: self.scan_progressed.emit(done, total)
        )
        self._scan.progressed.connect(lambda *_progress: self.look())
        self._scan.finished.connect(lambda _result: self._scan_ended())
        self._scan.cancelled.connect(self._scan_ended)
        self._scan.failed.connect(self._scan_failed)
        self._scan.start()

    def check_files(self) -> None:
        """Notices files that were changed, moved or put back, unless they were looked at just now."""
        application = QGuiApplication.instance()
        in_use = (
            isinstance(application, QGuiApplication)
            and application.applicationState() is Qt.ApplicationState.ApplicationActive
        )
        if in_use and self._scan is None and time.monotonic() - self._scanned > _CHECK_AGAIN_S:
            self.scan()

    @property
    def scanning(self) -> bool:
        return self._scan is not None

    def look(self) -> None:
        """Tells of changes to catalogue and runs that were not told yet, whoever made them."""
        if self.study is None or self.catalogue is None:
            return
        try:
            version = self.catalogue.version()
        except StudioError as error:
            self._tell_once(error)
            return
        self._last_problem = ""
        if version != self._version:
            self._version = version
            self.recordings_changed.emit(())
        runs = _runs_version(self.study)
        if runs != self._runs_version:
            self._runs_version = runs
            self.runs_changed.emit()

    def _tell_once(self, error: StudioError) -> None:
        """A problem that lasts, such as a disk that was unplugged, is told when it begins."""
        if str(error) != self._last_problem:
            self._last_problem = str(error)
            self.problem.emit(error)

    def _scan_failed(self, error: StudioError) -> None:
        self.problem.emit(error)
        self._scan_ended()

    def _scan_ended(self) -> None:
        if self._scan is not None:
            self._scan.deleteLater()
        self._scan = None
        self.look()
        if self._scan_again:
            self._scan_again = False
            self.scan()

    def _take(self, study: Study | None) -> None:
        catalogue = None if study is None else _open_catalogue(study)
        if self._scan is not None:
            self._scan.cancel()
            self._scan.wait(5)
            self._scan, self._scan_again = None, False
        if self.catalogue is not None:
            self.catalogue.close()
        self.study, self.catalogue = study, catalogue
        self._selection, self._unsaved = (), frozenset()
        self._version = None if catalogue is None else catalogue.version()
        self._runs_version = None if study is None else _runs_version(study)
        self.history.clear()
        for clock in (self._watch, self._check):
            clock.start() if study is not None else clock.stop()
        self.study_changed.emit()
        self.selection_changed.emit(())
        self.title_changed.emit()
        if study is not None:
            self.scan()


def _runs_version(study: Study) -> tuple[tuple[str, int], ...]:
    """Another one whenever a run was added, taken away, or got another stage."""
    folders = [*(study.runs_folder.iterdir() if study.runs_folder.is_dir() else ()), *study.linked_runs]
    manifests = [folder / "manifest.json" for folder in folders]
    return tuple(sorted((str(file), file.stat().st_mtime_ns) for file in manifests if file.is_file()))


def _open_catalogue(study: Study) -> Catalogue:
    from sleepstudio.datasets.catalogue import Catalogue

    return Catalogue(study)


def _scan_of(study: Study) -> Any:
    def work(monitor: Monitor) -> Any:
        from sleepstudio.datasets.catalogue_scan import scan

        with _open_catalogue(study) as catalogue:
            return scan(catalogue, monitor=monitor)

    return work
