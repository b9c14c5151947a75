"""The engine's DSP path on an emulated Cortex-M4: equal to the host's, and within its budget."""

from __future__ import annotations

import numpy as np
import pytest
from engine_networks import mixed, preset
from host_engine import HostEngine
from int8_frames import trying_frames
from m4_engine import M4Engine
from network_examples import MIXED

from sleepstudio.deployment.board_image_writer import board_image
from sleepstudio.models.presets import PRESETS
from sleepstudio.staging.interpreter import TfliteModel

BUDGETS = {"tcn-10k": 4_500_000, "tcn-20k": 6_500_000, "tcn-30k": 10_650_000}
"""Instructions for a frame of 240 epochs. They may only fall."""


def image_of(model: TfliteModel) -> bytes:
    return board_image(model, name="", stage_set=4, parameters=0)


def check(model: TfliteModel) -> None:
    image = image_of(model)
    frames = trying_frames(model.frame_size, model.features, 4)
    outputs = M4Engine(image).run(frames)
    np.testing.assert_array_equal(outputs, HostEngine(image).run(frames))
    np.testing.assert_array_equal(outputs, model.run(frames))


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name: str) -> None:
    check(preset(name, 4, 240))


@pytest.mark.parametrize("name", MIXED)
def test_every_block_and_normalisation(name: str) -> None:
    check(mixed(name))


@pytest.mark.parametrize("name", BUDGETS)
def test_budget(name: str) -> None:
    engine = M4Engine(image_of(preset(name, 4, 240)), counting=True)
    engine.run(np.zeros((1, 240, 14), np.int8))
    assert len(engine.layer_instructions) == engine.header.layers
    assert engine.instructions < BUDGETS[name]


def test_counts_repeat() -> None:
    frame = trying_frames(40, 14, 1)[-1:]
    counts = []
    for _ in range(2):
        engine = M4Engine(image_of(mixed("mb")), counting=True)
        engine.run(frame)
        counts.append(engine.layer_instructions)
    assert counts[0] == counts[1]
