"""Keras models from network descriptions, and from files.

Plain Keras layers only, on sequences (rows × channels): depthwise and pointwise one-dimensional convolutions
train fastest here without XLA (``docs/decisions/0050-plain-keras-layers.md``), and a saved model opens in any
Keras.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from sleepstudio.errors import ConfigurationError, StudyError
from sleepstudio.models.fold import NORM_EPSILON, LayerWeights
from sleepstudio.models.network import Layer, LayerKind, Network
from sleepstudio.models.registry import network_of

L2_PENALTY = 1e-3
"""Of the block convolutions' kernels, as in SleepKit."""

BATCH_NORM_MOMENTUM = 0.9
"""Of the moving statistics. Keras's 0.99 needs hundreds of steps; a training epoch here has about 50."""


def build_model(
    architecture: str,
    params: Mapping[str, Any],
    *,
    frame_size: int | None,
    features: int,
    classes: int,
    batch_size: int | None = None,
    seed: int | None = None,
    batch_norm_momentum: float = BATCH_NORM_MOMENTUM,
) -> keras.Model:
    """An untrained model: (batch, frame_size, features) float32 → (batch, frame_size, classes) logits.

    ``params`` are the architecture's own (SleepKit's ``architecture.params``); the output is logits whatever
    ``use_logits`` says, which concerns the exported model. ``frame_size`` None: frames of any length.
    ``seed``: of the initial weights and of dropout, independent of any other generator; None: random.
    Raises ConfigurationError.
    """
    network = network_of(architecture, params, features, classes)
    return build_network(
        network, frame_size, batch_size=batch_size, seed=seed, batch_norm_momentum=batch_norm_momentum
    )


def build_network(
    network: Network,
    frame_size: int | None,
    *,
    batch_size: int | None = None,
    seed: int | None = None,
    batch_norm_momentum: float = BATCH_NORM_MOMENTUM,
) -> keras.Model:
    """As :func:`build_model`, of a network. Each Keras layer has the name of the network's."""
    if frame_size is None and any(layer.kind is LayerKind.TIME_NORM for layer in network.layers):
        raise ConfigurationError(
            "layer normalisation has a gain for each epoch of the frame, whose length is open.",
            where="architecture.params",
            hint="Set frame_size, or norm to batch.",
        )
    first = network.layers[0]
    tensors = {
        first.name: keras.Input((frame_size, network.features), batch_size=batch_size, name=first.name)
    }
    for number, layer in enumerate(network.layers[1:]):
        inputs = [tensors[name] for name in layer.inputs]
        seeds = None if seed is None else np.random.SeedSequence((seed, number)).generate_state(1)
        keras_layer = _keras_layer(layer, batch_norm_momentum, None if seeds is None else int(seeds[0]))
        tensors[layer.name] = keras_layer(inputs[0] if len(inputs) == 1 else inputs)
    return keras.Model(tensors[first.name], tensors[network.layers[-1].name], name="sleep_stager")


def _keras_layer(layer: Layer, momentum: float, seed: int | None) -> keras.layers.Layer:
    name = layer.name
    if layer.kind in (LayerKind.DEPTHWISE, LayerKind.CONVOLUTION):
        initializer: Any = keras.initializers.GlorotUniform(seed)
        regularizer = None
        if layer.regularised:
            initializer = keras.initializers.HeNormal(seed)
            regularizer = keras.regularizers.L2(L2_PENALTY)
        shape = {"padding": "same", "dilation_rate": layer.dilation, "use_bias": layer.bias, "name": name}
        if layer.kind is LayerKind.DEPTHWISE:
            return keras.layers.DepthwiseConv1D(
                layer.kernel, depthwise_initializer=initializer, depthwise_regularizer=regularizer, **shape
            )
        return keras.layers.Conv1D(
            layer.channels,
            layer.kernel,
            kernel_initializer=initializer,
            kernel_regularizer=regularizer,
            **shape,
        )
    match layer.kind:
        case LayerKind.BATCH_NORM:
            return keras.layers.BatchNormalization(momentum=momentum, epsilon=NORM_EPSILON, name=name)
        case LayerKind.TIME_NORM:
            return keras.layers.LayerNormalization(axis=1, epsilon=NORM_EPSILON, name=name)
        case LayerKind.ACTIVATION:
            return keras.layers.Activation(layer.activation, name=name)
        case LayerKind.POOL:
            return keras.layers.GlobalAveragePooling1D(keepdims=True, name=name)
        case LayerKind.ADD:
            return keras.layers.Add(name=name)
        case LayerKind.MULTIPLY:
            return keras.layers.Multiply(name=name)
        case LayerKind.DROPOUT:
            return keras.layers.SpatialDropout1D(layer.rate, seed=seed, name=name)
    raise ValueError(f"{layer.kind} is not a layer of a model")


def weights_by_layer(model: keras.Model, network: Network) -> dict[str, LayerWeights]:
    """The weights of ``model`` under the names of ``network``'s layers.

    Raises StudyError where the model was not built from this network.
    """
    frame_size = model.input_shape[1]
    expected = {layer.name: network.weight_shapes(layer, frame_size) for layer in network.layers}
    found = {layer.name: tuple(tuple(weight.shape) for weight in layer.weights) for layer in model.layers}
    wrong = {name for name in expected.keys() | found.keys() if expected.get(name, ()) != found.get(name, ())}
    if wrong:
        raise StudyError(
            f"the model and the configured architecture differ in {', '.join(sorted(wrong)[:5])}"
            + (f" and {len(wrong) - 5} more layers." if len(wrong) > 5 else "."),
            where="architecture",
            hint="Use the configuration that the model was trained with.",
        )
    return {
        layer.name: tuple(np.asarray(weight, np.float32) for weight in layer.get_weights())
        for layer in model.layers
        if layer.weights
    }


def weights_sha256(model: keras.Model) -> str:
    """A hash of a model's weights, in hexadecimal: names, shapes and float32 values, in order.

    Files of equal models differ in their dates; this does not.
    """
    digest = hashlib.sha256()
    for layer in model.layers:
        for weight in layer.get_weights():
            digest.update(f"{layer.name} {weight.shape} ".encode())
            digest.update(np.ascontiguousarray(weight, "<f4").tobytes())
    return digest.hexdigest()
