"""Each kind of layer against the reference kernel, over shapes and scales that no network of ours has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from host_engine import HostEngine
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from int8_frames import micro_outputs, trying_frames
from tflite_builder import TfliteBuilder, options

from sleepstudio.deployment.board_image_layers import Flag, Kind, read_layers
from sleepstudio.deployment.board_image_writer import board_image
from sleepstudio.errors import StudyError
from sleepstudio.staging.interpreter import TfliteModel

SCALES = st.floats(-7, 1).map(lambda power: float(np.float32(10**power)))
ZEROS = st.integers(-128, 127)
ACTIVATIONS = st.sampled_from([0, 1, 2, 3])
quick = settings(max_examples=60, deadline=None)


def image_of(model: TfliteModel) -> bytes:
    return board_image(model, name="one operator", stage_set=0, parameters=0)


def accepted(builder: TfliteBuilder, output: int) -> TfliteModel:
    """The model, where the reference computes it: it refuses some scales that no converter makes."""
    try:
        return builder.model(output)
    except StudyError:
        reject()


def check(model: TfliteModel, seed: int = 0) -> bytes:
    """The engine gives what the reference gives, for every value."""
    image = image_of(model)
    frames = trying_frames(model.frame_size, model.features, 6, seed)
    np.testing.assert_array_equal(HostEngine(image).run(frames), model.run(frames))
    return image


def weights(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ends = draw(st.booleans())
    return (rng.choice([-127, 127], shape) if ends else rng.integers(-127, 128, shape)).astype(np.int8)


@st.composite
def convolutions(draw: st.DrawFn) -> TfliteModel:
    depthwise = draw(st.booleans())
    rows, inputs = draw(st.integers(1, 13)), draw(st.integers(1, 8))
    outputs = inputs if depthwise else draw(st.integers(2, 7))
    if depthwise and outputs < 2:
        inputs = outputs = 2
    taps, dilation, same = draw(st.integers(1, 9)), draw(st.integers(1, 4)), draw(st.booleans())
    reach = (taps - 1) * dilation
    builder = TfliteBuilder(rows, inputs, scale := draw(SCALES), draw(ZEROS))
    x = builder.reshaped(builder.input, (1, 1, rows, inputs))
    kernel = weights(draw, (1, 1, taps, inputs) if depthwise else (outputs, 1, taps, inputs))
    kernel_scales = [draw(SCALES) for _ in range(outputs)]
    w = builder.constant(kernel, kernel_scales, axis=3 if depthwise else 0)
    most = draw(st.sampled_from([0, 1000, 1 << 20, (1 << 30) - 1]))
    biases = np.random.default_rng(draw(st.integers(0, 99))).integers(-most, most + 1, outputs)
    bias_scales = [scale * one for one in kernel_scales]
    b = builder.constant(biases.astype(np.int32), bias_scales)
    rows_out = rows
    if not same:
        # the frame keeps its length by padding first
        before = draw(st.integers(0, reach))
        padded = builder.tensor((1, 1, rows + reach, inputs), scale, builder.zero_point(builder.input))
        amounts = np.array([[0, 0], [0, 0], [before, reach - before], [0, 0]], np.int32)
        x = builder.operator("PAD", [x, builder.constant(amounts)], padded, options("PadOptions"))
    out = builder.tensor((1, 1, rows_out, outputs), draw(SCALES), draw(ZEROS))
    kind = "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions"
    fields = {"depthMultiplier": 1} if depthwise else {}
    chosen = options(kind, padding=0 if same else 1, strideW=1, strideH=1, dilationWFactor=dilation,
                     dilationHFactor=1, fusedActivationFunction=draw(ACTIVATIONS), **fields)  # fmt: skip
    name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    y = builder.operator(name, [x, w, b], out, chosen, version=3)
    return accepted(builder, builder.reshaped(y, (1, rows_out, outputs)))


@given(model=convolutions(), seed=st.integers(0, 1000))
@settings(max_examples=250, deadline=None)
def test_convolutions(model: TfliteModel, seed: int) -> None:
    check(model, seed)


@st.composite
def sums_and_products(draw: st.DrawFn) -> TfliteModel:
    """x ∘ y, with y another activation, the mean over rows, or constants of several shapes; either first."""
    rows, channels = draw(st.integers(1, 9)), draw(st.integers(2, 8))
    builder = TfliteBuilder(rows, channels, draw(SCALES), draw(ZEROS))
    x = builder.input
    kind = draw(st.sampled_from(["itself", "activation", "row", "constant"]))
    if kind == "itself":
        y = x
    elif kind == "activation":
        y = builder.operator("TANH", [x], builder.tensor((1, rows, channels), 1 / 128, 0))
    elif kind == "row":
        mean = builder.tensor((1, 1, channels), draw(SCALES), draw(ZEROS))
        axes = builder.constant(np.array([1], np.int32))
        y = builder.operator("MEAN", [x, axes], mean, options("ReducerOptions", keepDims=True))
    else:
        shape = draw(st.sampled_from([(1, 1, 1), (1, 1, channels), (1, rows, 1), (1, rows, channels)]))
        y = builder.constant(weights(draw, shape), [draw(SCALES)], draw(ZEROS))
    name, kind = draw(st.sampled_from([("ADD", "AddOptions"), ("SUB", "SubOptions"), ("MUL", "MulOptions")]))
    operands = draw(st.permutations([x, y]))
    # the reference aborts where a sum's step is less than 2^-19 of an operand's
    widest = max(builder.scale(x), builder.scale(y))
    out = builder.tensor(
        (1, rows, channels), widest * draw(st.floats(-4, 3).map(lambda p: 10**p)), draw(ZEROS)
    )
    chosen = options(kind, fusedActivationFunction=draw(ACTIVATIONS))
    return accepted(builder, builder.operator(name, operands, out, chosen, version=2))


@given(model=sums_and_products(), seed=st.integers(0, 1000))
@settings(max_examples=250, deadline=None)
def test_sums_and_products(model: TfliteModel, seed: int) -> None:
    check(model, seed)


@given(rows=st.integers(1, 400), channels=st.integers(2, 8), scales=st.tuples(SCALES, SCALES),
       zeros=st.tuples(ZEROS, ZEROS))  # fmt: skip
@quick
def test_mean_over_rows(
    rows: int, channels: int, scales: tuple[float, float], zeros: tuple[int, int]
) -> None:
    builder = TfliteBuilder(rows, channels, scales[0], zeros[0])
    mean = builder.tensor((1, 1, channels), scales[1], zeros[1])
    axes = builder.constant(np.array([1], np.int32))
    reduced = builder.operator(
        "MEAN", [builder.input, axes], mean, options("ReducerOptions", keepDims=True), version=2
    )
    # rows come out again
    out = builder.tensor((1, rows, channels), scales[0] * scales[1] * 1000, 0)
    y = builder.operator("MUL", [builder.input, reduced], out, options("MulOptions"), version=2)
    image = check(accepted(builder, y))
    assert any(layer.kind == Kind.MEAN for layer in read_layers(image))


@given(channels=st.integers(2, 8), scale=st.floats(-3, 0.5).map(lambda p: float(np.float32(10**p))),
       zero=ZEROS, beta=st.sampled_from([1.0, 0.5]), seed=st.integers(0, 99))  # fmt: skip
@quick
def test_softmax(channels: int, scale: float, zero: int, beta: float, seed: int) -> None:
    builder = TfliteBuilder(64, channels, scale, zero)
    out = builder.tensor((1, 64, channels), 1 / 256, -128)
    y = builder.operator("SOFTMAX", [builder.input], out, options("SoftmaxOptions", beta=beta), version=2)
    check(accepted(builder, y), seed)


@pytest.mark.parametrize("name", ["LOGISTIC", "TANH", "HARD_SWISH", "RELU", "RELU6", "RSQRT"])
@given(scales=st.tuples(SCALES, SCALES), zeros=st.tuples(ZEROS, ZEROS))
@settings(max_examples=15, deadline=None)
def test_tables(name: str, scales: tuple[float, float], zeros: tuple[int, int]) -> None:
    source, target = scales, zeros
    if name == "RSQRT":
        zeros = (-128, -128)
    if name == "HARD_SWISH":  # the reference refuses results in smaller steps
        source = (min(scales), max(scales))
    if name in ("LOGISTIC", "TANH"):
        target = (zeros[0], -128 if name == "LOGISTIC" else 0)
        source = (scales[0], 1 / 256 if name == "LOGISTIC" else 1 / 128)
    else:
        target = zeros
    builder = TfliteBuilder(32, 8, source[0], target[0])
    y = builder.operator(
        name,
        [builder.input],
        builder.tensor((1, 32, 8), source[1], target[1]),
        version=1 if name == "HARD_SWISH" else 2,
    )
    image = check(accepted(builder, y))
    assert [layer.kind for layer in read_layers(image)] == [Kind.TABLE]


@given(per_channel=st.booleans(), scales=st.tuples(SCALES, SCALES, SCALES), zeros=st.tuples(ZEROS, ZEROS),
       seed=st.integers(0, 99))  # fmt: skip
@quick
def test_fully_connected(
    per_channel: bool, scales: tuple[float, float, float], zeros: tuple[int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    builder = TfliteBuilder(7, 6, scales[0], zeros[0])
    w_scales = list(np.float32(scales[1] * rng.uniform(0.5, 2, 5 if per_channel else 1)))
    w = builder.constant(rng.integers(-127, 128, (5, 6)).astype(np.int8), w_scales)
    b = builder.constant(
        rng.integers(-500, 500, 5).astype(np.int32), [np.float32(scales[0]) * one for one in w_scales]
    )
    chosen = options("FullyConnectedOptions", keepNumDims=True)
    out = builder.tensor((1, 7, 5), scales[0] * scales[1] * scales[2] * 1e4, zeros[1])
    model = accepted(
        builder, builder.operator("FULLY_CONNECTED", [builder.input, w, b], out, chosen, version=5)
    )
    frames = trying_frames(7, 6, 6, seed)
    # the host's own kernel rounds this one operator once; the micro runtime rounds twice, as in all others
    np.testing.assert_array_equal(
        HostEngine(image_of(model)).run(frames), micro_outputs(model.content, frames)
    )


def test_what_a_constant_scale_cannot_prove_is_wide() -> None:
    """A channel whose output moves by millionths of what comes in: the reference shifts to the left."""
    builder = TfliteBuilder(4, 4, 1.0, 0)
    x = builder.reshaped(builder.input, (1, 1, 4, 4))
    w = builder.constant(np.full((2, 1, 1, 4), 127, np.int8), [1.0, 1.0])
    b = builder.constant(np.zeros(2, np.int32), [1.0, 1.0])
    out = builder.tensor((1, 1, 4, 2), 1e-7, 3)
    y = builder.operator("CONV_2D", [x, w, b], out, options("Conv2DOptions", strideW=1, strideH=1,
                         dilationWFactor=1, dilationHFactor=1), version=3)  # fmt: skip
    image = check(builder.model(builder.reshaped(y, (1, 4, 2))))
    assert read_layers(image)[0].flags == Flag.WIDE
