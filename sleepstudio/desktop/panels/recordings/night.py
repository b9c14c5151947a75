"""One recording that is open: its signals, everyone's scoring of it, and the scoring that is being made.

Without Qt. Scorings are read apart from signals (:func:`load_scorings`, which a thread may do), so that the
first page need not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_files import RecordingFiles
from sleepstudio.datasets.catalogue_index import read_scorings
from sleepstudio.datasets.catalogue_rows import CatalogueRecording, HypnogramSource
from sleepstudio.datasets.run_scorings import read_run_scoring, run_scorings
from sleepstudio.errors import StudioError, StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings import Event, Recording
from sleepstudio.recordings.scoring import Edit, ScoredEvent, ScoringSession, differences
from sleepstudio.study_folder import Study


@dataclass(frozen=True, eq=False)
class LoadedScoring:
    """A scoring as it is stored; ``hypnogram`` is None where it has a problem."""

    source: HypnogramSource
    hypnogram: Hypnogram | None = None
    events: tuple[Event, ...] = ()

    @property
    def scorer(self) -> str:
        return self.source.scorer


def load_scorings(study: Study, row: CatalogueRecording) -> tuple[LoadedScoring, ...]:
    """Every scoring of a recording: the one in use first, then files, own ones, runs'. Raises StudioError."""
    files = RecordingFiles(study.scoring)
    with files.open(row.facts) as recording:
        found = [
            LoadedScoring(one.source, one.hypnogram, one.events)
            for one in read_scorings(row.facts, files, recording)
        ]
    taken = {one.scorer for one in found}
    for source in run_scorings(study, row.recording_id, taken):
        try:
            found.append(LoadedScoring(source, read_run_scoring(source)))
        except StudioError as error:
            told = HypnogramSource(source.scorer, source.origin, source.path, 0, str(error))
            found.append(LoadedScoring(told))
    found.sort(key=lambda one: one.scorer != row.scorer)
    return tuple(found)


@dataclass(frozen=True, eq=False)
class ScorerRow:
    """One scorer's stages, as a row shows them; ``edited``: they are being made."""

    scorer: str
    origin: str
    hypnogram: Hypnogram
    edited: bool = False


