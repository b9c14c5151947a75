"""A simulated night as a recording in memory, for tests: channels are rendered when they are read."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.recording import Channel, Recording
from sleepstudio.recordings.resampling import STEPWISE, read_at_rate
from sleepstudio.recordings.simulate import (
    CHANNELS,
    NightSpecification,
    SimulatedNight,
    render,
    simulate_night,
)

LABELS = ("Pleth", "SpO2", "OxStatus", "Leg")


class ArrayRecording(Recording):
    """Channels as arrays: ``signals`` label → (samples,) at the rate of the channel."""

    def __init__(
        self, channels: tuple[Channel, ...], signals: dict[str, NDArray[np.float32]], duration_s: float
    ) -> None:
        self.recording_id = "night"
        self.start = None
        self.duration_s = duration_s
        self.channels = channels
        self.signals = signals

    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        channel, signal = self.channel(label), self.signals[label]
        assert channel.rate_hz is not None
        stop_s = self.duration_s if stop_s is None else stop_s
        return read_at_rate(
            lambda first, last: signal[first:last],
            len(signal),
            channel.rate_hz,
            rate_hz or channel.rate_hz,
            start_s,
            stop_s,
            stepwise=channel.kind in STEPWISE,
        )


def rendered(night: SimulatedNight, *labels: str) -> ArrayRecording:
    """The night's channels at MESA's rates."""
    chosen = [CHANNELS[label] for label in labels or LABELS]
    channels = tuple(Channel(one.label, one.kind, one.unit, one.rate_hz) for one in chosen)
    return ArrayRecording(channels, {one.label: render(night, one.label) for one in chosen}, night.duration_s)


@cache
def night(
    seed: int, *, hours: float = 3.0, artefacts: float = 0.0, snr_db: float | None = None
) -> SimulatedNight:
    return simulate_night(
        NightSpecification(duration_h=hours, movement_artefact_fraction=artefacts, ppg_snr_db=snr_db), seed
    )


def matched(
    found_s: NDArray[np.float64], true_s: NDArray[np.float64], tolerance_s: float = 0.1
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which true beats were found, and which found ones are true: each to the nearest, one to one."""
    nearest = np.clip(np.searchsorted(true_s, found_s), 1, len(true_s) - 1)
    nearest -= found_s - true_s[nearest - 1] < true_s[nearest] - found_s
    error = np.abs(found_s - true_s[nearest])
    right = error <= tolerance_s
    order = np.argsort(error, kind="stable")
    first = np.zeros(len(found_s), bool)
    first[order[np.unique(nearest[order], return_index=True)[1]]] = True
    right &= first
    hit = np.zeros(len(true_s), bool)
    hit[nearest[right]] = True
    return hit, right
