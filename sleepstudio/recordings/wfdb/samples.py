"""The stored integers of a WFDB signal file, in any of the formats that records of nights have.

After *signal(5)* of the WFDB Applications Guide (Moody).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.reading import reading
from sleepstudio.recordings.wfdb.header import WfdbSignal

Stored = NDArray[np.int32]
_BLOCK_SAMPLES = 1 << 20


@dataclass(frozen=True)
class SampleFormat:
    """``samples`` of the stream lie in ``size`` bytes, and ``decode`` turns such groups into integers.

    ``invalid``: the integer that stands for no value.
    """

    samples: int
    size: int
    decode: Callable[[NDArray[np.uint8]], NDArray[np.signedinteger]]
    invalid: int | None


def _as(kind: str) -> Callable[[NDArray[np.uint8]], NDArray[np.signedinteger]]:
    return lambda raw: np.ascontiguousarray(raw).view(kind).astype(np.int32)


def _bytes_80(raw: NDArray[np.uint8]) -> Stored:
    return raw.astype(np.int32) - 128


def _words_160(raw: NDArray[np.uint8]) -> Stored:
    return np.ascontiguousarray(raw).view("<u2").astype(np.int32) - 32768


def _words_24(raw: NDArray[np.uint8]) -> Stored:
    triples = raw.reshape(-1, 3).astype(np.int32)
    return _signed(triples[:, 0] | triples[:, 1] << 8 | triples[:, 2] << 16, 24)


def _pairs_212(raw: NDArray[np.uint8]) -> Stored:
    first, middle, last = raw.reshape(-1, 3).astype(np.int32).T
    return _signed(np.stack([first | (middle & 0x0F) << 8, last | (middle & 0xF0) << 4], 1).ravel(), 12)


def _triples_310(raw: NDArray[np.uint8]) -> Stored:
    low, high = np.ascontiguousarray(raw).view("<u2").reshape(-1, 2).astype(np.int32).T
    third = low >> 11 & 0x1F | (high >> 11 & 0x1F) << 5
    return _signed(np.stack([low >> 1 & 0x3FF, high >> 1 & 0x3FF, third], 1).ravel(), 10)


def _triples_311(raw: NDArray[np.uint8]) -> Stored:
    word = np.ascontiguousarray(raw).view("<u4").astype(np.int64)
    thirds = np.stack([word & 0x3FF, word >> 10 & 0x3FF, word >> 20 & 0x3FF], 1)
    return _signed(thirds.ravel().astype(np.int32), 10)


def _signed(values: Stored, bits: int) -> Stored:
    half = 1 << (bits - 1)
    return (values ^ half) - half


FORMATS: Final = MappingProxyType(
    {
        8: SampleFormat(1, 1, _as("i1"), None),
        16: SampleFormat(1, 2, _as("<i2"), -(1 << 15)),
        24: SampleFormat(1, 3, _words_24, -(1 << 23)),
        32: SampleFormat(1, 4, _as("<i4"), -(1 << 31)),
        61: SampleFormat(1, 2, _as(">i2"), -(1 << 15)),
        80: SampleFormat(1, 1, _bytes_80, -(1 << 7)),
        160: SampleFormat(1, 2, _words_160, -(1 << 15)),
        212: SampleFormat(2, 3, _pairs_212, -(1 << 11)),
        310: SampleFormat(3, 4, _triples_310, -(1 << 9)),
        311: SampleFormat(3, 4, _triples_311, -(1 << 9)),
    }
)
"""By WFDB's number. In 8, the integers are differences; the sum of those before gives the value."""
DIFFERENCES = 8


class SignalFile:
    """One file's signals, interleaved frame by frame; nothing is read before it is asked for."""

    def __init__(self, path: Path, signals: Sequence[WfdbSignal]) -> None:
        """Raises RecordingError where the file is missing, or stored in a way that is not known."""
        self.path = path
        self.signals = tuple(signals)
        self._frame = sum(signal.per_frame for signal in signals)
        first = signals[0]
        if first.format not in FORMATS:
            raise RecordingError(
                f"signals in format {first.format} cannot be read.",
                where=str(path),
                hint=f"Convert the record to one of the formats {', '.join(map(str, FORMATS))}.",
            )
        if any((one.format, one.offset) != (first.format, first.offset) for one in signals):
            raise RecordingError(
                "its signals have several formats or offsets, which one file cannot.",
                where=str(path),
                hint="Copy or download the record again.",
            )
        self._format = FORMATS[first.format]
        with reading(path):
            self._bytes = max(0, path.stat().st_size - first.offset)

    @property
    def frames(self) -> int:
        """Whole frames in the file."""
        return self._samples // self._frame

    @property
    def _samples(self) -> int:
        groups, rest = divmod(self._bytes, self._format.size)
        # an odd last sample of format 212 takes two bytes, and one or two of 310 and 311 as many as they need
        partial = {3: {2: 1}, 4: {2: 1}}.get(self._format.size, {}) if self._format.samples > 1 else {}
        return groups * self._format.samples + partial.get(rest, 0)

    def stored(self, index: int, first: int, last: int) -> Stored:
        """The integers of signal ``index`` in frames [first, last), which must lie in the file."""
        signal = self.signals[index]
        place = sum(one.per_frame for one in self.signals[:index])
        begin = 0 if signal.format == DIFFERENCES else first
        step = max(1, _BLOCK_SAMPLES // self._frame)
        parts, total = [], signal.initial
        for start in range(begin, last, step):
            stop = min(start + step, last)
            frames = self._stream(start * self._frame, stop * self._frame).reshape(-1, self._frame)
            values = frames[:, place : place + signal.per_frame].ravel()
            if signal.format == DIFFERENCES:
                running = total + np.cumsum(values, dtype=np.int64)
                total = int(running[-1])
                values = running[max(0, first - start) * signal.per_frame :].astype(np.int32)
            parts.append(values)
        return np.concatenate(parts) if parts else np.zeros(0, np.int32)

    def invalid(self) -> int | None:
        """The integer that stands for no value."""
        return self._format.invalid

    def _stream(self, first: int, last: int) -> Stored:
        """The interleaved integers [first, last)."""
        layout = self._format
        group = first // layout.samples
        groups = -(-last // layout.samples) - group
        with reading(self.path), self.path.open("rb") as file:
            file.seek(self.signals[0].offset + group * layout.size)
            raw = file.read(groups * layout.size)
        if len(raw) < groups * layout.size:
            raw = raw + bytes(groups * layout.size - len(raw))
        values = layout.decode(np.frombuffer(raw, np.uint8))
        skipped = first - group * layout.samples
        return values[skipped : skipped + last - first].astype(np.int32, copy=False)
