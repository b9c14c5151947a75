"""Int8 conversion: right on the micro runtime for every kind of network, close to the float model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from converted_examples import CLASSES, FEATURES, FRAME_SIZE, Converted, make
from hypothesis import Phase, given, settings
from network_examples import MIXED, randomise, tcn_params
from numpy.typing import NDArray

from sleepstudio.deployment.convert import convert_int8, quantise
from sleepstudio.deployment.micro_operators import check_operators
from sleepstudio.deployment.operators import operator_table
from sleepstudio.deployment.verify import micro_runtime_available, verify
from sleepstudio.errors import ConfigurationError, ExportError
from sleepstudio.models.build import build_network
from sleepstudio.models.cost import network_cost
from sleepstudio.models.presets import PRESETS
from sleepstudio.models.registry import network_of
from sleepstudio.staging.tflite_graph import read_graph

needs_micro_runtime = pytest.mark.skipif(
    not micro_runtime_available(), reason="the micro runtime (tflite-micro, Linux only) is not installed"
)


@needs_micro_runtime
@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_bit_exact_on_the_micro_runtime(name: str, frames: NDArray[np.float32]) -> None:
    converted = make(name, {}, frames)
    verification = verify(converted.int8, frames)
    assert verification.exact
    assert verification.values == verification.frames * FRAME_SIZE * CLASSES
    assert verification.frames > len(frames)
    cost = network_cost(converted.network, FRAME_SIZE)
    assert verification.arena_bytes >= cost.peak_activation_bytes


@needs_micro_runtime
@pytest.mark.parametrize("name", ["lg", "sm"])
def test_every_block_type_is_bit_exact(name: str, frames: NDArray[np.float32]) -> None:
    assert verify(make("tcn", MIXED[name], frames, softmax=True).int8, frames).exact


@needs_micro_runtime
@settings(max_examples=3, deadline=None, derandomize=True, phases=[Phase.generate])
@given(params=tcn_params())
def test_random_networks_are_bit_exact(params: dict[str, Any]) -> None:
    frames = np.random.default_rng(0).normal(size=(8, FRAME_SIZE, FEATURES)).astype(np.float32)
    assert verify(make("tcn", params, frames).int8, frames).exact


def test_int8_stays_close_to_float(dilated: Converted, frames: NDArray[np.float32]) -> None:
    logits = np.asarray(dilated.float_model(frames))
    exact = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    probabilities = dilated.int8.predict(frames)
    assert (probabilities.argmax(axis=-1) == exact.argmax(axis=-1)).mean() > 0.9
    assert np.abs(probabilities - exact).mean() < 0.02


def test_the_files_macs_are_those_of_the_cost(dilated: Converted) -> None:
    table = operator_table(dilated.int8.graph)
    assert sum(row.macs for row in table) == network_cost(dilated.network, FRAME_SIZE).macs_per_frame
    assert [row.index for row in table] == list(range(len(table)))
    assert table[-1].shape == (1, FRAME_SIZE, CLASSES)


def test_dilation_is_inside_the_convolutions(dilated: Converted) -> None:
    names = {operator.name for operator in dilated.int8.graph.operators}
    assert "DEPTHWISE_CONV_2D" in names
    assert not names & {"SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"}


def test_the_same_model_converts_to_the_same_bytes(plain: Converted, frames: NDArray[np.float32]) -> None:
    again = convert_int8(plain.float_model, plain.network, frames)
    assert again.sha256 == plain.int8.sha256


def test_weights_are_quantised_per_channel(plain: Converted) -> None:
    graph = plain.int8.graph
    for operator in graph.operators:
        if operator.name == "CONV_2D":
            weights = graph.tensors[operator.inputs[1]]
            assert weights.type == "INT8"
            assert len(weights.scales) == weights.shape[0]


def test_float_input_and_output_compute_the_same(plain: Converted, frames: NDArray[np.float32]) -> None:
    float_io = convert_int8(plain.float_model, plain.network, frames, io_type="float32")
    assert float_io.input_quantisation is None
    np.testing.assert_array_equal(float_io.predict(frames), plain.int8.predict(frames))
    if micro_runtime_available():
        assert verify(float_io, frames).exact


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")
def test_a_graph_converted_with_an_open_batch_is_refused(
    plain: Converted, frames: NDArray[np.float32]
) -> None:
    converter = tf.lite.TFLiteConverter.from_keras_model(plain.float_model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([frame[None]] for frame in frames)
    graph = read_graph(bytes(converter.convert()))
    assert "SPACE_TO_BATCH_ND" in {operator.name for operator in graph.operators}
    with pytest.raises(ExportError, match="SPACE_TO_BATCH_ND"):
        check_operators(graph)
    with pytest.raises(ExportError, match="batch is open, not one"):
        quantise(plain.float_model, frames)


def test_an_operator_that_the_micro_runtime_lacks_is_refused(frames: NDArray[np.float32]) -> None:
    inputs = keras.Input(batch_shape=(1, FRAME_SIZE, FEATURES))
    with pytest.raises(ExportError, match="the micro runtime has no ATAN2"):
        quantise(keras.Model(inputs, keras.ops.arctan2(inputs, inputs)), frames)


def test_floating_point_inside_is_refused(frames: NDArray[np.float32]) -> None:
    inputs = keras.Input(batch_shape=(1, FRAME_SIZE, FEATURES))
    with pytest.raises(ExportError, match="floating point"):
        quantise(keras.Model(inputs, keras.layers.LayerNormalization(axis=1)(inputs)), frames)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (np.zeros((0, FRAME_SIZE, FEATURES), np.float32), "shape"),
        (np.zeros((2, FRAME_SIZE, FEATURES + 1), np.float32), "shape"),
        (np.zeros((2, FRAME_SIZE + 1, FEATURES), np.float32), "41 epochs; the model takes 40"),
        (np.full((2, FRAME_SIZE, FEATURES), np.nan, np.float32), "not finite"),
    ],
)
def test_unusable_representative_frames_are_refused(
    plain: Converted, wrong: NDArray[np.float32], reason: str
) -> None:
    with pytest.raises(ExportError, match=reason):
        convert_int8(plain.float_model, plain.network, wrong)


def test_another_format_is_refused_by_name(plain: Converted, frames: NDArray[np.float32]) -> None:
    with pytest.raises(ConfigurationError, match=r"'INT16X8' is not available.*INT8"):
        convert_int8(plain.float_model, plain.network, frames, quantisation_format="INT16X8")


def test_a_model_of_open_length_converts_at_the_frames_length(frames: NDArray[np.float32]) -> None:
    params = {"blocks": [{"filters": 4, "kernel": 5, "dilation": 2, "norm": "batch"}]}
    network = network_of("tcn", params, FEATURES, CLASSES)
    model = randomise(build_network(network, None))
    for length in (FRAME_SIZE, 16):
        converted = convert_int8(model, network, frames[:, :length])
        assert converted.frame_size == length
        probabilities = np.asarray(keras.ops.softmax(model(frames[:, :length])))
        np.testing.assert_allclose(converted.predict(frames[:, :length]), probabilities, atol=0.1)


def test_conversion_prints_nothing(
    plain: Converted, frames: NDArray[np.float32], capsys: pytest.CaptureFixture[str]
) -> None:
    convert_int8(plain.float_model, plain.network, frames[:2])
    assert capsys.readouterr().out == ""
