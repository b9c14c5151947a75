"""What is missing in each recording, and which recordings are unlike the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.feature_table import FeatureTable

LEAST_RECORDINGS = 4
"""With fewer there is no crowd to be unlike."""
MAD_TO_SD = 1.4826
"""The median absolute deviation of a normal distribution is its SD divided by this."""


@dataclass(frozen=True)
class Missing:
    """``masked``: share of the rows that are not used. ``undefined``: share of NaN by column, where any."""

    recording: str
    rows: int
    masked: float
    undefined: Mapping[str, float]

    @property
    def worst(self) -> tuple[str, float] | None:
        """The column that is undefined most often, and how often."""
        return max(self.undefined.items(), key=lambda item: item[1]) if self.undefined else None


@dataclass(frozen=True)
class Outlier:
    """How far a recording's median of a feature lies from the others', in robust SDs.

    ``epoch``: its usable epoch that is most typical of that: the one nearest to the night's median.
    """

    recording: str
    column: str
    value: float
    """The night's median, in the feature's unit."""
    others: float
    """Median of all nights' medians."""
    deviation: float
    epoch: int


def missing_by_recording(tables: Mapping[str, FeatureTable]) -> tuple[Missing, ...]:
    """The recording with the most masked rows first."""
    found = []
    for recording, table in tables.items():
        rows = len(table)
        undefined = np.isnan(table.features).sum(axis=0)
        found.append(
            Missing(
                recording,
                rows,
                float((~table.mask).sum()) / rows if rows else 0.0,
                {
                    column.name: int(count) / rows
                    for column, count in zip(table.columns, undefined, strict=True)
                    if count
                },
            )
        )
    return tuple(sorted(found, key=lambda one: -one.masked))


def outliers(tables: Mapping[str, FeatureTable]) -> tuple[Outlier, ...]:
    """Each recording by the feature in which it is most unlike the others, the strangest first.

    Deviations are (median − median of medians) / (1.4826 · MAD of the medians), after Iglewicz & Hoaglin 1993
    (3.5 and more is commonly called an outlier). A feature whose medians do not differ tells nothing. Empty
    with fewer than :data:`LEAST_RECORDINGS` usable recordings.
    """
    usable = {key: table for key, table in tables.items() if table.mask.any()}
    if len(usable) < LEAST_RECORDINGS:
        return ()
    keys = list(usable)
    columns = next(iter(usable.values())).columns
    medians = np.array([np.median(usable[key].features[usable[key].mask], axis=0) for key in keys])
    centre = np.median(medians, axis=0)
    spread = MAD_TO_SD * np.median(np.abs(medians - centre), axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        deviations = np.where(spread > 0, (medians - centre) / spread, 0.0)
    found = []
    for row, key in enumerate(keys):
        column = int(np.abs(deviations[row]).argmax())
        found.append(
            Outlier(
                recording=key,
                column=columns[column].name,
                value=float(medians[row, column]),
                others=float(centre[column]),
                deviation=float(deviations[row, column]),
                epoch=_typical_epoch(usable[key], column, float(medians[row, column])),
            )
        )
    return tuple(sorted(found, key=lambda one: -abs(one.deviation)))


def _typical_epoch(table: FeatureTable, column: int, median: float) -> int:
    distance: NDArray[np.float64] = np.abs(table.features[:, column].astype(np.float64) - median)
    return int(np.where(table.mask, distance, np.inf).argmin())
