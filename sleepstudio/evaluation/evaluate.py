"""Everything that is measured of a staging: agreement over people, baselines, sleep statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sleepstudio.errors import DatasetError
from sleepstudio.evaluation import agreement
from sleepstudio.evaluation.agreement import Counts, Values
from sleepstudio.evaluation.baselines import constant_baselines, constant_confusions
from sleepstudio.evaluation.people import (
    RESAMPLES,
    Estimate,
    PeopleAgreement,
    agreement_over_people,
    bootstrap_weights,
    grouped,
    mean_over_people,
    pooled_over_people,
)
from sleepstudio.evaluation.results import (
    ActigraphyComparison,
    Arithmetic,
    BaselineAgreement,
    ClassAgreement,
    Coverage,
    Evaluation,
    Mode,
    RecordingAgreement,
)
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.evaluation.statistics_agreement import (
    BlandAltman,
    bland_altman,
    both_statistics,
    measures,
    value_of,
)
from sleepstudio.hypnogram import NOT_COUNTED, STAGE_SETS, Stage, StageSet

__all__ = ["Evaluation", "StagedRecording", "evaluate"]


def evaluate(
    predictions: Sequence[StagedRecording],
    stage_set: StageSet,
    *,
    training_prevalence: ArrayLike | None = None,
    cole_kripke: Mapping[str, NDArray[np.int8]] | None = None,
    mode: Mode = "offline",
    model: Arithmetic = "float",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Evaluation:
    """Measures agreement with the expert. Every measure is over usable epochs (see :class:`Coverage`).

    ``training_prevalence``: (classes,) counts or shares in the training people; None takes the test people's
    for the baselines, and says so. ``cole_kripke``: by recording id, (epochs,) class of stage set 2 from true
    activity counts. Raises DatasetError where no recording has a usable epoch, ValueError where an array does
    not fit the stage set.
    """
    counted = [recording for recording in predictions if recording.usable(stage_set).any()]
    if not counted:
        raise DatasetError(
            "no test recording has an epoch that is scored, unmasked and staged.",
            hint="Look at the masks in Features: channels may be missing or flat.",
        )
    for recording in counted:
        if recording.probabilities.shape[1] != len(stage_set):
            raise ValueError(f"{recording.recording_id}: probabilities are not of {len(stage_set)} classes")
    recordings = tuple(_recording(recording, stage_set) for recording in counted)
    by_person = grouped([recording.subject_id for recording in counted], counted)
    confusions = np.stack(
        [sum(_confusion(night, stage_set) for night in nights) for nights in by_person.values()]
    )
    precisions = np.stack([_average_precision(nights, stage_set) for nights in by_person.values()])
    pooled_precisions = _average_precision(counted, stage_set)
    weights = bootstrap_weights(len(by_person), resamples=resamples, seed=seed)
    prevalence = None if training_prevalence is None else np.asarray(training_prevalence, np.float64)
    return Evaluation(
        stage_set=stage_set,
        mode=mode,
        model=model,
        people=len(by_person),
        coverage=_total_coverage([_coverage(recording, stage_set) for recording in predictions]),
        agreement=_with_average_precision(
            agreement_over_people(confusions, weights), precisions, pooled_precisions, weights
        ),
        confusion=confusions.sum(0),
        classes=_classes(confusions, precisions, pooled_precisions, stage_set, weights),
        baselines=_baselines(confusions, prevalence, stage_set, weights),
        actigraphy=_actigraphy(counted, stage_set, cole_kripke or {}, resamples, seed),
        statistics=_statistics(recordings, stage_set, weights),
        recordings=recordings,
        resamples=resamples,
        seed=seed,
    )


def _true(recording: StagedRecording, stage_set: StageSet) -> NDArray[np.int8]:
    """True classes, ``NOT_COUNTED`` where the epoch is not usable."""
    classes = stage_set.classes(recording.true_stages)
    return np.where(recording.usable(stage_set), classes, np.int8(NOT_COUNTED))


def _confusion(recording: StagedRecording, stage_set: StageSet) -> Counts:
    return agreement.confusion_matrix(_true(recording, stage_set), recording.predicted, len(stage_set))


def _average_precision(nights: Sequence[StagedRecording], stage_set: StageSet) -> Values:
    true = np.concatenate([_true(night, stage_set) for night in nights])
    probabilities = np.concatenate([night.probabilities for night in nights])
    return agreement.average_precision(true, probabilities, len(stage_set))


def _coverage(recording: StagedRecording, stage_set: StageSet) -> Coverage:
    scored = stage_set.classes(recording.true_stages) != NOT_COUNTED
    return Coverage(
        epochs=len(recording),
        unscored=int((~scored).sum()),
        scored=int(scored.sum()),
        scored_masked=int((scored & ~recording.mask).sum()),
        usable=int(recording.usable(stage_set).sum()),
    )


def _total_coverage(parts: Sequence[Coverage]) -> Coverage:
    return Coverage(
        epochs=sum(part.epochs for part in parts),
        unscored=sum(part.unscored for part in parts),
        scored=sum(part.scored for part in parts),
        scored_masked=sum(part.scored_masked for part in parts),
        usable=sum(part.usable for part in parts),
    )


def _recording(recording: StagedRecording, stage_set: StageSet) -> RecordingAgreement:
    confusion = _confusion(recording, stage_set)
    precisions = _average_precision([recording], stage_set)
    metrics = {name: float(metric(confusion)) for name, metric in agreement.METRICS.items()}
    scored, predicted = both_statistics(recording, stage_set)
    return RecordingAgreement(
        recording_id=recording.recording_id,
        subject_id=recording.subject_id,
        coverage=_coverage(recording, stage_set),
        confusion=confusion,
        metrics=metrics | {"average_precision_macro": float(agreement.macro(precisions))},
        average_precision=precisions,
        scored_statistics=scored,
        predicted_statistics=predicted,
    )


def _with_average_precision(
    of_confusions: PeopleAgreement, precisions: Values, pooled_precisions: Values, weights: NDArray[np.int64]
) -> PeopleAgreement:
    pooled = _without_interval(float(agreement.macro(pooled_precisions)), len(precisions))
    mean = mean_over_people(agreement.macro(precisions), weights)
    return PeopleAgreement(
        mean={**of_confusions.mean, "average_precision_macro": mean},
        pooled={**of_confusions.pooled, "average_precision_macro": pooled},
    )


def _classes(
    confusions: Counts,
    precisions: Values,
    pooled_precisions: Values,
    stage_set: StageSet,
    weights: NDArray[np.int64],
) -> tuple[ClassAgreement, ...]:
    of_class = {"precision": agreement.precision, "recall": agreement.recall, "f1": agreement.f1}
    found = []
    for index, name in enumerate(stage_set.class_names):
        mean = {
            key: mean_over_people(metric(confusions)[:, index], weights) for key, metric in of_class.items()
        }
        pooled = {
            key: pooled_over_people(confusions, partial(_of_class, metric, index), weights)
            for key, metric in of_class.items()
        }
        mean["average_precision"] = mean_over_people(precisions[:, index], weights)
        people = int(np.isfinite(precisions[:, index]).sum())
        pooled["average_precision"] = _without_interval(float(pooled_precisions[index]), people)
        found.append(ClassAgreement(name, int(confusions[:, index].sum()), mean, pooled))
    return tuple(found)


def _of_class(metric: Callable[[Counts], Values], index: int, confusions: Counts) -> Values:
    return np.asarray(metric(confusions)[..., index])


def _without_interval(value: float, people: int) -> Estimate:
    return Estimate(value, float("nan"), float("nan"), people)


def _baselines(
    confusions: Counts, prevalence: Values | None, stage_set: StageSet, weights: NDArray[np.int64]
) -> tuple[BaselineAgreement, ...]:
    """A constant answer ranks no epoch before another: its average precision is the prevalence."""
    shares, pooled_shares = (_prevalence(support) for support in (confusions.sum(2), confusions.sum((0, 2))))
    found = []
    for baseline in constant_baselines(stage_set, prevalence, confusions):
        constant = agreement_over_people(constant_confusions(confusions, baseline.predicted_class), weights)
        complete = _with_average_precision(constant, shares, pooled_shares, weights)
        found.append(BaselineAgreement(baseline, stage_set.class_names[baseline.predicted_class], complete))
    return tuple(found)


def _prevalence(support: Counts) -> Values:
    """Shares of (..., classes) counts; NaN for a class that does not occur."""
    return np.where(support > 0, support / np.maximum(support.sum(-1, keepdims=True), 1), np.nan)


def _actigraphy(
    counted: Sequence[StagedRecording],
    stage_set: StageSet,
    cole_kripke: Mapping[str, NDArray[np.int8]],
    resamples: int,
    seed: int,
) -> ActigraphyComparison | None:
    two = STAGE_SETS[2]
    compared = [recording for recording in counted if recording.recording_id in cole_kripke]
    if not compared:
        return None
    by_model, by_counts = [], []
    for recording in compared:
        counts_say = cole_kripke[recording.recording_id]
        if counts_say.shape != recording.predicted.shape:
            raise ValueError(f"{recording.recording_id}: Cole–Kripke is not of {len(recording)} epochs")
        true = two.classes(np.where(recording.usable(stage_set), recording.true_stages, Stage.UNSCORED))
        true = np.where(counts_say == NOT_COUNTED, np.int8(NOT_COUNTED), true)
        model_says = two.classes(stage_set.stages(recording.predicted))
        by_model.append(agreement.confusion_matrix(true, model_says, 2))
        by_counts.append(agreement.confusion_matrix(true, counts_say, 2))
    subjects = [recording.subject_id for recording in compared]
    of_model, of_counts = (
        np.stack([sum(nights) for nights in grouped(subjects, matrices).values()])
        for matrices in (by_model, by_counts)
    )
    weights = bootstrap_weights(len(of_model), resamples=resamples, seed=seed)
    return ActigraphyComparison(
        epochs=int(of_counts.sum()),
        people=len(of_model),
        model=agreement_over_people(of_model, weights),
        cole_kripke=agreement_over_people(of_counts, weights),
    )


def _statistics(
    recordings: Sequence[RecordingAgreement], stage_set: StageSet, weights: NDArray[np.int64]
) -> tuple[BlandAltman, ...]:
    subjects = [recording.subject_id for recording in recordings]
    return tuple(
        bland_altman(
            measure,
            np.array([value_of(recording.scored_statistics, measure) for recording in recordings]),
            np.array([value_of(recording.predicted_statistics, measure) for recording in recordings]),
            subjects,
            weights,
        )
        for measure in measures(stage_set)
    )
