"""Muscles: chin EMG, leg sensor, body position."""

from __future__ import annotations

import numpy as np

from sleepstudio.recordings.simulate.control import Floats, by_stage, level, smooth, stream
from sleepstudio.recordings.simulate.episodes import resettle
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.sampling import (
    Samples,
    at_rate,
    band_limited,
    bin_frequencies,
    coloured_noise,
    sample_times,
)

_CHIN_TONE_UV = np.array([12.0, 7.0, 5.5, 4.5, 1.8])
_CHIN_BAND_HZ = (10.0, 100.0)
_LEG_BAND_HZ = (1.0, 10.0)
_LEG_FLOOR_UV = 3.0
_LEG_MOVEMENT_UV = 90.0

POSITION_RIGHT, POSITION_LEFT, POSITION_BACK, POSITION_FRONT = 0, 1, 2, 3
"""The step channel's codes in Profusion's order."""


def chin(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) chin EMG in µV: tone falls with depth, atonia with twitches in R (AASM; Berry et al. 2012)."""
    times = night.breathing.times
    arousals, movements = night.truth.arousals, night.truth.movements
    tone = smooth(by_stage(night.truth.driving_stages, _CHIN_TONE_UV, times), 3.0)
    activity = (
        tone * (1.0 + 1.5 * level(arousals.start_s, arousals.stop_s, 1.0, times))
        + level(movements.start_s, movements.stop_s, 35.0 * movements.strength, times)
    ) * night.subject.chin_tone
    at = sample_times(night.duration_s, rate_hz)
    frequency = bin_frequencies(min(_CHIN_BAND_HZ[1], rate_hz / 2 - 1))
    flat = (frequency >= _CHIN_BAND_HZ[0]).astype(np.float32)
    flat /= np.sqrt(np.sum(flat))
    epochs = len(night.hypnogram)
    noise = coloured_noise(
        stream(night.seed, "chin"), np.broadcast_to(flat, (epochs, len(flat))), rate_hz, epochs
    )
    return noise * at_rate(smooth(activity, 0.2), times, at)


def leg(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) leg sensor in µV: every movement as a burst within 1–10 Hz (the sensor's low pass)."""
    rng = stream(night.seed, "leg")
    at = sample_times(night.duration_s, rate_hz)
    bursts = band_limited(rng, len(at), rate_hz, *_LEG_BAND_HZ, 0.5)
    floor = _LEG_FLOOR_UV * rng.standard_normal(len(at), np.float32)
    return bursts * at_rate(_leg_movement(night), night.breathing.times, at) + floor


def position(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) body position code; it changes with some body movements."""
    since, code = resettle(
        stream(night.seed, "position"),
        night.truth.movements,
        (POSITION_RIGHT, POSITION_LEFT, POSITION_BACK, POSITION_BACK, POSITION_FRONT),
    )
    at = sample_times(night.duration_s, rate_hz)
    return code[np.searchsorted(since, at, side="right") - 1].astype(np.float32)


def _leg_movement(night: SimulatedNight) -> Floats:
    """Size of the leg's movement in µV on the control grid."""
    movements, times = night.truth.movements, night.breathing.times
    strength = _LEG_MOVEMENT_UV * movements.strength
    return smooth(level(movements.start_s, movements.stop_s, strength, times), 0.25)
