"""The vocabulary of sleep scoring: stages, stage sets, hypnograms."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple, Self

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


class Span(NamedTuple):
    """A stretch of time in seconds from the recording's start, ``stop_s`` excluded."""

    start_s: float
    stop_s: float


@dataclass(frozen=True, eq=False)
class Hypnogram:
    """Stages over a recording's epochs.

    ``stages``: (epochs,) int8 of :class:`Stage`. ``onset_s``: where the first epoch begins, in seconds from
    the recording's start; ``start``: the same by the wall clock, where it is known. ``probabilities``:
    (epochs, classes of ``stage_set``) float32 where a model staged, NaN in rows that it did not stage. A gap
    is a span of UNSCORED epochs that was never recorded or never scored.

    The arrays are copied and read-only. Raises ValueError where a code is no stage, the epoch length is not
    positive, or the probabilities do not fit the stages or lie outside 0–1.
    """

    stages: NDArray[np.int8]
    epoch_s: float = EPOCH_S
    onset_s: float = 0.0
    start: datetime | None = None
    scorer: str = ""
    stage_set: StageSet = field(default=STAGE_SETS[5])
    probabilities: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.epoch_s) and self.epoch_s > 0 and np.isfinite(self.onset_s)):
            raise ValueError(f"not a time axis: epochs of {self.epoch_s} s from {self.onset_s} s")
        object.__setattr__(self, "stages", _read_only_stages(self.stages))
        if self.probabilities is not None:
            shape = (len(self.stages), len(self.stage_set))
            object.__setattr__(self, "probabilities", _read_only_probabilities(self.probabilities, shape))

    def __len__(self) -> int:
        return len(self.stages)

    @property
    def duration_s(self) -> float:
        return len(self.stages) * self.epoch_s

    @property
    def stop_s(self) -> float:
        """Where the last epoch ends, in seconds from the recording's start."""
        return self.onset_s + self.duration_s

    @property
    def end(self) -> datetime | None:
        return self.start + timedelta(seconds=self.duration_s) if self.start else None

    @property
    def scored(self) -> NDArray[np.bool_]:
        """(epochs,) where a stage was given: neither UNSCORED nor ARTIFACT."""
        return np.asarray(self.stages >= Stage.W)

    @property
    def classes(self) -> NDArray[np.int8]:
        """(epochs,) class of the stage set; ``NOT_COUNTED`` where no stage was given."""
        return self.stage_set.classes(self.stages)

    @property
    def epoch_onsets_s(self) -> NDArray[np.float64]:
        """(epochs,) where each epoch begins, in seconds from the recording's start."""
        return self.onset_s + np.arange(len(self.stages), dtype=np.float64) * self.epoch_s

    @property
    def gaps(self) -> tuple[Span, ...]:
        """The runs of UNSCORED epochs, in order."""
        return tuple(
            Span(self.onset_s + first * self.epoch_s, self.onset_s + last * self.epoch_s)
            for first, last in runs(self.stages == Stage.UNSCORED)
        )

    def as_strings(self) -> tuple[str, ...]:
        """The name of each epoch's stage, as in :class:`Stage`."""
        return tuple(Stage(stage).name for stage in self.stages.tolist())

    def between(self, start_s: float, stop_s: float) -> Self:
        """The epochs that overlap [start_s, stop_s), in seconds from the recording's start; maybe none."""
        first = np.floor((start_s - self.onset_s) / self.epoch_s + _EPSILON)
        last = np.ceil((stop_s - self.onset_s) / self.epoch_s - _EPSILON)
        first, last = (int(edge) for edge in np.clip((first, max(first, last)), 0, len(self)))
        return replace(
            self,
            stages=self.stages[first:last],
            onset_s=self.onset_s + first * self.epoch_s,
            start=self.start + timedelta(seconds=first * self.epoch_s) if self.start else None,
            probabilities=None if self.probabilities is None else self.probabilities[first:last],
        )


