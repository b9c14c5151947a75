"""The catalogue on disk: ``recordings.json`` for what the user said, ``catalogue.sqlite`` for what files say.

The database can be lost: it is made again from ``recordings.json`` and the recordings' files. Both are
written within one transaction, so that two processes on one study do not undo each other's changes.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sleepstudio.datasets.catalogue_rows import RecordingFacts
from sleepstudio.errors import StudyError
from sleepstudio.moved import FOLDER, at_present, said_in
from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.study import read_json, write_atomic, writing

SCHEMA_VERSION = 1
FACTS_FORMAT = "sleepstudio recordings"
FACTS_VERSION = 1
BUSY_S = 5.0
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE recordings (
    id TEXT PRIMARY KEY COLLATE NOCASE,
    file TEXT NOT NULL UNIQUE,
    facts TEXT NOT NULL,
    stamps TEXT NOT NULL DEFAULT '[]',
    stale INTEGER NOT NULL DEFAULT 1,
    missing INTEGER NOT NULL DEFAULT 0,
    indexed TEXT,
    thumbnail BLOB,
    changed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX recordings_changed ON recordings (changed);
CREATE TABLE aliases (label TEXT PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE place (folder TEXT NOT NULL);
CREATE TABLE changes (count INTEGER NOT NULL);
INSERT INTO changes VALUES (0);
CREATE TRIGGER inserted AFTER INSERT ON recordings BEGIN
    UPDATE changes SET count = count + 1;
    UPDATE recordings SET changed = (SELECT count FROM changes) WHERE rowid = NEW.rowid;
END;
CREATE TRIGGER updated AFTER UPDATE OF file, facts, stamps, stale, missing, indexed, thumbnail ON recordings
BEGIN
    UPDATE changes SET count = count + 1;
    UPDATE recordings SET changed = (SELECT count FROM changes) WHERE rowid = NEW.rowid;
END;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""
"""``file``: what no two recordings share. ``stale``: to be read again. ``changed``: rises with every change
of a row, so that a reader needs to read only what it has not seen. ``place``: the study's folder when the
paths were written.
"""
_REBUILD_HINT = "Open the study again: the catalogue is made anew. Scoring is not in it, and stays."


@dataclass(frozen=True)
class StoredFacts:
    """What ``recordings.json`` holds: every recording's facts, and learned aliases by compact label."""

    recordings: tuple[RecordingFacts, ...] = ()
    aliases: Mapping[str, ChannelKind] = field(default_factory=dict)


