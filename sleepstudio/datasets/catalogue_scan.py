"""Reading new and changed recordings into a catalogue, and finding files that were moved."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_encoding import decode_stamps, encode_indexed, encode_stamps, montage_of
from sleepstudio.datasets.catalogue_files import FileStamp, RecordingFiles, stamp
from sleepstudio.datasets.catalogue_index import IndexedRecording, index_recording
from sleepstudio.datasets.catalogue_rows import RecordingFacts, RecordingState
from sleepstudio.datasets.catalogue_store import parse_facts
from sleepstudio.datasets.listing import files_below
from sleepstudio.datasets.names import is_recording_name
from sleepstudio.errors import DatasetError, StudioError
from sleepstudio.monitor import SILENT, Monitor
from sleepstudio.recordings import open_recording

STEP = "catalogue"
_COMMIT_S = 0.5
"""How much work a kill may lose, and how long rows stay unseen."""


@dataclass(frozen=True)
class ScanResult:
    """Recording ids: ``read`` anew, of which ``unreadable`` cannot be read; ``missing``: without their file;
    ``unchanged`` counts the others."""

    read: tuple[str, ...]
    unreadable: tuple[str, ...]
    missing: tuple[str, ...]
    unchanged: int


def scan(
    catalogue: Catalogue, recording_ids: Iterable[str] | None = None, monitor: Monitor = SILENT
) -> ScanResult:
    """Reads the recordings that are new, or whose files (scorings too) changed in size or time.

    ``recording_ids``: those alone; None: all. A missing file's row keeps what was known. What was read is
    committed every half second; a cancelled scan keeps it. Raises StudyError, Cancelled.
    """
    wanted = None if recording_ids is None else {one.casefold() for one in recording_ids}
    rows = [row for row in _stored(catalogue) if wanted is None or row["id"].casefold() in wanted]
    files = RecordingFiles(catalogue.study.scoring)
    pending: list[_Read] = []
    read, unreadable, missing = [], [], []
    committed = time.monotonic()
    try:
        for done, row in enumerate(rows, 1):
            monitor.check_cancelled()
            facts = parse_facts(json.loads(row["facts"]))
            if stamp(facts.path) is None:
                missing.append(facts.recording_id)
                pending.append(_Read(row["facts"], facts, None))
            elif row["stale"] or row["missing"] or files.stamps(facts) != decode_stamps(row["stamps"]):
                indexed = index_recording(facts, files)
                pending.append(_Read(row["facts"], facts, indexed))
                read.append(facts.recording_id)
                if indexed.state is RecordingState.UNREADABLE:
                    unreadable.append(facts.recording_id)
            if pending and time.monotonic() - committed > _COMMIT_S:
                _commit(catalogue, pending)
                committed = time.monotonic()
            monitor.progress(STEP, done, len(rows), facts.recording_id)
    finally:
        _commit(catalogue, pending)
    unchanged = len(rows) - len(read) - len(missing)
    return ScanResult(tuple(read), tuple(unreadable), tuple(missing), unchanged)


def find_missing(catalogue: Catalogue, folder: Path, monitor: Monitor = SILENT) -> dict[str, Path]:
    """Where in ``folder`` and below the files of missing recordings are.

    A file of the same name and size is the recording's; where there is none, one of another name is that has
    the same size, time of change and header. For :meth:`Catalogue.relocate`. A file that fits several, or of
    which there are several, is left out. Raises DatasetError where the folder cannot be listed, Cancelled.
    """
    wanted = [
        _Missing(facts, stamps[0], _channels_of(row))
        for row in _stored(catalogue, "facts, stamps, indexed")
        if (stamps := decode_stamps(row["stamps"]))
        and not (facts := parse_facts(json.loads(row["facts"]))).adapter
        and stamp(facts.path) is None
    ]
    of_size: dict[int, list[_Missing]] = {}
    for one in wanted:
        of_size.setdefault(one.stamp.size, []).append(one)
    named: dict[str, list[Path]] = {}
    renamed: dict[str, list[Path]] = {}
    try:
        for place, listed in files_below(folder):
            monitor.check_cancelled()
            for name in filter(is_recording_name, listed):
                now = stamp(place / name)
                for one in of_size.get(now.size, ()) if now else ():
                    if one.facts.path.name == name:
                        named.setdefault(one.facts.recording_id, []).append(place / name)
                    elif now is not None and now.mtime_ns == one.stamp.mtime_ns:
                        renamed.setdefault(one.facts.recording_id, []).append(place / name)
    except DatasetError:
        if not (named or renamed):
            raise
    known = {row.path for row in catalogue.recordings()}
    for one in wanted:
        if one.facts.recording_id not in named:
            alike = [path for path in renamed.get(one.facts.recording_id, ()) if path not in known]
            named[one.facts.recording_id] = [path for path in alike if _has_channels(path, one.channels)]
    shared = [paths[0] for paths in named.values() if len(paths) == 1]
    return {
        recording_id: paths[0]
        for recording_id, paths in named.items()
        if len(paths) == 1 and shared.count(paths[0]) == 1
    }


class _Missing(NamedTuple):
    """A recording without its file, and what the file was like."""

    facts: RecordingFacts
    stamp: FileStamp
    channels: tuple[tuple[str, float | None], ...]


def _channels_of(row: sqlite3.Row) -> tuple[tuple[str, float | None], ...]:
    """Labels and rates of a stored row."""
    return tuple((label, rate_hz) for label, _, _, rate_hz in json.loads(montage_of(row)))


def _has_channels(path: Path, channels: tuple[tuple[str, float | None], ...]) -> bool:
    """Whether the file's header has them; nothing else of it is read."""
    try:
        with open_recording(path) as recording:
            return tuple((one.label, one.rate_hz) for one in recording.channels) == channels
    except StudioError:
        return False


class _Read(NamedTuple):
    """What became known of a recording, by the facts that were true when it was read; None: it is missing."""

    facts_text: str
    facts: RecordingFacts
    indexed: IndexedRecording | None


def _stored(catalogue: Catalogue, columns: str = "id, facts, stamps, stale, missing") -> list[sqlite3.Row]:
    with catalogue.store.reading() as connection:
        return connection.execute(f"SELECT {columns} FROM recordings ORDER BY rowid").fetchall()


def _commit(catalogue: Catalogue, pending: list[_Read]) -> None:
    """Writes what was read, and empties ``pending``. What was removed or changed meanwhile is left alone."""
    if not pending:
        return
    with catalogue.store.changing(facts=False) as connection:
        for known in pending:
            where = (known.facts.recording_id, known.facts_text)
            if known.indexed is None:
                connection.execute(
                    "UPDATE recordings SET missing = 1 WHERE id = ? AND facts = ? AND NOT missing", where
                )
                continue
            connection.execute(
                "UPDATE recordings SET stamps = ?, indexed = ?, thumbnail = ?, stale = 0, missing = 0"
                " WHERE id = ? AND facts = ?",
                (
                    encode_stamps(known.indexed.stamps),
                    encode_indexed(known.indexed),
                    known.indexed.thumbnail,
                    *where,
                ),
            )
    pending.clear()
