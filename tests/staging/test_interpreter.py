"""The small interpreter: arithmetic of quantisation, agreement with the kernels, refusal of bad files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from converted_examples import CLASSES, FEATURES, FRAME_SIZE, make
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepstudio.errors import FeatureError, StudyError
from sleepstudio.staging.interpreter import Quantisation, TfliteModel
from sleepstudio.staging.tflite_graph import MAX_BYTES, read_graph

FRAMES = np.random.default_rng(0).normal(size=(6, FRAME_SIZE, FEATURES)).astype(np.float32)
PARAMS = {"blocks": [{"filters": 4, "kernel": 5, "dilation": 2, "norm": "batch"}]}


@pytest.fixture(scope="module")
def model() -> TfliteModel:
    return make("tcn", PARAMS, FRAMES).int8


@pytest.fixture(scope="module")
def float_io() -> TfliteModel:
    return make("tcn", PARAMS, FRAMES, io_type="float32").int8


def test_a_model_says_what_it_takes_and_gives(model: TfliteModel) -> None:
    assert (model.frame_size, model.features, model.classes) == (FRAME_SIZE, FEATURES, CLASSES)
    assert not model.gives_probabilities
    assert model.input_quantisation is not None


def test_quantisation_rounds_halves_away_from_zero_and_saturates() -> None:
    values = np.array([-1e9, -1.25, -0.75, -0.25, 0, 0.24, 0.25, 0.75, 1e9], np.float32)
    assert Quantisation(0.5, 3).quantise(values).tolist() == [-128, 0, 1, 2, 3, 3, 4, 5, 127]


@settings(max_examples=50, derandomize=True)
@given(scale=st.floats(2**-13, 1024, width=32), zero_point=st.integers(-128, 127))
def test_every_int8_value_survives_the_way_there_and_back(scale: float, zero_point: int) -> None:
    every = np.arange(-128, 128).astype(np.int8)
    quantisation = Quantisation(scale, zero_point)
    np.testing.assert_array_equal(quantisation.quantise(quantisation.dequantise(every)), every)


def test_quantisation_is_the_kernels_own(model: TfliteModel, float_io: TfliteModel) -> None:
    """The model with float input quantises by the kernel: halves and edges included."""
    assert model.input_quantisation is not None
    assert model.output_quantisation is not None
    steps = np.random.default_rng(1).integers(-300, 300, (40, FRAME_SIZE, FEATURES)) / 2
    frames = (steps * model.input_quantisation.scale).astype(np.float32)
    by_kernel = float_io.run(frames)
    by_host = model.output_quantisation.dequantise(
        model.predict_int8(model.input_quantisation.quantise(frames))
    )
    np.testing.assert_array_equal(by_host, by_kernel)


def test_logits_become_probabilities(model: TfliteModel) -> None:
    assert model.input_quantisation is not None
    assert model.output_quantisation is not None
    logits = model.output_quantisation.dequantise(
        model.predict_int8(model.input_quantisation.quantise(FRAMES))
    )
    expected = np.exp(logits.astype(np.float64))
    expected /= expected.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(model.predict(FRAMES), expected, atol=1e-6)


def test_probabilities_are_left_as_they_are() -> None:
    softmax = make("tcn", PARAMS, FRAMES, softmax=True).int8
    assert softmax.gives_probabilities
    assert softmax.input_quantisation is not None
    assert softmax.output_quantisation == Quantisation(1 / 256, -128)
    raw = softmax.predict_int8(softmax.input_quantisation.quantise(FRAMES))
    np.testing.assert_array_equal(softmax.predict(FRAMES), (raw.astype(np.float32) + 128) / 256)


def test_frames_do_not_depend_on_each_other(model: TfliteModel) -> None:
    together = model.predict(FRAMES)
    alone = np.concatenate([model.predict(frame[None]) for frame in FRAMES[::-1]])[::-1]
    np.testing.assert_array_equal(together, alone)
    assert model.predict(FRAMES[:0]).shape == (0, FRAME_SIZE, CLASSES)


@pytest.mark.parametrize(
    "shape", [(1, FRAME_SIZE, FEATURES + 1), (1, FRAME_SIZE - 1, FEATURES), (FRAME_SIZE, FEATURES)]
)
def test_frames_of_another_shape_are_refused(model: TfliteModel, shape: tuple[int, ...]) -> None:
    with pytest.raises(FeatureError, match=r"not int8 \(n, 40, 5\)"):
        model.predict(np.zeros(shape, np.float32))


def test_values_that_are_not_finite_are_refused(model: TfliteModel) -> None:
    frames = FRAMES.copy()
    frames[2, 3, 1] = np.nan
    with pytest.raises(FeatureError, match="cannot be quantised"):
        model.predict(frames)


def test_int8_frames_need_an_int8_model(float_io: TfliteModel) -> None:
    with pytest.raises(StudyError, match="float32, not int8"):
        float_io.predict_int8(np.zeros((1, FRAME_SIZE, FEATURES), np.int8))


def test_a_file_is_read_and_hashed(model: TfliteModel, tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(model.content)
    loaded = TfliteModel.from_file(tmp_path / "model.tflite")
    assert loaded.sha256 == model.sha256
    np.testing.assert_array_equal(loaded.predict(FRAMES), model.predict(FRAMES))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"absent\.tflite: cannot be read \(No such file"):
        TfliteModel.from_file(tmp_path / "absent.tflite")


@pytest.mark.parametrize(
    "content", [b"", b"TFL3", b"\0" * 4 + b"TFL3" + b"\xff" * 500, b"\0" * (MAX_BYTES + 1)]
)
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(StudyError):
        TfliteModel(content)
    with pytest.raises(StudyError):
        read_graph(content)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_graph_is_read_or_refused_but_never_worse(model: TfliteModel, seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray(model.content[: rng.integers(8, len(model.content)) if seed % 3 == 0 else None])
    for position in rng.integers(8, len(content), rng.integers(1, 30)):
        content[position] = rng.integers(256)
    try:
        graph = read_graph(bytes(content))
    except StudyError as error:
        graph = None
        refusal = error
    assert graph.tensors if graph else refusal.hint


def test_inference_needs_no_tensorflow(model: TfliteModel, tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(model.content)
    code = (
        "import sys; from pathlib import Path; import numpy as np;"
        "from sleepstudio.staging.interpreter import TfliteModel;"
        "model = TfliteModel.from_file(Path(sys.argv[1]));"
        "model.predict(np.zeros((1, model.frame_size, model.features), np.float32));"
        "print({'tensorflow', 'keras', 'scipy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "model.tflite")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "set()"


def test_a_model_of_images_is_refused() -> None:
    import keras

    from sleepstudio.deployment.convert import quantise

    inputs = keras.Input(batch_shape=(1, 4, 6, 2))
    content = quantise(
        keras.Model(inputs, keras.layers.Conv2D(2, 1)(inputs)), np.zeros((2, 4, 6, 2), np.float32)
    )
    with pytest.raises(StudyError, match="not one frame each"):
        TfliteModel(content)
