"""The vocabulary of sleep scoring: stages, stage sets, hypnograms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

EPOCH_S = 30.0
"""Length of a scoring epoch in seconds (AASM manual, 2.6)."""


class Stage(IntEnum):
    """A sleep stage (AASM), or why an epoch has none. The codes are YASA's."""

    UNSCORED = -2
    ARTIFACT = -1
    W = 0
    N1 = 1
    N2 = 2
    N3 = 3
    R = 4


SLEEP_STAGES = (Stage.N1, Stage.N2, Stage.N3, Stage.R)

NOT_COUNTED = -1
"""Class index of an epoch that is unscored or an artifact: it is no class, least of all wake."""


@dataclass(frozen=True)
class StageSet:
    """How stages group for a task: class ``i`` is ``class_names[i]`` and holds ``members[i]``."""

    name: str
    class_names: tuple[str, ...]
    members: tuple[tuple[Stage, ...], ...]

    def __len__(self) -> int:
        return len(self.class_names)

    def classes(self, stages: ArrayLike) -> NDArray[np.int8]:
        """Class index of each stage code; ``NOT_COUNTED`` for unscored epochs, artifacts and non-members."""
        table = np.full(len(Stage), NOT_COUNTED, np.int8)
        for index, members in enumerate(self.members):
            table[[stage - Stage.UNSCORED for stage in members]] = index
        return table[np.asarray(stages, np.int64) - Stage.UNSCORED]

    def stages(self, classes: ArrayLike) -> NDArray[np.int8]:
        """Representative stage of each class (CORE and NREM and SLEEP: N2); negative classes: UNSCORED."""
        representatives = [Stage.N2 if Stage.N2 in members else members[0] for members in self.members]
        table = np.array([*representatives, Stage.UNSCORED], np.int8)
        index = np.asarray(classes, np.int64)
        return table[np.where(index < 0, len(self), index)]


STAGE_SETS: dict[int, StageSet] = {
    2: StageSet("2", ("WAKE", "SLEEP"), ((Stage.W,), SLEEP_STAGES)),
    3: StageSet("3", ("WAKE", "NREM", "REM"), ((Stage.W,), (Stage.N1, Stage.N2, Stage.N3), (Stage.R,))),
    4: StageSet("4", ("WAKE", "CORE", "DEEP", "REM"),
                ((Stage.W,), (Stage.N1, Stage.N2), (Stage.N3,), (Stage.R,))),
    5: StageSet("5", ("WAKE", "N1", "N2", "N3", "REM"),
                ((Stage.W,), (Stage.N1,), (Stage.N2,), (Stage.N3,), (Stage.R,))),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Hypnogram:
    """Stages over a recording's epochs.

    ``stages``: (epochs,) int8 of :class:`Stage`. ``onset_s``: where the first epoch begins, in seconds from
    the recording's start; ``start``: the same by the wall clock, where it is known. ``probabilities``:
    (epochs, classes of ``stage_set``) float32 where a model staged. A gap is a span of UNSCORED epochs that
    was never recorded or never scored.
    """

    stages: NDArray[np.int8]
    epoch_s: float = EPOCH_S
    onset_s: float = 0.0
    start: datetime | None = None
    scorer: str = ""
    stage_set: StageSet = field(default=STAGE_SETS[5])
    probabilities: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.stages)

    @property
    def duration_s(self) -> float:
        return len(self.stages) * self.epoch_s

    @property
    def end(self) -> datetime | None:
        return self.start + timedelta(seconds=self.duration_s) if self.start else None

    @property
    def scored(self) -> NDArray[np.bool_]:
        """(epochs,) where a stage was given: neither UNSCORED nor ARTIFACT."""
        return np.asarray(self.stages >= Stage.W)
