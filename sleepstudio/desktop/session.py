"""The open study, and what is chosen in it. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from sleepstudio.datasets.catalogue import Catalogue
    from sleepstudio.study_folder import Study


class StudySession(QObject):
    """Holds the study and its catalogue, and tells everyone what changed."""

    study_changed = Signal()
    """Another study is open, or none."""
    recordings_changed = Signal(object)
    """tuple of recording ids that were added, changed or taken out; empty: anything may have."""
    runs_changed = Signal()
    selection_changed = Signal(object)
    """tuple of selected recording ids; the first is the current one."""
    title_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.study: Study | None = None
        self.catalogue: Catalogue | None = None
        self._selection: tuple[str, ...] = ()
        self._unsaved: frozenset[str] = frozenset()

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

    def _take(self, study: Study | None) -> None:
        catalogue = None if study is None else _open_catalogue(study)
        if self.catalogue is not None:
            self.catalogue.close()
        self.study, self.catalogue = study, catalogue
        self._selection, self._unsaved = (), frozenset()
        self.study_changed.emit()
        self.selection_changed.emit(())
        self.title_changed.emit()


def _open_catalogue(study: Study) -> Catalogue:
    from sleepstudio.datasets.catalogue import Catalogue

    return Catalogue(study)
