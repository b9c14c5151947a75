"""Rows of the catalogue's database, to and fro."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sleepstudio.datasets.catalogue_files import FileStamp
from sleepstudio.datasets.catalogue_index import IndexedRecording
from sleepstudio.datasets.catalogue_rows import (
    CatalogueChannel,
    CatalogueRecording,
    HypnogramSource,
    RecordingFacts,
    RecordingState,
)
from sleepstudio.datasets.catalogue_store import parse_facts
from sleepstudio.datasets.learned_kinds import alias_key
from sleepstudio.datasets.names import subject_of
from sleepstudio.errors import StudyError
from sleepstudio.recordings import ChannelKind, Diagnostic


def encode_indexed(indexed: IndexedRecording) -> str:
    """Two lines of JSON: the montage, which many recordings share and is decoded once; and the others.

    Stamps and thumbnail have columns of their own.
    """
    montage = [[one.label, one.kind.value, one.unit, one.rate_hz] for one in indexed.channels]
    others = {
        "state": indexed.state.value,
        "word": indexed.state_word,
        "reason": indexed.reason,
        "hint": indexed.hint,
        "start": indexed.start.isoformat() if indexed.start else "",
        "duration_s": indexed.duration_s,
        "diagnostics": [[one.severity, one.message, one.where] for one in indexed.diagnostics],
        "sources": [
            [one.scorer, one.origin, str(one.path) if one.path else "", one.events, one.problem]
            for one in indexed.sources
        ],
        "scorer": indexed.scorer,
        "scored_percent": indexed.scored_percent,
        "tst_min": indexed.tst_min,
        "se_percent": indexed.se_percent,
    }
    return f"{json.dumps(montage, ensure_ascii=False)}\n{json.dumps(others, ensure_ascii=False)}"


def encode_stamps(stamps: tuple[FileStamp, ...]) -> str:
    return json.dumps(stamps)


def decode_stamps(text: str) -> tuple[FileStamp, ...]:
    return tuple(FileStamp(*fields) for fields in json.loads(text))


def montage_of(row: sqlite3.Row) -> str:
    """A row's channels as they are stored; ``[]`` where they were not read yet."""
    return (row["indexed"] or "[]").partition("\n")[0]


class RowDecoder:
    """Makes rows of the database into recordings, under one set of learned kinds."""

    def __init__(self, aliases: Mapping[str, ChannelKind]) -> None:
        self.aliases = dict(aliases)
        self._channels: dict[str, tuple[CatalogueChannel, ...]] = {}

    def channels(self, montage: str) -> tuple[CatalogueChannel, ...]:
        """The same object for the same montage."""
        if montage not in self._channels:
            self._channels[montage] = tuple(self._channel(*fields) for fields in json.loads(montage))
        return self._channels[montage]

    def recording(self, row: sqlite3.Row) -> CatalogueRecording:
        """What is known of a recording; with a missing file, what was known before. Raises StudyError."""
        try:
            return self._recording(row)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise StudyError(
                f"what the catalogue has of a recording is damaged ({error!r}).",
                where=str(row["id"]),
                hint="Close the study and delete catalogue.sqlite: it is made again, and scoring stays.",
            ) from error

    def _recording(self, row: sqlite3.Row) -> CatalogueRecording:
        facts = parse_facts(json.loads(row["facts"]))
        subject = facts.subject or _subject(facts)
        if row["indexed"] is None:
            decoded = CatalogueRecording(facts, subject, RecordingState.OK, "Not read yet")
        else:
            decoded = self._indexed(facts, subject, row)
        if not row["missing"]:
            return decoded
        return replace(
            decoded,
            state=RecordingState.MISSING,
            state_word="Missing",
            reason=f"{facts.path.name} is not in {facts.path.parent} any more.",
            hint="Locate it, restore it, or remove it from the catalogue.",
        )

    def _indexed(self, facts: RecordingFacts, subject: str, row: sqlite3.Row) -> CatalogueRecording:
        montage, _, others = row["indexed"].partition("\n")
        document = json.loads(others)
        start = document["start"]
        return CatalogueRecording(
            facts=facts,
            subject=subject,
            state=RecordingState(document["state"]),
            state_word=document["word"],
            reason=document["reason"],
            hint=document["hint"],
            indexed=True,
            start=datetime.fromisoformat(start) if start else None,
            duration_s=document["duration_s"],
            channels=self.channels(montage),
            sources=tuple(
                HypnogramSource(scorer, origin, Path(path) if path else None, events, problem)
                for scorer, origin, path, events, problem in document["sources"]
            ),
            scorer=document["scorer"],
            scored_percent=document["scored_percent"],
            tst_min=document["tst_min"],
            se_percent=document["se_percent"],
            thumbnail=row["thumbnail"] or b"",
            diagnostics=tuple(Diagnostic(*fields) for fields in document["diagnostics"]),
        )

    def _channel(self, label: str, kind: str, unit: str, rate_hz: float | None) -> CatalogueChannel:
        learned = self.aliases.get(alias_key(label))
        return CatalogueChannel(label, learned or ChannelKind(kind), unit, rate_hz, learned is not None)


def _subject(facts: RecordingFacts) -> str:
    return facts.item if facts.adapter else subject_of(facts.path.stem)
