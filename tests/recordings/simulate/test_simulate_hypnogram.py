"""Generated hypnograms look like nights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.simulate import generate_hypnogram
from sleepstudio.recordings.simulate.sleep_cycles import blockwise_permutation
from sleepstudio.sleep_statistics import sleep_cycles


@pytest.fixture(scope="module")
def generated() -> list[Hypnogram]:
    return [generate_hypnogram(8.0, np.random.default_rng(seed)) for seed in range(60)]


def test_a_night_has_its_length_and_begins_and_ends_awake(generated: list[Hypnogram]) -> None:
    for hypnogram in generated:
        assert len(hypnogram) == 960
        assert hypnogram.stages[0] == Stage.W
        assert hypnogram.stages[-1] == Stage.W
        assert hypnogram.scored.all()


def test_stage_shares_are_those_of_adults(generated: list[Hypnogram]) -> None:
    """Mean shares of sleep within the adult ranges of Ohayon et al. 2004."""
    shares = np.array([
        [np.mean(h.stages[h.stages > Stage.W] == stage) for stage in range(1, 5)] for h in generated
    ])  # fmt: skip
    n1, n2, n3, r = shares.mean(axis=0)
    assert 0.04 < n1 < 0.12
    assert 0.45 < n2 < 0.65
    assert 0.10 < n3 < 0.25
    assert 0.15 < r < 0.25
    assert shares.std(axis=0).min() > 0.01


def test_latency_wake_and_efficiency_are_those_of_adults(generated: list[Hypnogram]) -> None:
    latency_min, wake_min = [], []
    for hypnogram in generated:
        asleep = np.flatnonzero(hypnogram.stages > Stage.W)
        latency_min.append(asleep[0] / 2)
        wake_min.append(np.sum(hypnogram.stages[asleep[0] : asleep[-1]] == Stage.W) / 2)
    assert 8 < np.mean(latency_min) < 25
    assert 15 < np.mean(wake_min) < 70
    assert max(wake_min) > 2 * min(wake_min)


def test_deep_sleep_comes_early_and_rem_late(generated: list[Hypnogram]) -> None:
    thirds = np.stack([h.stages for h in generated]).reshape(len(generated), 3, 320)
    deep = (thirds == Stage.N3).mean(axis=(0, 2))
    rem = (thirds == Stage.R).mean(axis=(0, 2))
    assert deep[0] > 2 * deep[1] > 2 * deep[2]
    assert rem[2] > rem[1] > 2 * rem[0]


def test_rem_recurs_in_cycles_of_about_ninety_minutes(generated: list[Hypnogram]) -> None:
    found = [sleep_cycles(h) for h in generated]
    counts = [len(cycles) for cycles in found if cycles is not None]
    assert 3.5 < np.mean(counts) < 6
    onsets_min = [np.flatnonzero(h.stages == Stage.R)[0] / 2 for h in generated]
    assert 70 < np.median(onsets_min) < 150


@given(st.floats(0.02, 14.0), st.integers(0, 1000))
def test_any_duration_and_seed_gives_scored_epochs(duration_h: float, seed: int) -> None:
    hypnogram = generate_hypnogram(duration_h, np.random.default_rng(seed))
    assert len(hypnogram) == round(duration_h * 120)
    assert hypnogram.scored.all()


def test_nights_repeat_by_seed_and_differ_between_seeds(generated: list[Hypnogram]) -> None:
    again = generate_hypnogram(8.0, np.random.default_rng(3))
    np.testing.assert_array_equal(again.stages, generated[3].stages)
    assert not np.array_equal(again.stages, generated[4].stages)


def test_a_night_without_an_epoch_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no epoch"):
        generate_hypnogram(0.0, np.random.default_rng(0))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=200), st.integers(0, 100))
def test_a_permutation_keeps_every_epoch(stages: list[int], seed: int) -> None:
    before = np.array(stages, np.int8)
    after = blockwise_permutation(before, np.random.default_rng(seed))
    assert sorted(after.tolist()) == sorted(stages)


def test_after_a_permutation_the_hour_says_nothing_about_the_stage(generated: list[Hypnogram]) -> None:
    rng = np.random.default_rng(0)
    permuted = np.stack([blockwise_permutation(h.stages, rng) for h in generated for _ in range(5)])
    for stage in range(5):
        by_hour = (permuted == stage).reshape(len(permuted), 8, 120).mean(axis=2)
        error = by_hour.std(axis=0) / np.sqrt(len(by_hour))
        assert np.all(np.abs(by_hour.mean(axis=0) - by_hour.mean()) < 4 * error)
