"""A WFDB record as a recording: lazy, in one piece or in segments."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.channels import classify
from sleepstudio.recordings.recording import Channel, Diagnostic, Gap, Recording
from sleepstudio.recordings.resampling import STEPWISE, read_at_rate, sample_span
from sleepstudio.recordings.wfdb.header import GAP, WfdbHeader, WfdbSignal, read_header
from sleepstudio.recordings.wfdb.samples import SignalFile

_LARGEST_RATIO = 100
_ALWAYS_FRAMES = 1 << 20
"""Files of a record that differ more in length than this are of different records, or lie."""
MAX_DURATION_S = 366 * 86400.0


@dataclass(frozen=True)
class _Place:
    """Where a channel's samples of a stretch lie: the file, the signal's index in it."""

    file: SignalFile
    index: int

    @property
    def signal(self) -> WfdbSignal:
        return self.file.signals[self.index]


@dataclass(frozen=True)
class _Stretch:
    """Frames [first, first + frames) of the record: the channels that were recorded there."""

    first: int
    frames: int
    places: dict[str, _Place]


class WfdbRecording(Recording):
    """Signals of a record, in physical units; NaN where it stores none.

    A channel's rate is the record's times its samples a frame. Values that the format keeps for "no value"
    are NaN. Segments follow one another on the record's clock; ``gaps`` lists those in which nothing was
    recorded.
    """

    def __init__(self, path: Path) -> None:
        """Reads headers alone. Raises RecordingError."""
        self.header = read_header(path)
        self.recording_id = path.stem
        self._diagnostics: list[Diagnostic] = []
        self._stretches = _stretches(self.header, self._diagnostics)
        self._frames = sum(stretch.frames for stretch in self._stretches)
        self.start = self.header.start
        self.duration_s = self._frames / self.header.rate_hz
        if self.duration_s > MAX_DURATION_S:
            raise RecordingError(
                f"it claims {self.duration_s / 86400:.3g} days.",
                where=str(path),
                hint="Correct the rate or the lengths in the header.",
            )
        recorded = sum(stretch.frames for stretch in self._stretches if stretch.places)
        if recorded and self._frames > recorded * _LARGEST_RATIO + _ALWAYS_FRAMES:
            raise RecordingError(
                f"it claims {self.duration_s:.4g} s; {recorded / self.header.rate_hz:.4g} s are stored.",
                where=str(path),
                hint="Correct the segments' lengths in the header.",
            )
        self._per_frame: dict[str, int] = {}
        channels: dict[str, Channel] = {}
        for stretch in self._stretches:
            for label, place in stretch.places.items():
                signal = place.signal
                if self._per_frame.setdefault(label, signal.per_frame) != signal.per_frame:
                    raise RecordingError(
                        f"channel {label!r} has several rates.",
                        where=str(path),
                        hint="Split the record where its montage changes.",
                    )
                rate_hz = self.header.rate_hz * signal.per_frame
                channels.setdefault(label, Channel(label, classify(label, signal.unit), signal.unit, rate_hz))
        self.channels = tuple(channels.values())
        self.gaps = tuple(
            Gap(stretch.first / self.header.rate_hz, (stretch.first + stretch.frames) / self.header.rate_hz)
            for stretch in self._stretches
            if not stretch.places and self.channels
        )
        if self.header.time_of_day and self.start is None:
            self._diagnostics.append(
                Diagnostic(
                    "info", f"it begins at {self.header.time_of_day}; its date is not told.", path.name
                )
            )
        self.diagnostics = tuple(self._diagnostics)

    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        """Samples of one channel in [start_s, stop_s), physical units, NaN in gaps. Raises ChannelError."""
        channel = self.channel(label)
        stored_hz = channel.rate_hz or self.header.rate_hz
        samples = self._frames * self._per_frame[label]
        stop_s = self.duration_s if stop_s is None else stop_s

        def fetch(first: int, last: int) -> NDArray[np.float32]:
            return self._physical(label, first, last)

        if rate_hz is None or rate_hz == stored_hz:
            return fetch(*sample_span(start_s, stop_s, stored_hz, samples))
        return read_at_rate(
            fetch, samples, stored_hz, rate_hz, start_s, stop_s, stepwise=channel.kind in STEPWISE
        )

    def _physical(self, label: str, first: int, last: int) -> NDArray[np.float32]:
        per_frame = self._per_frame[label]
        values = np.full(last - first, np.nan, np.float32)
        for stretch in self._stretches:
            place = stretch.places.get(label)
            if place is None:
                continue
            begin = max(first // per_frame - stretch.first, 0)
            end = min(-(-last // per_frame) - stretch.first, stretch.frames)
            # a signal that lags by its skew stands so many frames later in the file
            begin = max(begin, -place.signal.skew)
            end = min(end, place.file.frames - place.signal.skew)
            if begin >= end:
                continue
            stored = place.file.stored(place.index, begin + place.signal.skew, end + place.signal.skew)
            physical = ((stored - np.float64(place.signal.baseline)) / place.signal.gain).astype(np.float32)
            invalid = place.file.invalid()
            if invalid is not None:
                physical[stored == invalid] = np.nan
            at = (stretch.first + begin) * per_frame - first
            skipped = max(0, -at)
            at = max(at, 0)
            part = physical[skipped : skipped + len(values) - at]
            values[at : at + len(part)] = part
        return values


def open_wfdb(path: Path | str) -> WfdbRecording:
    """The record of a ``.hea`` file, or of a signal file beside it. Raises RecordingError."""
    path = Path(path)
    if path.suffix.lower() != ".hea":
        path = path.with_suffix(".hea")
    return WfdbRecording(path)


def _stretches(header: WfdbHeader, diagnostics: list[Diagnostic]) -> list[_Stretch]:
    if not header.segments:
        return [_stretch(header, 0, header.frames, diagnostics)]
    stretches: list[_Stretch] = []
    first = 0
    opened: dict[str, WfdbHeader] = {}
    for segment in header.segments:
        if segment.frames == 0:
            continue  # a layout: it names the channels and stores nothing
        if segment.name == GAP:
            stretches.append(_Stretch(first, segment.frames, {}))
        else:
            if segment.name not in opened:
                opened[segment.name] = read_header(header.path.with_name(f"{segment.name}.hea"))
            one = opened[segment.name]
            if one.segments:
                raise RecordingError(
                    f"segment {segment.name} has segments itself.",
                    where=str(header.path),
                    hint="Copy or download the record again.",
                )
            if one.rate_hz != header.rate_hz:
                raise RecordingError(
                    f"segment {segment.name} has {one.rate_hz:g} Hz, the record {header.rate_hz:g} Hz.",
                    where=str(one.path),
                    hint="Copy or download the record again.",
                )
            stretches.append(_stretch(one, first, segment.frames, diagnostics))
        first += segment.frames
    return stretches


def _stretch(header: WfdbHeader, first: int, frames: int | None, diagnostics: list[Diagnostic]) -> _Stretch:
    places: dict[str, _Place] = {}
    longest = 0
    least = math.inf
    for name, group in groupby(header.signals, key=lambda signal: signal.file):
        if name == GAP:
            continue
        signals = tuple(group)
        file = SignalFile(header.path.with_name(name), signals)
        longest, least = max(longest, file.frames), min(least, file.frames)
        for index, signal in enumerate(signals):
            places[_unique(signal.label, places, diagnostics, header)] = _Place(file, index)
        if frames is not None and file.frames < frames:
            missing_s = (frames - file.frames) / header.rate_hz
            diagnostics.append(
                Diagnostic(
                    "warning",
                    f"the file ends {missing_s:g} s before its header says; what is missing is a gap.",
                    name,
                )
            )
        elif frames is not None and file.frames > frames + 1:
            more_s = (file.frames - frames) / header.rate_hz
            diagnostics.append(
                Diagnostic(
                    "info", f"the file holds {more_s:g} s more than its header says; they are left out.", name
                )
            )
    # a header that lies about its length must not make a recording longer than what was ever stored
    known = longest if frames is None or places else frames
    if frames is not None:
        known = min(known, frames)
    if places and known > least * _LARGEST_RATIO + _ALWAYS_FRAMES:
        raise RecordingError(
            f"one of its files holds {least} frames, another {longest}.",
            where=str(header.path),
            hint="Copy or download the record again.",
        )
    return _Stretch(first, known, places)


def _unique(label: str, taken: Container[str], diagnostics: list[Diagnostic], header: WfdbHeader) -> str:
    if label not in taken:
        return label
    number = 2
    while f"{label} {number}" in taken:
        number += 1
    diagnostics.append(
        Diagnostic(
            "info",
            f"several channels are called {label!r}; one is shown as {label} {number}.",
            header.path.name,
        )
    )
    return f"{label} {number}"
