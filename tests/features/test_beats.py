"""Beats against the simulator's truth, and against a PPG simulator that is not ours."""

from __future__ import annotations

import neurokit2 as nk
import numpy as np
import physiokit as pk
import pytest
from rendered_night import matched, night, rendered
from scipy.signal import find_peaks

from sleepstudio.features.beats import Beats, find_beats
from sleepstudio.features.ppg import PULSE_BAND_HZ, clean_pulse

RATE_HZ = 64.0


def pleth(seed: int, **choices: float) -> np.ndarray:
    return rendered(night(seed, **choices), "Pleth").read("Pleth", rate_hz=RATE_HZ)


def found(ppg: np.ndarray) -> Beats:
    return find_beats(clean_pulse(ppg.astype(np.float32), RATE_HZ))


def true_beats(seed: int, **choices: float) -> np.ndarray:
    truth = night(seed, **choices).truth
    return truth.pulse_peak_s[~truth.gaps.holds(truth.pulse_peak_s)]


def with_noise(ppg: np.ndarray, snr_db: float, seed: int) -> np.ndarray:
    """White noise in 0.5–8 Hz at a given power below that of the signal in the same band."""
    low, high = PULSE_BAND_HZ
    noise = np.random.default_rng(seed).standard_normal(len(ppg))
    noise = pk.signal.filter_signal(noise, lowcut=low, highcut=high, sample_rate=RATE_HZ, order=3)
    pulse = pk.signal.filter_signal(ppg, lowcut=low, highcut=high, sample_rate=RATE_HZ, order=3)
    return ppg + noise * pulse.std() / noise.std() * 10 ** (-snr_db / 20)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_clean_nights_lose_and_add_almost_no_beat(seed: int) -> None:
    hit, right = matched(found(pleth(seed)).time_s, true_beats(seed))
    assert hit.mean() >= 0.995
    assert right.mean() >= 0.995


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_noise_of_10_db_costs_few_beats(seed: int) -> None:
    hit, right = matched(found(pleth(seed, snr_db=10.0)).time_s, true_beats(seed, snr_db=10.0))
    assert hit.mean() >= 0.99
    assert right.mean() >= 0.99


def test_a_slow_heart_in_noise_is_beyond_physiokits_fixed_windows() -> None:
    """Why beats are our own: half-second averages take noise between the beats of a slow heart for beats."""
    choices = {"snr_db": 10.0}
    ppg, truth = pleth(3, **choices), true_beats(3, **choices)
    assert np.median(np.diff(truth)) > 1.1
    cleaned = pk.ppg.clean(ppg, lowcut=0.5, highcut=8.0, sample_rate=RATE_HZ)
    theirs = pk.ppg.find_peaks(cleaned, sample_rate=RATE_HZ) / RATE_HZ
    assert matched(theirs, truth)[1].mean() < 0.8
    assert matched(found(ppg).time_s, truth)[1].mean() > 0.99


def test_peaks_lie_between_samples() -> None:
    """Intervals to a few milliseconds from samples 15.6 ms apart."""
    beats = found(pleth(1)).time_s
    truth = true_beats(1)
    nearest = truth[np.clip(np.searchsorted(truth, beats - 0.05), 0, len(truth) - 1)]
    error = (beats - nearest)[np.abs(beats - nearest) < 0.1]
    assert np.std(error) < 0.006


@pytest.mark.parametrize("heart_rate", [45, 60, 80, 110])
@pytest.mark.parametrize("snr_db", [None, 10.0])
def test_neurokits_pulses_are_found(heart_rate: int, snr_db: float | None) -> None:
    ppg = nk.ppg_simulate(
        duration=300,
        sampling_rate=int(RATE_HZ),
        heart_rate=heart_rate,
        frequency_modulation=0.3,
        ibi_randomness=0.1,
        drift=0,
        motion_amplitude=0,
        powerline_amplitude=0,
        random_state=3,
    )
    apart = int(0.45 * 60 / heart_rate * RATE_HZ)
    truth = find_peaks(ppg, distance=apart, prominence=0.15 * np.ptp(ppg))[0] / RATE_HZ
    assert abs(len(truth) - 5 * heart_rate) <= 2
    hit, right = matched(found(ppg if snr_db is None else with_noise(ppg, snr_db, 0)).time_s, truth)
    assert hit.mean() >= 0.99
    assert right.mean() >= 0.99


def test_likeness_tells_pulses_from_movement() -> None:
    choices = {"artefacts": 0.1}
    beats, artefacts = found(pleth(2, **choices)), night(2, **choices).truth.artefacts
    within = artefacts.holds(beats.time_s)
    assert np.median(beats.likeness[~within]) > 0.85
    assert np.median(beats.likeness[within]) < np.percentile(beats.likeness[~within], 5)


def test_no_beat_stands_in_a_gap_and_none_comes_of_nothing() -> None:
    ppg = pleth(1).copy()
    ppg[64_000:128_000] = np.nan
    beats = found(ppg)
    assert not ((beats.time_s > 1000) & (beats.time_s < 2000)).any()
    assert len(found(np.full(5000, np.nan, np.float32))) == 0
    assert len(found(np.random.default_rng(0).standard_normal(40).astype(np.float32))) == 0
