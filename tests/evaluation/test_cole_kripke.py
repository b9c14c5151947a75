"""Cole–Kripke by hand, by loops, and on a real night with true counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.evaluation.agreement import accuracy, cohen_kappa, confusion_matrix, recall
from sleepstudio.evaluation.cole_kripke import cole_kripke, counts_per_minute, per_epoch, webster_rescored
from sleepstudio.hypnogram import STAGE_SETS
from sleepstudio.stage_codes import from_codes


def classes(text: str) -> np.ndarray:
    """``W4 S2``: four minutes of wake, two of sleep."""
    return np.concatenate([np.full(int(part[1:]), "WS".index(part[0])) for part in text.split()]).astype(
        np.int8
    )


def test_one_movement_wakes_the_minutes_that_the_weights_say() -> None:
    counts = np.zeros(20)
    counts[10] = 30 * 1000 / 70
    # 1000/70 in the units of 1992: D = weight / 70, and only 67, 58 and 54 stay below 1
    wake = np.flatnonzero(cole_kripke(counts) == 0)
    # a movement in minute 10 is A₂ of minute 8, A₁ of 9, A₀ of 10, A₋₁ of 11 … A₋₄ of 14
    np.testing.assert_array_equal(wake, [9, 10, 11, 14])


@given(st.lists(st.floats(0, 3000), min_size=1, max_size=60))
def test_the_weighted_sum_in_loops(counts: list[float]) -> None:
    weights = {-4: 106, -3: 54, -2: 58, -1: 76, 0: 230, 1: 74, 2: 67}
    result = cole_kripke(np.array(counts))
    for minute, value in enumerate(result):
        near = {lag: counts[minute + lag] for lag in weights if 0 <= minute + lag < len(counts)}
        index = 0.001 * sum(weights[lag] * count / 30 for lag, count in near.items())
        if abs(index - 1) > 1e-9:
            assert value == (1 if index < 1 else 0)


def test_a_missing_minute_leaves_seven_undecided() -> None:
    counts = np.zeros(20)
    counts[10] = np.nan
    np.testing.assert_array_equal(np.flatnonzero(cole_kripke(counts) == -1), np.arange(8, 15))


@pytest.mark.parametrize(
    ("scored", "rescored"),
    [
        ("S9 W3 S9", "S9 W3 S9"),
        ("S9 W4 S9", "S9 W5 S8"),
        ("S9 W10 S19", "S9 W13 S16"),
        ("S9 W15 S19", "S9 W19 S15"),
        ("S9 W10 S6 W10 S20", "S9 W29 S17"),
        ("S9 W10 S7 W8 S20", "S9 W13 S4 W9 S19"),
        ("W20 S10 W20", "W50"),
        ("W20 S15 W20", "W24 S11 W20"),
    ],
)
def test_websters_rules(scored: str, rescored: str) -> None:
    np.testing.assert_array_equal(webster_rescored(classes(scored)), classes(rescored))


def test_shorter_epochs_are_summed_into_minutes() -> None:
    np.testing.assert_array_equal(counts_per_minute(np.arange(9.0), 15.0), [6.0, 22.0])
    np.testing.assert_array_equal(counts_per_minute(np.array([1.0, np.nan, 2.0, 3.0]), 30.0), [np.nan, 5.0])
    np.testing.assert_array_equal(
        counts_per_minute(np.array([1.0, 2.0, 3.0]), 30.0, onset_s=30.0), [np.nan, 5.0]
    )


@pytest.mark.parametrize(("epoch_s", "onset_s"), [(45.0, 0.0), (120.0, 0.0), (30.0, 10.0), (30.0, -30.0)])
def test_epochs_that_do_not_divide_a_minute_are_refused(epoch_s: float, onset_s: float) -> None:
    with pytest.raises(ValueError, match="do not divide minutes"):
        counts_per_minute(np.zeros(8), epoch_s, onset_s=onset_s)


def test_minutes_become_epochs() -> None:
    np.testing.assert_array_equal(per_epoch(classes("W1 S1"), 5, 30.0), [0, 0, 1, 1, -1])
    np.testing.assert_array_equal(per_epoch(classes("W1 S1"), 2, 60.0), [0, 1])


def test_a_real_night_of_true_counts(real_data: Path) -> None:
    """Cole 1992 reports 88 % agreement, wake being the harder; a healthy night must do as well."""
    folder = real_data / "sleep-accel-raw"
    counts = np.loadtxt(folder / "5383425_cleaned_counts.out", delimiter=",")
    stages = from_codes(np.loadtxt(folder / "5383425_cleaned_psg.out")[:, 1], "sleep-accel")
    true = STAGE_SETS[2].classes(stages)
    predicted = per_epoch(cole_kripke(counts_per_minute(counts[:, 1], 15.0), rescore=True), len(true), 30.0)
    confusion = confusion_matrix(true, predicted, 2)
    assert confusion.sum() >= 970
    assert accuracy(confusion) > 0.95
    assert cohen_kappa(confusion) > 0.5
    assert recall(confusion)[1] > 0.99
