"""Recordings of other formats in 16 bits: data records of equal length, and what that costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.edf.ascii_text import ascii_text
from sleepstudio.recordings.edf.draft import Draft, DraftSignal, Rows
from sleepstudio.recordings.edf.identity import recording_field
from sleepstudio.recordings.edf.standard import eight, unique_labels
from sleepstudio.recordings.recording import Channel, Recording

LARGEST = 32767
NOT_RECORDED = -32768
"""Below every signal's digital minimum: what was not recorded, within a data record of which a part was."""
_RECORD_S = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 25, 30, 32, 60, 64)
_READ_S = 600.0


@dataclass(frozen=True)
class _Scale:
    """``stored = (value - offset) / gain``, of the range as eight characters say it."""

    low: str
    high: str

    @property
    def gain(self) -> float:
        return (float(self.high) - float(self.low)) / (2 * LARGEST)

    @property
    def offset(self) -> float:
        return float(self.high) - self.gain * LARGEST


def quantised(recording: Recording) -> tuple[Draft, Rows, list[str]]:
    """Draft, samples, and what is otherwise than in the recording, a sentence each.

    Whole numbers of up to 16 bits stay exact, other values move by at most half a step. Data records that lie
    in gaps are left out (EDF+D). Reads all samples once, for their range. Raises RecordingError where there
    is no regularly sampled channel, or no length of data records holds a whole number of each one's samples.
    """
    channels = [channel for channel in recording.channels if channel.rate_hz]
    left_out = [channel.label for channel in recording.channels if not channel.rate_hz]
    told = [f"{label!r} is left out: it is not regularly sampled" for label in left_out]
    record_s = _record_length(recording, channels)
    records = math.ceil(recording.duration_s / record_s - 1e-9)
    onsets = tuple(
        number * record_s
        for number in range(records)
        if not any(gap.start_s <= number * record_s and (number + 1) * record_s <= gap.stop_s
                   for gap in recording.gaps)
    )  # fmt: skip
    if not onsets:
        raise RecordingError("nothing was recorded.", where=recording.recording_id)
    scales = [_scale(recording, channel, told) for channel in channels]
    signals = tuple(
        DraftSignal(
            ascii_text(channel.label)[:16], ascii_text(channel.unit)[:8], scale.low, scale.high,
            str(-LARGEST), str(LARGEST), round((channel.rate_hz or 0.0) * record_s),
        )
        for channel, scale in zip(channels, scales, strict=True)
    )  # fmt: skip
    missing = records * record_s - recording.duration_s
    if missing > 1e-6:
        told.append(f"the last data record is filled up: {missing:g} s that were not recorded")
    start = recording.start.replace(tzinfo=None) if recording.start else None
    draft = Draft(
        2, True, "X X X X", recording_field("", start), start, f"{record_s:g}", onsets,
        len(onsets) < records, unique_labels(signals),
    )  # fmt: skip

    def rows(first: int, last: int) -> NDArray[np.uint8]:
        records_of = [_records(recording, channel, scale, onsets[first:last], record_s)
                      for channel, scale in zip(channels, scales, strict=True)]  # fmt: skip
        return np.hstack(records_of).view(np.uint8)

    return draft, rows, told


def _record_length(recording: Recording, channels: list[Channel]) -> int:
    if not channels:
        raise RecordingError("it has no regularly sampled channel.", where=recording.recording_id)
    for record_s in _RECORD_S:
        counts = [(channel.rate_hz or 0.0) * record_s for channel in channels]
        if all(count > 0.5 and abs(count - round(count)) < 1e-6 * count for count in counts):
            return record_s
    rates = ", ".join(f"{channel.rate_hz:g}" for channel in channels)
    raise RecordingError(
        f"no data record of up to a minute holds whole numbers of samples at {rates} Hz.",
        where=recording.recording_id,
        hint="Export fewer channels.",
    )


def _scale(recording: Recording, channel: Channel, told: list[str]) -> _Scale:
    low, high, whole = math.inf, -math.inf, True
    for start_s in np.arange(0.0, recording.duration_s, _READ_S):
        values = recording.read(channel.label, start_s, min(start_s + _READ_S, recording.duration_s))
        values = values[np.isfinite(values)]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            whole = whole and bool((values == np.rint(values)).all())
    if low > high or (whole and low >= -LARGEST and high <= LARGEST):
        return _Scale(str(-LARGEST), str(LARGEST))
    if low == high:
        low, high = low - 1, high + 1
    # rounded to eight characters the range may lose its ends: a thousandth of room on both sides
    room = (high - low) / 1000
    scale = _Scale(eight(low - room), eight(high + room))
    told.append(f"{channel.label!r} is written in steps of {scale.gain:.3g} {channel.unit}".rstrip())
    return scale


def _records(
    recording: Recording, channel: Channel, scale: _Scale, onsets: tuple[float, ...], record_s: int
) -> NDArray[np.int16]:
    """(records, samples) of one channel; data records that follow one another are read together."""
    per_record = round((channel.rate_hz or 0.0) * record_s)
    out = np.full((len(onsets), per_record), NOT_RECORDED, "<i2")
    begin = 0
    while begin < len(onsets):
        end = begin + 1
        while end < len(onsets) and onsets[end] == onsets[begin] + (end - begin) * record_s:
            end += 1
        stop_s = min(onsets[begin] + (end - begin) * record_s, recording.duration_s)
        values = recording.read(channel.label, onsets[begin], stop_s)[: (end - begin) * per_record]
        stored = np.rint((values.astype(np.float64) - scale.offset) / scale.gain)
        stored = np.where(np.isfinite(values), np.clip(stored, -LARGEST, LARGEST), NOT_RECORDED)
        out[begin:end].reshape(-1)[: len(stored)] = stored.astype("<i2")
        begin = end
    return out
