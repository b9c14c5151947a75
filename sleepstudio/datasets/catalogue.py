"""The recordings of a study: what they are like, how they were scored, what their channels measure."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from sleepstudio.datasets.catalogue_encoding import RowDecoder
from sleepstudio.datasets.catalogue_files import RecordingFiles
from sleepstudio.datasets.catalogue_index import read_scorings
from sleepstudio.datasets.catalogue_listing import Listing
from sleepstudio.datasets.catalogue_rows import CatalogueRecording, HypnogramSource, RecordingFacts
from sleepstudio.datasets.catalogue_store import (
    CatalogueStore,
    file_key,
    insert,
    parse_facts,
    stored_aliases,
    update,
)
from sleepstudio.datasets.learned_kinds import alias_key, with_learned_kinds
from sleepstudio.datasets.learned_labels import learn_labels, learned_labels
from sleepstudio.datasets.run_scorings import read_run_scoring, run_scorings
from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings import ChannelKind, Event, HypnogramMapping, Recording
from sleepstudio.recordings.scoring import ScoringSession
from sleepstudio.study_folder import Study

_MAX_ID_BYTES = 110
"""Percent-encoded: what leaves room for suffixes in a file's name."""


class Catalogue:
    """A study's recordings. Belongs to the thread that opened it: a worker opens another on the same study.

    Several processes may use one study: a change waits for another's, up to five seconds. Files are never
    moved, changed or deleted. What the user says is in ``recordings.json`` too, from which a damaged
    database is made again; ``notes`` says so. New and changed recordings are read by
    :func:`sleepstudio.datasets.catalogue_scan.scan`.
    """

    def __init__(self, study: Study) -> None:
        """Raises StudyError."""
        self.study = study
        self._store = CatalogueStore(study.path)
        self._listing = Listing()
        self._version: tuple[int, int] | None = None
        self._recordings: tuple[CatalogueRecording, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was repaired on opening, in sentences."""
        return self._store.notes

    @property
    def store(self) -> CatalogueStore:
        return self._store

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def version(self) -> tuple[int, int]:
        """Another one whenever anybody, here or in another process, changed the catalogue."""
        return self._store.version()

    def recordings(self) -> tuple[CatalogueRecording, ...]:
        """Every recording, in the order in which they were added; the same object until something changes."""
        version = self.version()
        if self._version != version:
            with self._store.reading() as connection:
                self._recordings = self._listing.current(connection, stored_aliases(connection))
            self._version = version
        return self._recordings

    def recording(self, recording_id: str) -> CatalogueRecording:
        """One recording. Raises StudyError where it is not in the catalogue."""
        with self._store.reading() as connection:
            row = connection.execute("SELECT * FROM recordings WHERE id = ?", (recording_id,)).fetchone()
            if row is None:
                raise StudyError("this recording is not in the catalogue.", where=recording_id)
            return RowDecoder(stored_aliases(connection)).recording(row)

    def add(self, facts: Iterable[RecordingFacts]) -> tuple[str, ...]:
        """Adds recordings, as yet unread; those whose file is there already are left out. The ids added.

        ``recording_id`` is a wish: where it is taken, a number follows it. Raises StudyError.
        """
        added = []
        with self._store.changing(facts=True) as connection:
            stored = connection.execute("SELECT id, file FROM recordings").fetchall()
            taken = {row["id"].casefold() for row in stored}
            present = {row["file"] for row in stored}
            for one in facts:
                if file_key(one) in present:
                    continue
                recording_id = _free(one.recording_id, taken)
                insert(connection, replace(one, recording_id=recording_id))
                taken.add(recording_id.casefold())
                present.add(file_key(one))
                added.append(recording_id)
        return tuple(added)

    def remove(self, recording_ids: Iterable[str]) -> tuple[RecordingFacts, ...]:
        """Takes recordings out; files and scoring stay. What :meth:`restore` needs to undo it."""
        removed = []
        with self._store.changing(facts=True) as connection:
            for recording_id in recording_ids:
                removed.append(_facts_of(connection, recording_id))
                connection.execute("DELETE FROM recordings WHERE id = ?", (recording_id,))
        return tuple(removed)

    def restore(self, facts: Iterable[RecordingFacts]) -> None:
        """Brings recordings to what was said of them before: the undo of any change below, and of removal."""
        with self._store.changing(facts=True) as connection:
            for one in facts:
                known = connection.execute(
                    "SELECT 1 FROM recordings WHERE id = ?", (one.recording_id,)
                ).fetchone()
                (update if known else insert)(connection, one)

    def set_subject(self, recording_ids: Iterable[str], subject: str) -> tuple[RecordingFacts, ...]:
        """Says who was recorded; empty: as the name says. The facts before, for :meth:`restore`."""
        return self._change(recording_ids, lambda one: replace(one, subject=subject.strip() or None))

    def set_scorer(self, recording_ids: Iterable[str], scorer: str | None) -> tuple[RecordingFacts, ...]:
        """Says whose scoring is used; None: the first there is. The facts before, for :meth:`restore`."""
        return self._change(recording_ids, lambda one: replace(one, scorer=scorer))

    def add_tag(self, recording_ids: Iterable[str], tag: str) -> tuple[RecordingFacts, ...]:
        """The facts before, for :meth:`restore`. Raises StudyError for an empty tag."""
        tag = " ".join(tag.split())
        if not tag:
            raise StudyError("a tag has at least one character.", where="tag")
        return self._change(
            recording_ids, lambda one: replace(one, tags=tuple(dict.fromkeys((*one.tags, tag))))
        )

    def remove_tag(self, recording_ids: Iterable[str], tag: str) -> tuple[RecordingFacts, ...]:
        """The facts before, for :meth:`restore`."""
        return self._change(
            recording_ids, lambda one: replace(one, tags=tuple(kept for kept in one.tags if kept != tag))
        )

    def attach(self, recording_id: str, hypnogram: Path) -> tuple[RecordingFacts, ...]:
        """Puts a hypnogram file to a recording, wherever it lies. The facts before, for :meth:`restore`."""
        return self.attach_all({recording_id: (hypnogram,)})

    def attach_all(self, hypnograms: Mapping[str, Sequence[Path]]) -> tuple[RecordingFacts, ...]:
        """Puts hypnogram files to recordings. The facts before, for :meth:`restore`."""
        return self._change(
            hypnograms,
            lambda one: replace(
                one, attached=tuple(dict.fromkeys((*one.attached, *hypnograms[one.recording_id])))
            ),
        )

    def detach(self, recording_id: str, hypnogram: Path) -> tuple[RecordingFacts, ...]:
        """Takes an attached hypnogram off; its file stays. The facts before, for :meth:`restore`."""
        return self._change(
            [recording_id],
            lambda one: replace(one, attached=tuple(path for path in one.attached if path != hypnogram)),
        )

    def relocate(self, places: Mapping[str, Path]) -> tuple[RecordingFacts, ...]:
        """Says where recordings lie now. The facts before, for :meth:`restore`.

        Raises StudyError where there is no such file, or it is another recording's: nothing is changed then.
        """
        for path in places.values():
            if not path.is_file():
                raise StudyError(
                    "there is no such file.", where=str(path), hint="Choose the recording's file."
                )
        return self._change(places, lambda one: replace(one, path=places[one.recording_id].absolute()))

    def aliases(self) -> Mapping[str, ChannelKind]:
        """What the user taught of labels, by label without case and punctuation."""
        with self._store.reading() as connection:
            return stored_aliases(connection)

    def learn(self, label: str, kind: ChannelKind | None) -> ChannelKind | None:
        """Says what every channel of this label measures, in all recordings; None: as the label tells.

        OTHER says that it is none of the known kinds. What was said before, for undo: ``learn`` it again.
        """
        return self.learn_all({label: kind})[label]

    def learn_all(self, kinds: Mapping[str, ChannelKind | None]) -> dict[str, ChannelKind | None]:
        """As :meth:`learn`, of many labels at once. What was said of each before."""
        keys = {label: alias_key(label) for label in kinds}
        with self._store.changing(facts=True) as connection:
            stored = stored_aliases(connection)
            for label, kind in kinds.items():
                if kind is None:
                    connection.execute("DELETE FROM aliases WHERE label = ?", (keys[label],))
                else:
                    connection.execute(
                        "INSERT OR REPLACE INTO aliases VALUES (?, ?)", (keys[label], kind.value)
                    )
        return {label: stored.get(key) for label, key in keys.items()}

    def stage_labels(self) -> HypnogramMapping:
        """What the user taught of scorings' labels. Raises StudyError."""
        return learned_labels(self.study.path)

    def learn_stage_labels(self, labels: Mapping[str, Stage | str | None]) -> HypnogramMapping:
        """Says what labels of scorings mean, in all recordings: a stage, None for an event, "" to forget it.

        The next scan reads scorings again. What was said before, for undo. Raises StudyError.
        """
        before = learn_labels(self.study.path, labels)
        with self._store.changing(facts=False) as connection:
            connection.execute("UPDATE recordings SET stale = 1")
        return before

    def set_hypnogram_offset(
        self, recording_ids: Iterable[str], offset_s: float
    ) -> tuple[RecordingFacts, ...]:
        """Moves hypnograms of files so many seconds later. The facts before, for :meth:`restore`."""
        return self._change(recording_ids, lambda one: replace(one, hypnogram_offset_s=float(offset_s)))

    def open(self, recording_id: str) -> Recording:
        """The recording, under its id and with learned kinds. Raises StudioError."""
        facts = self.recording(recording_id).facts
        recording = self._files().open(facts)
        return with_learned_kinds(recording, self.aliases())

    def scorers(self, recording_id: str) -> tuple[HypnogramSource, ...]:
        """Every scoring there is now: files, annotations, the study's own, then runs' predictions.

        Listed from what was read and from names on the disk; nothing is opened.
        """
        row = self.recording(recording_id)
        known = {source.scorer: source for source in row.sources if source.origin != "own"}
        for own in self._files().own(row.facts):
            before = next(
                (one for one in row.sources if (one.scorer, one.origin) == (own.scorer, "own")), None
            )
            known[own.scorer] = before or HypnogramSource(own.scorer, "own", own.hypnogram)
        return (*known.values(), *run_scorings(self.study, recording_id, known))

    def score(self, recording_id: str, scorer: str, *, copy_of: str = "") -> ScoringSession:
        """Opens a recording for scoring under a name, to go on with what the study has of it.

        Where it has nothing, it begins as a copy of ``copy_of``'s scoring, by default of what a file has of
        the same scorer, or unscored. Close the session, then scan the recording. Raises StudioError.
        """
        original = copy_of or scorer
        hypnogram: Hypnogram | None = None
        events: tuple[Event, ...] = ()
        if copy_of or any(source.scorer == original for source in self.scorers(recording_id)):
            hypnogram, events = self.scoring(recording_id, original)
        with self.open(recording_id) as recording:
            return ScoringSession.open(
                self.study.scoring_folder(recording_id),
                scorer,
                recording.duration_s,
                start=recording.start,
                copy_of=hypnogram,
                events=events,
            )

    def source_files(self, recording_id: str) -> tuple[Path, ...]:
        """What a recording and its scorings are read from: never to be written over."""
        return self._files().sources(self.recording(recording_id).facts)

    def hypnogram(self, recording_id: str, scorer: str = "") -> Hypnogram | None:
        """A scoring on the recording's clock; by default the one in use, None where there is none.

        Raises StudioError where the scorer has none, or it cannot be read.
        """
        return self.scoring(recording_id, scorer)[0]

    def events(self, recording_id: str, scorer: str = "") -> tuple[Event, ...]:
        """What a scorer scored beside the stages, by onset. Raises StudioError."""
        return self.scoring(recording_id, scorer)[1]

    def scoring(self, recording_id: str, scorer: str = "") -> tuple[Hypnogram | None, tuple[Event, ...]]:
        """Hypnogram and events of a scorer, read once. Raises StudioError."""
        row = self.recording(recording_id)
        wanted = scorer or row.scorer
        run = next(
            (one for one in self.scorers(recording_id) if one.scorer == wanted and one.origin == "run"), None
        )
        if run is not None:
            return read_run_scoring(run), ()
        files = self._files()
        with files.open(row.facts) as recording:
            scorings = read_scorings(row.facts, files, recording)
        found = next((one for one in scorings if one.source.scorer == wanted), None)
        if found is None:
            if scorer:
                raise StudyError(f"{scorer} has not scored this recording.", where=recording_id)
            return None, ()
        if found.hypnogram is None:
            raise StudyError(found.source.problem, where=recording_id)
        return found.hypnogram, found.events

    def _files(self) -> RecordingFiles:
        return RecordingFiles(self.study.scoring)

    def _change(
        self, recording_ids: Iterable[str], change: Callable[[RecordingFacts], RecordingFacts]
    ) -> tuple[RecordingFacts, ...]:
        before = []
        with self._store.changing(facts=True) as connection:
            for recording_id in recording_ids:
                facts = _facts_of(connection, recording_id)
                before.append(facts)
                update(connection, change(facts))
        return tuple(before)


def _facts_of(connection: sqlite3.Connection, recording_id: str) -> RecordingFacts:
    row = connection.execute("SELECT facts FROM recordings WHERE id = ?", (recording_id,)).fetchone()
    if row is None:
        raise StudyError("this recording is not in the catalogue.", where=recording_id)
    return parse_facts(json.loads(row["facts"]))


def _free(wish: str, taken: set[str]) -> str:
    """The wish, with a number where it is taken, cut where it could not name a file."""
    while len(quote(wish)) > _MAX_ID_BYTES:
        wish = wish[:-1]
    recording_id, number = wish, 2
    while recording_id.casefold() in taken:
        recording_id = f"{wish}-{number}"
        number += 1
    return recording_id
