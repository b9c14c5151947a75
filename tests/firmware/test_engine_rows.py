"""Rows in and probabilities out, exactly as docs/board_image.md says, against numpy."""

from __future__ import annotations

import dataclasses
import zlib

import numpy as np
import pytest
from engine_networks import converted
from host_engine import HostEngine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sleepstudio.deployment.board_image import parse_header, probabilities_u8
from sleepstudio.deployment.board_image_writer import board_image
from sleepstudio.staging.interpreter import TfliteModel

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
ROWS = hnp.arrays(np.float32, (5, 14), elements=FINITE)
OUTPUTS = hnp.arrays(np.int8, (20, 4))


@pytest.fixture(scope="module")
def model() -> TfliteModel:
    return converted("tcn", {"blocks": [{"filters": 4, "norm": "batch"}]}, 4, 6)


@pytest.fixture(scope="module")
def image(model: TfliteModel) -> bytes:
    return board_image(model, name="rows", stage_set=4, parameters=0)


@pytest.fixture(scope="module")
def softmax_image() -> bytes:
    model = converted("tcn", {"blocks": [{"filters": 4, "norm": "batch"}]}, 4, 6, softmax=True)
    return board_image(model, name="", stage_set=4, parameters=0)


def sealed(content: bytes) -> bytes:
    return content[:12] + zlib.crc32(content[16:]).to_bytes(4, "little") + content[16:]


@given(rows=ROWS)
@settings(max_examples=200, deadline=None)
def test_rows_are_quantised_as_on_the_host(model: TfliteModel, image: bytes, rows: np.ndarray) -> None:
    assert model.input_quantisation is not None
    with np.errstate(over="ignore"):
        expected = model.input_quantisation.quantise(rows)
    status, quantised = HostEngine(image).quantise(rows)
    assert status == 0
    np.testing.assert_array_equal(quantised, expected)


def test_halves_go_away_from_zero(model: TfliteModel, image: bytes) -> None:
    """Every half step and its neighbours in float32, of a scale that divides them exactly."""
    header = dataclasses.replace(parse_header(image), input_scale=0.25, input_zero_point=0)
    halves = (np.arange(-140, 140) + 0.5).astype(np.float32) * np.float32(0.25)
    rows = np.stack([halves, np.nextafter(halves, np.float32(0)), np.nextafter(halves, np.float32(99))])
    padded = np.resize(rows.ravel(), (60, 14)).astype(np.float32)
    expected = np.sign(padded) * np.floor(np.abs(padded.astype(np.float64) / 0.25) + 0.5)
    _, quantised = HostEngine(sealed(header.pack() + image[192:])).quantise(padded)
    np.testing.assert_array_equal(quantised, np.clip(expected, -128, 127))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 13])
def test_what_is_not_finite_is_refused(image: bytes, bad: float, column: int) -> None:
    row = np.zeros((1, 14), np.float32)
    row[0, column] = bad
    assert HostEngine(image).quantise(row)[0] == 13


@given(rows=ROWS, mean=hnp.arrays(np.float32, 14, elements=FINITE),
       inverse=hnp.arrays(np.float32, 14, elements=st.floats(2**-60, 2**60, width=32)),
       limit=st.sampled_from([1.0, 5.0, 10.0]))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_an_affine_normaliser(
    model: TfliteModel, image: bytes, rows: np.ndarray, mean: np.ndarray, inverse: np.ndarray, limit: float
) -> None:
    """Each operation rounded to float32, as numpy does it."""
    block = np.concatenate([mean, inverse, [np.float32(limit)]]).astype("<f4").tobytes()
    header = dataclasses.replace(
        parse_header(image), normalises=True, normaliser_at=len(image), total_bytes=len(image) + len(block)
    )
    engine = HostEngine(sealed(header.pack() + image[192:] + block))
    assert model.input_quantisation is not None
    with np.errstate(over="ignore"):
        normalised = np.clip((rows - mean) * inverse, np.float32(-limit), np.float32(limit))
        expected = model.input_quantisation.quantise(normalised.astype(np.float32))
    np.testing.assert_array_equal(engine.quantise(rows)[1], expected)


def test_a_normaliser_that_gives_no_number_is_refused(image: bytes) -> None:
    fine = np.concatenate([np.zeros(14), np.ones(14), [5.0]])
    for place, value in (
        (0, np.nan),
        (13, np.inf),
        (14, 0.0),
        (14, -1.0),
        (27, np.inf),
        (28, 0.0),
        (28, np.nan),
    ):
        block = fine.copy()
        block[place] = value
        header = dataclasses.replace(
            parse_header(image), normalises=True, normaliser_at=len(image), total_bytes=len(image) + 116
        )
        content = sealed(header.pack() + image[192:] + block.astype("<f4").tobytes())
        assert HostEngine(content).status == 5


@given(outputs=OUTPUTS)
@settings(max_examples=100, deadline=None)
def test_probabilities_of_logits(image: bytes, outputs: np.ndarray) -> None:
    header = parse_header(image)
    probabilities = HostEngine(image).probabilities(outputs)
    np.testing.assert_array_equal(probabilities, probabilities_u8(header, outputs))
    powers = np.exp(header.output_scale * (outputs.astype(float) - outputs.max(axis=1, keepdims=True)))
    shares = 255 * powers / powers.sum(axis=1, keepdims=True)
    assert np.abs(probabilities - shares).max() < 0.5 + 1e-4


@given(outputs=OUTPUTS)
@settings(max_examples=50, deadline=None)
def test_probabilities_of_probabilities(softmax_image: bytes, outputs: np.ndarray) -> None:
    header = parse_header(softmax_image)
    assert header.gives_probabilities
    expected = np.clip(np.floor(255 / 256 * (outputs.astype(float) + 128) + 0.5), 0, 255)
    np.testing.assert_array_equal(HostEngine(softmax_image).probabilities(outputs), expected)
    np.testing.assert_array_equal(probabilities_u8(header, outputs), expected)


@given(outputs=hnp.arrays(np.int8, (20, 4), elements=st.integers(-3, 3)))
@settings(max_examples=50, deadline=None)
def test_the_first_of_equals_is_the_stage(image: bytes, outputs: np.ndarray) -> None:
    assert HostEngine(image).stages(outputs) == outputs.argmax(axis=1).tolist()
