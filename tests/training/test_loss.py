"""The loss against Keras' own focal cross-entropy, class weights against scikit-learn's."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.utils import compute_class_weight

from sleepstudio.training.loss import class_weights, focal_loss

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, (3, 50, 4)).astype(np.float32)
CLASSES = RNG.integers(0, 4, (3, 50)).astype(np.int8)


@pytest.mark.parametrize(("gamma", "smoothing"), [(2.0, 0.0), (1.5, 0.1), (0.0, 0.05)])
def test_the_loss_is_keras_focal_cross_entropy(gamma: float, smoothing: float) -> None:
    weights = np.array([0.5, 1.0, 2.0, 0.25], np.float32)
    ours = focal_loss(weights, gamma=gamma, label_smoothing=smoothing)
    oracle = keras.losses.CategoricalFocalCrossentropy(
        alpha=weights.tolist(), gamma=gamma, from_logits=True, label_smoothing=smoothing
    )
    value = ours(tf.constant(LOGITS), tf.constant(CLASSES))
    assert float(value) == pytest.approx(float(oracle(np.eye(4)[CLASSES], LOGITS)), rel=1e-4)


def test_epochs_that_are_not_counted_carry_no_loss_and_no_gradient() -> None:
    ours = focal_loss(np.ones(4, np.float32), gamma=2.0, label_smoothing=0.0)
    hidden = CLASSES.copy()
    hidden[:, 10:20] = -1
    kept = np.r_[0:10, 20:50]
    expected = ours(tf.constant(LOGITS[:, kept]), tf.constant(CLASSES[:, kept]))
    logits = tf.Variable(LOGITS)
    with tf.GradientTape() as tape:
        value = ours(logits, tf.constant(hidden))
    assert float(value) == pytest.approx(float(expected), rel=1e-5)
    assert not tape.gradient(value, logits).numpy()[:, 10:20].any()


def test_no_counted_epoch_is_no_loss() -> None:
    ours = focal_loss(np.ones(4, np.float32), gamma=2.0, label_smoothing=0.0)
    assert float(ours(tf.constant(LOGITS), tf.constant(np.full_like(CLASSES, -1)))) == 0.0


def test_balanced_weights_are_scikit_learns_plus_their_mean() -> None:
    labels = np.repeat([0, 1, 2], [70, 20, 10])
    oracle = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(
        class_weights(np.bincount(labels), "balanced"), oracle + oracle.mean(), rtol=1e-6
    )


def test_a_class_that_training_lacks_disturbs_no_other() -> None:
    with_hole = class_weights(np.array([70, 0, 30]), "balanced")
    without = class_weights(np.array([70, 30]), "balanced")
    np.testing.assert_allclose(with_hole[[0, 2]], without, rtol=1e-6)
    assert np.isfinite(with_hole).all()
