"""Whole networks on the engine, against the reference kernels and the micro runtime, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_networks import FEATURES, converted, mixed, preset
from host_engine import HostEngine
from int8_frames import micro_outputs, trying_frames
from network_examples import MIXED, read_sleepkit

from sleepstudio.deployment.board_image import MAX_RAM_IMAGE_BYTES, read_header
from sleepstudio.deployment.board_image_writer import board_image
from sleepstudio.models.presets import PRESETS
from sleepstudio.staging.interpreter import TfliteModel


def check(model: TfliteModel, random: int) -> bytes:
    image = board_image(model, name="network", stage_set=0, parameters=0)
    frames = trying_frames(model.frame_size, model.features, random)
    expected = model.run(frames)
    np.testing.assert_array_equal(HostEngine(image).run(frames), expected)
    np.testing.assert_array_equal(micro_outputs(model.content, frames[:8]), expected[:8])
    # the inputs reach all of the output: equal constants would be equal too
    assert len(np.unique(expected)) > 30
    return image


@pytest.mark.parametrize("classes", [2, 3, 4, 5])
@pytest.mark.parametrize("name", PRESETS)
def test_presets(name: str, classes: int) -> None:
    """Each on thousands of rows; the boards' own frame of 240 epochs with four classes."""
    frame_size, random = (240, 12) if classes == 4 else (70, 20)
    image = check(preset(name, classes, frame_size), random)
    assert len(image) <= MAX_RAM_IMAGE_BYTES


def test_a_preset_that_ends_in_a_softmax() -> None:
    image = check(preset("tcn-20k", 4, 70, softmax=True), 20)
    assert read_header(image).gives_probabilities


@pytest.mark.parametrize("name", MIXED)
def test_every_block_and_normalisation(name: str) -> None:
    check(mixed(name), 30)


@pytest.mark.parametrize(
    "activation", ["relu6", "relu", "hard_silu", "hard_sigmoid", "sigmoid", "tanh", "linear"]
)
def test_every_activation(activation: str) -> None:
    params: dict[str, Any] = {
        "blocks": [
            {
                "filters": 8,
                "kernel": 3,
                "dilation": 2,
                "norm": "batch",
                "activation": activation,
                "se_ratio": 2,
            },
            {"filters": 8, "kernel": 4, "norm": None, "activation": activation},
        ]
    }
    check(converted("tcn", params, 4, 33), 20)


@pytest.mark.parametrize(("name", "classes"), [("ss-2", 2), ("ss-3", 3), ("ss-4", 4), ("ss-5", 5)])
def test_sleepkit_configurations(real_data: Path, name: str, classes: int) -> None:
    params, frame_size = read_sleepkit(real_data, name)
    check(converted("tcn", params, classes, frame_size), 8)


def test_frames_of_one_epoch() -> None:
    params = {"blocks": [{"filters": 5, "kernel": 3, "norm": "batch"}], "output_kernel": 1}
    model = converted("tcn", params, 3, 1)
    frames = np.random.default_rng(0).integers(-128, 128, (300, 1, FEATURES), np.int8)
    engine = HostEngine(board_image(model, name="", stage_set=3, parameters=0))
    np.testing.assert_array_equal(engine.run(frames), model.run(frames))
