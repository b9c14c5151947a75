"""Built Keras models: shapes, repeatable weights, what an epoch depends on, penalties, memory of the past."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from network_examples import MIXED, randomise

from sleepstudio.errors import ConfigurationError, StudyError
from sleepstudio.models.build import build_model, weights_by_layer, weights_sha256
from sleepstudio.models.cost import model_cost
from sleepstudio.models.registry import network_of

CHAIN = {
    "input_kernel": 3,
    "input_norm": "batch",
    "blocks": [{"filters": 4, "kernel": 3, "dilation": 4, "norm": "batch", "activation": "linear"}],
    "output_kernel": 5,
}


@pytest.mark.parametrize("name", MIXED)
def test_every_epoch_gets_logits(name: str) -> None:
    model = build_model("tcn", MIXED[name], frame_size=24, features=5, classes=3)
    logits = np.asarray(randomise(model)(np.random.default_rng(0).normal(size=(2, 24, 5)).astype(np.float32)))
    assert logits.shape == (2, 24, 3)
    assert np.abs(logits.sum(axis=-1) - 1).max() > 0.1


def test_without_a_classifier_the_blocks_channels_come_out() -> None:
    params = {"blocks": [{"filters": 7, "norm": "batch"}], "include_top": False}
    assert build_model("tcn", params, frame_size=24, features=5, classes=3).output_shape == (None, 24, 7)


def test_a_seed_gives_the_same_weights_whatever_ran_before() -> None:
    def build(seed: int | None) -> str:
        return weights_sha256(build_model("tcn-10k", {}, frame_size=30, features=4, classes=4, seed=seed))

    first = build(1)
    keras.random.normal((3,))
    assert build(1) == first
    assert len({first, build(2), build(None), build(None)}) == 4


def test_an_output_depends_on_the_receptive_field_and_no_more() -> None:
    frame_size, middle = 41, 20
    model = build_model("tcn", CHAIN, frame_size=frame_size, features=2, classes=2)
    weights = [np.abs(weight) + 0.1 for weight in model.get_weights()]
    model.set_weights(weights)
    frame = np.zeros((1, frame_size, 2), np.float32)
    touched = frame.copy()
    touched[0, middle] = 1
    changed = np.flatnonzero(np.asarray(model(touched) != model(frame)).any(axis=(0, 2)))
    width = model_cost("tcn", CHAIN, frame_size=frame_size, features=2, classes=2).receptive_field
    assert (changed[0], changed[-1]) == (middle - width // 2, middle + width // 2)


def test_a_frame_of_open_length_gives_as_many_logits() -> None:
    model = build_model("tcn", CHAIN, frame_size=None, features=2, classes=2)
    assert [model(np.zeros((1, length, 2), np.float32)).shape[1] for length in (17, 40)] == [17, 40]


def test_layer_normalisation_needs_a_frame_size() -> None:
    with pytest.raises(ConfigurationError, match="layer normalisation"):
        build_model("tcn", {"blocks": [{"filters": 3}]}, frame_size=None, features=2, classes=2)


def test_only_block_convolutions_are_penalised() -> None:
    model = build_model("tcn", CHAIN, frame_size=24, features=2, classes=2)
    kernels = [layer.get_weights()[0] for layer in model.layers
               if layer.name in ("block1_depth1_depthwise1", "block1_depth1_pointwise1")]  # fmt: skip
    expected = 1e-3 * sum(float((kernel**2).sum()) for kernel in kernels)
    assert len(kernels) == 2
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


def test_moving_statistics_settle_within_a_training_epoch() -> None:
    model = build_model("tcn", CHAIN, frame_size=24, features=2, classes=2)
    norm = model.get_layer("encoder_norm")
    frames = np.random.default_rng(0).normal(5, 3, (16, 24, 2)).astype(np.float32)
    encoded = np.asarray(model.get_layer("encoder")(frames))
    for _ in range(50):
        model(frames, training=True)
    np.testing.assert_allclose(norm.moving_mean, encoded.mean(axis=(0, 1)), rtol=0.01)
    np.testing.assert_allclose(norm.moving_variance, encoded.var(axis=(0, 1)), rtol=0.01)


def test_dropout_drops_whole_channels_in_training_only() -> None:
    params = {"input_kernel": 1, "blocks": [{"filters": 32, "norm": "batch", "dropout": 0.5}],
              "input_norm": "batch", "include_top": False}  # fmt: skip
    model = build_model("tcn", params, frame_size=24, features=2, classes=2, seed=3)
    frames = np.random.default_rng(0).normal(size=(8, 24, 2)).astype(np.float32)
    trained = np.asarray(model(frames, training=True))
    silent = (trained == 0).all(axis=1)
    kept = np.asarray(model(frames, training=False))
    assert 0.3 < silent.mean() < 0.8
    assert silent.mean() > (kept == 0).all(axis=1).mean() + 0.2


def test_weights_of_another_network_are_refused() -> None:
    model = build_model("tcn", CHAIN, frame_size=24, features=2, classes=2)
    wider = network_of("tcn", {**CHAIN, "output_kernel": 7}, 2, 2)
    with pytest.raises(StudyError, match="logits"):
        weights_by_layer(model, wider)
    with pytest.raises(StudyError, match="differ in"):
        weights_by_layer(model, network_of("tcn-10k", {}, 2, 2))
