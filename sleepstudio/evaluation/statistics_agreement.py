"""Sleep statistics, predicted against scored: bias and limits of agreement.

After Menghini L, Cellini N, Goldstone A, Baker FC, de Zambotti M. A standardized framework for testing the
performance of sleep-tracking technology. *Sleep* 2021;44(2):zsaa170. Differences are predicted − scored; the
95 % limits of agreement are bias ± 1.96 SD (Bland & Altman 1999); intervals are bootstraps over people. Both
hypnograms are taken over the same epochs: those that the expert scored and the model could, so that a
difference is the staging's and not the recording's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.evaluation.agreement import Values
from sleepstudio.evaluation.people import Estimate, grouped, percentile_estimate
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import Hypnogram, Stage, StageSet
from sleepstudio.sleep_statistics import SleepStatistics, sleep_statistics

LIMIT_SD = 1.96


@dataclass(frozen=True)
class Measure:
    """A sleep statistic as it is compared: its key, what it is called, its unit."""

    key: str
    label: str
    unit: str


@dataclass(frozen=True)
class BlandAltman:
    """Agreement of one statistic over recordings. NaN where undefined (fewer than two differences)."""

    measure: Measure
    recordings: int
    """For how many both the scored and the predicted value are defined."""
    scored_mean: float
    predicted_mean: float
    bias: Estimate
    sd: float
    lower_limit: Estimate
    upper_limit: Estimate
    proportional_bias: Estimate
    """Slope of difference on scored value: where its interval excludes 0, the bias depends on the size."""


def measures(stage_set: StageSet) -> tuple[Measure, ...]:
    """What is compared in a stage set: the durations and latencies it can tell, and minutes per class."""
    fixed = [
        Measure("tst_min", "Total sleep time", "min"),
        Measure("se_percent", "Sleep efficiency", "%"),
        Measure("sol_min", "Sleep onset latency", "min"),
        Measure("waso_min", "Wake after sleep onset", "min"),
    ]
    if (Stage.R,) in stage_set.members:
        fixed.append(Measure("rem_latency_min", "REM latency", "min"))
    return (*fixed, *(Measure(f"minutes_{name}", f"Time in {name}", "min") for name in stage_set.class_names))


def value_of(statistics: SleepStatistics, measure: Measure) -> float:
    """The statistic, NaN where undefined."""
    if measure.key.startswith("minutes_"):
        return statistics.minutes[measure.key.removeprefix("minutes_")]
    value = getattr(statistics, measure.key)
    return float("nan") if value is None else float(value)


def both_statistics(
    recording: StagedRecording, stage_set: StageSet
) -> tuple[SleepStatistics, SleepStatistics]:
    """Scored and predicted, over the usable epochs (the others are UNSCORED in both)."""
    usable = recording.usable(stage_set)
    scored = np.where(usable, recording.true_stages, Stage.UNSCORED)
    predicted = np.where(usable, stage_set.stages(recording.predicted), Stage.UNSCORED)
    first, second = (
        sleep_statistics(Hypnogram(stages, recording.epoch_s, stage_set=stage_set))
        for stages in (scored, predicted)
    )
    return first, second


def bland_altman(
    measure: Measure,
    scored: Values,
    predicted: Values,
    subject_ids: Sequence[str],
    weights: NDArray[np.int64],
) -> BlandAltman:
    """Agreement of (recordings,) values; ``weights`` resample the people in order of first appearance."""
    people = list(grouped(subject_ids, subject_ids))
    weight_of_recording = weights[:, [people.index(subject) for subject in subject_ids]]
    defined = np.isfinite(scored) & np.isfinite(predicted)
    reference, difference = scored[defined], (predicted - scored)[defined]
    drawn = weight_of_recording[:, defined].astype(np.float64)
    n_people = len({subject for subject, kept in zip(subject_ids, defined, strict=True) if kept})
    bias, sd, slope = (part[0] for part in _moments(reference, difference, np.ones((1, len(difference)))))
    biases, sds, slopes = _moments(reference, difference, drawn)

    def over_people(value: float, resampled: Values) -> Estimate:
        return percentile_estimate(float(value), resampled, n_people)

    return BlandAltman(
        measure=measure,
        recordings=int(defined.sum()),
        scored_mean=float(scored[defined].mean()) if defined.any() else float("nan"),
        predicted_mean=float(predicted[defined].mean()) if defined.any() else float("nan"),
        bias=over_people(bias, biases),
        sd=float(sd),
        lower_limit=over_people(bias - LIMIT_SD * sd, biases - LIMIT_SD * sds),
        upper_limit=over_people(bias + LIMIT_SD * sd, biases + LIMIT_SD * sds),
        proportional_bias=over_people(slope, slopes),
    )


def _moments(reference: Values, difference: Values, weights: Values) -> tuple[Values, Values, Values]:
    """Mean and SD (n − 1) of the differences and their slope on the reference, per row of weights."""
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weights.sum(1)
        mean = weights @ difference / total
        sd = np.sqrt(np.maximum(weights @ difference**2 - total * mean**2, 0.0) / (total - 1))
        centre = weights @ reference / total
        covariance = weights @ (reference * difference) - total * mean * centre
        variance = weights @ reference**2 - total * centre**2
        slope = np.where(variance > 1e-9 * total, covariance / variance, np.nan)
    return np.where(total > 0, mean, np.nan), np.where(total > 1, sd, np.nan), slope
