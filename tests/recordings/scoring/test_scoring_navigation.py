"""Where to go next in a night."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, Stage
from sleepstudio.recordings import Event, read_hypnogram
from sleepstudio.recordings.scoring import (
    differences,
    next_epoch_where,
    next_event,
    stage_changes,
    unscored,
)


def test_the_next_unscored_epoch_on_round_the_night() -> None:
    stages = np.array([-2, 0, 1, -2, -1, 2], np.int8)
    assert next_epoch_where(unscored(stages), 0) == 3
    assert next_epoch_where(unscored(stages), 3) == 0
    assert next_epoch_where(unscored(stages), 2, -1) == 0
    assert next_epoch_where(unscored(stages), 0, -1) == 3
    assert next_epoch_where(unscored(np.array([0, -2], np.int8)), 1) == 1
    assert next_epoch_where(unscored(np.zeros(3, np.int8)), 1) is None
    assert next_epoch_where(np.zeros(0, np.bool_), 0) is None


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.data())
def test_stepping_visits_every_epoch_that_fits_once_a_round(
    condition: list[bool], data: st.DataObject
) -> None:
    mask = np.array(condition)
    start = data.draw(st.integers(0, len(mask) - 1))
    direction = data.draw(st.sampled_from([1, -1]))
    visited, epoch = [], start
    for _ in range(int(mask.sum())):
        following = next_epoch_where(mask, epoch, direction)
        assert following is not None
        visited.append(following)
        epoch = following
    assert sorted(visited) == np.flatnonzero(mask).tolist()


def test_stage_changes_are_where_the_next_stage_begins() -> None:
    assert stage_changes(np.array([0, 0, 1, 1, 4], np.int8)).tolist() == [False, False, True, False, True]
    assert stage_changes(np.zeros(0, np.int8)).tolist() == []


def test_differences_leave_out_what_one_did_not_score() -> None:
    one = Hypnogram(np.array([0, 1, 2, -2, -1, 3, -1], np.int8))
    other = Hypnogram(np.array([0, 2, -2, 1, 2, 3, -1], np.int8))
    expected = [False, True, False, False, True, False, False]
    assert differences(one, other).tolist() == expected
    assert differences(other, one).tolist() == expected


def test_differences_in_the_coarser_stage_set_and_on_ones_own_epochs() -> None:
    expert = Hypnogram(np.array([0, 1, 2, 3, 4], np.int8))
    model = Hypnogram(np.array([0, 2, 2, 2, 4], np.int8), stage_set=STAGE_SETS[4])
    assert differences(expert, model).tolist() == [False, False, False, True, False]
    late = Hypnogram(np.array([2, 2], np.int8), onset_s=60.0)
    assert differences(expert, late).tolist() == [False, False, False, True, False]
    assert len(differences(late, expert)) == 2


def test_differences_of_real_scorings_are_those_counted_by_hand(real_data: Path) -> None:
    path = real_data / "sleep-edf-hypnograms" / "SC4001EC-Hypnogram.edf"
    expert = read_hypnogram(path)
    changed = expert.stages.copy()
    scored = np.flatnonzero(changed >= Stage.W)[::50]
    changed[scored] = (changed[scored] + 1) % 5
    found = differences(expert, Hypnogram(changed, expert.epoch_s, expert.onset_s))
    assert np.flatnonzero(found).tolist() == scored.tolist()


@pytest.mark.parametrize(
    ("time_s", "after", "before"), [(0, 10, None), (10, 20, None), (15, 20, 10), (30, None, 20)]
)
def test_events_before_and_after_a_time(time_s: float, after: float | None, before: float | None) -> None:
    events = [Event(10.0, 1, "A"), Event(20.0, 1, "B")]
    following, preceding = next_event(events, time_s), next_event(events, time_s, -1)
    assert (following.onset_s if following else None) == after
    assert (preceding.onset_s if preceding else None) == before
