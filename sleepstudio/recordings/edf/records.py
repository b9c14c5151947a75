"""The data records of an EDF or BDF file, memory-mapped: stored integers and annotation blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.edf.annotations import record_onset, record_onsets
from sleepstudio.recordings.edf.header import EdfHeader, EdfSignal

Integers = NDArray[np.int16 | np.int32]
"""Stored samples: 16 bits in EDF, 24 bits (as int32) in BDF."""


class DataRecords:
    """(records, bytes of a record) of mapped file; touching one signal leaves the others on the disk."""

    def __init__(self, header: EdfHeader, mapped: NDArray[np.uint8], where: str) -> None:
        self.header = header
        self._mapped: NDArray[np.uint8] | None = mapped
        self._where = where
        self._annotations = [
            signal for signal in header.signals if signal.is_annotations and signal.samples_per_record
        ]

    def integers(self, signal: EdfSignal, first: int, last: int) -> Integers:
        """(samples,) of a signal in data records [first, last). Raises RecordingError once closed."""
        stored = self._block(signal)[first:last]
        if self.header.sample_bytes == 2:
            return stored.view("<i2").reshape(-1)
        # the three bytes become the upper ones of a 32-bit integer; shifting back down keeps the sign
        padded = np.zeros((stored.size // 3, 4), np.uint8)
        padded[:, 1:] = stored.reshape(-1, 3)
        return padded.view("<i4").reshape(-1) >> 8

    def annotation_blocks(self) -> Iterator[bytes]:
        """Each record's annotation bytes, all annotations signals together."""
        blocks = [self._block(signal) for signal in self._annotations]
        if blocks:
            for record in range(self.header.records):
                yield b"\0".join(block[record].tobytes() for block in blocks)

    def first_onset_s(self) -> float:
        """When the first sample was taken, from the header's start: EDF+ keeps fractions of a second so."""
        if not self._annotations or not self.header.records:
            return 0.0
        return record_onset(self._block(self._annotations[0])[0].tobytes()) or 0.0

    def onsets_s(self) -> NDArray[np.float64]:
        """(records,) when each record begins, from the header's start; NaN where it keeps no time."""
        return record_onsets(self._block(self._annotations[0]))

    def close(self) -> None:
        """Releases the file."""
        self._mapped = None

    def _block(self, signal: EdfSignal) -> NDArray[np.uint8]:
        """(records, bytes) of one signal, not read yet."""
        if self._mapped is None:
            raise RecordingError("the recording is closed.", where=self._where)
        width = signal.samples_per_record * self.header.sample_bytes
        return self._mapped[:, signal.byte_offset : signal.byte_offset + width]
