"""Scoring made here, as it is kept: a hypnogram, a table of events, and the journal of edits since.

In a recording's scoring folder a scorer has ``<scorer>.csv``, ``<scorer>.events.csv`` and
``<scorer>.journal``; the journal goes over the tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from sleepstudio.errors import RecordingError, StudyError
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage, resample
from sleepstudio.recordings.csv_hypnogram import read_csv_hypnogram
from sleepstudio.recordings.recording import Event
from sleepstudio.recordings.scoring.edits import ScoredEvent, ScoringState
from sleepstudio.recordings.scoring.events_file import read_events_csv
from sleepstudio.recordings.scoring.journal import ReadJournal, read_journal
from sleepstudio.study_folder import file_name

_STAGES, _EVENTS, _JOURNAL = ".csv", ".events.csv", ".journal"


@dataclass(frozen=True)
class OwnFiles:
    """Where a scorer's scoring of one recording is kept."""

    folder: Path
    scorer: str

    def _file(self, suffix: str) -> Path:
        # a name's own points must not look like these suffixes
        return self.folder / f"{file_name(self.scorer).replace('.', '%2E')}{suffix}"

    @property
    def hypnogram(self) -> Path:
        return self._file(_STAGES)

    @property
    def events(self) -> Path:
        return self._file(_EVENTS)

    @property
    def journal(self) -> Path:
        return self._file(_JOURNAL)

    @property
    def lock(self) -> Path:
        return self._file(".lock")

    @property
    def all(self) -> tuple[Path, ...]:
        """The files that are there: what a scoring's content is made of."""
        return tuple(path for path in (self.hypnogram, self.events, self.journal) if path.exists())


@dataclass(frozen=True, eq=False)
class OwnScoring:
    """A scorer's scoring as it stands now."""

    scorer: str
    hypnogram: Hypnogram
    events: tuple[ScoredEvent, ...]


def own_scorers(folder: Path) -> tuple[str, ...]:
    """Who has scored in a recording's scoring folder, by name; none where there is no folder."""
    if not folder.is_dir():
        return ()
    names = set()
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name.endswith(_EVENTS):
            continue
        if path.name.endswith((_STAGES, _JOURNAL)):
            names.add(_scorer_of(path))
    return tuple(sorted(names, key=str.casefold))


def read_own_scoring(folder: Path, scorer: str, start: datetime | None = None) -> OwnScoring:
    """A scorer's scoring with its newest edits; changes nothing, and may be read while it is edited.

    ``start``: the recording's. Raises RecordingError or StudyError where it is damaged, or not there.
    """
    files = OwnFiles(folder, scorer)
    read = read_journal(files.journal)
    if read is None and not files.hypnogram.exists():
        raise StudyError(f"{scorer} has not scored this recording.", where=str(folder))
    state, epoch_s = stored_state(files, read)
    return OwnScoring(scorer, as_hypnogram(state, epoch_s, scorer, start), as_events(state))


def stored_state(
    files: OwnFiles, read: ReadJournal | None, *, epochs: int = 0, epoch_s: float = EPOCH_S
) -> tuple[ScoringState, float]:
    """The tables with the journal's entries over them, over at least ``epochs`` epochs; and their length.

    Never shorter than what was stored. Raises RecordingError where a table is damaged.
    """
    table = read_csv_hypnogram(files.hypnogram) if files.hypnogram.exists() else None
    if read is not None and read.epoch_s is not None:
        epoch_s = read.epoch_s
    elif table is not None:
        epoch_s = table.epoch_s
    epochs = max(epochs, read.reach if read else 0)
    if table is not None:
        epochs = max(epochs, int(np.ceil(table.stop_s / epoch_s - 1e-6)))
    stages = np.full(epochs, Stage.UNSCORED, np.int8)
    if table is not None:
        stages[:] = resample(table, epoch_s, onset_s=0.0, n_epochs=epochs).stages
    events = dict(read_events_csv(files.events)) if files.events.exists() else {}
    state = ScoringState(stages, events)
    for entry in read.entries if read else ():
        entry.replay(state)
    return state, epoch_s


def as_hypnogram(state: ScoringState, epoch_s: float, scorer: str, start: datetime | None) -> Hypnogram:
    return Hypnogram(state.stages, epoch_s, 0.0, start, scorer)


def as_events(state: ScoringState) -> tuple[ScoredEvent, ...]:
    """By onset; of equal onsets the older first."""
    return tuple(
        ScoredEvent(number, event)
        for number, event in sorted(state.events.items(), key=lambda item: (item[1].onset_s, item[0]))
    )


def numbered(events: Iterable[Event]) -> dict[int, Event]:
    return dict(enumerate(sorted(events, key=lambda event: event.onset_s)))


def _scorer_of(path: Path) -> str:
    """The name as it was given: kept in the table, and in the file's name where that is not shortened."""
    stem = path.name.removesuffix(_STAGES).removesuffix(_JOURNAL)
    if "~" not in stem:
        return unquote(stem)
    try:
        return read_csv_hypnogram(path.with_name(f"{stem}{_STAGES}")).scorer or unquote(stem)
    except RecordingError:
        return unquote(stem)
