"""What the oximeter reports once a second: SpO2, pulse rate, and its own status."""

from __future__ import annotations

import numpy as np

from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.sampling import Samples, at_rate, moving_mean, sample_times

STATUS_GOOD, STATUS_MARGINAL, STATUS_POOR, STATUS_OFF = 0.0, 1.0, 2.0, 3.0
"""MESA's OxStatus: good, marginal, poor, sensor off."""

_PULSES_AVERAGED = 4
_SECONDS_AVERAGED = 3


def oxygen_saturation(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) whole percent, the mean of the last 3 s; 0 where the probe is off."""
    at = sample_times(night.duration_s, rate_hz)
    shown = at_rate(night.saturation_percent, night.breathing.times, at)
    shown = np.rint(moving_mean(shown, _SECONDS_AVERAGED * rate_hz))
    shown[night.truth.gaps.holds(at)] = 0.0
    return shown


def pulse_rate(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) whole beats per minute, from the last four pulse intervals; 0 where the probe is off."""
    at = sample_times(night.duration_s, rate_hz)
    peaks = night.truth.pulse_peak_s
    span = min(_PULSES_AVERAGED, len(peaks) - 1)
    if span < 1:
        return np.zeros(len(at), np.float32)
    rate = 60.0 * span / (peaks[span:] - peaks[:-span])
    known = np.clip(np.searchsorted(peaks[span:], at, side="right") - 1, 0, len(rate) - 1)
    shown = np.rint(rate[known]).astype(np.float32)
    shown[night.truth.gaps.holds(at)] = 0.0
    return shown


def status(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) good, marginal within movement artefacts, sensor off in gaps."""
    at = sample_times(night.duration_s, rate_hz)
    shown = np.full(len(at), STATUS_GOOD, np.float32)
    shown[night.truth.artefacts.holds(at + 0.5 / rate_hz)] = STATUS_MARGINAL
    shown[night.truth.gaps.holds(at)] = STATUS_OFF
    return shown
