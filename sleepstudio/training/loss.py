"""The loss: categorical focal cross-entropy from logits over counted epochs (Lin et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

FIXED_WEIGHT = 0.25
"""Weight of every class where weights are not balanced (SleepKit's, and Lin et al.'s alpha)."""


def class_weights(counts: NDArray[np.int64], method: str) -> NDArray[np.float32]:
    """(classes,) float32 weights: ``fixed``, or ``balanced`` as SleepKit has it.

    Balanced is n / (classes · count), softened by adding the mean weight. A class that training lacks
    takes part in no loss; its weight is the mean of the others.
    """
    if method == "fixed":
        return np.full(len(counts), FIXED_WEIGHT, np.float32)
    present = counts > 0
    balanced = np.where(present, counts.sum() / (present.sum() * np.maximum(counts, 1)), 0.0)
    mean = balanced[present].mean()
    return np.asarray(np.where(present, balanced + mean, 2 * mean), np.float32)


def focal_loss(
    weights: NDArray[np.float32], *, gamma: float, label_smoothing: float
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Loss of logits (batch, epochs, classes) against classes (batch, epochs) int8, NOT_COUNTED left out.

    Mean over counted epochs; zero where there are none.
    """
    alpha = tf.constant(weights)
    classes = len(weights)

    def loss(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        targets = tf.cast(targets, tf.int32)
        counted = tf.cast(targets >= 0, tf.float32)
        truth = tf.one_hot(targets, classes)
        truth = truth * (1 - label_smoothing) + label_smoothing / classes
        log_probability = tf.nn.log_softmax(logits)
        focus = tf.pow(1 - tf.exp(log_probability), gamma) if gamma else 1.0
        per_epoch = -tf.reduce_sum(alpha * focus * truth * log_probability, axis=-1)
        return tf.math.divide_no_nan(tf.reduce_sum(per_epoch * counted), tf.reduce_sum(counted))

    return loss
