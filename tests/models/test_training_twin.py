"""The twin that trains is the model: same outputs, same gradients, weights that go back and forth."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from sleepstudio.models.build import build_model
from sleepstudio.models.build_for_training import training_twin

FRAME, FEATURES, CLASSES = 50, 6, 4
X = np.random.default_rng(0).normal(size=(16, FRAME, FEATURES)).astype(np.float32)


def block(**options: object) -> dict[str, object]:
    return {"filters": 8, "kernel": 7, "norm": "batch", **options}


MODELS = {
    "dilated, frame no multiple": [block(dilation=1), block(dilation=4), block(dilation=16)],
    "expanded, squeezed": [block(dilation=2, ex_ratio=2, se_ratio=4), block(dilation=8, se_ratio=2, depth=2)],
    "branches": [block(branch=3, dilation=4)],
    "without normalisation": [block(norm=None, dilation=8)],
    "normalised over time": [block(norm="layer", dilation=2)],
}


def model(blocks: list[dict[str, object]], block_type: str = "mb") -> keras.Model:
    params = {
        "input_kernel": 5,
        "input_norm": "batch",
        "block_type": block_type,
        "blocks": blocks,
        "output_kernel": 3,
    }
    built = build_model("tcn", params, frame_size=FRAME, features=FEATURES, classes=CLASSES, seed=3)
    rng = np.random.default_rng(1)
    built.set_weights(
        [np.abs(w) + rng.uniform(0.01, 0.2, w.shape).astype(np.float32) for w in built.get_weights()]
    )
    return built


@pytest.mark.parametrize("blocks", MODELS.values(), ids=MODELS)
def test_the_twin_computes_the_model(blocks: list[dict[str, object]]) -> None:
    plain = model(blocks)
    twin = training_twin(plain)
    np.testing.assert_allclose(twin(X), plain(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("blocks", "block_type"), [(MODELS["expanded, squeezed"], "mb"), ([block(dilation=4)], "lg")]
)
def test_a_step_of_the_twin_is_a_step_of_the_model(blocks: list[dict[str, object]], block_type: str) -> None:
    plain = model(blocks, block_type)
    twin = training_twin(plain)
    gradients = []
    for each in (plain, twin):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(each(X, training=True) ** 2) + tf.add_n(each.losses)
        gradients.append(tape.gradient(value, each.trainable_variables))
    largest = max(float(tf.reduce_max(tf.abs(gradient))) for gradient in gradients[0])
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=5e-3, atol=1e-3 * largest)
    for ours, theirs in zip(plain.non_trainable_weights, twin.non_trainable_weights, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=3e-3, atol=1e-5)


def test_weights_go_back_by_name_and_order() -> None:
    plain = model(MODELS["expanded, squeezed"])
    twin = training_twin(plain)
    assert [w.path for w in twin.weights] == [w.path for w in plain.weights]
    twin.set_weights([w + 0.1 for w in twin.get_weights()])
    plain.set_weights(twin.get_weights())
    np.testing.assert_allclose(twin(X), plain(X), rtol=1e-5, atol=1e-5)
