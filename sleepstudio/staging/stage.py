"""The one place where a model meets a night: normalise, cut, run, stitch (offline)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.normalise import normalise_night
from sleepstudio.hypnogram import NOT_COUNTED, Hypnogram, StageSet
from sleepstudio.staging.tiling import cut, stitch
from sleepstudio.training.frames import column_indices


class FrameModel(Protocol):
    """A model of whichever arithmetic: frames in, class probabilities out."""

    @property
    def frame_size(self) -> int:
        """Epochs of a frame."""

    def predict(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """(frames, frame_size, columns) normalised features → (frames, frame_size, classes) probabilities."""


def night_frames(
    table: FeatureTable, frame_size: int, columns: Sequence[int | str] | None = None
) -> NDArray[np.float32]:
    """The frames (n, frame_size, columns) that a model is given of a night, normalised by the whole night."""
    features = table.features[:, column_indices(table, columns)]
    return cut(normalise_night(features, table.mask), frame_size)


def stage_probabilities(
    table: FeatureTable, model: FrameModel, columns: Sequence[int | str] | None = None
) -> NDArray[np.float32]:
    """(epochs, classes) float32 probabilities of every epoch of a night, also of masked ones."""
    frames = night_frames(table, model.frame_size, columns)
    return stitch(model.predict(frames), len(table))


def stage_night(
    table: FeatureTable,
    model: FrameModel,
    stage_set: StageSet,
    *,
    columns: Sequence[int | str] | None = None,
    scorer: str = "model",
) -> Hypnogram:
    """Stages a night offline. Masked epochs are UNSCORED: the model had nothing to go by.

    Stages are the representatives of the stage set's classes; ``probabilities`` has all epochs.
    """
    probabilities = stage_probabilities(table, model, columns)
    classes = np.where(table.mask, probabilities.argmax(axis=1), NOT_COUNTED)
    return Hypnogram(
        stages=stage_set.stages(classes),
        epoch_s=table.epoch_s,
        start=table.start,
        scorer=scorer,
        stage_set=stage_set,
        probabilities=probabilities,
    )
