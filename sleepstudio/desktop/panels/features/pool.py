"""The rows of several feature tables together, each still knowing where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.feature_table import Column, FeatureTable
from sleepstudio.features.normalise import normalise_night
from sleepstudio.hypnogram import Stage


class Scaling(StrEnum):
    """``NIGHT``: z-scores by each night's usable rows, which is what a model is trained on."""

    UNITS = "units"
    NIGHT = "night"


@dataclass(frozen=True, eq=False)
class Pool:
    """Usable rows that were scored. Row i is epoch ``epoch[i]`` of recording ``recordings[recording[i]]``."""

    columns: tuple[Column, ...]
    recordings: tuple[str, ...]
    features: NDArray[np.float64]
    stages: NDArray[np.int8]
    recording: NDArray[np.int32]
    epoch: NDArray[np.int32]
    scaling: Scaling = Scaling.UNITS

    def __len__(self) -> int:
        return len(self.stages)

    def index_of(self, column: str) -> int:
        """Raises ValueError for a name that is none."""
        return [one.name for one in self.columns].index(column)

    def values(self, column: str) -> NDArray[np.float64]:
        """(rows,) of one feature. Raises ValueError for a name that is none."""
        return self.features[:, self.index_of(column)]

    def place(self, row: int) -> tuple[str, int]:
        """Recording and epoch of a row."""
        return self.recordings[int(self.recording[row])], int(self.epoch[row])


def pool_tables(
    tables: Mapping[str, FeatureTable], columns: Sequence[Column], scaling: Scaling = Scaling.UNITS
) -> Pool:
    """Rows of all tables that have these columns, in the order of the mapping."""
    chosen = {
        key: table
        for key, table in tables.items()
        if [one.name for one in table.columns] == [one.name for one in columns]
    }
    rows = {key: np.flatnonzero(table.mask & (table.stages >= Stage.W)) for key, table in chosen.items()}
    width = len(columns)
    return Pool(
        columns=tuple(columns),
        recordings=tuple(chosen),
        features=_joined(
            [_scaled(table, scaling)[rows[key]] for key, table in chosen.items()], (0, width), np.float64
        ),
        stages=_joined([table.stages[rows[key]] for key, table in chosen.items()], (0,), np.int8),
        recording=_joined([np.full(len(rows[key]), i) for i, key in enumerate(chosen)], (0,), np.int32),
        epoch=_joined(list(rows.values()), (0,), np.int32),
        scaling=scaling,
    )


def _scaled(table: FeatureTable, scaling: Scaling) -> NDArray[np.float32]:
    return normalise_night(table.features, table.mask) if scaling is Scaling.NIGHT else table.features


def _joined(parts: Sequence[NDArray[Any]], empty: tuple[int, ...], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.zeros(empty, dtype), *parts]).astype(dtype)
