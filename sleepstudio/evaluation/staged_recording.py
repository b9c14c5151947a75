"""One recording with the expert's stages and a model's: what every measure of agreement starts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sleepstudio.hypnogram import EPOCH_S, NOT_COUNTED, StageSet


@dataclass(frozen=True, eq=False)
class StagedRecording:
    """A night staged twice.

    ``true_stages``: (epochs,) int8 of ``Stage``, as scored. ``predicted``: (epochs,) int8 class of the
    model's stage set, ``NOT_COUNTED`` where it gave none. ``probabilities``: (epochs, classes) float32,
    finite where a class was predicted. ``mask``: (epochs,) bool, True where the features were usable.
    ``start``: of the first epoch, where the clock is known. Raises ValueError where the shapes do not fit.
    """

    recording_id: str
    subject_id: str
    true_stages: NDArray[np.int8]
    predicted: NDArray[np.int8]
    probabilities: NDArray[np.float32]
    mask: NDArray[np.bool_]
    start: datetime | None = None
    epoch_s: float = EPOCH_S

    def __post_init__(self) -> None:
        n = len(self.mask)
        if not self.true_stages.shape == self.predicted.shape == self.mask.shape == (n,):
            raise ValueError(f"{self.recording_id}: stages, predictions and mask differ in length")
        if self.probabilities.ndim != 2 or len(self.probabilities) != n:
            raise ValueError(f"{self.recording_id}: probabilities have shape {self.probabilities.shape}")
        n_classes = self.probabilities.shape[1]
        if n and not NOT_COUNTED <= self.predicted.min() <= self.predicted.max() < n_classes:
            raise ValueError(f"{self.recording_id}: predictions are not classes 0 to {n_classes - 1}")
        if not np.isfinite(self.probabilities[self.predicted != NOT_COUNTED]).all():
            raise ValueError(f"{self.recording_id}: predicted epochs without finite probabilities")

    def __len__(self) -> int:
        return len(self.mask)

    def usable(self, stage_set: StageSet) -> NDArray[np.bool_]:
        """(epochs,) where the expert scored, the features are usable and the model gave a class."""
        scored = stage_set.classes(self.true_stages) != NOT_COUNTED
        return np.asarray(scored & self.mask & (self.predicted != NOT_COUNTED))
