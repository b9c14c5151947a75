"""The whole evaluation on synthetic predictions with known answers, and its files."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from sleepstudio.errors import DatasetError
from sleepstudio.evaluation.agreement import confusion_matrix
from sleepstudio.evaluation.baselines import shuffled_within_people
from sleepstudio.evaluation.evaluate import Evaluation, StagedRecording, evaluate
from sleepstudio.evaluation.metrics import recordings_csv, to_json, write_recordings_csv
from sleepstudio.hypnogram import STAGE_SETS, Stage

U, A, W, N1, N2, N3, R = sorted(Stage)


def staged(
    true: np.ndarray, predicted: np.ndarray, *, count: int = 4, recording: str = "a", subject: str = "",
    mask: np.ndarray | None = None,
) -> StagedRecording:  # fmt: skip
    probabilities = np.full((len(true), count), 0.1, np.float32)
    probabilities[np.arange(len(true)), np.maximum(predicted, 0)] = 0.7
    return StagedRecording(
        recording_id=recording,
        subject_id=subject or recording,
        true_stages=np.asarray(true, np.int8),
        predicted=np.asarray(predicted, np.int8),
        probabilities=probabilities,
        mask=np.ones(len(true), bool) if mask is None else mask,
        start=datetime(2024, 3, 1, 23),
    )


def cohort(people: int = 20, *, count: int = 4, right: float = 0.7, seed: int = 0) -> list[StagedRecording]:
    """Nights of runs of stages; the prediction is right with the given chance, else any class."""
    rng = np.random.default_rng(seed)
    nights = []
    for person in range(people):
        true = np.repeat(rng.choice([W, N1, N2, N2, N3, R, U], 60), rng.integers(1, 20, 60))
        true[:30] = W
        classes = STAGE_SETS[count].classes(true)
        guess = rng.integers(0, count, len(true))
        predicted = np.where((rng.random(len(true)) < right) & (classes >= 0), classes, guess)
        nights.append(staged(true, predicted, count=count, recording=f"night-{person:02d}"))
    return nights


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(cohort(), STAGE_SETS[4], training_prevalence=[10, 60, 20, 10])


def test_pooled_agreement_is_scikit_learns_on_all_epochs(evaluation: Evaluation) -> None:
    nights = cohort()
    true = np.concatenate([STAGE_SETS[4].classes(night.true_stages) for night in nights])
    predicted = np.concatenate([night.predicted for night in nights])
    scores = np.concatenate([night.probabilities for night in nights])
    counted = true >= 0
    pooled = evaluation.agreement.pooled
    kappa = sklearn_metrics.cohen_kappa_score(true[counted], predicted[counted])
    assert pooled["cohen_kappa"].value == pytest.approx(kappa)
    precisions = sklearn_metrics.average_precision_score(
        np.eye(4)[true[counted]], scores[counted], average=None
    )
    assert pooled["average_precision_macro"].value == pytest.approx(np.mean(precisions))
    for found, expected in zip(evaluation.classes, precisions, strict=True):
        assert found.pooled["average_precision"].value == pytest.approx(expected)
    assert [found.support for found in evaluation.classes] == np.bincount(true[counted]).tolist()


def test_the_primary_figure_is_the_mean_over_people(evaluation: Evaluation) -> None:
    kappas = [
        sklearn_metrics.cohen_kappa_score(classes[classes >= 0], night.predicted[classes >= 0])
        for night in cohort()
        for classes in [STAGE_SETS[4].classes(night.true_stages)]
    ]
    mean = evaluation.agreement.mean["cohen_kappa"]
    assert mean.value == pytest.approx(np.mean(kappas))
    assert mean.ci_low < mean.value < mean.ci_high
    assert mean.people == evaluation.people == 20
    assert [recording.metrics["cohen_kappa"] for recording in evaluation.recordings] == pytest.approx(kappas)


def test_labels_shuffled_within_people_keep_their_prevalence() -> None:
    for before, after in zip(cohort(), shuffled_within_people(cohort()), strict=True):
        np.testing.assert_array_equal(np.sort(before.true_stages), np.sort(after.true_stages))
        np.testing.assert_array_equal(before.true_stages == U, after.true_stages == U)
        assert (before.true_stages != after.true_stages).mean() > 0.3


def test_labels_shuffled_within_people_give_kappa_zero_within_its_interval() -> None:
    covered = []
    for seed in range(20):
        nights = shuffled_within_people(cohort(seed=seed), seed=seed)
        kappa = evaluate(nights, STAGE_SETS[4], resamples=500).agreement.mean["cohen_kappa"]
        assert abs(kappa.value) < 0.03
        covered.append(kappa.ci_low <= 0 <= kappa.ci_high)
    assert np.mean(covered) >= 0.85  # 95 % is meant; 20 people and 20 draws leave it some room


def test_unshuffled_labels_do_not(evaluation: Evaluation) -> None:
    assert evaluation.agreement.mean["cohen_kappa"].ci_low > 0.5


def test_masked_and_unscored_epochs_are_in_no_measure_and_are_counted() -> None:
    true = np.array([W, W, N2, N2, R, U, A, N3])
    predicted = np.array([0, 1, 1, 1, 3, 0, 0, -1])
    mask = np.array([True, True, True, False, True, True, True, True])
    found = evaluate([staged(true, predicted, mask=mask)], STAGE_SETS[4])
    assert found.coverage.epochs == 8
    assert found.coverage.unscored == 2
    assert found.coverage.scored == 6
    assert found.coverage.scored_masked == 1
    assert found.coverage.usable == 4
    assert found.coverage.usable_percent == pytest.approx(100 * 4 / 6)
    assert found.confusion.sum() == 4
    assert found.agreement.mean["accuracy"].value == 0.75


def test_recordings_of_one_person_are_pooled_before_people_are_averaged() -> None:
    first = staged(np.full(10, N2), np.full(10, 1), recording="1", subject="x")
    second = staged(np.full(30, N2), np.full(30, 0), recording="2", subject="x")
    third = staged(np.full(10, N2), np.full(10, 1), recording="3", subject="y")
    found = evaluate([first, second, third], STAGE_SETS[4])
    assert found.people == 2
    assert len(found.recordings) == 3
    assert found.agreement.mean["accuracy"].value == pytest.approx((0.25 + 1.0) / 2)
    assert found.agreement.pooled["accuracy"].value == pytest.approx(20 / 50)


def test_baselines_come_from_the_training_people_where_they_are_known(evaluation: Evaluation) -> None:
    majority, all_sleep = evaluation.baselines
    assert (majority.class_name, all_sleep.class_name) == ("CORE", "CORE")
    assert majority.baseline.source == "training"
    core = evaluation.classes[1].support / evaluation.coverage.usable
    assert majority.agreement.pooled["accuracy"].value == pytest.approx(core)
    assert majority.agreement.pooled["cohen_kappa"].value == 0.0
    assert majority.agreement.pooled["balanced_accuracy"].value == pytest.approx(0.25)


def test_the_average_precision_of_a_constant_is_scikit_learns(evaluation: Evaluation) -> None:
    true = np.concatenate([STAGE_SETS[4].classes(night.true_stages) for night in cohort()])
    true = true[true >= 0]
    constant = sklearn_metrics.average_precision_score(
        np.eye(4)[true], np.ones((len(true), 4)), average="macro"
    )
    pooled = evaluation.baselines[0].agreement.pooled["average_precision_macro"]
    assert pooled.value == pytest.approx(constant)


def test_without_training_people_the_test_people_choose_and_it_is_said() -> None:
    found = evaluate(
        [staged(np.array([W] * 6 + [N2] * 3 + [R]), np.zeros(10, np.int8))], STAGE_SETS[4]
    ).baselines
    assert [(each.baseline.name, each.class_name, each.baseline.source) for each in found] == [
        ("majority", "WAKE", "test"),
        ("all_sleep", "CORE", "test"),
    ]


def test_all_sleep_of_two_stages_is_the_share_of_sleep() -> None:
    found = evaluate(cohort(count=2), STAGE_SETS[2], training_prevalence=[0.1, 0.9])
    all_sleep = found.baselines[1]
    assert all_sleep.class_name == "SLEEP"
    assert all_sleep.agreement.pooled["accuracy"].value == pytest.approx(
        found.classes[1].support / found.coverage.usable
    )


def test_sleep_statistics_bias_and_limits_by_hand() -> None:
    nights = []
    for person, missed in enumerate([2, 4, 6, 8]):
        true = np.array([W] * 20 + [N2] * 200 + [W] * 10)
        predicted = STAGE_SETS[2].classes(true)
        predicted[20 : 20 + missed] = 0
        nights.append(staged(true, predicted, count=2, recording=str(person)))
    by_key = {found.measure.key: found for found in evaluate(nights, STAGE_SETS[2]).statistics}
    difference = np.array([-1.0, -2.0, -3.0, -4.0])  # minutes: the first sleep epochs are called wake
    total = by_key["tst_min"]
    assert total.bias.value == pytest.approx(difference.mean())
    assert total.sd == pytest.approx(difference.std(ddof=1))
    assert total.lower_limit.value == pytest.approx(difference.mean() - 1.96 * difference.std(ddof=1))
    assert total.upper_limit.value == pytest.approx(difference.mean() + 1.96 * difference.std(ddof=1))
    assert by_key["sol_min"].bias.value == pytest.approx(2.5)
    assert by_key["waso_min"].bias.value == pytest.approx(0.0)
    assert "rem_latency_min" not in by_key


def test_proportional_bias_is_the_slope_of_the_difference() -> None:
    nights = []
    for person, sleep in enumerate([100, 200, 300, 400]):
        true = np.array([W] * 100 + [N2] * sleep)
        predicted = STAGE_SETS[2].classes(true)
        predicted[100 : 100 + sleep // 10] = 0
        nights.append(staged(true, predicted, count=2, recording=str(person)))
    statistics = {found.measure.key: found for found in evaluate(nights, STAGE_SETS[2]).statistics}
    assert statistics["tst_min"].proportional_bias.value == pytest.approx(-0.1)


def test_a_latency_undefined_for_somebody_is_compared_for_the_others() -> None:
    without_rem = staged(np.array([W] * 4 + [N2] * 40), np.array([0] * 4 + [1] * 40), recording="1")
    with_rem = staged(np.array([N2] * 40 + [R] * 9), np.array([1] * 42 + [3] * 7), recording="2")
    found = evaluate([without_rem, with_rem], STAGE_SETS[4])
    latency = next(each for each in found.statistics if each.measure.key == "rem_latency_min")
    assert latency.recordings == 1
    assert latency.bias.value == pytest.approx(1.0)
    assert np.isnan(latency.sd)


def test_cole_kripke_stands_beside_the_model_on_the_same_epochs() -> None:
    nights = cohort(4)
    actigraphy = {}
    for night in nights[:3]:
        classes = STAGE_SETS[2].classes(night.true_stages)
        actigraphy[night.recording_id] = np.where(classes == -1, 1, classes).astype(np.int8)
        actigraphy[night.recording_id][:5] = -1
    found = evaluate(nights, STAGE_SETS[4], cole_kripke=actigraphy).actigraphy
    assert found is not None
    assert found.people == 3
    assert found.epochs == sum((night.true_stages >= 0).sum() - 5 for night in nights[:3])
    assert found.cole_kripke.pooled["accuracy"].value == 1.0
    model = sum(
        confusion_matrix(STAGE_SETS[2].classes(night.true_stages)[5:], np.minimum(night.predicted[5:], 1), 2)
        for night in nights[:3]
    )
    assert found.model.pooled["accuracy"].value == pytest.approx(np.trace(model) / model.sum())


def test_nothing_to_measure_is_an_error_that_says_so() -> None:
    night = staged(np.array([U, U]), np.array([0, 0]))
    with pytest.raises(DatasetError, match="scored, unmasked and staged"):
        evaluate([night], STAGE_SETS[4])
    with pytest.raises(ValueError, match="not of 5 classes"):
        evaluate(cohort(2), STAGE_SETS[5])
    with pytest.raises(ValueError, match="one number for each of 4 classes"):
        evaluate(cohort(2), STAGE_SETS[4], training_prevalence=[1, 2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predicted": np.zeros(3, np.int8)}, "differ in length"),
        ({"predicted": np.full(2, 4, np.int8)}, "not classes 0 to 3"),
        ({"probabilities": np.zeros(2, np.float32)}, "have shape"),
        ({"probabilities": np.full((2, 4), np.nan, np.float32)}, "without finite probabilities"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(staged(np.array([W, W]), np.array([0, 0])), **change)


def test_metrics_json_is_strict_json_that_says_what_it_is(evaluation: Evaluation) -> None:
    document = json.loads(json.dumps(to_json(evaluation), allow_nan=False))
    assert document["mode"] == "offline"
    assert document["model"] == "float"
    assert document["people"] == 20
    assert document["coverage"]["usable"] == evaluation.coverage.usable
    kappa = document["agreement"]["mean"]["cohen_kappa"]
    assert kappa["value"] == evaluation.agreement.mean["cohen_kappa"].value
    assert document["agreement"]["pooled"]["average_precision_macro"]["ci_low"] is None
    assert document["baselines"]["majority"]["chosen_by"] == "prevalence in training"
    np.testing.assert_array_equal(document["confusion"], evaluation.confusion)


def test_undefined_figures_are_null() -> None:
    found = evaluate([staged(np.full(50, N2), np.full(50, 1))], STAGE_SETS[4])
    document = to_json(found)
    assert document["agreement"]["mean"]["cohen_kappa"]["value"] is None
    assert document["per_class"]["WAKE"]["pooled"]["recall"]["value"] is None
    assert document["sleep_statistics"]["rem_latency_min"]["bias"]["value"] is None


def test_the_same_seed_gives_the_same_document() -> None:
    first, second = (to_json(evaluate(cohort(6), STAGE_SETS[4], seed=3)) for _ in range(2))
    assert first == second


def test_a_csv_row_a_recording(evaluation: Evaluation, tmp_path: Path) -> None:
    write_recordings_csv(tmp_path / "recordings.csv", evaluation)
    text = (tmp_path / "recordings.csv").read_text()
    assert text == recordings_csv(evaluation)
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["recording_id"] for row in rows] == [night.recording_id for night in cohort()]
    first = evaluation.recordings[0]
    assert float(rows[0]["cohen_kappa"]) == pytest.approx(first.metrics["cohen_kappa"], rel=1e-5)
    assert float(rows[0]["tst_min_scored"]) == first.scored_statistics.tst_min
    assert int(rows[0]["usable_epochs"]) == first.coverage.usable


def test_an_undefined_csv_field_is_empty() -> None:
    found = evaluate([staged(np.full(50, N2), np.full(50, 1))], STAGE_SETS[4])
    row = next(csv.DictReader(recordings_csv(found).splitlines()))
    assert row["cohen_kappa"] == ""
    assert row["REM_recall"] == ""
    assert row["accuracy"] == "1"
