"""Frames: masked and unscored epochs carry no class, padding is neutral, drawing follows people."""

from __future__ import annotations

import numpy as np
import pytest

from sleepstudio.errors import TrainingError
from sleepstudio.features.feature_table import Column, FeatureTable
from sleepstudio.hypnogram import STAGE_SETS, Stage
from sleepstudio.training.frames import (
    Night,
    class_counts,
    column_indices,
    prepare_night,
    random_frames,
    trim_wake,
    usable_starts,
    whole_nights,
)


def table(stages: list[int], mask: list[bool] | None = None, columns: int = 3) -> FeatureTable:
    count = len(stages)
    features = np.random.default_rng(0).normal(5, 2, (count, columns)).astype(np.float32)
    names = tuple(Column(f"c{i}", "", "") for i in range(columns))
    kept = np.ones(count, bool) if mask is None else np.array(mask)
    return FeatureTable("r", "s", "X", 1, names, features, kept, np.array(stages, np.int8))


def night(person: str, length: int, value: float, usable: np.ndarray | None = None) -> Night:
    kept = np.ones(length, bool) if usable is None else usable
    return Night(person, person, np.full((length, 2), value, np.float32), np.ones(length, np.int8), kept)


def test_masked_and_unscored_epochs_carry_no_class_least_of_all_wake() -> None:
    prepared = prepare_night(
        table([Stage.W, Stage.N2, Stage.UNSCORED, Stage.ARTIFACT, Stage.R], [True, False, True, True, True]),
        STAGE_SETS[2],
    )
    assert prepared.classes.tolist() == [0, -1, -1, -1, 1]


def test_columns_by_number_and_name_and_a_wrong_one() -> None:
    assert column_indices(table([0]), ["c2", 0]) == [2, 0]
    with pytest.raises(TrainingError, match="Its columns are c0, c1, c2"):
        column_indices(table([0]), ["hr"])
    with pytest.raises(TrainingError):
        column_indices(table([0]), [3])


def test_wake_trim_keeps_the_margin_around_sleep() -> None:
    stages = [Stage.W] * 50 + [Stage.N2] * 10 + [Stage.W] * 50
    source = table(stages)
    trimmed = trim_wake(prepare_night(source, STAGE_SETS[5]), source.stages, minutes=5, epoch_s=30)
    assert len(trimmed) == 10 + 10 + 10
    sleepless = table([Stage.W] * 20)
    assert len(trim_wake(prepare_night(sleepless, STAGE_SETS[5]), sleepless.stages, 1, 30)) == 20


def test_whole_nights_are_padded_with_neutral_rows() -> None:
    frames = whole_nights([night("a", 5, 1.0), night("b", 9, 2.0)], frame_size=4)
    assert frames.features.shape == (5, 4, 2)
    assert frames.classes[1].tolist() == [1, -1, -1, -1]
    assert not frames.features[1, 1:].any()
    assert (frames.classes >= 0).sum() == 14


def test_frames_begin_where_nine_tenths_are_usable() -> None:
    usable = np.ones(30, bool)
    usable[2:6] = False
    starts = usable_starts(night("a", 30, 1.0, usable), frame_size=20)
    sums = [usable[start : start + 20].mean() for start in starts]
    assert min(sums) >= 0.9
    assert set(range(11)) - set(starts) == {
        start for start in range(11) if usable[start : start + 20].mean() < 0.9
    }


def test_drawing_visits_people_evenly_and_repeats_with_its_seed() -> None:
    nights = [night(person, length, float(index)) for index, (person, length) in
              enumerate([("a", 400), ("b", 100), ("c", 20)])]  # fmt: skip
    drawn = random_frames(nights, 40, 90, 10, np.random.default_rng(3))
    values, counts = np.unique(drawn.features[:, 0, 0], return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {0.0: 30, 1.0: 30, 2.0: 30}
    again = random_frames(nights, 40, 90, 10, np.random.default_rng(3))
    np.testing.assert_array_equal(drawn.features, again.features)


def test_nothing_usable_to_draw_from_is_said() -> None:
    with pytest.raises(TrainingError, match="90% usable rows"):
        random_frames([night("a", 50, 1.0, np.zeros(50, bool))], 20, 4, 2, np.random.default_rng(0))


def test_class_counts_leave_out_what_is_not_counted() -> None:
    prepared = prepare_night(table([0, 0, 2, -2, 4]), STAGE_SETS[5])
    assert class_counts([prepared], 5).tolist() == [2, 0, 1, 0, 1]
