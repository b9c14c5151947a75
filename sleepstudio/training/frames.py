"""From feature tables to what the optimiser sees: normalised nights, frames, batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import TrainingError
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.normalise import normalise_night
from sleepstudio.hypnogram import NOT_COUNTED, Stage, StageSet

USABLE_FRACTION = 0.9
"""Frames with fewer usable rows are not drawn (SleepKit's ``mask_threshold``)."""


@dataclass(frozen=True, eq=False)
class Night:
    """A recording ready to be framed.

    ``features``: (epochs, columns) float32, normalised. ``classes``: (epochs,) int8, NOT_COUNTED where
    nobody scored or the row is masked: such epochs carry no loss. ``usable``: (epochs,) bool.
    """

    recording_id: str
    subject_id: str
    features: NDArray[np.float32]
    classes: NDArray[np.int8]
    usable: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True, eq=False)
class Frames:
    """``features``: (frames, epochs, columns) float32; ``classes``: (frames, epochs) int8."""

    features: NDArray[np.float32]
    classes: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.classes)


def column_indices(table: FeatureTable, columns: Sequence[int | str] | None) -> list[int]:
    """Positions of the chosen columns, given by number or name; None: all. Raises TrainingError."""
    names = [column.name for column in table.columns]
    chosen = range(len(names)) if columns is None else columns
    positions = [names.index(item) if item in names else item for item in chosen]
    wrong = [item for item in positions if not isinstance(item, int) or not 0 <= item < len(names)]
    if wrong:
        raise TrainingError(
            f"feature.feat_cols names {wrong[0]!r}, which {table.feature_set} does not have.",
            hint=f"Its columns are {', '.join(names)}.",
        )
    return [position for position in positions if isinstance(position, int)]


def prepare_night(
    table: FeatureTable, stage_set: StageSet, columns: Sequence[int | str] | None = None
) -> Night:
    """Normalises a table and maps its stages to classes. Raises TrainingError for an unknown column."""
    features = normalise_night(table.features[:, column_indices(table, columns)], table.mask)
    classes = np.where(table.mask, stage_set.classes(table.stages), NOT_COUNTED).astype(np.int8)
    return Night(table.recording_id, table.subject_id, features, classes, table.mask)


def trim_wake(night: Night, stages: NDArray[np.int8], minutes: float, epoch_s: float) -> Night:
    """The night without wake further than ``minutes`` from sleep at either end; a sleepless one whole."""
    asleep = np.flatnonzero(stages > Stage.W)
    if not len(asleep):
        return night
    margin = round(minutes * 60 / epoch_s)
    kept = slice(max(0, asleep[0] - margin), asleep[-1] + 1 + margin)
    return replace(
        night, features=night.features[kept], classes=night.classes[kept], usable=night.usable[kept]
    )


def whole_nights(nights: Sequence[Night], frame_size: int) -> Frames:
    """Every night cut into consecutive frames, the last padded with zeros and NOT_COUNTED."""
    counts = [-(-len(night) // frame_size) for night in nights]
    features = np.zeros((sum(counts), frame_size, nights[0].features.shape[1]), np.float32)
    classes = np.full((sum(counts), frame_size), NOT_COUNTED, np.int8)
    row = 0
    for night, count in zip(nights, counts, strict=True):
        flat = features[row : row + count].reshape(-1, features.shape[2])
        flat[: len(night)] = night.features
        classes[row : row + count].reshape(-1)[: len(night)] = night.classes
        row += count
    return Frames(features, classes)


def random_frames(
    nights: Sequence[Night], frame_size: int, count: int, per_person: int, rng: np.random.Generator
) -> Frames:
    """``count`` frames drawn as SleepKit does: people in random order, ``per_person`` frames at a visit.

    Frames begin anywhere where at least 90 % of the rows are usable; nights without such a place are not
    drawn from; shorter nights are padded. Raises TrainingError where no night has one.
    """
    by_person: dict[str, list[tuple[Night, NDArray[np.intp]]]] = {}
    for night in nights:
        starts = usable_starts(night, frame_size)
        if len(starts):
            by_person.setdefault(night.subject_id, []).append((night, starts))
    if not by_person:
        raise TrainingError(
            f"no frame of {frame_size} epochs has {USABLE_FRACTION:.0%} usable rows.",
            hint="Choose a smaller frame_size, or look at why rows are masked.",
        )
    people = sorted(by_person)
    features = np.zeros((count, frame_size, nights[0].features.shape[1]), np.float32)
    classes = np.full((count, frame_size), NOT_COUNTED, np.int8)
    visits = -(-count // per_person)
    order = np.concatenate([rng.permutation(len(people)) for _ in range(-(-visits // len(people)))])
    for row in range(count):
        own = by_person[people[order[row // per_person]]]
        night, starts = own[rng.integers(len(own))]
        start = starts[rng.integers(len(starts))]
        piece = slice(start, start + frame_size)
        length = len(night.classes[piece])
        features[row, :length] = night.features[piece]
        classes[row, :length] = night.classes[piece]
    shuffled = rng.permutation(count)
    return Frames(features[shuffled], classes[shuffled])


def usable_starts(night: Night, frame_size: int) -> NDArray[np.intp]:
    """Where a frame may begin; a night shorter than the frame has its first epoch, if usable enough."""
    length = min(frame_size, len(night))
    total = np.concatenate([[0], np.cumsum(night.usable)])
    usable = (total[length:] - total[:-length]) / max(length, 1)
    return np.flatnonzero(usable >= USABLE_FRACTION)


def class_counts(nights: Sequence[Night], classes: int) -> NDArray[np.int64]:
    """(classes,) how many counted epochs of each class the nights have."""
    counted = np.concatenate([night.classes[night.classes >= 0] for night in nights])
    return np.bincount(counted, minlength=classes)
