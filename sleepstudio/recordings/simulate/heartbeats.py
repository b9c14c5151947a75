"""Heartbeats: an instantaneous heart rate that stage, breath, arousal and time of night modulate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.simulate.breathing import Breathing
from sleepstudio.recordings.simulate.control import (
    CONTROL_HZ,
    Floats,
    band_noise,
    by_stage,
    crossings,
    gamma_shape,
    integrate_rate,
    level,
    responses,
    smooth,
)
from sleepstudio.recordings.simulate.subject import Subject
from sleepstudio.recordings.simulate.truth import Movements, RespiratoryEvents, Spans

#                              W      N1      N2      N3      R
_STAGE_SHIFT = np.array([0.000, -0.030, -0.060, -0.070, -0.025])
_VERY_LOW = np.array([0.040, 0.028, 0.018, 0.010, 0.034])
_LOW = np.array([0.030, 0.026, 0.022, 0.015, 0.028])
_RESPIRATORY = np.array([0.016, 0.020, 0.023, 0.026, 0.015])

_WANDERING = 0.3
"""How far (in its logarithm) variability strays from what is usual in the stage."""

_DRIFT = 0.03
_CORNER_HZ = 0.12
_SLOWEST_BEAT_HZ = 36.0 / 60.0
_FASTEST_BEAT_HZ = 170.0 / 60.0


def heart_rate(
    rng: np.random.Generator,
    stages: NDArray[np.int8],
    subject: Subject,
    breathing: Breathing,
    movements: Movements,
    arousals: Spans,
    events: RespiratoryEvents,
    trend: Floats,
) -> Floats:
    """Instantaneous heart rate (Hz) on the control grid; ``trend``: added to its logarithm.

    - Stage: slower in NREM than awake by 5–8 %, R between (Snyder et al. 1964, *J. Appl. Physiol.* 19;
      Boudreau et al. 2013, *Sleep* 36); the change precedes and outlasts the epoch in which it is scored
      (Shinar et al. 2006, *Auton. Neurosci.* 130), hence the symmetric smoothing over half a minute.
    - Very low frequency (0.003–0.04 Hz, 1/f): strong awake and in R, where fluctuations are correlated
      over minutes, weak in NREM (Bunde et al. 2000, *Phys. Rev. Lett.* 85; Penzel et al. 2003, *IEEE
      Trans. Biomed. Eng.* 50).
    - Low frequency (0.04–0.15 Hz) against respiratory: LF/HF about 3 awake and in R, 1 in N2, below 1 in N3
      (Vanoli et al. 1995, *Circulation* 91; bands of the Task Force 1996, *Circulation* 93).
    - Respiratory sinus arrhythmia follows the depth of each breath and falls with its rate above about
      seven a minute (Hirsch and Bishop 1981, *Am. J. Physiol.* 241).
    - Arousals and movements: a rise of 10–15 % within 5 s, then an undershoot (Sforza et al. 2000, *Clin.
      Neurophysiol.* 111); apneas: slowing, then a surge (Guilleminault et al. 1984, *Lancet* 323).
    - A drift over tens of minutes that has nothing to do with stages.
    """
    times = breathing.times
    length = len(times)
    stray = np.exp(_WANDERING * band_noise(rng, length, 0.0005, 0.01, exponent=1.0))
    vary = subject.heart_rate_variability * stray
    shift = smooth(by_stage(stages, _STAGE_SHIFT + subject.stage_heart_rate_shift, times), 25.0)
    very_low = smooth(by_stage(stages, _VERY_LOW, times), 20.0) * vary
    low = smooth(by_stage(stages, _LOW, times), 20.0) * vary
    respiratory = smooth(by_stage(stages, _RESPIRATORY, times), 20.0) * subject.sinus_arrhythmia

    breath_hz = np.gradient(smooth(breathing.phase, 4.0), 1 / CONTROL_HZ)
    arrhythmia = (
        respiratory
        * (breathing.volume - 0.4)
        * 2.8
        * np.minimum(0.25 / np.maximum(breath_hz, _CORNER_HZ), 2.0)
    )

    surge = _surge()
    log_rate = (
        np.log(subject.resting_heart_rate_bpm / 60.0)
        + shift
        + trend
        + very_low * band_noise(rng, length, 0.003, 0.04, exponent=1.0)
        + low * _low_frequency(rng, length)
        + arrhythmia
        + _DRIFT * band_noise(rng, length, 0.0002, 0.002, exponent=1.0)
        + responses(arousals.start_s, 0.09 * np.exp(rng.normal(0.0, 0.35, len(arousals))), surge, length)
        + responses(movements.start_s, 0.07 * np.minimum(movements.strength, 2.0), surge, length)
        - 0.06 * smooth(level(events.start_s + 4.0, events.stop_s, 1.0, times), 3.0)
    )
    return np.asarray(np.clip(np.exp(log_rate), _SLOWEST_BEAT_HZ, _FASTEST_BEAT_HZ))


def beat_times(rng: np.random.Generator, rate_hz: Floats, times: Floats) -> Floats:
    """R peaks: the integer crossings of the integrated rate, each displaced by a few milliseconds."""
    beats = crossings(integrate_rate(rate_hz) + rng.random(), times)
    beats = beats + np.clip(rng.normal(0.0, 0.003, len(beats)), -0.01, 0.01)
    return np.asarray(beats[(beats > 0) & (beats < times[-1])])


def time_of_night_trend(times: Floats) -> Floats:
    """Change of log heart rate over the night: down by 7 % over five hours, then slowly up.

    The circadian and prior-wake component that remains within each stage (Trinder et al. 2001, *J. Sleep
    Res.* 10; Boudreau et al. 2013, *Sleep* 36).
    """
    hours = times / 3600.0
    falling = -0.07 * np.sin(np.pi / 2 * np.minimum(hours / 5.0, 1.0))
    return np.asarray(falling + 0.012 * np.maximum(hours - 5.5, 0.0))


def _surge() -> Floats:
    """The heart's response to an arousal: up for some ten seconds, then below where it was."""
    t = np.arange(round(80 * CONTROL_HZ)) / CONTROL_HZ
    return gamma_shape(t, 5.0) - 0.35 * gamma_shape(t - 6.0, 9.0)


def _low_frequency(rng: np.random.Generator, length: int) -> Floats:
    """Unit-variance noise around 0.1 Hz: the Mayer wave on a broader floor."""
    return 0.8 * band_noise(rng, length, 0.07, 0.13) + 0.6 * band_noise(rng, length, 0.04, 0.15)