class CatalogueStore:
    """An open database; belongs to the thread that opened it. ``notes``: what was repaired on opening."""

    def __init__(self, folder: Path) -> None:
        """Opens, makes or repairs the catalogue of a study's folder. Raises StudyError."""
        self.path = folder / "catalogue.sqlite"
        self.facts_path = folder / "recordings.json"
        self.notes: tuple[str, ...] = ()
        with _alone(folder):
            self._connection = self._opened()
            self._come_along(folder)

    def close(self) -> None:
        self._connection.close()

    def version(self) -> tuple[int, int]:
        """Changes whenever anybody changes the catalogue. Raises StudyError."""
        with self.reading() as connection:
            (others,) = connection.execute("PRAGMA data_version").fetchone()
        return others, self._connection.total_changes

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection; SQLite's errors become StudyErrors."""
        try:
            yield self._connection
        except sqlite3.Error as error:
            raise self._study_error(error) from error

    @contextmanager
    def changing(self, *, facts: bool) -> Iterator[sqlite3.Connection]:
        """One transaction, whole or not at all, that waits for other writers.

        ``facts``: what the user said changes; ``recordings.json`` is written before the transaction ends.
        Raises StudyError.
        """
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                if facts:
                    write_atomic(self.facts_path, _facts_document(connection))
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself where the disk was full
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _opened(self) -> sqlite3.Connection:
        if not self.path.exists() and not self.facts_path.exists():
            connection = self._connect()
            self._make(connection, StoredFacts())
            return connection
        reason = "was missing"
        if self.path.exists():
            connection = self._connect()
            try:
                reason = _problem(connection, self.path)
                if not reason:
                    return connection
            except sqlite3.DatabaseError:
                reason = "was damaged"
            connection.close()
        facts = read_facts(self.facts_path)
        kept = self._put_aside()
        connection = self._connect()
        self._make(connection, facts)
        count = len(facts.recordings)
        self.notes = (
            f"The catalogue {reason} and was made again: {count} recordings are read anew, and scoring is as"
            f" it was{f'. The old one is kept as {kept}' if kept else ''}.",
        )
        return connection

    def _come_along(self, folder: Path) -> None:
        """Brings paths to where the study is now; all recordings of a moved study are read again."""
        with self.reading() as connection:
            # catalogues of earlier versions do not have it
            connection.execute("CREATE TABLE IF NOT EXISTS place (folder TEXT NOT NULL)")
            row = connection.execute("SELECT folder FROM place").fetchone()
        if row is not None and _same_folder(row["folder"], folder):
            return
        with self.changing(facts=row is not None) as connection:
            if row is not None:
                _move(connection, Path(row["folder"]), folder)
            connection.execute("DELETE FROM place")
            connection.execute("INSERT INTO place VALUES (?)", (str(folder),))

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        except sqlite3.Error as error:
            raise self._study_error(error) from error
        connection.row_factory = sqlite3.Row
        return connection

    def _make(self, connection: sqlite3.Connection, facts: StoredFacts) -> None:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            for one in facts.recordings:
                insert(connection, one)
            for label, kind in facts.aliases.items():
                connection.execute("INSERT INTO aliases VALUES (?, ?)", (label, kind.value))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._study_error(error) from error

    def _put_aside(self) -> str:
        """Renames a database that cannot be used; its new name, or empty where there is none."""
        if not self.path.exists():
            return ""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        kept = self.path.with_name(f"catalogue.damaged-{stamp}.sqlite")
        with writing(kept):
            self.path.rename(kept)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        return kept.name

    def _study_error(self, error: sqlite3.Error) -> StudyError:
        where, text = str(self.path), str(error)
        if isinstance(error, sqlite3.IntegrityError):
            return StudyError(
                "this file is in the catalogue already, as another recording.",
                where=where,
                hint="Remove one of the two first.",
            )
        if "locked" in text or "busy" in text:
            return StudyError(
                "another Sleep Studio window is writing to this study.",
                where=where,
                hint="Try again in a moment.",
            )
        if "full" in text:
            return StudyError(
                "the disk is full; the change was not made.",
                where=where,
                hint="Free some space, then try again.",
            )
        if "readonly" in text or "unable to open" in text:
            return StudyError(
                f"the catalogue cannot be written ({text}).",
                where=where,
                hint="Change the permissions, or copy the study elsewhere and open the copy.",
            )
        return StudyError(f"the catalogue is damaged ({text}).", where=where, hint=_REBUILD_HINT)


def insert(connection: sqlite3.Connection, facts: RecordingFacts) -> None:
    connection.execute(
        "INSERT INTO recordings (id, file, facts) VALUES (?, ?, ?)",
        (facts.recording_id, file_key(facts), facts_text(facts)),
    )


def update(connection: sqlite3.Connection, facts: RecordingFacts) -> None:
    """Keeps changed facts; the next scan reads the files again."""
    connection.execute(
        "UPDATE recordings SET file = ?, facts = ?, stale = 1 WHERE id = ?",
        (file_key(facts), facts_text(facts), facts.recording_id),
    )


def _same_folder(then: str, now: Path) -> bool:
    """Whether both are one folder, maybe named by different links."""
    try:
        return then == str(now) or now.samefile(then)
    except OSError:
        return False


def _move(connection: sqlite3.Connection, then: Path, now: Path) -> None:
    rows = connection.execute("SELECT id, file, facts FROM recordings").fetchall()
    taken = {row["file"] for row in rows}
    for row in rows:
        try:
            facts = parse_facts(at_present(json.loads(row["facts"]), then, now))
        except (AttributeError, KeyError, TypeError, ValueError):
            continue  # reading the row says what is wrong with it
        if file_key(facts) == row["file"] or file_key(facts) not in taken:
            update(connection, facts)
            taken.add(file_key(facts))
    connection.execute("UPDATE recordings SET stale = 1")


def stored_aliases(connection: sqlite3.Connection) -> dict[str, ChannelKind]:
    """What the user taught of labels, by label without case and punctuation."""
    return {row["label"]: ChannelKind(row["kind"]) for row in connection.execute("SELECT * FROM aliases")}


