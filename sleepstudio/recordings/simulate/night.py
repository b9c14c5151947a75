"""A simulated night: the order in which its parts drive each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage
from sleepstudio.recordings.simulate.breathing import Breathing, breathe
from sleepstudio.recordings.simulate.control import Floats, control_times, stream
from sleepstudio.recordings.simulate.episodes import (
    draw_arousals,
    draw_artefacts,
    draw_gaps,
    draw_movements,
    draw_respiratory_events,
    union,
)
from sleepstudio.recordings.simulate.heartbeats import beat_times, heart_rate, time_of_night_trend
from sleepstudio.recordings.simulate.oxygen import saturation
from sleepstudio.recordings.simulate.pulse_times import pulse_peaks
from sleepstudio.recordings.simulate.sleep_cycles import blockwise_permutation, generate_hypnogram
from sleepstudio.recordings.simulate.specification import NightSpecification
from sleepstudio.recordings.simulate.subject import Subject, draw_subject
from sleepstudio.recordings.simulate.truth import NightTruth, Spans

_FIRST_DAY = datetime(2020, 1, 1, 22)
_LONGEST_PAUSE_S = 3.0


@dataclass(frozen=True, eq=False)
class SimulatedNight:
    """One person's night: what is true of it, and the slow signals from which its channels are rendered.

    ``saturation_percent``: oxygen saturation on the control grid. ``deep_sleep_need``: (epochs,) factor on
    slow-wave amplitude, 1 at the beginning of the night.
    """

    specification: NightSpecification
    seed: int
    subject: Subject
    hypnogram: Hypnogram
    truth: NightTruth
    breathing: Breathing
    saturation_percent: Floats
    deep_sleep_need: Floats

    @property
    def start(self) -> datetime:
        assert self.hypnogram.start is not None
        return self.hypnogram.start

    @property
    def duration_s(self) -> float:
        return self.truth.duration_s


def simulate_night(specification: NightSpecification, seed: int) -> SimulatedNight:
    """Simulates one night. The same specification and seed give the same night.

    Stages drive apneas, movements and arousals; these and the stages drive breathing; all of them drive the
    heart; beats and breaths make the waveforms when a channel is rendered. Every part draws from a random
    stream of its own.

    Raises ConfigurationError where real beats do not span the night.
    """
    hypnogram = _hypnogram(specification, seed)
    duration_s = hypnogram.duration_s
    specification.check_beats(duration_s)
    subject = specification.subject or draw_subject(stream(seed, "subject"))
    stages = _driving_stages(specification, hypnogram, seed)
    times = control_times(duration_s)

    events = draw_respiratory_events(stream(seed, "respiratory events"), stages, subject)
    movements = draw_movements(stream(seed, "movements"), stages, subject)
    arousals = draw_arousals(stream(seed, "arousals"), stages, subject, movements, events)
    breathing = breathe(stream(seed, "breathing"), stages, subject, events, times)
    saturation_percent, desaturations = saturation(stream(seed, "oxygen"), subject, events, times)

    if specification.r_peak_s is None:
        trend = np.zeros(len(times)) if specification.shuffle_physiology else time_of_night_trend(times)
        rng = stream(seed, "heart")
        rate = heart_rate(rng, stages, subject, breathing, movements, arousals, events, trend)
        beats = beat_times(rng, rate, times)
    else:
        inside = (specification.r_peak_s >= 0) & (specification.r_peak_s < duration_s)
        beats = specification.r_peak_s[inside]

    off = [Spans(np.array([gap.start_s]), np.array([gap.stop_s])) for gap in specification.sensor_off]
    lost = draw_gaps(stream(seed, "gaps"), duration_s, specification.signal_loss_fraction)
    epochs = np.arange(len(stages))
    return SimulatedNight(
        specification=specification,
        seed=seed,
        subject=subject,
        hypnogram=hypnogram,
        truth=NightTruth(
            duration_s=duration_s,
            stages=hypnogram.stages,
            driving_stages=stages,
            r_peak_s=beats,
            pulse_peak_s=pulse_peaks(beats, subject.pulse_transit_s),
            breath_s=breathing.onset_s,
            breath_depth=breathing.airflow_of_each,
            movements=movements,
            arousals=arousals,
            respiratory_events=events,
            desaturations=desaturations,
            artefacts=draw_artefacts(
                stream(seed, "artefacts"), movements, duration_s, specification.movement_artefact_fraction
            ),
            gaps=union([*off, lost, _pauses(beats)], duration_s),
        ),
        breathing=breathing,
        saturation_percent=saturation_percent,
        deep_sleep_need=np.ones(len(stages))
        if specification.shuffle_physiology
        else np.exp(-epochs * EPOCH_S / 3600.0 / 9.0),
    )


def _hypnogram(specification: NightSpecification, seed: int) -> Hypnogram:
    """The night as scored, with a start: between 22:00 and 24:00 of some day where none is given."""
    scored = specification.hypnogram or generate_hypnogram(
        specification.duration_h, stream(seed, "hypnogram")
    )
    rng = stream(seed, "start")
    drawn = _FIRST_DAY + timedelta(days=int(rng.integers(0, 365)), seconds=int(rng.integers(0, 7200)))
    start = specification.start or scored.start or drawn
    return Hypnogram(
        scored.stages.astype(np.int8), start=start.replace(microsecond=0), scorer=scored.scorer or "simulated"
    )


def _driving_stages(specification: NightSpecification, hypnogram: Hypnogram, seed: int) -> NDArray[np.int8]:
    """The stage whose physiology each epoch shows."""
    if not specification.shuffle_physiology:
        return _filled(hypnogram.stages)
    rng = stream(seed, "shuffle")
    other = generate_hypnogram(len(hypnogram) * EPOCH_S / 3600.0, rng)
    return blockwise_permutation(other.stages, rng)


def _filled(stages: NDArray[np.int8]) -> NDArray[np.int8]:
    """Unscored epochs and artifacts as the last scored stage before them, wake where there is none."""
    known = np.where(stages >= Stage.W, np.arange(len(stages)), -1)
    last = np.maximum.accumulate(known)
    return np.where(last >= 0, stages[np.maximum(last, 0)], Stage.W).astype(np.int8)


def _pauses(beats: Floats) -> Spans:
    """Where a real series has no beats for longer than a heart pauses: nothing is known there."""
    long = np.flatnonzero(np.diff(beats) > _LONGEST_PAUSE_S)
    return Spans(beats[long] + 1.0, beats[long + 1])
