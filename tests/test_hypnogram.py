"""Stages, stage sets, hypnograms and their time axis."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.hypnogram import NOT_COUNTED, STAGE_SETS, Hypnogram, Span, Stage, resample
from sleepstudio.stage_codes import from_codes

U, A, W, N1, N2, N3, R = sorted(Stage)
stage_lists = st.lists(st.sampled_from(sorted(Stage)), min_size=1, max_size=40)


@pytest.mark.parametrize("count", STAGE_SETS)
def test_a_stage_set_partitions_the_five_stages(count: int) -> None:
    stage_set = STAGE_SETS[count]
    members = [stage for group in stage_set.members for stage in group]
    assert len(stage_set) == count
    assert sorted(members) == [W, N1, N2, N3, R]
    np.testing.assert_array_equal(stage_set.classes(stage_set.stages(range(count))), range(count))


@pytest.mark.parametrize("count", STAGE_SETS)
def test_unscored_and_artifact_are_no_class(count: int) -> None:
    assert (STAGE_SETS[count].classes([U, A]) == NOT_COUNTED).all()
    assert (STAGE_SETS[count].stages([NOT_COUNTED]) == U).all()


def test_four_stages_are_wake_core_deep_rem() -> None:
    np.testing.assert_array_equal(STAGE_SETS[4].classes([W, N1, N2, N3, R]), [0, 1, 1, 2, 3])


def test_a_hypnogram_is_immutable_and_leaves_the_callers_array_alone() -> None:
    stages = np.array([W, N1], np.int64)
    hypnogram = Hypnogram(stages)
    stages[0] = R
    assert hypnogram.as_strings() == ("W", "N1")
    with pytest.raises(ValueError, match="read-only"):
        hypnogram.stages[0] = R


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stages": [0, 5]}, "not a stage: 5"),
        ({"stages": [[0, 1]]}, "one number an epoch"),
        ({"stages": [0, 0.5]}, "not a stage"),
        ({"stages": [0], "epoch_s": 0.0}, "not a time axis"),
        ({"stages": [0], "onset_s": float("nan")}, "not a time axis"),
        ({"stages": [0], "probabilities": np.ones((1, 4))}, r"epochs and classes are \(1, 5\)"),
        ({"stages": [0], "probabilities": np.full((1, 5), 1.5)}, "outside 0–1"),
    ],
)
def test_what_is_no_hypnogram_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Hypnogram(**arguments)  # type: ignore[arg-type]


def test_time_axis() -> None:
    hypnogram = Hypnogram([W, N1, N2], onset_s=60.0, start=datetime(2024, 3, 1, 23, 59))
    assert hypnogram.duration_s == 90.0
    assert hypnogram.stop_s == 150.0
    assert hypnogram.end == datetime(2024, 3, 2, 0, 0, 30)
    np.testing.assert_array_equal(hypnogram.epoch_onsets_s, [60.0, 90.0, 120.0])


def test_gaps_are_the_unscored_runs_and_not_the_artifacts() -> None:
    hypnogram = Hypnogram([U, W, A, U, U, R, U], onset_s=30.0)
    assert hypnogram.gaps == (Span(30.0, 60.0), Span(120.0, 180.0), Span(210.0, 240.0))
    assert Hypnogram([W, A]).gaps == ()


def test_a_slice_keeps_the_clock() -> None:
    probabilities = np.eye(5, dtype=np.float32)
    hypnogram = Hypnogram([W, N1, N2, N3, R], start=datetime(2024, 1, 1), probabilities=probabilities)
    part = hypnogram.between(45.0, 90.0)
    assert part.as_strings() == ("N1", "N2")
    assert part.onset_s == 30.0
    assert part.start == datetime(2024, 1, 1, 0, 0, 30)
    assert part.probabilities is not None
    np.testing.assert_array_equal(part.probabilities, probabilities[1:3])


@pytest.mark.parametrize(("start_s", "stop_s"), [(-100.0, -10.0), (500.0, 900.0), (60.0, 60.0), (90.0, 30.0)])
def test_a_slice_beside_the_night_is_empty(start_s: float, stop_s: float) -> None:
    assert len(Hypnogram([W, N1, N2]).between(start_s, stop_s)) == 0


def test_a_slice_wider_than_the_night_is_the_night() -> None:
    assert Hypnogram([W, N1, N2]).between(-1e9, 1e9).as_strings() == ("W", "N1", "N2")


def test_pickles() -> None:
    hypnogram = pickle.loads(pickle.dumps(Hypnogram([W, R], scorer="AB")))
    assert hypnogram.as_strings() == ("W", "R")
    assert hypnogram.scorer == "AB"


def test_20_s_to_30_s_takes_the_stage_that_fills_most() -> None:
    # 30 s epochs hold 20 + 10 s and 10 + 20 s of the 20 s ones
    assert resample(Hypnogram([W, N1, N2], epoch_s=20.0), 30.0).as_strings() == ("W", "N2")


def test_ties_go_to_the_earlier_stage() -> None:
    assert resample(Hypnogram([R, W, N3, N1], epoch_s=15.0), 30.0).as_strings() == ("R", "N3")
    # 10 s each, and the earliest comes again later
    assert resample(Hypnogram([N2, W, N2, W], epoch_s=10.0), 40.0).as_strings() == ("N2",)


def test_unscored_time_has_a_vote_and_is_not_wake() -> None:
    assert resample(Hypnogram([U, U, W], epoch_s=10.0), 30.0).as_strings() == ("UNSCORED",)
    assert resample(Hypnogram([A, W, W], epoch_s=10.0), 30.0).as_strings() == ("W",)


def test_the_last_epoch_stands_where_it_is_filled_to_a_half() -> None:
    assert len(resample(Hypnogram([W] * 45, epoch_s=1.0), 30.0)) == 2
    assert len(resample(Hypnogram([W] * 44, epoch_s=1.0), 30.0)) == 1


def test_a_feature_tables_grid_is_unscored_outside_the_night() -> None:
    hypnogram = Hypnogram([W, N1], onset_s=45.0, start=datetime(2024, 1, 1, 22, 0, 45))
    on_grid = resample(hypnogram, 30.0, onset_s=0.0, n_epochs=5)
    # W lies in 45–75, N1 in 75–105: each half of two rows, the earlier wins; row 1 is half nothing
    assert on_grid.as_strings() == ("UNSCORED", "UNSCORED", "W", "N1", "UNSCORED")
    assert on_grid.start == datetime(2024, 1, 1, 22, 0, 0)


@given(stage_lists, st.sampled_from([2, 3, 6, 30]))
def test_splitting_and_joining_epochs_gives_the_night_back(stages: list[Stage], parts: int) -> None:
    hypnogram = Hypnogram(stages)
    split = resample(hypnogram, 30.0 / parts)
    np.testing.assert_array_equal(split.stages, np.repeat(stages, parts))
    np.testing.assert_array_equal(resample(split, 30.0).stages, stages)


@given(stage_lists, st.integers(1, 50), st.integers(1, 50), st.integers(-70, 70))
def test_resampling_equals_counting_seconds(stages: list[Stage], old: int, new: int, onset: int) -> None:
    """Against a count of single seconds, which needs no arithmetic of intervals."""
    result = resample(Hypnogram(stages, epoch_s=old), new, onset_s=onset, n_epochs=8)
    night = [stage for stage in stages for _ in range(old)]
    for index, stage in enumerate(result.stages):
        seconds = range(onset + index * new, onset + (index + 1) * new)
        counts = Counter(night[second] if 0 <= second < len(night) else U for second in seconds)
        assert stage == counts.most_common(1)[0][0]  # a Counter keeps the order of arrival among equals


def test_probabilities_are_averaged_by_overlap() -> None:
    probabilities = np.array([[1, 0], [0, 1], [0.5, 0.5]], np.float32)
    hypnogram = Hypnogram([W, N2, N2], epoch_s=20.0, stage_set=STAGE_SETS[2], probabilities=probabilities)
    result = resample(hypnogram, 30.0).probabilities
    assert result is not None
    np.testing.assert_allclose(result, [[2 / 3, 1 / 3], [1 / 3, 2 / 3]], atol=1e-6)


def test_probabilities_of_unstaged_time_do_not_count() -> None:
    probabilities = np.array([[1, 0], [np.nan, np.nan], [np.nan, np.nan], [np.nan, np.nan]], np.float32)
    hypnogram = Hypnogram([W, U, U, U], epoch_s=15.0, stage_set=STAGE_SETS[2], probabilities=probabilities)
    result = resample(hypnogram, 30.0).probabilities
    assert result is not None
    np.testing.assert_allclose(result, [[1, 0], [np.nan, np.nan]])


@pytest.mark.parametrize("epoch_s", [0.0, -30.0, float("nan"), float("inf")])
def test_an_impossible_epoch_length_is_refused(epoch_s: float) -> None:
    with pytest.raises(ValueError, match="not an epoch length"):
        resample(Hypnogram([W]), epoch_s)


def test_an_empty_night_stays_empty() -> None:
    assert len(resample(Hypnogram([]), 20.0)) == 0


def test_a_real_night_keeps_its_minutes_per_stage(real_data: Path) -> None:
    labels = np.loadtxt(real_data / "sleep-accel-raw" / "46343_labeled_sleep.txt")
    hypnogram = Hypnogram(from_codes(labels[:, 1], "sleep-accel"), start=datetime(2000, 1, 1, 22))
    fine = resample(hypnogram, 1.0)
    assert fine.duration_s == hypnogram.duration_s
    assert fine.end == hypnogram.start + timedelta(seconds=fine.duration_s)  # type: ignore[operator]
    seconds = Counter(fine.stages.tolist())
    assert seconds == {stage: 30 * count for stage, count in Counter(hypnogram.stages.tolist()).items()}
    coarse = resample(hypnogram, 20.0)
    np.testing.assert_array_equal(resample(coarse, 30.0).stages[::2], hypnogram.stages[::2])
