"""EOG: eye movements, opposite in the two channels, on a trace of EEG."""

from __future__ import annotations

import numpy as np

from sleepstudio.recordings.simulate.control import Floats, band_noise, by_stage, smooth, stream
from sleepstudio.recordings.simulate.eeg import Derivation, eeg, poisson_by_stage
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.sampling import (
    Samples,
    add_waveform,
    at_rate,
    sample_times,
)

LEFT = Derivation("EOG-L", delta=1.0, alpha=0.3, sigma=0.5, overall=0.35)
RIGHT = Derivation("EOG-R", delta=1.0, alpha=0.3, sigma=0.5, overall=0.35)

_BURSTS_PER_MIN = np.array([0.0, 0.0, 0.0, 0.0, 2.5])
_SACCADES_PER_MIN = np.array([5.0, 0.2, 0.0, 0.0, 1.0])
_SLOW_MOVEMENT_UV = np.array([8.0, 45.0, 4.0, 0.0, 4.0])


def eye(night: SimulatedNight, rate_hz: int, side: Derivation) -> Samples:
    """(n,) EOG in µV against FPz.

    Rapid eye movements in R come in bursts (Takahashi and Atsumi 1997, *Sleep* 20); slow rolling ones mark
    N1 (AASM). Both eyes turn together, so the channels mirror each other, which sets eye movements apart
    from the frontal slow waves that both pick up.
    """
    out = eeg(night, rate_hz, side)
    direction = 1.0 if side is LEFT else -1.0
    for start, size in _saccades(night):
        add_waveform(out, start, direction * size * _saccade_shape(rate_hz), rate_hz)
    times = night.breathing.times
    rolling = smooth(by_stage(night.truth.driving_stages, _SLOW_MOVEMENT_UV, times), 4.0)
    at = sample_times(night.duration_s, rate_hz)
    slow = band_noise(stream(night.seed, "slow eye movements"), len(times), 0.2, 0.6)
    out += at_rate(direction * rolling * slow, times, at)
    return out


def _saccades(night: SimulatedNight) -> list[tuple[float, float]]:
    """When each rapid eye movement begins, and its size in µV, negative to the other side."""
    rng = stream(night.seed, "eye movements")
    stages = night.truth.driving_stages
    starts = list(poisson_by_stage(rng, stages, _SACCADES_PER_MIN))
    for burst in poisson_by_stage(rng, stages, _BURSTS_PER_MIN):
        starts.extend(burst + np.cumsum(rng.uniform(0.25, 1.2, int(rng.integers(2, 8)))))
    sizes = np.clip(rng.normal(90.0, 30.0, len(starts)), 30.0, 180.0) * rng.choice([-1.0, 1.0], len(starts))
    return list(zip(starts, sizes.tolist(), strict=True))


def _saccade_shape(rate_hz: int) -> Floats:
    """A step within 50 ms that the amplifier's high pass lets decay."""
    t = np.arange(round(2.5 * rate_hz)) / rate_hz
    return np.asarray(np.minimum(t / 0.05, 1.0) * np.exp(-np.maximum(t - 0.05, 0.0) / 0.6))
