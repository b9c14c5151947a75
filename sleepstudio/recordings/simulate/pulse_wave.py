"""The Pleth: the pulse at the finger."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.simulate.control import (
    CONTROL_HZ,
    Floats,
    band_noise,
    by_stage,
    gamma_shape,
    level,
    responses,
    smooth,
    stream,
)
from sleepstudio.recordings.simulate.night import SimulatedNight
from sleepstudio.recordings.simulate.pulse_times import pulse_feet
from sleepstudio.recordings.simulate.sampling import (
    Samples,
    add_bursts,
    at_rate,
    band_limited,
    band_power,
    repeat_template,
    sample_times,
)
from sleepstudio.recordings.simulate.truth import MovementKind

NOISE_BAND_HZ = (0.5, 8.0)
"""Where ``ppg_snr_db`` counts: the band in which pulses are detected."""

_TONE = np.array([0.85, 0.95, 1.0, 1.05, 0.8])
_AMPLITUDE_BY_BREATH = 0.16
_INTENSITY_BY_BREATH = 0.20
_SENSOR_NOISE = 0.003
_PEAK_PHASE = 0.25


def pleth(night: SimulatedNight, rate_hz: int) -> Samples:
    """(n,) Pleth in arbitrary units, pulses about 1 high; 0 where the probe is off.

    Each pulse has its systolic peak at ``truth.pulse_peak_s``: a rise, a Gaussian systolic fall and a
    diastolic wave behind a dicrotic notch (sums of Gaussians as in Rubins 2008, *Med. Biol. Eng. Comput.*
    46). Breathing modulates intensity, amplitude and, through the beats, frequency (Karlen et al. 2013,
    *IEEE Trans. Biomed. Eng.* 60). Arousals and movements constrict the finger's vessels for some fifteen
    seconds (Grote et al. 2003, *Respir. Physiol. Neurobiol.* 136), R sleep throughout (Lavie et al. 2000,
    *Nat. Med.* 6). PhysioKit's synthesizer cannot place beats at given times, hence this one.
    """
    specification, truth = night.specification, night.truth
    at = sample_times(night.duration_s, rate_hz)
    times = night.breathing.times
    wave = np.zeros(len(at), np.float32)
    if len(truth.r_peak_s):
        anchors = np.stack(
            (pulse_feet(truth.r_peak_s, night.subject.pulse_transit_s), truth.pulse_peak_s), axis=1
        )
        wave = repeat_template(anchors, (0.0, _PEAK_PHASE), _pulse_template(), at)
    amplitude, intensity = _tone(night)
    wave *= at_rate(amplitude, times, at)
    pulse_power = band_power(wave, rate_hz, *NOISE_BAND_HZ)
    wave += at_rate(intensity, times, at)

    rng = stream(night.seed, "pleth")
    wave += np.float32(_SENSOR_NOISE) * rng.standard_normal(len(at), np.float32)
    if specification.ppg_snr_db is not None:
        noise_power = pulse_power / 10 ** (specification.ppg_snr_db / 10)
        noise = band_limited(stream(night.seed, "pleth noise"), len(at), rate_hz, *NOISE_BAND_HZ, 0.0)
        wave += np.float32(np.sqrt(noise_power)) * noise
    if len(truth.artefacts):
        wave += _artefact(night, rate_hz) * np.float32(np.sqrt(pulse_power))
    wave[truth.gaps.holds(at)] = 0.0
    return wave


def _pulse_template(points: int = 2048) -> NDArray[np.float64]:
    """One pulse from foot to foot, 0 at the feet, 1 at ``_PEAK_PHASE``, both slopes 0 there."""
    rising = round(points * _PEAK_PHASE)
    rise = (1 - np.cos(np.pi * np.arange(rising) / rising)) / 2
    part = np.arange(points - rising) / (points - rising)
    fall = _fall(part) - _fall(np.ones(1)) * part**2 * (3 - 2 * part)
    return np.concatenate((rise, fall / fall[0]))


def _fall(part: Floats) -> Floats:
    """From the systolic peak on: systolic wave, diastolic wave, run-off."""
    systolic = 0.66 * np.exp(-((part / 0.27) ** 2))
    diastolic = 0.26 * np.exp(-(((part - 0.44) / 0.16) ** 2))
    return np.asarray(systolic + diastolic + 0.3 * (1 - part))


def _tone(night: SimulatedNight) -> tuple[Floats, Floats]:
    """Amplitude of the pulses and the intensity that they ride on, on the control grid."""
    rng = stream(night.seed, "vascular tone")
    truth, breathing = night.truth, night.breathing
    times = breathing.times
    body = truth.movements.of(MovementKind.BODY)
    constriction = responses(
        np.concatenate((truth.arousals.start_s, body.start_s)),
        np.concatenate((np.full(len(truth.arousals), 0.35), 0.3 * np.minimum(body.strength, 1.5))),
        gamma_shape(np.arange(round(60 * CONTROL_HZ)) / CONTROL_HZ, 7.0),
        len(times),
    )
    amplitude = (
        night.subject.pulse_amplitude
        * smooth(by_stage(truth.driving_stages, _TONE, times), 30.0)
        * np.exp(0.15 * band_noise(rng, len(times), 0.0005, 0.02, exponent=1.0))
        * np.maximum(1.0 - constriction, 0.3)
    )
    breath = smooth(breathing.volume - 0.4, 0.3)
    wander = 0.10 * band_noise(rng, len(times), 0.005, 0.08, exponent=1.0)
    intensity = amplitude * (-_INTENSITY_BY_BREATH * breath) + wander
    return amplitude * (1.0 - _AMPLITUDE_BY_BREATH * breath), intensity


def _artefact(night: SimulatedNight, rate_hz: int) -> Samples:
    """Movement noise in units of the pulse's RMS: 1/f within 0.5–8 Hz and slower shifts of the baseline.

    Strength is log-normal over artefacts; within one it swells and fades over a second.
    """
    rng = stream(night.seed, "pleth artefacts")
    spans = night.truth.artefacts
    strength = night.specification.artefact_strength * np.exp(rng.normal(0.0, 0.5, len(spans)))
    times = night.breathing.times
    envelope = smooth(level(spans.start_s, spans.stop_s, strength, times), 0.3)
    envelope *= level(spans.start_s, spans.stop_s, 1.0, times)
    out = np.zeros(round(night.duration_s * rate_hz), np.float32)
    add_bursts(out, rng, envelope, rate_hz, NOISE_BAND_HZ, 1.0)
    add_bursts(out, rng, 0.5 * envelope, rate_hz, (0.1, 0.5), 1.0)
    return out
