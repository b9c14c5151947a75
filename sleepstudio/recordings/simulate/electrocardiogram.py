"""The EKG, and the heart rate derived from it (DHR)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.simulate.control import band_noise, level, smooth, stream
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.sampling import Samples, at_rate, repeat_template, sample_times

_QRS_HALF_S = 0.05

#          amplitude mV, centre, width: of the QRS in seconds, of the rest in parts of the interval
_QRS = ((-0.12, -0.026, 0.008), (1.10, 0.0, 0.010), (-0.22, 0.027, 0.009))
_SLOW_WAVES = ((0.28, 0.30, 0.055), (0.13, 0.83, 0.030))


def electrocardiogram(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) EKG in mV, R peaks at ``truth.r_peak_s``.

    A sum of Gaussians for P, Q, R, S and T (McSharry et al. 2003, *IEEE Trans. Biomed. Eng.* 50). The QRS
    keeps its width at any heart rate, the rest stretches with the interval. Baseline wander by breathing
    and movement.
    """
    at = sample_times(night.duration_s, rate_hz)
    beats, times = night.truth.r_peak_s, night.breathing.times
    rng = stream(night.seed, "ekg")
    wave = np.zeros(len(at), np.float32)
    if len(beats):
        anchors = np.stack((beats - _QRS_HALF_S, beats + _QRS_HALF_S), axis=1)
        wave = repeat_template(anchors, (0.0, 0.5), _heartbeat_template(), at)
    movements = night.truth.movements
    moving = smooth(level(movements.start_s, movements.stop_s, movements.strength, times), 0.5)
    wander = (
        0.05 * night.breathing.volume
        + 0.05 * band_noise(rng, len(times), 0.01, 0.3, exponent=1.0)
        + 0.4 * moving * band_noise(rng, len(times), 0.2, 3.0)
    )
    wave += at_rate(wander, times, at)
    wave += np.float32(0.008) * rng.standard_normal(len(at), np.float32)
    return wave


def derived_heart_rate(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) beats per minute of the interval that the last R peak ended; that of the first before it."""
    at = sample_times(night.duration_s, rate_hz)
    beats = night.truth.r_peak_s
    if len(beats) < 2:
        return np.zeros(len(at), np.float32)
    rate = (60.0 / np.diff(beats)).astype(np.float32)
    counts = np.diff(np.searchsorted(at, beats), prepend=0, append=len(at))
    return np.repeat(np.concatenate((rate[:1], rate[:1], rate)), counts)


def _heartbeat_template(points: int = 4096) -> NDArray[np.float64]:
    """First half: the QRS, in time; second half: from its end to the next, T and P in parts of that."""
    half = points // 2
    seconds = (np.arange(half) / half * 2 - 1) * _QRS_HALF_S
    part = np.arange(half) / half
    qrs = sum(a * np.exp(-(((seconds - c) / w) ** 2) / 2) for a, c, w in _QRS)
    rest = sum(a * np.exp(-(((part - c) / w) ** 2) / 2) for a, c, w in _SLOW_WAVES)
    return np.concatenate((qrs, rest))
