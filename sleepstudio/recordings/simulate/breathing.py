"""Breathing: when each breath begins and how deep it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.simulate.control import (
    Floats,
    band_noise,
    by_stage,
    crossings,
    integrate_rate,
    level,
    smooth,
)
from sleepstudio.recordings.simulate.subject import Subject
from sleepstudio.recordings.simulate.truth import RespiratoryEventKind, RespiratoryEvents

#                        W     N1    N2    N3    R
_RATE = np.array([1.00, 1.00, 0.97, 0.95, 1.04])
_RATE_SPREAD = np.array([0.105, 0.085, 0.052, 0.032, 0.095])
_DEPTH = np.array([1.00, 0.92, 0.90, 0.90, 0.75])
_DEPTH_SPREAD = np.array([0.25, 0.18, 0.10, 0.06, 0.28])

_WANDERING = 0.3
"""How far (in its logarithm) irregularity strays from what is usual in the stage."""

INSPIRATION = 0.4
"""Share of a breath that is inspiration."""


@dataclass(frozen=True, eq=False)
class Breathing:
    """Breathing on the control grid.

    ``phase``: in breaths, whole numbers where inspiration begins. ``depth``: of the breath under way,
    without events. ``airflow``: factor on flow, ``effort``: factor on chest and belly movement, both 1
    outside events; ``paradox``: 1 where the belly moves against the chest.
    """

    times: Floats
    phase: Floats
    depth: Floats
    airflow: Floats
    effort: Floats
    paradox: Floats

    @property
    def onset_s(self) -> Floats:
        """Where each breath begins."""
        return crossings(self.phase, self.times)

    @property
    def volume(self) -> Floats:
        """Lung volume above rest on the control grid."""
        return np.asarray(breath_volume(self.phase) * self.depth * self.airflow)

    @property
    def airflow_of_each(self) -> Floats:
        """Depth of each breath as airflow, at mid-breath."""
        middle = np.interp(np.arange(len(self.onset_s)) + 0.5, self.phase, self.times)
        return np.asarray(np.interp(middle, self.times, self.depth * self.airflow))


def breathe(
    rng: np.random.Generator,
    stages: NDArray[np.int8],
    subject: Subject,
    events: RespiratoryEvents,
    times: Floats,
) -> Breathing:
    """The night's breathing.

    Rate and regularity by stage: slow and regular in N3, irregular in R and awake, faster in R (Snyder et
    al. 1964, *J. Appl. Physiol.* 19; Rostig et al. 2005, *Sleep* 28: variability is correlated over many
    breaths in R and awake and hardly in NREM). Tidal volume falls to about 90 % in NREM and 75 % in R
    (Douglas et al. 1982, *Thorax* 37). In a hypopnea airflow falls to 25–55 %, in an apnea to a trace;
    effort goes on and grows where the airway is obstructed, chest against belly, and ceases where the
    apnea is central; some deep breaths follow.
    """
    length = len(times)
    spread = smooth(by_stage(stages, _RATE_SPREAD, times), 15.0) * subject.breathing_irregularity
    spread = spread * np.exp(_WANDERING * band_noise(rng, length, 0.0005, 0.01, exponent=1.0))
    irregular = 0.8 * band_noise(rng, length, 0.01, 0.2) + 0.6 * band_noise(
        rng, length, 0.001, 0.03, exponent=1.0
    )
    rate = smooth(by_stage(stages, _RATE, times), 20.0) * subject.breathing_rate_per_min / 60.0
    phase = integrate_rate(rate * np.exp(spread * irregular))

    breath = np.floor(phase).astype(np.int64)
    first = np.searchsorted(breath, np.arange(breath[-1] + 1))
    depth_spread = by_stage(stages, _DEPTH_SPREAD, times[first]) * subject.breathing_irregularity
    depth_of_each = smooth(by_stage(stages, _DEPTH, times), 20.0)[first] * np.exp(
        depth_spread * rng.standard_normal(len(first))
    )

    severity = np.where(
        events.kind == RespiratoryEventKind.HYPOPNEA,
        rng.uniform(0.45, 0.75, len(events)),
        rng.uniform(0.95, 0.99, len(events)),
    )
    central = events.kind == RespiratoryEventKind.CENTRAL_APNEA
    obstructive = events.kind == RespiratoryEventKind.OBSTRUCTIVE_APNEA
    recovery = level(events.stop_s, events.stop_s + 10.0, 0.5, times)
    reduced = smooth(level(events.start_s, events.stop_s, severity, times), 0.8)
    without_effort = smooth(level(events.start_s, events.stop_s, np.where(central, 0.97, 0.0), times), 0.8)
    struggle = smooth(level(events.start_s, events.stop_s, np.where(obstructive, 0.3, 0.0), times), 3.0)
    return Breathing(
        times=times,
        phase=phase,
        depth=depth_of_each[breath],
        airflow=(1.0 - reduced) * (1.0 + recovery),
        effort=(1.0 - without_effort) * (1.0 + struggle),
        paradox=level(events.start_s, events.stop_s, np.where(obstructive, 1.0, 0.0), times),
    )


def breath_volume(phase: Floats) -> Floats:
    """Volume over a breath, 0 to 1 and back: rising over inspiration, falling more slowly."""
    part = phase - np.floor(phase)
    angle = np.where(part < INSPIRATION, part / INSPIRATION, 1.0 + (part - INSPIRATION) / (1.0 - INSPIRATION))
    return np.asarray((1.0 - np.cos(np.pi * angle)) / 2)


def breath_flow(phase: Floats) -> Floats:
    """Airflow over a breath, inspiration positive: the slope of the volume, 1 at its greatest."""
    part = phase - np.floor(phase)
    inward = np.sin(np.pi * part / INSPIRATION)
    outward = -np.sin(np.pi * (part - INSPIRATION) / (1.0 - INSPIRATION)) * INSPIRATION / (1.0 - INSPIRATION)
    return np.asarray(np.where(part < INSPIRATION, inward, outward))
