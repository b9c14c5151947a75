"""Rows of the catalogue's database, to and fro."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

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
from sleepstudio.recordings import ChannelKind, Diagnostic


def encode_indexed(indexed: IndexedRecording) -> str:
    """Everything but stamps and thumbnail, as JSON."""
    return json.dumps(
        {
            "state": indexed.state.value,
            "word": indexed.state_word,
            "reason": indexed.reason,
            "hint": indexed.hint,
            "start": indexed.start.isoformat() if indexed.start else "",
            "duration_s": indexed.duration_s,
            # text within text: recordings of one montage share it, and it is parsed once
            "channels": json.dumps(
                [[one.label, one.kind.value, one.unit, one.rate_hz] for one in indexed.channels]
            ),
            "diagnostics": [[one.severity, one.message, one.where] for one in indexed.diagnostics],
            "sources": [
                [one.scorer, one.origin, str(one.path) if one.path else "", one.events, one.problem]
                for one in indexed.sources
            ],
            "scorer": indexed.scorer,
            "scored_percent": indexed.scored_percent,
            "tst_min": indexed.tst_min,
            "se_percent": indexed.se_percent,
        },
        ensure_ascii=False,
    )


def encode_stamps(stamps: tuple[FileStamp, ...]) -> str:
    return json.dumps(stamps)


def decode_stamps(text: str) -> tuple[FileStamp, ...]:
    return tuple(FileStamp(*fields) for fields in json.loads(text))


def decode_recording(
    row: sqlite3.Row, aliases: Mapping[str, ChannelKind], cache: dict[str, Any]
) -> CatalogueRecording:
    """A row; ``cache`` keeps montages that were decoded already, for one set of aliases."""
    facts = parse_facts(json.loads(row["facts"]))
    subject = facts.subject or _subject(facts)
    if row["indexed"] is None:
        decoded = CatalogueRecording(facts, subject, RecordingState.OK, "Not read yet")
    else:
        decoded = _decode_indexed(facts, subject, row, aliases, cache)
    if not row["missing"]:
        return decoded
    return replace(
        decoded,
        state=RecordingState.MISSING,
        state_word="Missing",
        reason=f"{facts.path.name} is not in {facts.path.parent} any more.",
        hint="Locate it, restore it, or remove it from the catalogue.",
    )


def _decode_indexed(
    facts: RecordingFacts,
    subject: str,
    row: sqlite3.Row,
    aliases: Mapping[str, ChannelKind],
    cache: dict[str, Any],
) -> CatalogueRecording:
    document = json.loads(row["indexed"])
    montage = document["channels"]
    if montage not in cache:
        cache[montage] = _channels(montage, aliases)
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
        channels=cache[montage],
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


def _subject(facts: RecordingFacts) -> str:
    return facts.item if facts.adapter else subject_of(facts.path.stem)


def _channels(montage: str, aliases: Mapping[str, ChannelKind]) -> tuple[CatalogueChannel, ...]:
    channels = []
    for label, kind, unit, rate_hz in json.loads(montage):
        learned = aliases.get(alias_key(label))
        channels.append(
            CatalogueChannel(label, learned or ChannelKind(kind), unit, rate_hz, learned is not None)
        )
    return tuple(channels)
