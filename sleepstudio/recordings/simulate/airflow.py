"""Breathing as it is recorded: nasal cannula, thermistor, chest and belly bands, snoring."""

from __future__ import annotations

import numpy as np

from sleepstudio.recordings.simulate.breathing import INSPIRATION, breath_flow, breath_volume
from sleepstudio.recordings.simulate.control import Floats, by_stage, level, smooth, stream
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.sampling import Samples, at_rate, sample_times

_SNORING = np.array([0.0, 0.4, 1.0, 1.2, 0.5])
_BAND_GAIN = 0.6
_THERMISTOR_S = 0.5


def flow(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) airflow at the nose, inspiration positive, about 1 for a quiet breath."""
    return _flow(night, rate_hz) + _disturbance(night, rate_hz, "flow", 0.02, 0.6)


def nasal_pressure(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) cannula pressure, which goes with the square of the flow (Bernoulli)."""
    air = _flow(night, rate_hz)
    return air * np.abs(air) + _disturbance(night, rate_hz, "pressure", 0.02, 0.6)


def thermistor(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) the warmth of expired air, with the sensor's lag."""
    breathing = night.breathing
    warmth = smooth(breath_flow(breathing.phase) * breathing.depth * breathing.airflow, _THERMISTOR_S)
    at = sample_times(night.duration_s, rate_hz)
    return -at_rate(warmth, breathing.times, at) + _disturbance(night, rate_hz, "thermistor", 0.02, 0.4)


def chest(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) chest band."""
    return _band(night, rate_hz, against_chest=False) + _disturbance(night, rate_hz, "chest", 0.008, 0.8)


def belly(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) belly band: with the chest, and against it in obstructive apneas."""
    return _band(night, rate_hz, against_chest=True) + _disturbance(night, rate_hz, "belly", 0.008, 0.8)


def snore(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) vibration of the cannula: bursts in inspiration, in snorers, most in N2 and N3."""
    breathing = night.breathing
    loud = smooth(by_stage(night.truth.driving_stages, _SNORING, breathing.times), 20.0)
    inspiring = (breathing.phase % 1.0) < INSPIRATION
    envelope = loud * inspiring * breathing.depth * breathing.airflow * night.subject.snoring
    at = sample_times(night.duration_s, rate_hz)
    noise = stream(night.seed, "snore").standard_normal(len(at), np.float32)
    return noise * (at_rate(smooth(envelope, 0.15), breathing.times, at) + np.float32(0.02))


def _flow(night: SimulatedNight, rate_hz: int) -> Samples:
    at, phase = _phase(night, rate_hz)
    gain = at_rate(night.breathing.depth * night.breathing.airflow, night.breathing.times, at)
    return breath_flow(phase).astype(np.float32) * gain


def _band(night: SimulatedNight, rate_hz: int, *, against_chest: bool) -> Samples:
    at, phase = _phase(night, rate_hz)
    breathing = night.breathing
    direction = 1.0 - 1.8 * breathing.paradox if against_chest else np.ones(len(breathing.paradox))
    moved = smooth(np.maximum(breathing.airflow, 0.5) * breathing.effort * direction, 0.5)
    gain = at_rate(breathing.depth * moved * _BAND_GAIN, breathing.times, at)
    return (breath_volume(phase).astype(np.float32) - np.float32(0.4)) * gain


def _phase(night: SimulatedNight, rate_hz: int) -> tuple[Floats, Floats]:
    at = sample_times(night.duration_s, rate_hz)
    return at, np.interp(at, night.breathing.times, night.breathing.phase)


def _disturbance(
    night: SimulatedNight, rate_hz: int, channel: str, floor: float, by_movement: float
) -> Samples:
    """Sensor noise, and the sleeper's movements."""
    movements, times = night.truth.movements, night.breathing.times
    moving = smooth(level(movements.start_s, movements.stop_s, movements.strength, times), 0.5)
    at = sample_times(night.duration_s, rate_hz)
    noise = stream(night.seed, channel).standard_normal(len(at), np.float32)
    return noise * at_rate(floor + by_movement * moving, times, at)
