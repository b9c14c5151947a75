"""EDF, EDF+ and BDF recordings, read as they are asked for: opening never reads the samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.channels import classify
from sleepstudio.recordings.edf.annotations import events_in
from sleepstudio.recordings.edf.fields import FIXED_BYTES
from sleepstudio.recordings.edf.file_bytes import FileBytes
from sleepstudio.recordings.edf.header import EdfHeader, EdfSignal, header_size, parse_header
from sleepstudio.recordings.edf.records import DataRecords, Integers
from sleepstudio.recordings.edf.timeline import TOLERANCE_S, Run, Timeline, by_onsets, continuous
from sleepstudio.recordings.reading import reading
from sleepstudio.recordings.recording import Channel, Diagnostic, Event, Recording
from sleepstudio.recordings.resampling import STEPWISE, read_at_rate, sample_span

MAX_GAPS_S = 14 * 24 * 3600.0
"""Gaps of more than two weeks in all are damaged record times."""
_RESERVED = "byte 192 (reserved)"
_BLOCK_SAMPLES = 1 << 16
"""Samples converted at a time: a whole night needs no second copy of the channel in memory."""


def open_edf(path: Path | str) -> EdfRecording:
    """Opens an EDF, EDF+ or BDF file, reading its header alone (and record times where it is discontinuous).

    Raises RecordingError with the reason where it is no such file or its header leaves the samples' places
    unknown; everything else that is odd is in the recording's ``diagnostics``.
    """
    path = Path(path)
    where = str(path)
    with reading(path):
        file = FileBytes(path, where)
        header = parse_header(file.head(header_size(file.head(FIXED_BYTES), where)), file.size, where)
        return EdfRecording(path, DataRecords(header, file))


class EdfRecording(Recording):
    """One EDF file. ``header`` has what the file declares, patient and transducers included.

    Annotations signals are no channels: see :attr:`annotations`. ``start`` is the first sample's, the
    fraction of a second that EDF+ keeps in its first annotation included.
    """

    def __init__(self, path: Path, records: DataRecords) -> None:
        self.path = path
        self.recording_id = path.stem
        self.header: EdfHeader = records.header
        self._records = records
        header = self.header
        self._first_onset_s = records.first_onset_s()
        self._timeline = self._placed()
        self.start = header.start + timedelta(seconds=self._first_onset_s) if header.start else None
        self.duration_s = self._timeline.duration_s
        self.gaps = self._timeline.gaps
        self.diagnostics = header.diagnostics + self._timeline.diagnostics
        self._signals = {
            signal.label: signal
            for signal in header.signals
            if signal.samples_per_record and not signal.is_annotations and header.record_s
        }
        self.channels = tuple(
            Channel(label, classify(label, signal.unit), signal.unit, self._rate(signal))
            for label, signal in self._signals.items()
        )

    @cached_property
    def annotations(self) -> tuple[Event, ...]:
        """EDF+ annotations by onset; what cannot be read of them is added to ``diagnostics``."""
        events, diagnostics = events_in(self._records.annotation_blocks(), self._first_onset_s)
        self.diagnostics += diagnostics
        return events

    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        """Samples of one channel in [start_s, stop_s), physical units, NaN in gaps.

        Sample i stands at ``i / rate`` from the start. Another ``rate_hz`` resamples: nearest sample for
        stepwise kinds (oximetry, status, position, heart rate), band-limited for the others. Raises
        ChannelError.
        """
        signal = self._signal(label)
        stored_hz, samples = self._rate(signal), self._samples(signal)
        stop_s = self.duration_s if stop_s is None else stop_s

        def fetch(first: int, last: int) -> NDArray[np.float32]:
            return self._physical(signal, first, last)

        if rate_hz is None or rate_hz == stored_hz:
            return fetch(*sample_span(start_s, stop_s, stored_hz, samples))
        stepwise = self.channel(label).kind in STEPWISE
        return read_at_rate(fetch, samples, stored_hz, rate_hz, start_s, stop_s, stepwise=stepwise)

    def read_digital(self, label: str, start_s: float = 0.0, stop_s: float | None = None) -> Integers:
        """The stored integers of one channel in [start_s, stop_s): int16 (EDF) or int32 (BDF).

        Nothing is stored in a gap: the samples before and after it follow one another. Raises ChannelError.
        """
        signal = self._signal(label)
        stop_s = self.duration_s if stop_s is None else stop_s
        first, last = sample_span(start_s, stop_s, self._rate(signal), self._samples(signal))
        parts = [part for _, part in self._stored(signal, first, last)]
        if not parts:
            return np.zeros(0, np.int16 if self.header.sample_bytes == 2 else np.int32)
        return np.concatenate(parts)

    def sample_count(self, label: str) -> int:
        """Samples of one channel's whole timeline, gaps included. Raises ChannelError."""
        return self._samples(self._signal(label))

    def calibration(self, label: str) -> tuple[float, float]:
        """(gain, offset): a physical value is ``stored * gain + offset``. Raises ChannelError."""
        signal = self._signal(label)
        return signal.gain, signal.offset

    def digital_blocks(self, label: str, first: int, last: int) -> Iterator[tuple[int, Integers]]:
        """Stored integers of the timeline's samples [first, last), block by block: place and values.

        Nothing comes for a gap. Raises ChannelError.
        """
        return self._stored(self._signal(label), first, last)

    def stored_header(self) -> bytes:
        """The header's bytes as they are. Raises RecordingError once closed."""
        return self._records.header_bytes()

    def stored_records(self, first: int, last: int) -> NDArray[np.uint8]:
        """(records, bytes) of data records [first, last) as they are. Raises RecordingError once closed."""
        return self._records.records(first, last)

    def record_onsets_s(self) -> tuple[float, ...]:
        """When each data record begins, from the first sample."""
        record_s = self.header.record_s
        return tuple(run.onset_s + k * record_s for run in self._timeline.runs for k in range(len(run)))

    def close(self) -> None:
        """Releases the file; reading afterwards raises RecordingError."""
        self._records.close()

    def _placed(self) -> Timeline:
        """Where the records stand: one after another, or by their own times. Raises RecordingError."""
        header, late_s = self.header, self._last_record_late_s()
        in_a_row = continuous(header.records, header.record_s)
        if not header.record_s or not (header.discontinuous or abs(late_s) > TOLERANCE_S):
            return in_a_row
        by_times = by_onsets(self._records.onsets_s() - self._first_onset_s, header.record_s)
        if header.discontinuous:
            if by_times.gaps_s > MAX_GAPS_S:
                raise RecordingError(
                    f"its record times leave gaps of {by_times.gaps_s / 86400:.0f} days in all.",
                    where=str(self.path),
                    hint="The record times are damaged: export the file again, as continuous EDF.",
                )
            return by_times
        told = f"says continuous, but the last data record begins {late_s:g} s from its place"
        if abs(late_s) < header.record_s / 2 or by_times.gaps_s > MAX_GAPS_S:
            note = Diagnostic("warning", f"reserved {told}: samples are placed by their rate", _RESERVED)
            return replace(in_a_row, diagnostics=(note,))
        note = Diagnostic("warning", f"reserved {told}: the records' own times are followed", _RESERVED)
        return replace(by_times, diagnostics=(note, *by_times.diagnostics))

    def _last_record_late_s(self) -> float:
        """How far the last record's own time is from where its number puts it; 0 where it keeps none."""
        onset = self._records.last_onset_s()
        if onset is None:
            return 0.0
        return onset - self._first_onset_s - (self.header.records - 1) * self.header.record_s

    def _signal(self, label: str) -> EdfSignal:
        self.channel(label)
        return self._signals[label]

    def _rate(self, signal: EdfSignal) -> float:
        return signal.samples_per_record / self.header.record_s

    def _samples(self, signal: EdfSignal) -> int:
        """Samples of the whole timeline, gaps included."""
        if not self._timeline.runs:
            return 0
        last = self._timeline.runs[-1]
        return self._first_sample(signal, last) + len(last) * signal.samples_per_record

    def _first_sample(self, signal: EdfSignal, run: Run) -> int:
        return round(run.onset_s * self._rate(signal))

    def _physical(self, signal: EdfSignal, first: int, last: int) -> NDArray[np.float32]:
        values = np.full(last - first, np.nan, np.float32)
        for place, digital in self._stored(signal, first, last):
            part = values[place - first : place - first + len(digital)]
            np.add(digital * signal.gain, signal.offset, out=part, casting="same_kind")
        return values

    def _stored(self, signal: EdfSignal, first: int, last: int) -> Iterator[tuple[int, Integers]]:
        """Stored integers of the timeline's samples [first, last): place and values, block by block."""
        per_record = signal.samples_per_record
        block_records = max(1, _BLOCK_SAMPLES // per_record)
        for run in self._timeline.runs:
            run_start = self._first_sample(signal, run)
            begin = max(first - run_start, 0)
            end = min(last - run_start, len(run) * per_record)
            while begin < end:
                record = begin // per_record
                if per_record > _BLOCK_SAMPLES:
                    stop = min(end, (record + 1) * per_record, begin + _BLOCK_SAMPLES)
                    within = begin - record * per_record, stop - record * per_record
                    yield run_start + begin, self._records.part(signal, run.first + record, *within)
                    begin = stop
                    continue
                stop = min(record + block_records, -(-end // per_record))
                digital = self._records.integers(signal, run.first + record, run.first + stop)
                digital = digital[begin - record * per_record : end - record * per_record]
                yield run_start + begin, digital
                begin += len(digital)
