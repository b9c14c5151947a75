"""One person scoring one night: every edit is on the disk before it is seen, and can be undone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from sleepstudio.errors import StudioError, StudyError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage, resample
from sleepstudio.recordings.csv_hypnogram import write_hypnogram_csv
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scoring.edits import (
    Edit,
    EventChange,
    ScoredEvent,
    ScoringState,
    stage_edit,
)
from sleepstudio.recordings.scoring.events_file import write_events_csv
from sleepstudio.recordings.scoring.journal import Action, Entry, Journal, ReadJournal, read_journal
from sleepstudio.recordings.scoring.own import OwnFiles, as_events, as_hypnogram, numbered, stored_state
from sleepstudio.study import writing

MAX_SCORER = 60


class ScoringSession:
    """Open with :meth:`open`; close when done, or leave it to ``with``.

    Each edit is appended to the scorer's journal and flushed to the disk before it is made, so that a
    process killed at any moment has lost nothing that was seen. Closing, and :meth:`compact`, write the
    hypnogram and the events as tables and begin an empty journal. Files appear with the first edit.

    ``notes``: what was repaired or set aside on opening, in sentences. ``on_change``: called after each edit,
    undo and redo with the edit as it was applied.
    """

    def __init__(
        self, files: OwnFiles, lock: FileLock, state: ScoringState, epoch_s: float, start: datetime | None
    ) -> None:
        self.files = files
        self.epoch_s = epoch_s
        self.start = start
        self.notes: tuple[str, ...] = ()
        self.on_change: Callable[[Edit], None] | None = None
        self._lock = lock
        self._state = state
        self._journal: Journal | None = None
        self._next_event = max(state.events, default=-1) + 1

    @classmethod
    def open(
        cls,
        folder: Path,
        scorer: str,
        duration_s: float,
        *,
        start: datetime | None = None,
        epoch_s: float = EPOCH_S,
        copy_of: Hypnogram | None = None,
        events: Iterable[Event] = (),
    ) -> ScoringSession:
        """What ``scorer`` has made of a recording so far, to go on with.

        ``folder``: the recording's scoring folder in the study; ``duration_s``, ``start``: the recording's.
        Where the scorer has nothing here yet, the scoring begins as ``copy_of`` (on the recording's clock)
        with ``events``, or unscored. Raises StudyError where another window has the scorer open, where the
        stored scoring cannot be read, or the folder not be written.
        """
        files = OwnFiles(folder, _checked_scorer(scorer))
        lock = _held(files)
        try:
            session, read = cls._stored(files, lock, duration_s, start, epoch_s)
            if read is None and not files.all:
                session._begin_as(copy_of, events)
            elif read is not None:
                session._journal = session._resumed(read)
        except StudioError:
            lock.release()
            raise
        return session

    @classmethod
    def _stored(
        cls, files: OwnFiles, lock: FileLock, duration_s: float, start: datetime | None, epoch_s: float
    ) -> tuple[ScoringSession, ReadJournal | None]:
        read = read_journal(files.journal)
        whole_epochs = math.floor(duration_s / epoch_s + 1e-6)
        state, epoch_s = stored_state(files, read, epochs=whole_epochs, epoch_s=epoch_s)
        notes = []
        if read is not None and read.damaged:
            notes.append(
                f"{read.damaged} lines of the journal were damaged and are left out; as it was, it is kept as"
                f" {_kept_aside(files.journal).name}."
            )
        beyond = len(state.stages) - math.floor(duration_s / epoch_s + 1e-6)
        if beyond > 0:
            notes.append(f"{beyond} epochs lie beyond the recording's end; they are kept.")
        session = cls(files, lock, state, epoch_s, start)
        session.notes = tuple(notes)
        return session, read

    def _begin_as(self, copy_of: Hypnogram | None, events: Iterable[Event]) -> None:
        stages = self._state.stages
        if copy_of is not None:
            stages[:] = resample(copy_of, self.epoch_s, onset_s=0.0, n_epochs=len(stages)).stages
        self._state.events.update(numbered(filter(None, map(_cleaned, events))))
        self._next_event = len(self._state.events)

    def _resumed(self, read: ReadJournal) -> Journal:
        if read.damaged:
            # what could be read goes into the tables, and a sound journal begins
            self._write_tables()
            return Journal.begin(self.files.journal, len(self._state.stages), self.epoch_s)
        return Journal.resume(self.files.journal, read)

    @property
    def scorer(self) -> str:
        return self.files.scorer

    @property
    def stages(self) -> NDArray[np.int8]:
        """(epochs,) of Stage as they stand: a read-only view that follows the edits."""
        view = self._state.stages.view()
        view.flags.writeable = False
        return view

    @property
    def hypnogram(self) -> Hypnogram:
        """The stages as they stand now; later edits do not change it."""
        return as_hypnogram(self._state, self.epoch_s, self.scorer, self.start)

    @property
    def events(self) -> tuple[ScoredEvent, ...]:
        """By onset."""
        return as_events(self._state)

    @property
    def undo_name(self) -> str | None:
        """What :meth:`undo` would take back, as a user reads it; None where there is nothing."""
        return self._state.done[-1].name if self._state.done else None

    @property
    def redo_name(self) -> str | None:
        """What :meth:`redo` would make again; None where there is nothing."""
        return self._state.undone[-1].name if self._state.undone else None

    def score(self, epochs: Iterable[int], stage: Stage) -> Edit | None:
        """Gives epochs a stage; None where they have it already. Raises IndexError, StudyError."""
        return self._make(stage_edit(self._state.stages, epochs, stage))

    def score_and_go_on(self, epochs: Sequence[int], stage: Stage) -> int:
        """Gives epochs a stage, and says which epoch is next: the one after them, or the night's last."""
        self.score(epochs, stage)
        return min(max(epochs) + 1, len(self._state.stages) - 1)

    def add_event(self, event: Event) -> int:
        """Adds an event, and gives the number it keeps. Raises ValueError, StudyError."""
        number, sound = self._next_event, _sound(event)
        self._make(Edit(f"{sound.label} added", events=(EventChange(number, None, sound),)))
        self._next_event += 1
        return number

    def change_event(self, event_id: int, event: Event) -> Edit | None:
        """Moves, resizes or renames an event; None where nothing changes. Raises KeyError, ValueError."""
        before, after = self._state.events[event_id], _sound(event)
        if before == after:
            return None
        moved = replace(after, label=before.label) != before
        what = "changed" if moved else f"renamed {after.label}"
        return self._make(Edit(f"{before.label} {what}", events=(EventChange(event_id, before, after),)))

    def delete_events(self, event_ids: Iterable[int]) -> Edit | None:
        """Deletes events, as one step of undo. Raises KeyError for one that is not there, StudyError."""
        chosen = sorted(set(event_ids))
        changes = tuple(EventChange(number, self._state.events[number], None) for number in chosen)
        if not changes:
            return None
        first = changes[0].before
        assert first is not None
        name = f"{first.label} deleted" if len(changes) == 1 else f"{len(changes)} events deleted"
        return self._make(Edit(name, events=changes))

    def make(self, edit: Edit) -> Edit | None:
        """Makes an edit that was made, or is the inverse of one made, in an earlier session of this scoring.

        What it changes is brought to what the edit says is after it. None for an empty one. Raises
        IndexError for epochs that there are not, StudyError.
        """
        beyond = max(edit.epochs, default=-1)
        if beyond >= len(self._state.stages):
            raise IndexError(f"epoch {beyond} of {len(self._state.stages)}")
        return self._make(edit)

    def undo(self) -> Edit | None:
        """Takes the newest edit back; the edit as it was applied, or None. Raises StudyError."""
        if not self._state.done:
            return None
        return self._write("undo", self._state.done[-1].inverse())

    def redo(self) -> Edit | None:
        """Makes again what was undone last; None where there is nothing. Raises StudyError."""
        return self._write("redo", self._state.undone[-1]) if self._state.undone else None

    def compact(self) -> None:
        """Writes the tables and begins an empty journal; undo goes on. Nothing where nothing was edited.

        A kill between any two of its steps loses nothing. Raises StudyError.
        """
        if self._journal is None:
            return
        self._write_tables()
        self._journal.close()
        self._journal = None
        self._journal = Journal.begin(self.files.journal, len(self._state.stages), self.epoch_s)

    def close(self) -> None:
        """Writes the tables, removes the journal, and lets others score; may be called twice.

        Raises StudyError where the tables cannot be written: the journal then stays, and with it every edit.
        """
        journal, self._journal = self._journal, None
        try:
            if journal is not None:
                journal.close()
                self._write_tables()
                self.files.journal.unlink(missing_ok=True)
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make(self, edit: Edit) -> Edit | None:
        return self._write("edit", edit) if edit else None

    def _write(self, action: Action, edit: Edit) -> Edit:
        entry = Entry(action, edit)
        if not self._lock.is_locked:
            raise StudyError("the scoring was closed.", where=self.scorer)
        if self._journal is None:
            if not self.files.all:
                self._write_tables()
            self._journal = Journal.begin(self.files.journal, len(self._state.stages), self.epoch_s)
        self._journal.append(entry)
        entry.replay(self._state)
        if self.on_change is not None:
            self.on_change(edit)
        return edit

    def _write_tables(self) -> None:
        write_hypnogram_csv(self.hypnogram, self.files.hypnogram)
        if self._state.events or self.files.events.exists():
            write_events_csv(self.events, self.files.events)


def _held(files: OwnFiles) -> FileLock:
    with writing(files.folder):
        files.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(files.lock)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StudyError(
                f"{files.scorer} is scoring this recording in another window.",
                where=str(files.folder),
                hint="Close it there, or score under another name.",
            ) from error
    return lock


def _kept_aside(path: Path) -> Path:
    """A copy of a damaged file, under a name that is free."""
    number = 1
    while (aside := path.with_name(f".{path.name}.damaged-{number}")).exists():
        number += 1
    with writing(aside):
        aside.write_bytes(path.read_bytes())
    return aside


def _checked_scorer(scorer: str) -> str:
    scorer = " ".join(scorer.split())
    if not 0 < len(scorer) <= MAX_SCORER or not scorer.isprintable():
        raise StudyError(f"a scorer's name has 1 to {MAX_SCORER} characters.", where="scorer")
    return scorer


def _sound(event: Event) -> Event:
    """Raises ValueError where the event is nowhere or says nothing."""
    cleaned = _cleaned(event)
    if cleaned is None:
        raise ValueError(f"not an event: {event}")
    return cleaned


def _cleaned(event: Event) -> Event | None:
    """The event in one line of printable text; None where it is nowhere or says nothing."""
    cleaned = replace(event, label=_line(event.label), channel=_line(event.channel))
    somewhere = math.isfinite(event.onset_s) and 0 <= event.duration_s < math.inf
    return cleaned if somewhere and cleaned.label else None


def _line(text: str) -> str:
    return "".join(character for character in " ".join(text.split()) if character.isprintable()).strip()
