"""EDF+ annotations: time-stamped annotation lists (TALs), as the standard's section 2.2 defines them.

A TAL is ``onset [0x15 duration] 0x14 text 0x14 … 0x14 0x00``; the first of each data record has an empty text
and keeps the record's time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.edf.fields import decode
from sleepstudio.recordings.recording import Diagnostic, Event

MAX_ONSET_S = 100 * 24 * 3600.0
MAX_TEXT = 4096
MAX_TEXTS = 1000
"""In one list."""
MAX_EVENTS = 200_000
_NOT_NUL = re.compile(rb"[^\0]+")
_HEAD = re.compile(rb"([+-]?\d{1,12}(?:\.\d{0,12})?)(?:\x15(\d{1,12}(?:\.\d{0,12})?)?)?")


@dataclass(frozen=True)
class Tal:
    """One list: ``onset_s`` from the header's start, ``duration_s`` None where none is given."""

    onset_s: float
    duration_s: float | None
    texts: tuple[str, ...]
    is_cut: bool = False
    is_latin_1: bool = False


def record_onset(block: bytes) -> float | None:
    """The time that a record's annotation block keeps for it; None where it keeps none."""
    head = _HEAD.match(block)
    if head is None or block[head.end() : head.end() + 2] != b"\x14\x14":
        return None
    onset = float(head[1])
    return onset if abs(onset) <= MAX_ONSET_S else None


def record_onsets(blocks: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Seconds from the header's start of each record, NaN where a block keeps no time.

    ``blocks``: (records, bytes) of the first annotations signal. Only the first bytes of each are touched.
    """
    rows = np.ascontiguousarray(blocks[:, : min(40, blocks.shape[1])])
    onsets = (record_onset(row.tobytes()) for row in rows)
    return np.array([np.nan if onset is None else onset for onset in onsets], np.float64)


def parse_tals(block: bytes) -> Iterator[Tal | None]:
    """The lists in one record's annotation block; None for each one that cannot be read."""
    for match in _NOT_NUL.finditer(block):
        yield _parse_tal(match[0])


def events_in(
    blocks: Iterable[bytes], first_onset_s: float
) -> tuple[tuple[Event, ...], tuple[Diagnostic, ...]]:
    """Annotations with a text, by onset from the recording's first sample, and what could not be read."""
    events: list[Event] = []
    counts: Counter[str] = Counter()
    first_record: dict[str, int] = {}

    def note(number: int, what: str) -> None:
        counts[what] += 1
        first_record.setdefault(what, number + 1)

    for number, block in enumerate(blocks):
        for tal in parse_tals(block):
            if tal is None:
                note(number, "cannot be read and are left out")
                continue
            if len(events) >= MAX_EVENTS:
                note(number, f"beyond the first {MAX_EVENTS:,} are left out")
                continue
            onset, duration = tal.onset_s - first_onset_s, tal.duration_s or 0.0
            events.extend(Event(onset, duration, text) for text in tal.texts if text)
            if tal.is_latin_1:
                note(number, "are not UTF-8: they are read as Latin-1")
            if tal.is_cut:
                note(number, f"are longer than {MAX_TEXT} bytes and are cut there")
    events.sort(key=lambda event: event.onset_s)
    return tuple(events), tuple(
        Diagnostic(
            "warning", f"{count} annotations {what}", f"annotations of data record {first_record[what]}"
        )
        for what, count in counts.items()
    )


def _parse_tal(raw: bytes) -> Tal | None:
    head = _HEAD.match(raw)
    if head is None or raw[head.end() : head.end() + 1] != b"\x14":
        return None
    onset = float(head[1])
    duration = float(head[2]) if head[2] else None
    if abs(onset) > MAX_ONSET_S or (duration or 0.0) > MAX_ONSET_S:
        return None
    texts = raw[head.end() + 1 :].removesuffix(b"\x14").split(b"\x14", MAX_TEXTS)
    is_cut = len(texts) > MAX_TEXTS or any(len(text) > MAX_TEXT for text in texts)
    shown = tuple(decode(text[:MAX_TEXT]) for text in texts)
    is_latin_1 = not raw.isascii() and any(
        not text.isascii() and text[:MAX_TEXT] == told.encode("latin-1", "ignore")
        for text, told in zip(texts, shown, strict=True)
    )
    return Tal(onset, duration, tuple(map(str.strip, shown)), is_cut, is_latin_1)
