"""The data records of an EDF or BDF file: stored integers and annotations, read as asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.edf.annotations import record_onset, record_onsets
from sleepstudio.recordings.edf.file_bytes import FileBytes
from sleepstudio.recordings.edf.header import EdfHeader, EdfSignal

Integers = NDArray[np.int16 | np.int32]
"""Stored samples: 16 bits in EDF, 24 bits (as int32) in BDF."""
_BLOCK_BYTES = 4 << 20
"""Whole data records read at a time."""
_KEPT_BYTES = 8 << 20
_APART_BYTES = 8 << 10
"""Data records larger than this are skipped through, where one channel is read over a long span."""


class DataRecords:
    """What the data records of an open file hold; from any thread."""

    def __init__(self, header: EdfHeader, file: FileBytes) -> None:
        self.header = header
        self._file = file
        self._kept = threading.local()
        self._annotations = [
            signal for signal in header.signals if signal.is_annotations and signal.samples_per_record
        ]

    def integers(self, signal: EdfSignal, first: int, last: int) -> Integers:
        """(samples,) of a signal in data records [first, last). Raises RecordingError once closed."""
        return self._decoded(self.stored(signal, first, last))

    def part(self, signal: EdfSignal, record: int, begin: int, end: int) -> Integers:
        """Samples [begin, end) of a signal within one data record; raises as ``integers``."""
        sample_bytes = self.header.sample_bytes
        stored = np.empty((1, (end - begin) * sample_bytes), np.uint8)
        self._file.fill(self._place(record) + signal.byte_offset + begin * sample_bytes, stored)
        return self._decoded(stored)

    def _decoded(self, stored: NDArray[np.uint8]) -> Integers:
        if self.header.sample_bytes == 2:
            return stored.view("<i2").reshape(-1)
        # the three bytes become the upper ones of a 32-bit integer; shifting back down keeps the sign
        padded = np.zeros((stored.size // 3, 4), np.uint8)
        padded[:, 1:] = stored.reshape(-1, 3)
        return padded.view("<i4").reshape(-1) >> 8

    def stored(self, signal: EdfSignal, first: int, last: int) -> NDArray[np.uint8]:
        """(records, bytes) of a signal in data records [first, last), contiguous; raises as ``integers``."""
        width = signal.samples_per_record * self.header.sample_bytes
        record_bytes = self.header.record_bytes
        columns = slice(signal.byte_offset, signal.byte_offset + width)
        if (last - first) * record_bytes <= _BLOCK_BYTES:
            return np.ascontiguousarray(self._block(first, last)[:, columns])
        rows = np.empty((last - first, width), np.uint8)
        if record_bytes >= _APART_BYTES:
            for row in range(len(rows)):
                self._file.fill(self._place(first + row) + signal.byte_offset, rows[row])
            return rows
        for begin, end in self._portions(first, last):
            rows[begin - first : end - first] = self.records(begin, end)[:, columns]
        return rows

    def records(self, first: int, last: int) -> NDArray[np.uint8]:
        """(records, bytes) of whole data records [first, last); raises as ``integers``."""
        block = np.empty((last - first, self.header.record_bytes), np.uint8)
        self._file.fill(self._place(first), block)
        return block

    def header_bytes(self) -> bytes:
        """The stored header."""
        return self._file.head(self.header.header_bytes)

    def annotation_blocks(self) -> Iterator[bytes]:
        """Each record's annotation bytes, all annotations signals together."""
        if not self._annotations:
            return
        for first, last in self._portions(0, self.header.records):
            blocks = [self.stored(signal, first, last) for signal in self._annotations]
            for record in range(last - first):
                yield b"\0".join(block[record].tobytes() for block in blocks)

    def first_onset_s(self) -> float:
        """When the first sample was taken, from the header's start: EDF+ keeps fractions of a second so."""
        return self._onset_s(0) or 0.0 if self.header.records else 0.0

    def last_onset_s(self) -> float | None:
        """When the last record begins, from the header's start; None where it keeps no time."""
        return self._onset_s(self.header.records - 1) if self.header.records else None

    def onsets_s(self) -> NDArray[np.float64]:
        """(records,) when each record begins, from the header's start; NaN where it keeps no time."""
        signal = self._annotations[0]
        return np.concatenate(
            [
                record_onsets(self.stored(signal, first, last))
                for first, last in self._portions(0, self.header.records)
            ]
        )

    def close(self) -> None:
        """Releases the file."""
        self._file.close()
        self._kept = threading.local()

    def _onset_s(self, record: int) -> float | None:
        if not self._annotations:
            return None
        return record_onset(self.stored(self._annotations[0], record, record + 1)[0].tobytes())

    def _block(self, first: int, last: int) -> NDArray[np.uint8]:
        """Whole records; a thread's last spans are kept, since the other channels of these come next."""
        if first >= last:
            return np.empty((0, self.header.record_bytes), np.uint8)
        kept: deque[tuple[int, NDArray[np.uint8]]] | None = getattr(self._kept, "blocks", None)
        if kept is None:
            kept = self._kept.blocks = deque()
        for begin, block in reversed(kept):
            if begin <= first and last <= begin + len(block):
                return block[first - begin : last - begin]
        # channels of other rates may begin or end one record beside
        begin, end = max(first - 1, 0), min(last + 1, self.header.records)
        block = self.records(begin, end)
        block.flags.writeable = False
        kept.append((begin, block))
        while len(kept) > 1 and sum(one.nbytes for _, one in kept) > _KEPT_BYTES:
            kept.popleft()
        return block[first - begin : last - begin]

    def _portions(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        step = max(1, _BLOCK_BYTES // self.header.record_bytes)
        for begin in range(first, last, step):
            yield begin, min(begin + step, last)

    def _place(self, record: int) -> int:
        return self.header.header_bytes + record * self.header.record_bytes
