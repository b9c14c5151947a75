"""Breathing, and what apneas and hypopneas do to it and to the oxygen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.signal

from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.simulate import (
    NightSpecification,
    RespiratoryEventKind,
    SimulatedNight,
    draw_subject,
    render,
    simulate_night,
)

Undisturbed = Callable[[SimulatedNight, Stage, float], list[tuple[float, float]]]


@pytest.fixture(scope="module")
def apneic() -> SimulatedNight:
    """Four hours of N2 of a person with forty events an hour, a third of the apneas central."""
    subject = replace(
        draw_subject(np.random.default_rng(5)),
        apnea_hypopnea_index=40.0,
        central_share=0.4,
        desaturation=1.5,
        oxygen_saturation_percent=96.0,
    )
    hypnogram = Hypnogram(np.full(480, Stage.N2, np.int8))
    specification = NightSpecification(hypnogram, subject=subject, signal_loss_fraction=0.0)
    return simulate_night(specification, 11)


def test_breathing_is_regular_in_deep_sleep_and_irregular_in_rem(nights: list[SimulatedNight]) -> None:
    rate, spread = np.zeros((len(nights), 5)), np.zeros((len(nights), 5))
    for i, night in enumerate(nights):
        interval = np.diff(night.truth.breath_s)
        stage = night.truth.driving_stages[(night.truth.breath_s[1:] // 30).astype(int)]
        for s in range(5):
            rate[i, s] = 60 / interval[stage == s].mean()
            spread[i, s] = interval[stage == s].std() / interval[stage == s].mean()
    wake, _, n2, n3, rem = spread.mean(axis=0)
    assert n3 < n2 < rem
    assert n2 < wake
    assert rem > 2 * n3
    assert rate[:, Stage.N3].mean() < rate[:, Stage.N2].mean() < rate[:, Stage.R].mean()
    assert np.all((rate > 9) & (rate < 24))


def test_the_chest_moves_at_the_rate_of_the_truth(
    nights: list[SimulatedNight], undisturbed: Undisturbed
) -> None:
    errors = []
    for night in nights[:6]:
        chest = render(night, "Thor")
        for start, stop in undisturbed(night, Stage.N3, 120.0)[:4]:
            part = scipy.signal.detrend(chest[int(start) * 32 : int(stop) * 32])
            spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 16))
            peak = np.fft.rfftfreq(1 << 16, 1 / 32)[spectrum.argmax()]
            breaths = night.truth.breath_s
            truth = 1 / np.diff(breaths[(breaths > start) & (breaths < stop)]).mean()
            errors.append(60 * abs(peak - truth))
    assert len(errors) > 10
    assert max(errors) < 0.5


def test_every_breath_of_the_truth_is_in_the_flow(night: SimulatedNight, undisturbed: Undisturbed) -> None:
    """Flow passes zero upwards once a breath, where inspiration begins."""
    flow = scipy.signal.sosfiltfilt(scipy.signal.butter(4, 1.0, fs=32, output="sos"), render(night, "Flow"))
    for start, stop in undisturbed(night, Stage.N3, 120.0):
        part = flow[int(start) * 32 : int(stop) * 32]
        upward = start + np.flatnonzero((part[:-1] < 0) & (part[1:] >= 0)) / 32
        breaths = night.truth.breath_s
        breaths = breaths[(breaths > start + 1) & (breaths < stop - 1)]
        upward = upward[(upward > start + 0.5) & (upward < stop - 0.5)]
        assert np.abs(upward[:, None] - breaths).min(axis=0).max() < 0.3
        assert abs(len(upward) - len(breaths)) <= 1


def test_events_come_at_the_index_of_the_subject(apneic: SimulatedNight) -> None:
    per_hour = len(apneic.truth.respiratory_events) / (apneic.duration_s / 3600)
    assert 22 < per_hour < 44
    length = apneic.truth.respiratory_events.stop_s - apneic.truth.respiratory_events.start_s
    assert length.min() >= 10.0
    assert length.max() <= 60.0


def test_nobody_stops_breathing_awake(nights: list[SimulatedNight]) -> None:
    for night in nights:
        onset = night.truth.respiratory_events.start_s
        assert np.all(night.truth.driving_stages[(onset // 30).astype(int)] != Stage.W)


def _sizes(night: SimulatedNight, label: str, kind: RespiratoryEventKind) -> float:
    """RMS of a channel late in events of a kind over its RMS before them, the median."""
    channel = render(night, label)
    events = night.truth.respiratory_events
    ratio = []
    for start, stop in zip(
        events.start_s[events.kind == kind], events.stop_s[events.kind == kind], strict=True
    ):
        if start > 40:
            inside = channel[int((start + 4) * 32) : int((stop - 1) * 32)]
            ratio.append(np.std(inside) / np.std(channel[int((start - 20) * 32) : int(start * 32)]))
    return float(np.median(ratio))


def test_flow_ceases_in_apneas_and_falls_in_hypopneas(apneic: SimulatedNight) -> None:
    assert _sizes(apneic, "Flow", RespiratoryEventKind.OBSTRUCTIVE_APNEA) < 0.15
    assert _sizes(apneic, "Flow", RespiratoryEventKind.CENTRAL_APNEA) < 0.15
    assert 0.2 < _sizes(apneic, "Flow", RespiratoryEventKind.HYPOPNEA) < 0.7


def test_effort_ceases_in_central_apneas_alone(apneic: SimulatedNight) -> None:
    assert _sizes(apneic, "Thor", RespiratoryEventKind.CENTRAL_APNEA) < 0.3
    assert _sizes(apneic, "Thor", RespiratoryEventKind.OBSTRUCTIVE_APNEA) > 0.4


def test_chest_and_belly_oppose_each_other_in_obstructive_apneas(apneic: SimulatedNight) -> None:
    chest, belly = render(apneic, "Thor"), render(apneic, "Abdo")
    events = apneic.truth.respiratory_events
    inside, outside = [], []
    for start, stop, kind in zip(events.start_s, events.stop_s, events.kind, strict=True):
        if kind != RespiratoryEventKind.OBSTRUCTIVE_APNEA or start < 40:
            continue
        within = slice(int((start + 2) * 32), int((stop - 2) * 32))
        before = slice(int((start - 20) * 32), int(start * 32))
        inside.append(np.corrcoef(chest[within], belly[within])[0, 1])
        outside.append(np.corrcoef(chest[before], belly[before])[0, 1])
    assert np.median(inside) < -0.5
    assert np.median(outside) > 0.8


def test_saturation_falls_one_circulation_delay_after_the_event(apneic: SimulatedNight) -> None:
    truth, delay = apneic.truth, apneic.subject.circulation_delay_s
    falls, events = truth.desaturations, truth.respiratory_events
    assert len(falls) >= len(events) - 1
    np.testing.assert_allclose(falls.nadir_s, events.stop_s[falls.event] + delay)
    np.testing.assert_allclose(falls.start_s, events.start_s[falls.event] + delay)


def test_the_channel_is_lowest_at_the_nadir(apneic: SimulatedNight) -> None:
    """For desaturations that stand alone: place within 5 s (averaging), depth within 1 %."""
    shown = render(apneic, "SpO2")
    falls = apneic.truth.desaturations
    alone = np.concatenate(([True], falls.start_s[1:] > falls.stop_s[:-1]))
    alone[:-1] &= falls.stop_s[:-1] < falls.start_s[1:]
    checked = 0
    for i in np.flatnonzero(alone):
        first, last = int(falls.start_s[i]), int(falls.stop_s[i])
        if falls.baseline_percent[i] - falls.nadir_percent[i] < 3 or last > len(shown):
            continue
        part = shown[first:last]
        lowest = first + np.flatnonzero(part == part.min()).mean()
        assert abs(lowest - falls.nadir_s[i]) < 5.0
        assert abs(part.min() - falls.nadir_percent[i]) <= 1.0
        checked += 1
    assert checked > 20


def test_saturation_without_events_stays_at_the_baseline(night: SimulatedNight) -> None:
    quiet = replace(night.subject, apnea_hypopnea_index=1e-6)
    calm = simulate_night(replace(night.specification, subject=quiet), 3)
    shown = render(calm, "SpO2")
    assert len(calm.truth.desaturations) == 0
    assert abs(shown - quiet.oxygen_saturation_percent).max() < 2.5
    assert np.all(shown == np.rint(shown))
