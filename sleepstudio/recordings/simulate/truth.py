"""What is true of a simulated night: every beat, breath, movement and event, with its time.

All times are seconds from the start of the night, float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.simulate.control import Floats


class MovementKind(IntEnum):
    """How much of the person moves."""

    BODY = 0
    TWITCH = 1
    """Brief jerks of small muscles in R."""
    LEG = 2
    """Periodic leg movements."""


class RespiratoryEventKind(IntEnum):
    """Breathing that is reduced or absent for ten seconds or more (AASM)."""

    HYPOPNEA = 0
    OBSTRUCTIVE_APNEA = 1
    CENTRAL_APNEA = 2


@dataclass(frozen=True, eq=False)
class Spans:
    """(n,) spans [start_s, stop_s), sorted, not overlapping."""

    start_s: Floats
    stop_s: Floats

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def total_s(self) -> float:
        return float(np.sum(self.stop_s - self.start_s))

    def holds(self, times_s: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Which of ``times_s`` lie in a span."""
        if not len(self):
            return np.zeros(np.shape(times_s), bool)
        place = np.searchsorted(self.start_s, times_s, side="right") - 1
        return np.asarray((place >= 0) & (times_s < self.stop_s[np.maximum(place, 0)]))


NO_SPANS = Spans(np.empty(0), np.empty(0))


@dataclass(frozen=True, eq=False)
class Movements(Spans):
    """``strength``: (n,) relative to a body movement that turns the sleeper; ``kind``: of MovementKind."""

    strength: Floats
    kind: NDArray[np.int8]

    def of(self, kind: MovementKind) -> Movements:
        """Only those of one kind."""
        chosen = self.kind == kind
        return Movements(self.start_s[chosen], self.stop_s[chosen], self.strength[chosen], self.kind[chosen])


@dataclass(frozen=True, eq=False)
class RespiratoryEvents(Spans):
    """``kind``: (n,) of RespiratoryEventKind."""

    kind: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Desaturations:
    """(n,) falls of oxygen saturation at the oximeter, from onset over nadir to recovery.

    ``event``: index of the respiratory event that caused each.
    """

    start_s: Floats
    nadir_s: Floats
    stop_s: Floats
    baseline_percent: Floats
    nadir_percent: Floats
    event: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start_s)


@dataclass(frozen=True, eq=False)
class NightTruth:
    """Everything that was put into a simulated night.

    ``stages``: (epochs,) the hypnogram as scored; ``driving_stages``: the stages that drove the signals,
    equal to it except where the physiology was shuffled or an epoch is unscored. ``r_peak_s``: R peaks;
    ``pulse_peak_s``: the systolic peaks of the Pleth, one for each R peak. ``breath_s``: onsets of
    inspiratory effort; ``breath_depth``: airflow of each, 1 for a quiet breath of a person awake, near 0 in
    apneas. ``artefacts``: where movement disturbs the Pleth; ``gaps``: where the oximeter recorded nothing.
    """

    duration_s: float
    stages: NDArray[np.int8]
    driving_stages: NDArray[np.int8]
    r_peak_s: Floats
    pulse_peak_s: Floats
    breath_s: Floats
    breath_depth: Floats
    movements: Movements
    arousals: Spans
    respiratory_events: RespiratoryEvents
    desaturations: Desaturations
    artefacts: Spans
    gaps: Spans
