"""The same model, computed faster while it trains.

A trainable twin: the layers of a model, with the same names and weights, whose ``call`` uses quicker
operations of TensorFlow. Only weights go back, so that what is saved stays plain Keras. Why and how much:
``docs/decisions/0006-a-twin-that-trains-faster.md``.
"""

from __future__ import annotations

import keras
import tensorflow as tf

# the type checker does not see inside Keras, hence the ignored bases below


def training_twin(model: keras.Model) -> keras.Model:
    """A model with the weights of ``model``, in the same order, and its outputs; not meant to be saved."""
    twin = keras.models.clone_model(model, clone_function=_faster)
    twin.set_weights(model.get_weights())
    return twin


def _faster(layer: keras.layers.Layer) -> keras.layers.Layer:
    kind = type(layer)
    if kind is keras.layers.DepthwiseConv1D and layer.padding == "same":
        kind = _PhasedDepthwise
    elif kind is keras.layers.Conv1D and layer.kernel_size == (1,):
        kind = _Pointwise
    elif kind is keras.layers.BatchNormalization:
        kind = _FusedBatchNormalization
    return kind.from_config(layer.get_config())


class _PhasedDepthwise(keras.layers.DepthwiseConv1D):  # type: ignore[misc]
    """Dilation d as a convolution over every d-th row: rows are folded to (rows / d, d) and left in place.

    TensorFlow instead moves the rows to the batch and back, which costs as much as the convolution.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        rows, channels = inputs.shape[1], inputs.shape[2]
        dilation = self.dilation_rate if isinstance(self.dilation_rate, int) else self.dilation_rate[0]
        missing = -rows % dilation
        folded = tf.reshape(
            tf.pad(inputs, [[0, 0], [0, missing], [0, 0]]) if missing else inputs,
            (-1, (rows + missing) // dilation, dilation, channels),
        )
        convolved = tf.nn.depthwise_conv2d(folded, self.kernel[:, None], (1, 1, 1, 1), "SAME")
        output = tf.reshape(convolved, (-1, rows + missing, channels))[:, :rows]
        return output + self.bias if self.use_bias else output


class _Pointwise(keras.layers.Conv1D):  # type: ignore[misc]
    """A convolution over single rows is a matrix product."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        output = tf.tensordot(inputs, self.kernel[0], 1)
        return output + self.bias if self.use_bias else output


class _FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Normalises by the batch in one operation. Its variance is the unbiased one, which for the tens of
    thousands of rows in a batch is the other."""

    def call(self, inputs: tf.Tensor, training: bool = False, mask: tf.Tensor | None = None) -> tf.Tensor:
        if not training:
            return super().call(inputs, training=False, mask=mask)
        output, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs[:, None], self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1 - self.momentum))
        return output[:, 0]
