"""Keeps one night open, and reads everybody's scoring of it beside the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.panels.recordings.night import LoadedScoring, OpenNight, load_scorings
from sleepstudio.desktop.session import StudySession
from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor


class NightKeeper(QObject):
    """``night`` is the one that is open, or None."""

    scorings_read = Signal()
    failed = Signal(object)
    """A StudioError: the scorings could not be read."""

    def __init__(self, session: StudySession, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._loading: Background | None = None
        self.night: OpenNight | None = None

    @property
    def busy(self) -> bool:
        """Whether scorings are being read."""
        return self._loading is not None

    def open(self, row: CatalogueRecording, scorer: str) -> OpenNight:
        """Opens a recording's signals; its scorings follow. Raises StudioError."""
        study, catalogue = self._session.study, self._session.catalogue
        assert study is not None
        assert catalogue is not None
        self.night = OpenNight.open(study, catalogue, row, scorer)
        return self.night

    def close(self) -> None:
        """Closes the night. Raises StudyError where its scoring cannot be written as tables."""
        night, self.night = self.night, None
        if self._loading is not None:
            self._loading.cancel()
            self._loading = None
        if night is None:
            return
        edited = night.session is not None
        try:
            night.close()
        finally:
            if edited:
                self._session.scan()

    def finish(self) -> None:
        """Writes the scoring that is being made; the night stays open. Raises StudyError."""
        if self.night is not None and self.night.session is not None:
            try:
                self.night.finish()
            finally:
                self._session.scan()

    def load_scorings(self) -> None:
        """Reads everybody's scoring of the open night anew."""
        night, study = self.night, self._session.study
        if night is None or study is None:
            return
        if self._loading is not None:
            self._loading.cancel()
        row = night.row

        def load(_monitor: Monitor) -> tuple[LoadedScoring, ...]:
            return load_scorings(study, row)

        work = self._loading = Background(load, self)
        work.finished.connect(lambda found, work=work: self._loaded(work, night, found))
        work.failed.connect(lambda error, work=work: self._load_failed(work, error))
        work.start()

    def _loaded(self, work: Background, night: OpenNight, found: tuple[LoadedScoring, ...]) -> None:
        if work is self._loading and night is self.night:
            self._loading = None
            night.set_scorings(found)
            self.scorings_read.emit()
        work.deleteLater()

    def _load_failed(self, work: Background, error: StudioError) -> None:
        if work is self._loading:
            self._loading = None
            self.failed.emit(error)
        work.deleteLater()
