"""Bias and limits of agreement against YASA's implementation of Menghini et al. 2021."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from sleepstudio.evaluation.people import bootstrap_weights
from sleepstudio.evaluation.statistics_agreement import BlandAltman, Measure, bland_altman

pandas = pytest.importorskip("pandas")
yasa = pytest.importorskip("yasa")

MEASURE = Measure("tst_min", "Total sleep time", "min")


def two_scorers(n: int, slope: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scored = rng.normal(400, 50, n)
    return scored, scored + 5 + slope * (scored - 400) + rng.normal(0, 12, n)


def compared(scored: np.ndarray, predicted: np.ndarray, subjects: list[str] | None = None) -> BlandAltman:
    subjects = subjects or [str(number) for number in range(len(scored))]
    weights = bootstrap_weights(len(set(subjects)), resamples=4000)
    return bland_altman(MEASURE, scored, predicted, subjects, weights)


@pytest.mark.parametrize("slope", [0.0, -0.3])
def test_yasa_agrees(slope: float) -> None:
    scored, predicted = two_scorers(40, slope, seed=2)
    ours = compared(scored, predicted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = (
            yasa.SleepStatsAgreement(pandas.DataFrame({"TST": scored}), pandas.DataFrame({"TST": predicted}))
            .summary(ci_method="param")
            .loc["TST"]
        )
    for estimate, name in (
        (ours.bias, "bias_mean"),
        (ours.lower_limit, "loa_lower"),
        (ours.upper_limit, "loa_upper"),
        (ours.proportional_bias, "bias_slope"),
    ):
        assert estimate.value == pytest.approx(theirs[name, "center"], rel=1e-3), name
        half_width = (theirs[name, "upper"] - theirs[name, "lower"]) / 2
        assert (estimate.ci_high - estimate.ci_low) / 2 == pytest.approx(half_width, rel=0.35), name


def test_several_nights_of_one_person_are_drawn_together() -> None:
    scored, predicted = two_scorers(12, 0.0, seed=0)
    apart = compared(scored, predicted)
    repeated = compared(np.repeat(scored, 4), np.repeat(predicted, 4), [str(i // 4) for i in range(48)])
    assert repeated.recordings == 48
    assert repeated.bias.people == 12
    assert repeated.bias.value == pytest.approx(apart.bias.value)
    assert repeated.bias.ci_low == pytest.approx(apart.bias.ci_low)
    assert repeated.bias.ci_high == pytest.approx(apart.bias.ci_high)


def test_what_is_undefined_for_either_scorer_is_left_out() -> None:
    scored, predicted = two_scorers(10, 0.0, seed=1)
    with_gaps = compared(np.append(scored, [np.nan, 400.0]), np.append(predicted, [390.0, np.nan]))
    assert with_gaps.recordings == with_gaps.bias.people == 10
    assert with_gaps.bias.value == pytest.approx(compared(scored, predicted).bias.value)


def test_one_night_has_a_difference_and_no_limits() -> None:
    one = compared(np.array([400.0]), np.array([390.0]))
    assert one.bias.value == -10.0
    assert np.isnan([one.bias.ci_low, one.sd, one.lower_limit.value, one.proportional_bias.value]).all()


def test_nothing_defined_gives_nothing() -> None:
    none = compared(np.array([np.nan, np.nan]), np.array([1.0, 2.0]))
    assert none.recordings == 0
    assert np.isnan([none.bias.value, none.scored_mean, none.predicted_mean]).all()
