"""Recordings whose every sample is known, for tests of what is drawn of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from edf_bytes import Signal, edf

from sleepstudio.recordings.edf import EdfRecording, open_edf
from sleepstudio.recordings.recording import Channel, ChannelKind, Gap, Recording
from sleepstudio.recordings.resampling import sample_span


class ArrayRecording(Recording):
    """A recording of arrays: label → (kind, rate, samples)."""

    def __init__(
        self,
        signals: Mapping[str, tuple[ChannelKind, float, np.ndarray]],
        *,
        unit: str = "uV",
        gaps: Sequence[Gap] = (),
    ) -> None:
        self.recording_id = "arrays"
        self.start = None
        self.channels = tuple(Channel(label, kind, unit, rate) for label, (kind, rate, _) in signals.items())
        self.duration_s = max(len(samples) / rate for _, rate, samples in signals.values())
        self.gaps = tuple(gaps)
        self._signals = {label: (rate, np.float32(samples)) for label, (_, rate, samples) in signals.items()}

    def read(self, label, start_s=0.0, stop_s=None, rate_hz=None):  # noqa: ARG002
        self.channel(label)
        rate, samples = self._signals[label]
        first, last = sample_span(start_s, self.duration_s if stop_s is None else stop_s, rate, len(samples))
        return samples[first:last]


def edf_with_gap(path: Path, *, rate: int = 50, seconds: int = 40, gap_s: int = 17) -> EdfRecording:
    """One-second records of random integers, EDF+D, with a gap half-way; two channels of different rates."""
    random = np.random.default_rng(3)
    half = seconds // 2
    onsets = [second + (gap_s if second >= half else 0) for second in range(seconds)]
    signals = [
        Signal("EEG C4-M1", random.integers(-3000, 3000, (seconds, rate))),
        Signal("SpO2", random.integers(0, 3000, (seconds, 1)), dimension="%"),
    ]
    tals = [f"+{onset}\x14\x14\0".encode() for onset in onsets]
    path.write_bytes(edf(signals, tals=tals, reserved="EDF+D"))
    return open_edf(path)