@dataclass
class OpenNight:
    """``scorer``: under whose name is scored. ``on_edit(edit)``: after each change that is made here."""

    study: Study
    row: CatalogueRecording
    recording: Recording
    scorer: str
    on_edit: Callable[[Edit], None] = field(default=lambda _edit: None)
    scorings: tuple[LoadedScoring, ...] = ()
    loaded: bool = False
    hidden: frozenset[str] = frozenset()
    """Scorers whose row is not shown."""
    begins_as: str | None = None
    """Whose scoring a new one begins as a copy of; empty: with no epoch scored; None: the one in use."""
    session: ScoringSession | None = None

    @classmethod
    def open(cls, study: Study, catalogue: Catalogue, row: CatalogueRecording, scorer: str) -> OpenNight:
        """Opens the signals; scorings are set when they are read. Raises StudioError."""
        return cls(study, row, catalogue.open(row.recording_id), scorer)

    @property
    def recording_id(self) -> str:
        return self.row.recording_id

    def set_scorings(self, scorings: tuple[LoadedScoring, ...]) -> None:
        """What was read; the scoring that is being made goes on."""
        self.scorings, self.loaded = scorings, True

    def set_scorer(self, scorer: str, begins_as: str | None = None) -> None:
        """Scores under another name from now on; what was being made is closed. Raises StudyError."""
        self.finish()
        self.scorer, self.begins_as = scorer, begins_as

    @property
    def own_scorers(self) -> tuple[str, ...]:
        return tuple(one.scorer for one in self.scorings if one.source.origin == "own")

    @property
    def basis(self) -> LoadedScoring | None:
        """What a scoring under the present name begins as; None where it is there, or begins blank."""
        if self.begins_as == "" or self.scorer in self.own_scorers:
            return None
        usable = [one for one in self.scorings if one.hypnogram is not None]
        if self.begins_as is not None:
            return next((one for one in usable if one.scorer == self.begins_as), None)
        human = [one for one in usable if one.source.origin != "run"]
        for wanted in (self.scorer, self.row.scorer):
            if found := next((one for one in human if one.scorer == wanted), None):
                return found
        return next(iter(human), None)

    @property
    def shown(self) -> tuple[ScorerRow, ...]:
        """The scorers' rows: the one that is being made, or would be changed by a key, first."""
        rows = [
            ScorerRow(one.scorer, one.source.origin, one.hypnogram)
            for one in self.scorings
            if one.hypnogram is not None
        ]
        if self.session is not None:
            rows = [one for one in rows if one.scorer != self.session.scorer]
            rows.insert(0, ScorerRow(self.session.scorer, "own", self.session.hypnogram, edited=True))
        elif self.loaded:
            first = next((one for one in rows if one.scorer == self._first_scorer()), None)
            if first is None:
                rows.insert(0, ScorerRow(self.scorer, "own", self._empty(), edited=True))
            else:
                rows.remove(first)
                rows.insert(0, first)
        return tuple(one for place, one in enumerate(rows) if not place or one.scorer not in self.hidden)

    @property
    def hypnogram(self) -> Hypnogram | None:
        """The one to navigate by; None where nobody scored anything."""
        first = next(iter(self.shown), None)
        if first is None or not np.any(first.hypnogram.stages != Stage.UNSCORED):
            return None
        return first.hypnogram

    @property
    def events(self) -> tuple[ScoredEvent, ...]:
        """Of the scoring that is shown first, by onset."""
        if self.session is not None:
            return self.session.events
        first = self._first_scorer()
        found = next((one.events for one in self.scorings if one.scorer == first), ())
        return tuple(
            ScoredEvent(place, event)
            for place, event in enumerate(sorted(found, key=lambda event: event.onset_s))
        )

    def differing(self) -> NDArray[np.bool_]:
        """(epochs of the first row,) where any other scorer shown differs from it."""
        rows = self.shown
        if not rows:
            return np.zeros(0, np.bool_)
        found = np.zeros(len(rows[0].hypnogram), np.bool_)
        for other in rows[1:]:
            found |= differences(rows[0].hypnogram, other.hypnogram)
        return found

    def writing(self) -> ScoringSession:
        """The scoring that edits go to, begun where it was not yet. Raises StudioError."""
        if self.session is None:
            if not self.loaded:
                self.set_scorings(load_scorings(self.study, self.row))
            problem = next((one.source.problem for one in self.scorings if one.scorer == self.scorer), "")
            if problem and self.scorer in self.own_scorers:
                raise StudyError(problem, where=self.scorer, hint="Score under another name.")
            basis = self.basis
            self.session = ScoringSession.open(
                self.study.scoring_folder(self.recording_id),
                self.scorer,
                self.recording.duration_s,
                start=self.recording.start,
                copy_of=basis.hypnogram if basis else None,
                events=basis.events if basis else (),
            )
            self.session.on_change = self.on_edit
        return self.session

    def finish(self) -> None:
        """Writes the scoring that is being made as tables and lets others score. Raises StudyError."""
        session, self.session = self.session, None
        if session is not None:
            session.on_change = None
            session.close()
            self._keep(session)

    def close(self) -> None:
        """Closes the signals too. Raises StudyError where the scoring cannot be written; it is not lost."""
        try:
            self.finish()
        finally:
            self.recording.close()

    def _keep(self, session: ScoringSession) -> None:
        """The scoring that was made stays among the others, without reading it again."""
        if not session.files.all:
            return
        events = tuple(scored.event for scored in session.events)
        source = HypnogramSource(session.scorer, "own", session.files.hypnogram, len(events))
        kept = LoadedScoring(source, session.hypnogram, events)
        self.scorings = (kept, *(one for one in self.scorings if one.scorer != session.scorer))

    def _first_scorer(self) -> str:
        if self.scorer in self.own_scorers:
            return self.scorer
        return self.basis.scorer if self.basis else self.scorer

    def _empty(self) -> Hypnogram:
        epochs = int(self.recording.duration_s / 30 + 1e-6)
        stages = np.full(epochs, Stage.UNSCORED, np.int8)
        return Hypnogram(stages, start=self.recording.start, scorer=self.scorer)
