"""Simulated nights that several tests look at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.simulate import NightSpecification, SimulatedNight, Spans, simulate_night

CLEAN = {"movement_artefact_fraction": 0.0, "signal_loss_fraction": 0.0}


@pytest.fixture(scope="session")
def nights() -> list[SimulatedNight]:
    """Whole generated nights of twelve people, without artefacts and losses."""
    return [simulate_night(NightSpecification(**CLEAN), seed) for seed in range(12)]


@pytest.fixture(scope="session")
def night(nights: list[SimulatedNight]) -> SimulatedNight:
    return nights[1]


@pytest.fixture(scope="session")
def stages_in_turn() -> Hypnogram:
    """W, N1, N2, N3, R for ten minutes each."""
    return Hypnogram(np.repeat(np.array([Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R], np.int8), 20))


@pytest.fixture(scope="session")
def undisturbed() -> Callable[[SimulatedNight, Stage, float], list[tuple[float, float]]]:
    """Stretches of one stage, at least so many seconds, without movement, arousal or respiratory event."""

    def find(night: SimulatedNight, stage: Stage, at_least_s: float) -> list[tuple[float, float]]:
        truth = night.truth
        seconds = np.arange(round(truth.duration_s))
        calm = truth.driving_stages[seconds // 30] == stage
        events: list[Spans] = [truth.movements, truth.arousals, truth.respiratory_events]
        for spans in events:
            for start, stop in zip(spans.start_s, spans.stop_s, strict=True):
                calm[max(int(start) - 5, 0) : int(stop) + 30] = False
        edges = np.flatnonzero(np.diff(np.concatenate(([False], calm, [False])).astype(int)))
        found = [(float(a), float(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        return [(a, b) for a, b in found if b - a >= at_least_s]

    return find
