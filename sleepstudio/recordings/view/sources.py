"""Where the samples of a channel come from, block by block: stored integers, physical values, or filtered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.edf import EdfRecording
from sleepstudio.recordings.recording import Recording
from sleepstudio.recordings.view.filters import SignalFilter
from sleepstudio.recordings.view.pyramid import BASE, STEP, Pyramid, Stored

MOST_BYTES = 160e6
"""Of all pyramids of one recording."""


class Source(Protocol):
    """One regularly sampled channel."""

    @property
    def rate_hz(self) -> float: ...

    def empty_pyramid(self) -> Pyramid:
        """A pyramid of this channel's length, without samples."""

    def blocks(self, first: int, last: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Where in [first, last) there are samples, and these."""


@dataclass(frozen=True)
class EdfSource:
    """Stored integers: no conversion, no copy beyond the block."""

    recording: EdfRecording
    label: str

    @property
    def rate_hz(self) -> float:
        return self.recording.channel(self.label).rate_hz or 0.0

    def empty_pyramid(self) -> Pyramid:
        gain, offset = self.recording.calibration(self.label)
        dtype: type[Stored] = np.int16 if self.recording.header.sample_bytes == 2 else np.int32
        base = bin_samples(self.recording, BASE, np.dtype(dtype).itemsize)
        return Pyramid(self.recording.sample_count(self.label), self.rate_hz, dtype, gain, offset, base)

    def blocks(self, first: int, last: int) -> Iterator[tuple[int, NDArray[Any]]]:
        return self.recording.digital_blocks(self.label, first, last)


@dataclass(frozen=True)
class PhysicalSource:
    """Physical values of any recording, filtered where a filter is given."""

    recording: Recording
    label: str
    signal_filter: SignalFilter | None = None
    base: int = 64
    """Twice EDF's: values of four bytes need no more memory than integers of two."""

    @property
    def rate_hz(self) -> float:
        return self.recording.channel(self.label).rate_hz or 0.0

    def empty_pyramid(self) -> Pyramid:
        samples = round(self.recording.duration_s * self.rate_hz)
        base = bin_samples(self.recording, self.base, 4)
        return Pyramid(samples, self.rate_hz, np.float32, base=base)

    def blocks(self, first: int, last: int) -> Iterator[tuple[int, NDArray[Any]]]:
        start_s, stop_s = first / self.rate_hz, last / self.rate_hz
        if self.signal_filter is None:
            yield first, self.recording.read(self.label, start_s, stop_s)[: last - first]
        else:
            yield first, self.signal_filter.read(self.recording, self.label, first, last)


def bin_samples(recording: Recording, base: int, sample_bytes: int) -> int:
    """Samples of a pyramid's finest bin: ``base``, or more where a long night of many channels needs it."""
    samples = sum(channel.rate_hz or 0.0 for channel in recording.channels) * recording.duration_s
    # the smallest and the largest of each bin, and a third more for the coarser levels
    while samples / base * 2 * sample_bytes * 4 / 3 > MOST_BYTES:
        base *= STEP
    return base


def source_of(recording: Recording, label: str, signal_filter: SignalFilter | None = None) -> Source:
    """The leanest source of a regularly sampled channel."""
    if signal_filter is None and isinstance(recording, EdfRecording):
        return EdfSource(recording, label)
    return PhysicalSource(recording, label, signal_filter)