def facts_text(facts: RecordingFacts) -> str:
    return json.dumps(_facts(facts), ensure_ascii=False)


def _facts_document(connection: sqlite3.Connection) -> str:
    """``recordings.json`` as the database has it, a line a recording; their texts are not parsed again."""
    aliases = {label: kind.value for label, kind in stored_aliases(connection).items()}
    recordings = ",\n".join(
        row["facts"] for row in connection.execute("SELECT facts FROM recordings ORDER BY rowid")
    )
    (place,) = connection.execute("SELECT folder FROM place").fetchone()
    return (
        f'{{"format": "{FACTS_FORMAT}", "version": {FACTS_VERSION},'
        f' "{FOLDER}": {json.dumps(place, ensure_ascii=False)},\n'
        f'"aliases": {json.dumps(aliases, ensure_ascii=False)},\n"recordings": [\n{recordings}\n]}}\n'
    )


def read_facts(path: Path) -> StoredFacts:
    """What ``recordings.json`` holds; nothing where there is none. Raises StudyError where it is damaged."""
    if not path.exists():
        return StoredFacts()
    hint = f"Restore it from a copy, or move {path.name} away and add the recordings again."
    try:
        document = said_in(read_json(path), path.parent)
        if document["version"] > FACTS_VERSION:
            raise StudyError(
                "written by a newer Sleep Studio.", where=str(path), hint="Install the newer version."
            )
        aliases = {str(label): ChannelKind(kind) for label, kind in document["aliases"].items()}
        return StoredFacts(tuple(parse_facts(one) for one in document["recordings"]), aliases)
    except StudyError as error:
        raise StudyError(error.message, where=str(path), hint=error.hint or hint) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StudyError(f"damaged ({error!r}).", where=str(path), hint=hint) from error


def _facts(facts: RecordingFacts) -> dict[str, Any]:
    document: dict[str, Any] = {"id": facts.recording_id, "path": str(facts.path)}
    optional: dict[str, Any] = {
        "adapter": facts.adapter,
        "root": str(facts.root) if facts.root else "",
        "item": facts.item,
        "subject": facts.subject,
        "scorer": facts.scorer,
        "tags": list(facts.tags),
        "attached": [str(path) for path in facts.attached],
        "hypnogram_offset_s": facts.hypnogram_offset_s,
    }
    return document | {key: value for key, value in optional.items() if value}


def parse_facts(document: Mapping[str, Any]) -> RecordingFacts:
    """Raises KeyError or TypeError for what are no facts."""
    return RecordingFacts(
        recording_id=_text(document["id"]),
        path=Path(_text(document["path"])),
        adapter=_text(document.get("adapter", "")),
        root=Path(_text(document["root"])) if "root" in document else None,
        item=_text(document.get("item", "")),
        subject=_text(document["subject"]) if "subject" in document else None,
        scorer=_text(document["scorer"]) if "scorer" in document else None,
        tags=_texts(document.get("tags", ())),
        attached=tuple(Path(path) for path in _texts(document.get("attached", ()))),
        hypnogram_offset_s=_offset(document.get("hypnogram_offset_s", 0.0)),
    )


def _offset(value: object) -> float:
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError(f"{value!r} is no offset in seconds")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(_text(value) for value in values)


def file_key(facts: RecordingFacts) -> str:
    """What two recordings cannot share: their file, or their place in a dataset."""
    return f"{facts.path}|{facts.item}" if facts.adapter else str(facts.path)


def _problem(connection: sqlite3.Connection, path: Path) -> str:
    """What is wrong with a database, to follow *The catalogue*; empty where it can be used.

    Raises StudyError for a newer one.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StudyError(
            "the catalogue was written by a newer Sleep Studio.",
            where=str(path),
            hint="Install the newer version.",
        )
    if version < SCHEMA_VERSION:
        return "was of another version"
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if verdict == "ok" else "was damaged"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While the database is opened: another process must not repair it at the same time."""
    with writing(folder):
        lock = FileLock(folder / ".catalogue.lock")
        try:
            lock.acquire(timeout=BUSY_S)
        except Timeout as error:
            raise StudyError(
                "another Sleep Studio window is opening this study.",
                where=str(folder),
                hint="Try again in a moment.",
            ) from error
    try:
        yield
    finally:
        lock.release()
