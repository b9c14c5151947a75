"""Two models on the same people: how often the one is better, and whether that could be chance. No Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 50
"""People; beyond, the normal approximation is as good."""


@dataclass(frozen=True)
class PairedComparison:
    """``people``: whom both models staged; ``better``: in how many the first is; ``p``: two-sided."""

    people: int
    better: int
    worse: int
    mean_difference: float
    p: float


def compare(first: Mapping[str, float], second: Mapping[str, float]) -> PairedComparison:
    """Figures by person; people whom only one has, or for whom one is NaN, are left out."""
    shared = [person for person in first if person in second]
    differences = np.array([first[person] - second[person] for person in shared], np.float64)
    differences = differences[np.isfinite(differences)]
    return PairedComparison(
        people=len(differences),
        better=int((differences > 0).sum()),
        worse=int((differences < 0).sum()),
        mean_difference=float(differences.mean()) if len(differences) else math.nan,
        p=wilcoxon_p(differences),
    )


def wilcoxon_p(differences: NDArray[np.float64]) -> float:
    """Two-sided p of Wilcoxon's signed-rank test (1945); zeros are left out, ties share their mean rank.

    Exact over all signs up to :data:`EXACT_UP_TO` differences, ties included; beyond, normal with the
    correction for ties. NaN where no difference is left.
    """
    moved = differences[differences != 0]
    n = len(moved)
    if not n:
        return math.nan
    doubled = _doubled_ranks(np.abs(moved))
    positive = int(doubled[moved > 0].sum())
    total = int(doubled.sum())
    smaller = min(positive, total - positive)
    if n <= EXACT_UP_TO:
        ways = np.zeros(total + 1)
        ways[0] = 1.0
        for rank in doubled:
            ways[rank:] += ways[: len(ways) - rank].copy()
        return float(min(1.0, 2 * ways[: smaller + 1].sum() / 2.0**n))
    # doubled ranks have twice the mean and four times the variance
    deviation = math.sqrt(float((doubled.astype(np.float64) ** 2).sum()) / 4)
    z = abs(positive - total / 2) / deviation
    return math.erfc(z / math.sqrt(2))


def _doubled_ranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twice the average ranks, which are then whole numbers."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    doubled: NDArray[np.int64] = (2 * last - count + 1)[place]
    return doubled


def comparison_sentence(first: str, second: str, found: PairedComparison) -> str:
    """*A agrees better than B in 25 of 30 people (κ, Wilcoxon p < 0.001).*"""
    if not found.people:
        return f"{first} and {second} have no test people in common."
    if found.better == found.worse == 0:
        return f"{first} and {second} agree alike with the expert in {_people(found.people)}."
    ahead, behind, count = (
        (first, second, found.better) if found.better >= found.worse else (second, first, found.worse)
    )
    p = "< 0.001" if found.p < 0.001 else f"= {found.p:.2f}" if found.p >= 0.01 else f"= {found.p:.3f}"
    return f"{ahead} agrees better than {behind} in {count} of {_people(found.people)} (κ, Wilcoxon p {p})."


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"
