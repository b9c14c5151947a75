"""An offline model epoch by epoch: rows normalised by the past alone, the newest epoch told (*rolling*).

What it tells of an epoch is what the offline model would say were the night to end there, but for the
normalisation: offline uses the whole night's mean and variance. A rolling κ is lower, and never called live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import StudyError
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.normalise import LIMIT, VARIANCE_FLOOR
from sleepstudio.staging.interpreter import Quantisation
from sleepstudio.training.frames import column_indices

CHUNK_FRAMES = 64


class Int8FrameModel(Protocol):
    """What the board runs: int8 frames in, int8 outputs out."""

    @property
    def frame_size(self) -> int: ...

    @property
    def input_quantisation(self) -> Quantisation | None: ...

    def predict_int8(self, frames: NDArray[np.int8]) -> NDArray[np.int8]:
        """(frames, frame_size, columns) → (frames, frame_size, classes)."""


class PastNormaliser:
    """Normalises row after row by the mean and variance of the usable rows so far, the row itself included.

    Row n is the last row of ``normalise_night`` over rows 0 … n, with rows before it left as they were: the
    first usable row is zero in every column, the second ±1, and only after some ten minutes is there a
    deviation worth the name. Masked rows become the median of the usable rows so far, zeros before the first;
    a value undefined in a usable row becomes the mean, zero.
    """

    def __init__(self, columns: int) -> None:
        self._count = np.zeros(columns, np.int64)
        self._mean = np.zeros(columns)
        self._squares = np.zeros(columns)
        self._usable: list[NDArray[np.float64]] = []

    def row(self, features: NDArray[np.float32], usable: bool) -> NDArray[np.float32]:
        """(columns,) features as measured, NaN where undefined → (columns,) float32 within ±8."""
        if usable:
            values = features.astype(np.float64)
            self._add(values)
            values = np.where(np.isfinite(values), values, self._mean)
        else:
            values = self._medians()
        deviation = np.sqrt(self._squares / np.maximum(self._count, 1) + VARIANCE_FLOOR)
        return np.clip((values - self._mean) / deviation, -LIMIT, LIMIT).astype(np.float32)

    def _add(self, values: NDArray[np.float64]) -> None:
        """Welford's update, column by column."""
        defined = np.isfinite(values)
        self._usable.append(np.where(defined, values, np.nan))
        self._count += defined
        change = np.where(defined, values - self._mean, 0.0)
        self._mean = self._mean + change / np.maximum(self._count, 1)
        self._squares = self._squares + change * np.where(defined, values - self._mean, 0.0)

    def _medians(self) -> NDArray[np.float64]:
        medians = self._mean.copy()
        if self._usable:
            known = self._count > 0
            medians[known] = np.nanmedian(np.stack(self._usable)[:, known], axis=0)
        return medians


def normalise_rolling(features: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Each row of a night normalised by its past: (epochs, columns) → (epochs, columns) float32, finite."""
    normaliser = PastNormaliser(features.shape[1])
    rows = [normaliser.row(row, bool(usable)) for row, usable in zip(features, mask, strict=True)]
    return np.stack(rows) if rows else np.zeros(features.shape, np.float32)


def rolling_frame(rows: NDArray[np.int8], zero: np.int8, frame_size: int) -> NDArray[np.int8]:
    """The frame of the newest of ``rows`` (n, columns): the newest rows at its beginning, then ``zero``."""
    newest = rows[-frame_size:]
    frame = np.full((frame_size, rows.shape[1]), zero, np.int8)
    frame[: len(newest)] = newest
    return frame


@dataclass(frozen=True, eq=False)
class RollingStaging:
    """``rows``: (epochs, columns) float32, normalised by the past. ``outputs``: (epochs, classes) int8, the
    model's of each epoch when it was the newest."""

    rows: NDArray[np.float32]
    outputs: NDArray[np.int8]

    @property
    def classes(self) -> NDArray[np.int8]:
        """(epochs,) the class of the greatest output, the first of equals."""
        return np.asarray(self.outputs.argmax(axis=1), np.int8)


def stage_rolling(
    table: FeatureTable, model: Int8FrameModel, columns: Sequence[int | str] | None = None
) -> RollingStaging:
    """Stages a night row by row, as the board does. Raises StudyError where the model takes floats."""
    features = table.features[:, column_indices(table, columns)]
    rows = normalise_rolling(features, table.mask)
    return RollingStaging(rows, rolling_outputs(rows, model))


def rolling_outputs(rows: NDArray[np.float32], model: Int8FrameModel) -> NDArray[np.int8]:
    """(epochs, classes) int8 of normalised rows. Raises StudyError where the model takes floats."""
    quantisation = input_quantisation(model)
    quantised, zero = quantisation.quantise(rows), quantised_zero(quantisation)
    size = model.frame_size
    newest = np.minimum(np.arange(len(rows)), size - 1)
    parts = []
    for first in range(0, len(rows), CHUNK_FRAMES):
        epochs = range(first, min(first + CHUNK_FRAMES, len(rows)))
        frames = np.stack([rolling_frame(quantised[: epoch + 1], zero, size) for epoch in epochs])
        parts.append(model.predict_int8(frames)[np.arange(len(epochs)), newest[epochs.start : epochs.stop]])
    outputs: NDArray[np.int8] = np.concatenate(parts)
    return outputs


def input_quantisation(model: Int8FrameModel) -> Quantisation:
    """Raises StudyError where the model takes floats."""
    if model.input_quantisation is None:
        raise StudyError(
            "the model takes float32, not int8.", where="model.tflite", hint="Export the run again."
        )
    return model.input_quantisation


def quantised_zero(quantisation: Quantisation) -> np.int8:
    """What stands where a frame has no row: the int8 of 0.0, which is the zero point."""
    return np.int8(quantisation.quantise(np.zeros(1, np.float32))[0])
