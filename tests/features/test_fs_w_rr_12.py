"""FS-W-RR-12 against closed forms, and against neurokit2 on the same intervals."""

from __future__ import annotations

import neurokit2
import numpy as np
import pytest
from numpy.typing import NDArray

from sleepstudio.errors import FeatureError
from sleepstudio.features.feature_set import ComputedFeatures
from sleepstudio.features.fs_w_rr_12 import HeartRhythm
from sleepstudio.features.intervals import trusted_of_series
from sleepstudio.recordings.recording import Channel, ChannelKind
from sleepstudio.recordings.series import SeriesRecording

SET = HeartRhythm()
NAMES = [column.name for column in SET.columns]


def modulated(duration_s: float, hz: float, depth_s: float, mean_s: float = 0.9) -> NDArray[np.float64]:
    """Ends of beats whose intervals follow a sine of time."""
    times = [0.0]
    while times[-1] < duration_s:
        times.append(times[-1] + mean_s + depth_s * np.sin(2 * np.pi * hz * times[-1]))
    return np.array(times[:-1])


def compute(beats_s: NDArray[np.float64], duration_s: float, *, unit: str = "s") -> ComputedFeatures:
    lengths = np.diff(beats_s) * (1000 if unit == "ms" else 1)
    channel = Channel("RR", ChannelKind.RR_INTERVAL, unit, None)
    recording = SeriesRecording("r", None, duration_s, [channel], {"RR": (beats_s[1:], lengths)})
    return SET.compute(recording, {"rr": "RR"}, SET.parse_params({}))


def column(computed: ComputedFeatures, name: str) -> NDArray[np.float32]:
    return computed.features[:, NAMES.index(name)]


def test_a_breathing_rhythm_has_its_power_at_its_frequency() -> None:
    depth_ms = 40.0
    computed = compute(modulated(1200, 0.25, depth_ms / 1000), 1200)
    middle = slice(6, -6)
    assert computed.mask[middle].all()
    # a sine of amplitude A has the power A²/2; sampling at the beats takes some of it
    power = np.exp(column(computed, "rr_hf")[middle])
    np.testing.assert_allclose(power, depth_ms**2 / 2, rtol=0.15)
    np.testing.assert_allclose(column(computed, "rr_breathing")[middle], 0.25, atol=0.006)
    assert (column(computed, "rr_regularity")[middle] > 0.95).all()
    assert (column(computed, "rr_lfhf")[middle] < -3).all()
    np.testing.assert_allclose(column(computed, "rr_mean_nn")[middle], 900, rtol=0.01)


def test_a_slow_rhythm_has_its_power_in_its_band() -> None:
    low = compute(modulated(1200, 0.1, 0.04), 1200)
    very_low = compute(modulated(1200, 0.02, 0.04), 1200)
    middle = slice(6, -6)
    assert (column(low, "rr_lfhf")[middle] > 3).all()
    assert (column(very_low, "rr_vlf")[middle] > column(very_low, "rr_lf")[middle] + 2).all()


def test_time_domain_agrees_with_neurokit2() -> None:
    rng = np.random.default_rng(1)
    beats = np.cumsum(0.85 + 0.05 * rng.standard_normal(1000))
    computed = compute(beats, float(beats[-1]))
    row = 10
    start, stop = 30.0 * row - 15, 30.0 * row + 45
    inside = beats[(beats >= start) & (beats <= stop)]
    peaks = np.rint((inside - inside[0]) * 10_000).astype(int)
    expected = neurokit2.hrv_time({"RRI": np.diff(peaks) / 10, "RRI_Time": inside[1:]}, sampling_rate=10_000)
    assert column(computed, "rr_mean_nn")[row] == pytest.approx(expected["HRV_MeanNN"][0], rel=1e-3)
    assert column(computed, "rr_sd_nn")[row] == pytest.approx(expected["HRV_SDNN"][0], rel=1e-3)
    assert column(computed, "rr_rmssd")[row] == pytest.approx(expected["HRV_RMSSD"][0], rel=1e-3)


def test_a_missed_and_an_added_beat_change_nothing_around_them() -> None:
    beats = modulated(900, 0.25, 0.02)
    clean = compute(beats, 900)
    wrong = np.sort(np.append(np.delete(beats, 500), beats[520] + 0.3))
    corrected = compute(wrong, 900)
    np.testing.assert_allclose(
        column(corrected, "rr_rmssd")[3:-3], column(clean, "rr_rmssd")[3:-3], rtol=0.12
    )
    assert column(corrected, "rr_trusted").min() < column(clean, "rr_trusted").min()


def test_a_stretch_without_beats_is_masked_and_taints_nothing() -> None:
    beats = modulated(1800, 0.25, 0.02)
    beats = beats[(beats < 600) | (beats > 1200)]
    lengths = np.diff(beats)
    kept = lengths < 3  # a series of a chest strap has no interval over the time it was off
    intervals = trusted_of_series(beats[1:][kept], lengths[kept])
    assert len(intervals) == kept.sum()
    computed = compute(beats, 1800)
    assert not computed.mask[22:38].any()
    assert computed.mask[5:15].all()
    assert computed.mask[45:55].all()


def test_milliseconds_are_the_same_intervals() -> None:
    beats = modulated(600, 0.2, 0.03)
    np.testing.assert_allclose(
        compute(beats, 600).features, compute(beats, 600, unit="ms").features, rtol=1e-3, atol=1e-3
    )


def test_what_is_no_rhythm_is_refused() -> None:
    with pytest.raises(FeatureError, match="0 intervals that could be of a heart"):
        compute(np.arange(0.0, 600.0, 5.0), 600)
    with pytest.raises(FeatureError, match="not in s or ms"):
        compute(modulated(600, 0.2, 0.03), 600, unit="mV")
