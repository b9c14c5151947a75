"""EEG: a background spectrum by stage, and the graphoelements that define the stages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.recordings.simulate.control import Floats, level, smooth, stream
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.sampling import (
    Samples,
    add_bursts,
    add_waveform,
    bin_frequencies,
    coloured_noise,
)
from sleepstudio.recordings.simulate.truth import MovementKind

_HIGHEST_HZ = 50.0
_AROUSAL_UV = 14.0
_MOVEMENT_UV = 45.0
_SPINDLES_PER_MIN = np.array([0.0, 0.1, 2.6, 1.0, 0.0])
_K_COMPLEXES_PER_MIN = np.array([0.0, 0.0, 1.3, 0.2, 0.0])

#                 µV RMS:     W     N1    N2    N3    R
_DELTA_UV = np.array([6.0, 9.0, 15.0, 38.0, 9.0])
_THETA_UV = np.array([5.0, 8.0, 7.0, 8.0, 8.5])
_ALPHA_UV = np.array([12.0, 3.0, 3.0, 3.0, 2.8])
_SIGMA_UV = np.array([2.5, 2.5, 4.0, 3.5, 2.0])
_BETA_UV = np.array([4.5, 2.4, 2.2, 2.0, 2.0])
_APERIODIC_UV = np.array([5.0, 5.5, 6.0, 7.0, 4.5])
_APERIODIC_EXPONENT = np.array([1.2, 1.6, 2.0, 2.5, 2.0])


@dataclass(frozen=True)
class Derivation:
    """Gains of one derivation relative to C4–M1."""

    name: str
    delta: float
    alpha: float
    sigma: float
    overall: float


FZ_CZ = Derivation("EEG1", delta=1.0, alpha=0.5, sigma=0.9, overall=0.7)
CZ_OZ = Derivation("EEG2", delta=0.8, alpha=1.5, sigma=0.8, overall=0.9)
C4_M1 = Derivation("EEG3", delta=1.0, alpha=1.0, sigma=1.0, overall=1.0)


def eeg(night: SimulatedNight, rate_hz: int, derivation: Derivation) -> Samples:
    """(n,) EEG in µV.

    Alpha awake, theta in N1, slow waves in N3 that weaken over the night (AASM; Aeschbach and Borbély 1993,
    *J. Sleep Res.* 2), an aperiodic slope that steepens from wake to N3 (Lendner et al. 2020, *eLife* 9),
    spindles about 2.5 a minute in N2 (Purcell et al. 2017, *Nat. Commun.* 8) and K-complexes, the same in
    every derivation; faster activity in arousals, slow artefacts with body movements. Backgrounds of
    different derivations are independent.
    """
    rng = stream(night.seed, derivation.name)
    stages = night.truth.driving_stages
    out = coloured_noise(rng, _background(rng, night, derivation), rate_hz, len(stages))
    for start, waveform in _graphoelements(night, derivation, rate_hz):
        add_waveform(out, start, waveform, rate_hz)
    out *= np.float32(night.subject.eeg_amplitude * derivation.overall)
    times = night.breathing.times
    arousals = night.truth.arousals
    aroused = smooth(level(arousals.start_s, arousals.stop_s, _AROUSAL_UV, times), 0.3)
    add_bursts(out, rng, aroused, rate_hz, (8.0, 16.0), 0.0)
    body = night.truth.movements.of(MovementKind.BODY)
    moving = smooth(level(body.start_s, body.stop_s, _MOVEMENT_UV * body.strength, times), 0.3)
    add_bursts(out, rng, moving, rate_hz, (0.5, 4.0), 1.0)
    return out


def poisson_by_stage(
    rng: np.random.Generator, stages: NDArray[np.int8], per_min: NDArray[np.float64]
) -> Floats:
    """Sorted times of events whose rate depends on the stage."""
    count = rng.poisson(per_min[stages] * EPOCH_S / 60.0)
    start = np.repeat(np.arange(len(stages)) * EPOCH_S, count)
    return np.sort(start + rng.uniform(0.0, EPOCH_S, len(start)))


def _background(
    rng: np.random.Generator, night: SimulatedNight, derivation: Derivation
) -> NDArray[np.float32]:
    """(epochs, bins) RMS per bin; each rhythm varies from epoch to epoch about its stage."""
    stages, subject = night.truth.driving_stages, night.subject
    frequency = bin_frequencies(_HIGHEST_HZ)
    rhythms = (
        (_DELTA_UV, 0.9, 0.6, derivation.delta, night.deep_sleep_need, 0.20),
        (_THETA_UV, 6.0, 1.3, 1.0, 1.0, 0.20),
        (_ALPHA_UV, subject.alpha_hz, 0.9, derivation.alpha, 1.0, 0.45),
        (_SIGMA_UV, subject.spindle_hz, 0.9, derivation.sigma, 1.0, 0.20),
        (_BETA_UV, 20.0, 5.0, 1.0, 1.0, 0.25),
    )
    power = np.zeros((len(stages), len(frequency)), np.float32)
    for by_stage_uv, centre, width, gain, need, spread in rhythms:
        shape = np.exp(-(((frequency - centre) / width) ** 2) / 2) * (frequency > 0.2)
        size = by_stage_uv[stages] * gain * need * np.exp(rng.normal(0.0, spread, len(stages)))
        power += np.outer(size**2, shape**2 / np.sum(shape**2)).astype(np.float32)
    for stage in np.unique(stages):
        slope = np.where(frequency > 0.3, np.maximum(frequency, 0.3) ** -_APERIODIC_EXPONENT[stage], 0.0)
        power[stages == stage] += (_APERIODIC_UV[stage] ** 2 * slope / np.sum(slope)).astype(np.float32)
    return np.sqrt(power)


def _graphoelements(
    night: SimulatedNight, derivation: Derivation, rate_hz: int
) -> list[tuple[float, Floats]]:
    """Spindles and K-complexes: where each begins, and its waveform in µV."""
    rng = stream(night.seed, "graphoelements")
    stages = night.truth.driving_stages
    found: list[tuple[float, Floats]] = []
    for start in poisson_by_stage(rng, stages, _SPINDLES_PER_MIN):
        length_s = float(np.clip(rng.normal(0.9, 0.25), 0.5, 1.8))
        peak = derivation.sigma * float(np.clip(rng.normal(22.0, 6.0), 10.0, 45.0))
        t = np.arange(round(length_s * rate_hz)) / rate_hz
        hz = night.subject.spindle_hz + float(rng.normal(0.0, 0.3))
        found.append((start, peak * np.sin(np.pi * t / length_s) ** 2 * np.sin(2 * np.pi * hz * t)))
    for start in poisson_by_stage(rng, stages, _K_COMPLEXES_PER_MIN):
        t = np.arange(round(1.2 * rate_hz)) / rate_hz
        peak = derivation.delta * float(np.clip(rng.normal(75.0, 20.0), 40.0, 150.0))
        found.append((start, peak * (0.7 * _bell(t, 0.65, 0.18) - _bell(t, 0.3, 0.1))))
    return found


def _bell(t: Floats, centre: float, width: float) -> Floats:
    return np.asarray(np.exp(-(((t - centre) / width) ** 2) / 2))
