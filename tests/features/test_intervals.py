"""Which intervals are trusted, and what PhysioKit makes of the same beats."""

from __future__ import annotations

import numpy as np
import physiokit as pk
import pytest

from sleepstudio.features.beats import Beats
from sleepstudio.features.intervals import LIKENESS, plausible_intervals, trusted_intervals


def beats(time_s: np.ndarray, likeness: np.ndarray | None = None) -> Beats:
    alike = np.ones(len(time_s)) if likeness is None else likeness
    return Beats(np.asarray(time_s, float), np.ones(len(time_s), np.float32), alike.astype(np.float32))


REGULAR = np.arange(60) * 1.0


def test_each_interval_once() -> None:
    """PhysioKit repeats the first interval, so that n beats have n of them."""
    assert len(pk.ppg.compute_rr_intervals(np.array([0, 10, 30, 60]))) == 4
    assert pk.ppg.compute_rr_intervals(np.array([0, 10, 30, 60])).tolist()[:2] == [10, 10]
    assert trusted_intervals(beats(REGULAR)).length_s.tolist() == [1.0] * 59


def test_an_added_beat_costs_the_intervals_around_it_and_no_more() -> None:
    kept = trusted_intervals(beats(np.sort(np.append(REGULAR, 30.25))))
    assert kept.length_s.tolist() == [1.0] * len(kept)
    assert sorted(set(range(59)) - set(kept.start_s.astype(int).tolist())) == [29, 30]


def test_a_missed_beat_is_not_spanned() -> None:
    """PhysioKit's filter drops the beat after the long interval instead of the interval."""
    missed = np.delete(REGULAR, 30)
    samples = (missed * 64).astype(int)
    intervals = pk.ppg.compute_rr_intervals(samples)
    rejected = np.flatnonzero(pk.ppg.filter_rr_intervals(intervals, sample_rate=64))
    assert len(rejected) > 1
    assert np.allclose(intervals[rejected][1:], 64)
    kept = trusted_intervals(beats(missed))
    assert kept.length_s.max() == 1.0
    assert sorted(set(range(59)) - set(kept.start_s.astype(int).tolist())) == [28, 29, 30, 31]


def test_the_callers_mask_is_not_changed_as_physiokit_changes_it() -> None:
    mask = np.zeros(4, int)
    pk.signal.quotient_filter_mask(np.array([10.0, 10.0, 30.0, 10.0]), mask=mask)
    assert mask.any()
    time_s = np.array([0.0, 10.0, 10.5, 11.0])
    kept = beats(time_s)
    trusted_intervals(kept)
    assert kept.time_s.tolist() == time_s.tolist()


def test_a_beat_unlike_the_persons_pulse_bounds_no_interval() -> None:
    likeness = np.ones(60)
    likeness[30] = LIKENESS - 0.1
    kept = trusted_intervals(beats(REGULAR, likeness))
    assert sorted(set(range(59)) - set(kept.start_s.astype(int).tolist())) == [29, 30]


def test_breathing_and_a_surge_of_the_heart_are_kept() -> None:
    count = np.arange(600)
    length = 1.0 + 0.12 * np.sin(2 * np.pi * count / 4) - 0.15 * np.exp(-(((count - 300) / 6) ** 2))
    kept = trusted_intervals(beats(np.cumsum(length)))
    assert len(kept) == 599


def test_an_extrasystole_and_its_pause_count_for_the_rate_and_not_for_variability() -> None:
    early = REGULAR.copy()
    early[30] -= 0.4
    assert plausible_intervals(beats(early)).length_s.mean() == pytest.approx(1.0)
    assert len(plausible_intervals(beats(early))) == 59
    kept = trusted_intervals(beats(early))
    assert kept.length_s.tolist() == [1.0] * 55


def test_too_few_beats_give_no_interval() -> None:
    assert len(trusted_intervals(beats(np.empty(0)))) == 0
    assert len(trusted_intervals(beats(np.array([1.0])))) == 0
    assert len(trusted_intervals(beats(np.array([1.0, 9.0, 17.0])))) == 0
    assert len(plausible_intervals(beats(np.array([1.0, 9.0, 17.0])))) == 0
