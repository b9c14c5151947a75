"""The trained float model as staging wants it: frames in, probabilities out."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

BATCH_SIZE = 64


class KerasFrameModel:
    """Wraps a Keras model of (frames, frame_size, columns) → logits."""

    def __init__(self, model: keras.Model) -> None:
        self._frame_size: int = model.input_shape[1]
        self._forward = tf.function(
            lambda x: tf.nn.softmax(model(x, training=False)),
            input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)],
        )

    @property
    def frame_size(self) -> int:
        return self._frame_size

    def predict(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """(frames, frame_size, columns) → (frames, frame_size, classes) float32 probabilities."""
        batches = (frames[start : start + BATCH_SIZE] for start in range(0, len(frames), BATCH_SIZE))
        return np.concatenate([self._forward(tf.constant(batch)).numpy() for batch in batches])
