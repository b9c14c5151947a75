"""Opening, making, leaving and remembering studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_client import JobClient, JobRequest
from sleepstudio.desktop.messages import Messages
from sleepstudio.desktop.session import StudySession
from sleepstudio.desktop.settings import Settings
from sleepstudio.errors import StudioError

STORE_EVERY_MS = 20_000
SAMPLE_NAME: Final = "Sample nights"
SAMPLE_CONFIGURATION: Final = {
    "name": "sample-nights",
    "modes": ["simulate"],
    "simulation": {"nights": 8, "hours": 8, "montage": "wrist", "seed": 1},
    "feature": {"name": "FS-W-PA-14"},
    "stage_set": 4,
    "frame_size": 240,
}


class StudyController(QObject):
    """``state_of_panels``: what the panels would have restored, by name."""

    def __init__(
        self,
        window: QWidget,
        session: StudySession,
        settings: Settings,
        jobs: JobClient,
        messages: Messages,
        state_of_panels: Callable[[], dict[str, Any]],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._settings = window, session, settings
        self._jobs, self._messages = jobs, messages
        self._state_of_panels = state_of_panels
        self.sample_configuration: Mapping[str, Any] = SAMPLE_CONFIGURATION
        self._stored: dict[str, Any] = {}
        clock = QTimer(self)
        clock.setInterval(STORE_EVERY_MS)
        clock.timeout.connect(self.store_state)
        clock.start()

    def open(self, path: Path) -> bool:
        """Opens a study; where it cannot be, says why and stays where it is."""
        return self._enter(lambda: self._session.open(path))

    def create(self, path: Path, name: str = "") -> bool:
        """Makes a folder a study and opens it."""
        return self._enter(lambda: self._session.create(path, name))

    def proposed_folder(self, name: str) -> Path:
        """A folder that is not there yet, for a study of that name."""
        parent = self._settings.documents / "Sleep Studio"
        folder, number = parent / name, 2
        while folder.exists():
            folder, number = parent / f"{name} {number}", number + 1
        return folder

    def folder_or_new(self, name: str) -> Path | None:
        """The folder of the open study, or of one of that name that is made; None where it cannot be."""
        if self._session.study is None and not self.create(self.proposed_folder(name)):
            return None
        return self._session.folder

    def ask_new(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Choose or make a folder for the study", str(self._settings.documents)
        )
        if chosen:
            self.create(Path(chosen))

    def ask_open(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Open a study's folder", str(self._settings.documents)
        )
        if chosen:
            self.open(Path(chosen))

    def open_sample(self) -> Job | None:
        """The study of sample nights; the first time, a job simulates them."""
        folder = self._settings.documents / "Sleep Studio" / SAMPLE_NAME
        opened = self.open(folder) if (folder / "study.json").exists() else self.create(folder, SAMPLE_NAME)
        if not opened or (self._session.catalogue and self._session.catalogue.recordings()):
            return None
        datasets = [{"name": "mesa", "params": {"path": str(folder / "nights")}}]
        request = JobRequest(
            "Simulating sample nights",
            {**self.sample_configuration, "datasets": datasets},
            ("simulate",),
            item="sample-nights",
            panel="recordings",
        )
        try:
            return self._jobs.start(request)
        except StudioError as error:
            self._messages.studio_error(error, about="study")
            return None

    def close(self) -> None:
        self.leave()
        self._session.close()

    def rename(self) -> None:
        study = self._session.study
        if study is None:
            return
        name, chosen = QInputDialog.getText(self._window, "Rename study", "Name", text=study.name)
        if chosen:
            self._say_errors(lambda: self._session.rename(name))

    def show_folder(self) -> None:
        if self._session.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._session.folder)))

    def leave(self) -> None:
        """Before the study is closed or replaced: keeps how it is left."""
        study = self._session.study
        if study is None:
            return
        self.store_state()
        catalogue = self._session.catalogue
        self._settings.remember_study(
            study.path,
            study.name,
            recordings=len(catalogue.recordings()) if catalogue else 0,
            runs=len(study.runs()),
        )

    def store_state(self) -> None:
        """Keeps how the study looks, where that changed."""
        study = self._session.study
        if study is None:
            return
        state = {**study.state(), **self._state_of_panels()}
        if state != self._stored:
            self._say_errors(lambda: study.save_state(state))
            self._stored = state

    def _enter(self, act: Callable[[], None]) -> bool:
        self.leave()
        if not self._say_errors(act):
            return False
        study, catalogue = self._session.study, self._session.catalogue
        if study is not None and catalogue is not None:
            self._settings.remember_study(
                study.path, study.name, recordings=len(catalogue.recordings()), runs=len(study.runs())
            )
            for note in catalogue.notes:
                self._messages.warn(note, about="study")
        return True

    def _say_errors(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except StudioError as error:
            self._messages.studio_error(error, about="study")
            return False
        return True
