"""The people of the configuration in the form: read in the background, and divided as the training would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.config import StudyConfiguration
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.panels.training.people import Division, People, divide, load_people, too_few
from sleepstudio.errors import StudioError, TrainingError

PEOPLE_AFTER_MS = 250


class PeopleKeeper(QObject):
    """``configuration``: the form's; None where it gives none. ``changed``: other people, or none.

    ``people`` is None until they are read, and where they cannot be: then ``problem`` says why.
    """

    changed = Signal()

    def __init__(
        self, configuration: Callable[[], StudyConfiguration | None], folder: Path, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._configuration, self._folder = configuration, folder
        self.people: People | None = None
        self.division: Division | None = None
        self.problem = ""
        self._key: object = None
        self._work: Background | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PEOPLE_AFTER_MS)
        self._timer.timeout.connect(self._load)

    def want(self) -> None:
        """Reads them soon, where they are not those that were read last."""
        self._timer.start()

    def forget(self) -> None:
        """What was read is no longer so."""
        self._key = None

    def divide(self) -> None:
        """Who would be where; without people or configuration, nobody is anywhere."""
        configuration = self._configuration()
        if configuration is not None and self.people is not None:
            try:
                self.division, self.problem = divide(self.people, configuration), ""
            except TrainingError as error:
                self.division, self.problem = None, too_few(error)
        if self.people is None:
            self.division = None

    def _load(self) -> None:
        configuration = self._configuration()
        if configuration is None or self._work is not None:
            return
        key = _key_of(configuration)
        if key == self._key:
            return
        self._key = key
        folder = self._folder
        self._work = Background(lambda monitor: load_people(configuration, folder, monitor))
        self._work.finished.connect(self._took)
        self._work.failed.connect(self._failed)
        self._work.start()

    def _took(self, people: People) -> None:
        self._work = None
        self.people, self.problem = people, ""
        self.changed.emit()

    def _failed(self, error: StudioError) -> None:
        self._work = None
        self.people = None
        self.problem = " ".join(filter(None, (error.message, error.hint)))
        self.changed.emit()


def _key_of(configuration: StudyConfiguration) -> object:
    """What the people of a configuration depend on."""
    feature = configuration.feature
    datasets = [each.model_dump_json() for each in configuration.datasets]
    return datasets, feature.name, str(feature.save_path), configuration.resolved_stage_set()
