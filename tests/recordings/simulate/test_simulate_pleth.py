"""The Pleth: beats where the truth says, noise and artefacts as ordered, nothing where the probe is off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

from sleepstudio.hypnogram import Stage
from sleepstudio.recordings.recording import Gap
from sleepstudio.recordings.simulate import (
    NightSpecification,
    SimulatedNight,
    Spans,
    render,
    simulate_night,
)

TWO_HOURS = NightSpecification(duration_h=2.0, movement_artefact_fraction=0.0, signal_loss_fraction=0.0)


def _matched(truth: NDArray[np.float64], found: NDArray[np.float64]) -> tuple[float, float]:
    """Sensitivity and positive predictive value, within 100 ms, the ends left out."""
    truth = truth[(truth > 10) & (truth < 7190)]
    found = found[(found > 9) & (found < 7191)]
    to_found = np.abs(
        found[np.clip(np.searchsorted(found, truth) + np.array([[-1], [0]]), 0, len(found) - 1)] - truth
    )
    inner = found[(found > 10.2) & (found < 7189.8)]
    to_truth = np.abs(
        truth[np.clip(np.searchsorted(truth, inner) + np.array([[-1], [0]]), 0, len(truth) - 1)] - inner
    )
    return float(np.mean(to_found.min(axis=0) < 0.1)), float(np.mean(to_truth.min(axis=0) < 0.1))


@pytest.fixture(scope="module")
def clean() -> SimulatedNight:
    return simulate_night(TWO_HOURS, 21)


def test_independent_detectors_find_the_beats_of_the_truth(clean: SimulatedNight) -> None:
    neurokit2 = pytest.importorskip("neurokit2")
    import physiokit

    wave = scipy.signal.decimate(render(clean, "Pleth").astype(float), 4, ftype="fir")
    by_neurokit = neurokit2.ppg_findpeaks(neurokit2.ppg_clean(wave, sampling_rate=64), sampling_rate=64)
    filtered = physiokit.ppg.clean(wave, lowcut=0.5, highcut=8.0, sample_rate=64)
    for found in (by_neurokit["PPG_Peaks"], physiokit.ppg.find_peaks(filtered, sample_rate=64)):
        sensitivity, predictive_value = _matched(clean.truth.pulse_peak_s, np.asarray(found) / 64)
        assert sensitivity > 0.995
        assert predictive_value > 0.995


def test_the_wave_is_highest_where_the_truth_has_its_peak(clean: SimulatedNight) -> None:
    wave = render(clean, "Pleth")
    offsets = []
    for peak in clean.truth.pulse_peak_s[5:2000]:
        first = round((peak - 0.15) * 256)
        offsets.append(first / 256 + wave[first : first + 77].argmax() / 256 - peak)
    assert np.abs(np.median(offsets)) < 0.01
    assert np.percentile(np.abs(offsets), 99) < 0.03


def test_each_pulse_follows_its_r_peak(clean: SimulatedNight) -> None:
    delay = clean.truth.pulse_peak_s - clean.truth.r_peak_s
    assert len(clean.truth.pulse_peak_s) == len(clean.truth.r_peak_s)
    assert 0.25 < delay.min() <= delay.max() < 0.45


def test_breathing_modulates_the_height_of_the_pulses(
    nights: list[SimulatedNight],
    undisturbed: Callable[[SimulatedNight, Stage, float], list[tuple[float, float]]],
) -> None:
    found = []
    for night in nights[:3]:
        wave = render(night, "Pleth")
        peaks = night.truth.pulse_peak_s
        feet = night.truth.r_peak_s + night.subject.pulse_transit_s
        height = np.interp(peaks, np.arange(len(wave)) / 256, wave) - np.interp(
            feet, np.arange(len(wave)) / 256, wave
        )
        for start, stop in undisturbed(night, Stage.N3, 150.0)[:5]:
            at = np.arange(start, stop, 0.25)
            part = scipy.signal.detrend(np.interp(at, peaks, height))
            spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 8192))
            frequency = np.fft.rfftfreq(8192, 0.25)
            inside = (frequency > 0.1) & (frequency < 0.5)
            breaths = night.truth.breath_s
            truth = 1 / np.diff(breaths[(breaths > start) & (breaths < stop)]).mean()
            found.append(60 * abs(frequency[inside][spectrum[inside].argmax()] - truth))
    assert len(found) > 8
    assert np.mean(np.array(found) < 1.0) > 0.9


def test_an_arousal_makes_the_pulses_smaller(nights: list[SimulatedNight]) -> None:
    ratio = []
    for night in nights[:2]:
        wave = render(night, "Pleth")
        for onset in night.truth.arousals.start_s:
            if 30 < onset < night.duration_s - 30:
                before = np.ptp(wave[int((onset - 12) * 256) : int((onset - 4) * 256)])
                ratio.append(np.ptp(wave[int((onset + 5) * 256) : int((onset + 11) * 256)]) / before)
    assert 0.5 < np.median(ratio) < 0.9


@pytest.mark.parametrize("decibels", [0.0, 10.0])
def test_noise_has_the_ordered_power_in_the_band_of_the_pulse(clean: SimulatedNight, decibels: float) -> None:
    noisy = simulate_night(replace(TWO_HOURS, ppg_snr_db=decibels), 21)
    wave = render(clean, "Pleth").astype(float)
    noise = render(noisy, "Pleth").astype(float) - wave
    frequency, density = scipy.signal.welch(noise, 256, nperseg=8192)
    inside = (frequency >= 0.45) & (frequency <= 8.05)
    assert density[inside].sum() / density.sum() > 0.98
    frequency, pulse = scipy.signal.welch(wave, 256, nperseg=8192)
    ratio = 10 * np.log10(pulse[inside].sum() / density[inside].sum())
    assert ratio == pytest.approx(decibels, abs=0.5)


@pytest.mark.parametrize("fraction", [0.02, 0.1, 0.5])
def test_artefacts_cover_their_share_and_nothing_else(clean: SimulatedNight, fraction: float) -> None:
    disturbed = simulate_night(replace(TWO_HOURS, movement_artefact_fraction=fraction), 21)
    spans = disturbed.truth.artefacts
    assert spans.total_s == pytest.approx(fraction * 7200, abs=0.2)
    np.testing.assert_array_equal(disturbed.truth.r_peak_s, clean.truth.r_peak_s)
    difference = render(disturbed, "Pleth") - render(clean, "Pleth")
    inside = spans.holds(np.arange(len(difference)) / 256)
    assert np.abs(difference[~inside]).max() < 1e-3 * np.abs(difference).max()
    assert difference[inside].std() > 0.5 * render(clean, "Pleth").std()


def test_artefacts_come_where_the_sleeper_moves(nights: list[SimulatedNight]) -> None:
    night = simulate_night(NightSpecification(movement_artefact_fraction=0.02), 4)
    body = night.truth.movements
    middle = (night.truth.artefacts.start_s + night.truth.artefacts.stop_s) / 2
    near = np.abs(body.start_s[:, None] - middle).min(axis=0) < 30
    assert near.mean() > 0.9


def test_nothing_is_recorded_where_the_probe_is_off() -> None:
    off = (Gap(600.0, 700.0), Gap(7100.0, 9000.0))
    specification = replace(TWO_HOURS, sensor_off=off, signal_loss_fraction=0.05)
    night = simulate_night(specification, 21)
    gaps = night.truth.gaps
    assert gaps.holds(np.array([600.0, 650.0, 699.9, 7150.0])).all()
    assert gaps.stop_s[-1] == 7200.0
    assert gaps.total_s == pytest.approx(0.05 * 7200 + 200, abs=60)
    seconds = gaps.holds(np.arange(7200.0))
    np.testing.assert_array_equal(render(night, "OxStatus") == 3, seconds)
    samples = np.repeat(seconds, 256)
    wave = render(night, "Pleth")
    assert not wave[samples].any()
    assert np.mean(wave[~samples] == 0) < 1e-3
    for label in ("SpO2", "HR"):
        shown = render(night, label)
        assert not shown[seconds].any()
        assert shown[~seconds].min() > 30


def test_a_disconnected_channel_is_flat_and_the_others_are_not(clean: SimulatedNight) -> None:
    night = simulate_night(replace(TWO_HOURS, disconnected=("Pleth",)), 21)
    assert len(render(night, "Pleth")) == 7200 * 256
    assert not render(night, "Pleth").any()
    np.testing.assert_array_equal(render(night, "Leg"), render(clean, "Leg"))


def test_pulse_rate_is_that_of_the_beats(clean: SimulatedNight) -> None:
    shown = render(clean, "HR")
    beats = clean.truth.r_peak_s
    truth = np.interp(np.arange(7200) - 2.5, beats[1:], 60 / np.diff(beats))
    assert np.abs(scipy.signal.medfilt(shown - truth, 61)[60:-60]).max() < 4
    assert abs(np.mean(shown - truth)) < 0.5


def test_spans_hold_their_beginning_and_not_their_end() -> None:
    spans = Spans(np.array([1.0, 5.0]), np.array([2.0, 7.0]))
    np.testing.assert_array_equal(
        spans.holds(np.array([0.9, 1.0, 1.9, 2.0, 5.0, 6.9, 7.0])),
        [False, True, True, False, True, True, False],
    )
    assert not Spans(np.empty(0), np.empty(0)).holds(np.arange(3.0)).any()
