"""The header of an EDF or BDF file, field by field: as it is stored, and as it was understood. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from sleepstudio.errors import RecordingError
from sleepstudio.recordings import Diagnostic
from sleepstudio.recordings.edf.fields import FIXED_BYTES, SIGNAL_BYTES
from sleepstudio.recordings.edf.header import is_edf, parse_header

_FIXED: Final = (
    ("Version", 8),
    ("Subject", 80),
    ("Recording", 80),
    ("Start date", 8),
    ("Start time", 8),
    ("Header bytes", 8),
    ("Reserved", 44),
    ("Records", 8),
    ("Record length", 8),
    ("Signals", 4),
)
_SIGNAL: Final = (
    ("label", 16),
    ("transducer", 80),
    ("unit", 8),
    ("physical minimum", 8),
    ("physical maximum", 8),
    ("digital minimum", 8),
    ("digital maximum", 8),
    ("prefiltering", 80),
    ("samples a record", 8),
    ("reserved", 32),
)
_BYTE = re.compile(r"byte (\d+)")
_MOST_SIGNALS = 512
_BLANK: Final = "(blank)"


@dataclass(frozen=True)
class StoredField:
    """``first`` and ``last``: bytes of the file. ``understood``: what was read from it, or what is odd."""

    first: int
    last: int
    name: str
    stored: str
    understood: str = ""
    state: Literal["ok", "warn", "error"] = "ok"

    @property
    def bytes_text(self) -> str:
        return f"{self.first:,}–{self.last:,}" if self.last > self.first else f"{self.first:,}"


def stored_header(path: Path, diagnostics: Sequence[Diagnostic]) -> tuple[StoredField, ...]:
    """Every field of the header, as far as the file goes; empty for what is no EDF, or cannot be read.

    The fixed part first, then signal after signal, whatever their order in the file.
    """
    try:
        with path.open("rb") as file:
            fixed = file.read(FIXED_BYTES)
            count = _count(fixed)
            signals = file.read(SIGNAL_BYTES * count)
            size = file.seek(0, 2)
    except OSError:
        return ()
    if not is_edf(fixed):
        return ()
    fields = _cut(fixed, 0, _FIXED)
    names = [(f"{number + 1} {name}", width) for name, width in _SIGNAL for number in range(count)]
    of_signals = _cut(signals, FIXED_BYTES, names)
    of_signals.sort(key=lambda field: int(field.name.split()[0]))
    understood, refused = _understood(fixed + signals, size)
    return tuple(
        _judged(replace(field, understood=understood.get(field.name, "")), diagnostics, refused)
        for field in (*fields, *of_signals)
    )


def _understood(raw: bytes, size: int) -> tuple[Mapping[str, str], tuple[int, str]]:
    """What the fixed fields were taken for; and, where the header is refused, the byte and the reason."""
    try:
        header = parse_header(raw, size, "")
    except RecordingError as error:
        match = _BYTE.search(error.where)
        return {}, (int(match[1]) if match else -1, error.message)
    kind = "BDF" if header.sample_bytes == 3 else "EDF"
    annotated = any(signal.is_annotations for signal in header.signals)
    plus = f"{kind}+" if annotated else f"{kind}, not {kind}+"
    return {
        "Version": kind,
        "Subject": header.patient.split(" ")[0] or "not named",
        "Recording": "",
        "Start date": f"{header.start:%d %b %Y}" if header.start else "unknown",
        "Start time": f"{header.start:%H:%M:%S}" if header.start else "unknown",
        "Header bytes": f"{header.header_bytes:,}",
        "Reserved": f"{plus}, with pauses" if header.discontinuous else plus,
        "Records": f"{header.records:,}",
        "Record length": f"{header.record_s:g} s",
        "Signals": f"{len(header.signals)}",
    }, (-1, "")


def _count(fixed: bytes) -> int:
    text = fixed[252:256].decode("latin-1").strip(" \0")
    return min(int(text), _MOST_SIGNALS) if text.isascii() and text.isdigit() else 0


def _cut(raw: bytes, offset: int, names: Iterable[tuple[str, int]]) -> list[StoredField]:
    fields, place = [], 0
    for name, width in names:
        if place + width > len(raw):
            if place < len(raw):
                last = offset + len(raw) - 1
                fields.append(StoredField(offset + place, last, name, _text(raw[place:]), "Cut off", "error"))
            break
        text = _text(raw[place : place + width])
        fields.append(StoredField(offset + place, offset + place + width - 1, name, text))
        place += width
    return fields


def _text(raw: bytes) -> str:
    """What stands there, with what cannot be seen written as a point."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    shown = "".join(char if char.isprintable() else "·" for char in text.rstrip(" "))
    return shown or _BLANK


def _judged(field: StoredField, diagnostics: Sequence[Diagnostic], refused: tuple[int, str]) -> StoredField:
    if field.first <= refused[0] <= field.last:
        return replace(field, understood=refused[1], state="error")
    for told in diagnostics:
        match = _BYTE.match(told.where)
        if match and field.first <= int(match[1]) <= field.last:
            odd = told.severity == "warning"
            words = f"{field.understood}: {told.message}" if field.understood else told.message
            return replace(field, understood=words, state="warn" if odd else field.state)
    return field
