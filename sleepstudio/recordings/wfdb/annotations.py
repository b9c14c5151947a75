"""WFDB annotation files: beats, stages, apneas, each at a sample of the record.

The MIT format of *annot(5)* of the WFDB Applications Guide (Moody): words of 16 bits, six for the type and
ten for the time since the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.reading import read_limited

MAX_ANNOTATION_BYTES = 256 << 20
MAX_ANNOTATIONS = 20_000_000
_SKIP, _NUM, _SUB, _CHAN, _AUX = 59, 60, 61, 62, 63
_NOTE = 22
_RESOLUTION = re.compile(r"## time resolution: ([\d.]+)")

SYMBOLS: Final = MappingProxyType(
    {
        1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E", 11: "j", 12: "/",
        13: "Q", 14: "~", 16: "|", 18: "s", 19: "T", 20: "*", 21: "D", 22: '"', 23: "=", 24: "p", 25: "B",
        26: "^", 27: "t", 28: "+", 29: "u", 30: "?", 31: "!", 32: "[", 33: "]", 34: "e", 35: "n", 36: "@",
        37: "x", 38: "f", 39: "(", 40: ")", 41: "r",
    }
)  # fmt: skip
"""Of each type's code; others are their number in brackets, as WFDB prints them."""

BEAT_SYMBOLS: Final = frozenset("NLRaVFJASEj/QBenfr")
"""Annotations that are heart beats."""


@dataclass(frozen=True)
class WfdbAnnotation:
    """``sample``: in frames of the record. ``symbol``: the type, as WFDB prints it; ``aux``: its text."""

    sample: int
    symbol: str
    aux: str = ""


@dataclass(frozen=True)
class WfdbAnnotations:
    """``rate_hz``: of the samples, where the file says it; None: the record's."""

    annotations: tuple[WfdbAnnotation, ...]
    rate_hz: float | None = None


def read_annotations(path: Path) -> WfdbAnnotations:
    """Every annotation of a file, in its order. Raises RecordingError with the byte that is wrong."""
    raw = read_limited(path, MAX_ANNOTATION_BYTES)
    found: list[WfdbAnnotation] = []
    resolution = None
    sample, place = 0, 0
    ended = False
    while place + 1 < len(raw):
        word = raw[place] | raw[place + 1] << 8
        code, step = word >> 10, word & 0x3FF
        start, place = place, place + 2
        if code == 0 and step == 0:
            ended = True
            break
        if code == _SKIP:
            if place + 4 > len(raw):
                break
            # high word first, each with its low byte first: as a PDP-11 stored it
            high, low = raw[place] | raw[place + 1] << 8, raw[place + 2] | raw[place + 3] << 8
            skip = high << 16 | low
            sample += skip - (1 << 32) if skip >> 31 else skip
            place += 4
        elif code == _AUX:
            if place + step > len(raw):
                break
            text = raw[place : place + step].rstrip(b"\0").decode("utf-8", errors="replace").strip()
            place += step + step % 2
            if not found:
                raise _damaged(path, start, "has text before its first annotation")
            last = found[-1]
            stated = _RESOLUTION.match(text) if last.symbol == SYMBOLS[_NOTE] and last.sample == 0 else None
            if stated and len(found) == 1:
                resolution = float(stated[1]) if stated[1].count(".") < 2 and stated[1] != "." else None
                found.pop()
                continue
            found[-1] = WfdbAnnotation(last.sample, last.symbol, text)
        elif code not in (_NUM, _SUB, _CHAN):
            sample += step
            if sample < 0 or len(found) > MAX_ANNOTATIONS:
                raise _damaged(path, start, "stands before the record's first sample")
            if code:  # 0 is no annotation, but moves the time
                found.append(WfdbAnnotation(sample, SYMBOLS.get(code, f"[{code}]")))
    if not ended and (place < len(raw) or not found):
        raise _damaged(path, place, "is cut off")
    return WfdbAnnotations(tuple(found), resolution if resolution and resolution > 0 else None)


def _damaged(path: Path, byte: int, problem: str) -> RecordingError:
    return RecordingError(
        f"it is no WFDB annotation file, or damaged: what is at byte {byte} {problem}.",
        where=str(path),
        hint="Copy or download it again.",
    )
