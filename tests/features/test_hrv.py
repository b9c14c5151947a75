"""Heart-rate variability: PhysioKit as oracle in time, closed forms in frequency."""

from __future__ import annotations

import numpy as np
import physiokit as pk
import pytest

from sleepstudio.features.hrv import TACHOGRAM_HZ, detrended, low_to_high_ratio, tachogram, time_domain
from sleepstudio.features.intervals import Intervals
from sleepstudio.features.windows import epoch_windows


def intervals_of(length_s: np.ndarray, start_s: float = 0.0) -> Intervals:
    edges = start_s + np.concatenate(([0.0], np.cumsum(length_s)))
    return Intervals(edges[:-1], edges[1:])


def modulated(low_ms: float, high_ms: float, duration_s: float) -> Intervals:
    """Intervals of 900 ms with sines of 0.1 and 0.25 Hz."""
    beats = [0.0]
    while beats[-1] < duration_s:
        t = beats[-1] + 0.45
        change = low_ms * np.sin(2 * np.pi * 0.1 * t) + high_ms * np.sin(2 * np.pi * 0.25 * t)
        beats.append(beats[-1] + 0.9 + change / 1000)
    return intervals_of(np.diff(beats))


def test_time_domain_equals_physiokits_on_the_same_intervals() -> None:
    rng = np.random.default_rng(5)
    intervals = intervals_of(rng.normal(0.9, 0.06, 700))
    windows = epoch_windows(20, 60.0, 600.0)
    ours = time_domain(intervals, windows)
    for i, (start, stop) in enumerate(zip(windows.start_s, windows.stop_s, strict=True)):
        inside = (intervals.start_s >= start) & (intervals.stop_s <= stop)
        theirs = pk.hrv.compute_hrv_time(intervals.length_s[inside], sample_rate=1.0)
        assert ours.count[i] == inside.sum()
        assert ours.mean_ms[i] == pytest.approx(theirs.mean_nn)
        assert ours.deviation_ms[i] == pytest.approx(theirs.sd_nn)
        assert ours.median_ms[i] == pytest.approx(theirs.median_nn)
        assert ours.covered[i] == pytest.approx(intervals.length_s[inside].sum() / (stop - start))


def test_windows_without_intervals_are_undefined_not_zero() -> None:
    ours = time_domain(intervals_of(np.full(10, 1.0), start_s=60.0), epoch_windows(4, 60.0, 120.0))
    assert ours.count.tolist() == [0, 10, 10, 0]
    assert np.isnan(ours.mean_ms[[0, 3]]).all()
    assert np.isnan(ours.deviation_ms[[0, 3]]).all()
    assert ours.covered[[0, 3]].tolist() == [0, 0]


@pytest.mark.parametrize(("low_ms", "high_ms"), [(30.0, 30.0), (60.0, 20.0), (15.0, 45.0)])
def test_the_ratio_of_two_sines_is_that_of_their_powers(low_ms: float, high_ms: float) -> None:
    rhythm = tachogram(modulated(low_ms, high_ms, 600.0), 600.0)
    ratio = low_to_high_ratio(rhythm, epoch_windows(20, 60.0, 600.0))
    np.testing.assert_allclose(ratio[1:-1], (low_ms / high_ms) ** 2, rtol=0.15)


def test_a_constant_rhythm_is_balanced_where_physiokit_gives_ten_and_more() -> None:
    peaks = np.arange(0, 60 * 64, 58)
    bands = [(0.04, 0.15), (0.15, 0.4)]
    theirs = pk.hrv.compute_hrv_frequency(peaks, np.full(len(peaks), 58.0), bands=bands, sample_rate=64)
    assert theirs.bands[0].total_power / theirs.bands[1].total_power > 8
    rhythm = tachogram(intervals_of(np.full(700, 58 / 64)), 600.0)
    np.testing.assert_allclose(low_to_high_ratio(rhythm, epoch_windows(20, 60.0, 600.0)), 1.0, atol=1e-3)


def test_a_drift_of_the_heart_rate_is_no_low_frequency_power() -> None:
    rhythm = tachogram(intervals_of(np.linspace(0.8, 1.1, 640)), 600.0)
    ratio = low_to_high_ratio(rhythm, epoch_windows(20, 60.0, 600.0))
    assert ratio[1:-1].max() < 1.1


def test_the_tachogram_passes_through_intervals_and_straight_over_gaps() -> None:
    length = np.array([0.8, 1.0, 0.9, 1.1])
    before, after = intervals_of(length), intervals_of(length[::-1], start_s=30.0)
    both = Intervals(
        np.concatenate((before.start_s, after.start_s)), np.concatenate((before.stop_s, after.stop_s))
    )
    rhythm = tachogram(both, 40.0)
    grid = np.arange(160) / TACHOGRAM_HZ
    gap = (grid > before.middle_s[-1]) & (grid < after.middle_s[0])
    np.testing.assert_allclose(rhythm[gap], 1100.0, rtol=1e-5)
    assert rhythm.min() > 700
    assert rhythm.max() < 1200
    assert np.isnan(tachogram(intervals_of(np.array([1.0])), 10.0)).all()


def test_detrending_leaves_what_is_no_line() -> None:
    place = np.arange(100, dtype=np.float32)
    rows = np.stack([3 * place + 7, np.sin(place)]).astype(np.float32)
    rows[0, :20] = np.nan
    flat = detrended(rows)
    np.testing.assert_allclose(flat[0], 0.0, atol=1e-3)
    np.testing.assert_allclose(
        flat[1], np.sin(place) - np.polyval(np.polyfit(place, np.sin(place), 1), place), atol=1e-4
    )
