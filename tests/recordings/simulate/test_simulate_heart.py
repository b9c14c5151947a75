"""Heartbeats: rate and variability by stage, coupling to breath and arousal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

from sleepstudio.hypnogram import Stage
from sleepstudio.recordings.simulate import SimulatedNight, render

Undisturbed = Callable[[SimulatedNight, Stage, float], list[tuple[float, float]]]


def _rate_by_stage(night: SimulatedNight) -> NDArray[np.float64]:
    beats = night.truth.r_peak_s
    interval = np.diff(beats)
    stage = night.truth.driving_stages[(beats[1:] // 30).astype(int)]
    return np.array([60.0 / interval[stage == s].mean() for s in range(5)])


def _tachogram(night: SimulatedNight, start: float, stop: float) -> NDArray[np.float64]:
    beats = night.truth.r_peak_s
    return np.interp(np.arange(start, stop, 0.25), beats[1:], np.diff(beats))


def test_the_heart_is_slowest_in_deep_sleep_and_rises_in_rem(nights: list[SimulatedNight]) -> None:
    """The order of Snyder et al. 1964: awake > R > N2 and N3; NREM 3–12 % below wake."""
    rate = np.array([_rate_by_stage(night) for night in nights])
    relative = (rate / rate[:, :1]).mean(axis=0)
    wake, _, n2, n3, rem = relative
    assert wake > rem > max(n2, n3)
    assert min(n2, n3) > 0.88
    assert max(n2, n3) < 0.97


def test_people_differ(nights: list[SimulatedNight]) -> None:
    mean_rate = [60 * len(night.truth.r_peak_s) / night.duration_s for night in nights]
    assert np.std(mean_rate) > 3.0
    assert 40 < min(mean_rate) < max(mean_rate) < 90


def test_intervals_are_those_of_a_sleeping_adult(nights: list[SimulatedNight]) -> None:
    for night in nights:
        interval = np.diff(night.truth.r_peak_s)
        assert interval.min() > 0.35
        assert interval.max() < 1.8


def test_low_over_high_frequency_power_falls_with_depth(
    nights: list[SimulatedNight], undisturbed: Undisturbed
) -> None:
    """LF/HF by Welch's method: N3 < N2 < R and W (Vanoli et al. 1995)."""
    ratios: dict[Stage, list[float]] = {stage: [] for stage in (Stage.W, Stage.N2, Stage.N3, Stage.R)}
    for night in nights:
        for stage, found in ratios.items():
            for start, stop in undisturbed(night, stage, 150.0):
                frequency, density = scipy.signal.welch(
                    scipy.signal.detrend(_tachogram(night, start, stop)), 4.0, nperseg=512
                )
                low = density[(frequency >= 0.04) & (frequency < 0.15)].sum()
                found.append(low / density[(frequency >= 0.15) & (frequency < 0.4)].sum())
    median = {stage: np.median(values) for stage, values in ratios.items()}
    assert median[Stage.N3] < 1.0
    assert median[Stage.N3] < median[Stage.N2] < median[Stage.R]
    assert median[Stage.N2] < median[Stage.W]


def test_the_heart_follows_the_breath(nights: list[SimulatedNight], undisturbed: Undisturbed) -> None:
    """In N3 the respiratory peak of the tachogram stands at the breathing rate."""
    errors = []
    for night in nights:
        for start, stop in undisturbed(night, Stage.N3, 200.0)[:4]:
            breaths = night.truth.breath_s
            rate = 1.0 / np.diff(breaths[(breaths > start) & (breaths < stop)]).mean()
            tachogram = scipy.signal.detrend(_tachogram(night, start, stop))
            spectrum = np.abs(np.fft.rfft(tachogram * np.hanning(len(tachogram)), 8192))
            frequency = np.fft.rfftfreq(8192, 0.25)
            inside = (frequency > 0.17) & (frequency < 0.4)
            errors.append(abs(frequency[inside][spectrum[inside].argmax()] - rate))
    assert len(errors) > 15
    assert np.mean(np.array(errors) < 1 / 60) > 0.9


def test_an_arousal_speeds_the_heart_and_lets_it_fall_back(nights: list[SimulatedNight]) -> None:
    before, peak, after = [], [], []
    for night in nights:
        onsets = night.truth.arousals.start_s
        onsets = onsets[(onsets > 30) & (onsets < night.duration_s - 60)]
        at = np.arange(night.duration_s)
        rate = np.interp(at, night.truth.r_peak_s[1:], 60 / np.diff(night.truth.r_peak_s))
        index = onsets.astype(int)
        before.append(np.mean([rate[index - k].mean() for k in range(5, 11)]))
        peak.append(np.mean([rate[index + k].mean() for k in range(4, 8)]))
        after.append(np.mean([rate[index + k].mean() for k in range(40, 46)]))
    rise = np.mean(peak) / np.mean(before)
    assert 1.04 < rise < 1.25
    assert np.mean(after) < 0.5 * np.mean(before) + 0.5 * np.mean(peak)


def test_an_apnea_slows_the_heart_and_its_end_speeds_it(nights: list[SimulatedNight]) -> None:
    during, following = [], []
    for night in nights:
        at = np.arange(night.duration_s)
        rate = np.interp(at, night.truth.r_peak_s[1:], 60 / np.diff(night.truth.r_peak_s))
        for stop in night.truth.respiratory_events.stop_s:
            if stop + 10 < night.duration_s:
                during.append(rate[int(stop) - 4 : int(stop) - 1].mean())
                following.append(rate[int(stop) + 3 : int(stop) + 9].mean())
    assert np.mean(following) > 1.06 * np.mean(during)


def test_r_peaks_of_the_ekg_stand_where_the_truth_says(night: SimulatedNight) -> None:
    neurokit2 = pytest.importorskip("neurokit2")
    wave = render(night, "EKG")[: 1800 * 256].astype(float)
    found = neurokit2.ecg_peaks(neurokit2.ecg_clean(wave, sampling_rate=256), sampling_rate=256)[1]
    found_s = np.asarray(found["ECG_R_Peaks"]) / 256
    truth = night.truth.r_peak_s
    truth = truth[(truth > 5) & (truth < 1790)]
    nearest = np.abs(found_s[:, None] - truth).min(axis=0)
    assert np.mean(nearest < 0.02) > 0.995


def test_derived_heart_rate_is_sixty_over_the_last_interval(night: SimulatedNight) -> None:
    shown = render(night, "DHR")
    beats = night.truth.r_peak_s
    assert len(shown) == night.duration_s * 256
    for i in (1, 100, 5000):
        middle = int((beats[i] + beats[i + 1]) / 2 * 256)
        assert shown[middle] == pytest.approx(60 / (beats[i] - beats[i - 1]), rel=1e-5)
