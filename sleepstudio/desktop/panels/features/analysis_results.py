"""Everything that the right column says of the tables that there are. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.desktop.panels.features.night_checks import (
    Missing,
    Outlier,
    missing_by_recording,
    outliers,
)
from sleepstudio.desktop.panels.features.pool import Pool, Scaling, pool_tables
from sleepstudio.desktop.panels.features.rank_statistics import epsilon_squared, spearman
from sleepstudio.features.feature_table import Column, FeatureTable
from sleepstudio.monitor import SILENT, Monitor


@dataclass(frozen=True, eq=False)
class Analysis:
    """``effects``: ε² by column, NaN where undefined. ``correlations``: (columns, columns) Spearman."""

    pool: Pool
    effects: Mapping[str, float]
    correlations: NDArray[np.float64]
    missing: tuple[Missing, ...]
    outliers: tuple[Outlier, ...]


def analyse(
    tables: Mapping[str, FeatureTable],
    columns: tuple[Column, ...],
    scaling: Scaling = Scaling.UNITS,
    only: str = "",
    monitor: Monitor = SILENT,
) -> Analysis:
    """``only``: pool that recording alone; what is missing and strange is always of all. Raises Cancelled."""
    pooled = {key: table for key, table in tables.items() if not only or key == only}
    pool = pool_tables(pooled, columns, scaling)
    effects = {}
    for number, column in enumerate(columns):
        monitor.check_cancelled()
        effects[column.name] = epsilon_squared(pool.features[:, number], pool.stages)
    correlations = spearman(pool.features)
    monitor.check_cancelled()
    alike = {key: table for key, table in tables.items() if table.features.shape[1] == len(columns)}
    return Analysis(pool, effects, correlations, missing_by_recording(alike), outliers(alike))
