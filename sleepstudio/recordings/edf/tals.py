"""Writing EDF+ annotations: one block a data record, which begins with the record's own time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.recording import Event

_DECIMALS = 7
"""100 ns, the resolution that EDF+ software reads times with."""
_NO_TEXT = re.compile(r"[\x00\x14\x15]")


@dataclass(frozen=True)
class AnnotationBlocks:
    """A block of ``width`` bytes for each data record; ``spans`` has the lists of each, without padding."""

    width: int
    spans: tuple[bytes, ...]

    def rows(self, first: int, last: int) -> NDArray[np.uint8]:
        """(records, bytes) of data records [first, last), padded with NUL."""
        joined = b"".join(span.ljust(self.width, b"\0") for span in self.spans[first:last])
        return np.frombuffer(joined, np.uint8).reshape(last - first, self.width)


def annotation_blocks(
    onsets_s: Sequence[float], events: Sequence[Event], sample_bytes: int
) -> AnnotationBlocks:
    """Record times and events, as blocks of the smallest equal width that holds them all.

    ``onsets_s``: when each data record begins, by the same clock as the events' onsets. A block holds events
    by order of time, not those of its own record: EDF+ leaves that open. There is at least one record.
    """
    times = [f"{_seconds(onset)}\x14\x14\0".encode() for onset in onsets_s]
    tals = [_tal(event) for event in sorted(events, key=lambda event: event.onset_s)]
    width = max(map(len, times)) + max(map(len, tals), default=0)
    width = max(width, max(map(len, times)) + -(-sum(map(len, tals)) // len(times)))
    while (spans := _filled(times, tals, width)) is None:
        width += max(width // 10, 1)
    return AnnotationBlocks(-(-width // sample_bytes) * sample_bytes, tuple(spans))


def _filled(times: list[bytes], tals: list[bytes], width: int) -> list[bytes] | None:
    """Each record's lists, where ``width`` bytes a record are enough."""
    spans, place = [], 0
    for time in times:
        parts, size = [time], len(time)
        while place < len(tals) and size + len(tals[place]) <= width:
            parts.append(tals[place])
            size += len(tals[place])
            place += 1
        spans.append(b"".join(parts))
    return spans if place == len(tals) else None


def _tal(event: Event) -> bytes:
    duration = f"\x15{_number(event.duration_s)}" if event.duration_s > 0 else ""
    text = _NO_TEXT.sub(" ", event.label)
    return f"{_seconds(event.onset_s)}{duration}\x14{text}\x14\0".encode()


def _seconds(value: float) -> str:
    text = _number(abs(value))
    return f"-{text}" if value < 0 and text != "0" else f"+{text}"


def _number(value: float) -> str:
    return np.format_float_positional(round(value, _DECIMALS), trim="-")