def runs(condition: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Each stretch of True as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], condition, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def resample(
    hypnogram: Hypnogram, epoch_s: float, *, onset_s: float | None = None, n_epochs: int | None = None
) -> Hypnogram:
    """The same night in epochs of ``epoch_s`` seconds.

    An epoch takes the stage that fills most of it; of equals the one that comes first. Time outside the
    hypnogram counts as UNSCORED, so that ``onset_s`` and ``n_epochs`` put stages on any grid (a feature
    table's: ``onset_s=0``); by default the grid begins where the hypnogram does and ends with the last epoch
    that it fills to at least a half. Probabilities are averaged by overlap over the time that has them; NaN
    where none has. Raises ValueError for an epoch length that is not positive.
    """
    if not (np.isfinite(epoch_s) and epoch_s > 0):
        raise ValueError(f"not an epoch length: {epoch_s} s")
    onset = hypnogram.onset_s if onset_s is None else onset_s
    if n_epochs is None:
        n_epochs = max(0, int(np.floor((hypnogram.stop_s - onset) / epoch_s + 0.5 + _EPSILON)))
    edges = onset + np.arange(n_epochs + 1, dtype=np.float64) * epoch_s
    shift = timedelta(seconds=onset - hypnogram.onset_s)
    return replace(
        hypnogram,
        stages=_majority(hypnogram, edges),
        epoch_s=epoch_s,
        onset_s=onset,
        start=hypnogram.start + shift if hypnogram.start else None,
        probabilities=_mean_probabilities(hypnogram, edges),
    )


_EPSILON = 1e-6
"""Share of an epoch below which two times are the same: far under any clock, far over rounding."""


def _overlap(
    weights: NDArray[np.floating], hypnogram: Hypnogram, edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Integral of the epoch-wise constant ``weights`` over each interval between ``edges``, in seconds."""
    integral = np.concatenate(([0.0], np.cumsum(weights))) * hypnogram.epoch_s
    times = hypnogram.onset_s + np.arange(len(hypnogram) + 1) * hypnogram.epoch_s
    return np.diff(np.interp(edges, times, integral))


def _majority(hypnogram: Hypnogram, edges: NDArray[np.float64]) -> NDArray[np.int8]:
    stages = np.array(sorted(Stage), np.int8)
    seconds = np.stack([_overlap(1.0 * (hypnogram.stages == stage), hypnogram, edges) for stage in stages], 1)
    seconds[:, 0] += np.diff(edges) - seconds.sum(1)
    equal = seconds >= seconds.max(1, keepdims=True) - _EPSILON * hypnogram.epoch_s
    arrival = np.where(equal, _arrivals(hypnogram, edges[:-1], stages), np.inf)
    return np.asarray(stages[np.argmin(arrival, 1)])


def _arrivals(
    hypnogram: Hypnogram, times: NDArray[np.float64], stages: NDArray[np.int8]
) -> NDArray[np.float64]:
    """(times, stages) index of the first epoch, from that which holds the time on, in each stage.

    Epoch −1 stands for the time before the hypnogram, epoch n for the time after it: both UNSCORED.
    """
    n = len(hypnogram)
    padded = np.concatenate(([Stage.UNSCORED], hypnogram.stages, [Stage.UNSCORED]))
    position = np.where(padded[:, None] == stages, np.arange(-1, n + 1)[:, None], n + 1)
    following = np.minimum.accumulate(position[::-1])[::-1]
    epoch = np.floor((times - hypnogram.onset_s) / hypnogram.epoch_s + _EPSILON)
    return following[np.clip(epoch, -1, n).astype(np.int64) + 1].astype(np.float64)


def _mean_probabilities(hypnogram: Hypnogram, edges: NDArray[np.float64]) -> NDArray[np.float32] | None:
    if hypnogram.probabilities is None:
        return None
    staged = np.asarray(np.isfinite(hypnogram.probabilities).all(1))
    filled = np.where(staged[:, None], hypnogram.probabilities, 0.0).astype(np.float64)
    seconds = _overlap(1.0 * staged, hypnogram, edges)
    total = np.stack([_overlap(column, hypnogram, edges) for column in filled.T], 1)
    enough = (seconds > _EPSILON * hypnogram.epoch_s)[:, None]
    mean = np.divide(total, seconds[:, None], out=np.full_like(total, np.nan), where=enough)
    return mean.clip(0.0, 1.0).astype(np.float32)


def _read_only_stages(stages: ArrayLike) -> NDArray[np.int8]:
    codes = np.asarray(stages)
    if codes.ndim != 1:
        raise ValueError(f"stages are one number an epoch, not an array of shape {codes.shape}")
    wrong = codes[~np.isin(codes, sorted(Stage))]
    if wrong.size:
        raise ValueError(f"not a stage: {wrong[0]}")
    copy = codes.astype(np.int8)
    copy.setflags(write=False)
    return copy


def _read_only_probabilities(probabilities: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float32]:
    values = np.array(probabilities, np.float32)
    if values.shape != shape:
        raise ValueError(f"probabilities have shape {values.shape}; epochs and classes are {shape}")
    if (values < -_ROUNDING).any() or (values > 1 + _ROUNDING).any():
        raise ValueError("probabilities lie outside 0–1")
    values.setflags(write=False)
    return values


_ROUNDING = 1e-3
"""How far a float32 softmax may leave 0–1."""
