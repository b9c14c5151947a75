"""The feature table: one row per epoch of one recording, with mask and stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import EPOCH_S


@dataclass(frozen=True)
class Column:
    """One feature: its name as in the store, its unit, what it is.

    ``title``: what it is called where people read; ``source``: the role of the channel that it comes from.
    Both are declared by feature sets and not stored.
    """

    name: str
    unit: str
    description: str
    title: str = field(default="", compare=False)
    source: str = field(default="", compare=False)


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features of one recording. Rows stand at their true times: what is missing is a masked row.

    ``features``: (epochs, columns) float32, NaN where undefined. ``mask``: (epochs,) bool, True where the row
    is usable. ``stages``: (epochs,) int8 of ``Stage``, as scored, also on masked rows; UNSCORED where nobody
    scored. ``apneas``: (epochs,) int8 SleepKit codes, or None. Row i covers the epoch that begins at
    ``i * epoch_s`` seconds after the recording's start.
    """

    recording_id: str
    subject_id: str
    feature_set: str
    version: int
    columns: tuple[Column, ...]
    features: NDArray[np.float32]
    mask: NDArray[np.bool_]
    stages: NDArray[np.int8]
    apneas: NDArray[np.int8] | None = None
    start: datetime | None = None
    epoch_s: float = EPOCH_S
    content_hash: str = ""

    def __len__(self) -> int:
        return len(self.mask)
