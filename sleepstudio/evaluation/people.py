"""From recordings to people: what a measure is over people, and how sure that is.

A person is the unit that was sampled, so a person is what is averaged and what is resampled. Recordings of
one person are pooled first (their confusion matrices added). The primary figure is the mean over people;
beside it stands the pooled one (all epochs of all people in one matrix), in which long nights weigh more.
Both carry a 95 % percentile bootstrap interval over people (Efron & Tibshirani 1993, chapter 13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sleepstudio.evaluation.agreement import METRICS, Counts, Values

T = TypeVar("T")

RESAMPLES = 2000
CONFIDENCE_PERCENT = 95.0


@dataclass(frozen=True)
class Estimate:
    """A figure over people. NaN is undefined; the interval is, with fewer than two people."""

    value: float
    ci_low: float
    ci_high: float
    people: int
    """For how many people it is defined."""


@dataclass(frozen=True)
class PeopleAgreement:
    """Agreement over people by metric: mean over people, and all epochs pooled."""

    mean: Mapping[str, Estimate]
    pooled: Mapping[str, Estimate]


def bootstrap_weights(n_people: int, *, resamples: int = RESAMPLES, seed: int = 0) -> NDArray[np.int64]:
    """(resamples, people) how often each person is drawn. The same seed draws the same people."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_people, np.full(n_people, 1 / n_people), size=resamples)


def mean_over_people(values: Values, weights: NDArray[np.int64]) -> Estimate:
    """Mean of (people,) values; people for whom it is undefined are left out, and of the resamples too."""
    defined = np.isfinite(values)
    totals = weights @ np.where(defined, values, 0.0)
    counts = weights @ defined.astype(np.int64)
    resampled = totals[counts > 0] / counts[counts > 0]
    people = int(defined.sum())
    value = float(values[defined].mean()) if people else np.nan
    return percentile_estimate(value, resampled, people)


def pooled_over_people(
    confusions: Counts, metric: Callable[[Counts], Values], weights: NDArray[np.int64]
) -> Estimate:
    """``metric`` of the sum of (people, classes, classes) confusion matrices."""
    people, n_classes, _ = confusions.shape
    resampled = (weights @ confusions.reshape(people, -1)).reshape(-1, n_classes, n_classes)
    return percentile_estimate(float(metric(confusions.sum(0))), metric(resampled), people)


def agreement_over_people(confusions: Counts, weights: NDArray[np.int64]) -> PeopleAgreement:
    """Every metric of (people, classes, classes) confusion matrices."""
    return PeopleAgreement(
        mean={name: mean_over_people(metric(confusions), weights) for name, metric in METRICS.items()},
        pooled={name: pooled_over_people(confusions, metric, weights) for name, metric in METRICS.items()},
    )


def grouped(keys: Sequence[str], items: Sequence[T]) -> dict[str, list[T]]:
    """Items by key, both in the order of first appearance."""
    groups: dict[str, list[T]] = {}
    for key, item in zip(keys, items, strict=True):
        groups.setdefault(key, []).append(item)
    return groups


def percentile_estimate(value: float, resampled: Values, people: int) -> Estimate:
    resampled = resampled[np.isfinite(resampled)]
    if people < 2 or not len(resampled) or not np.isfinite(value):
        return Estimate(value, np.nan, np.nan, people)
    tail = (100.0 - CONFIDENCE_PERCENT) / 2
    low, high = np.percentile(resampled, (tail, 100.0 - tail))
    return Estimate(value, float(low), float(high), people)
