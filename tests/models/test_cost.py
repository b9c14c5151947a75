"""Cost against published counts, hand counts and the built Keras model."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from network_examples import SLEEPKIT, read_sleepkit, tcn_params

from sleepstudio.errors import ConfigurationError
from sleepstudio.models.cost import model_cost
from sleepstudio.models.presets import PRESETS


@pytest.mark.parametrize("name", SLEEPKIT)
def test_sleepkits_networks_have_its_parameter_counts(real_data: Path, name: str) -> None:
    published = SLEEPKIT[name]
    params, frame_size = read_sleepkit(real_data, name)
    cost = model_cost(
        "tcn", params, frame_size=frame_size, features=published.features, classes=published.classes
    )
    assert cost.parameters == published.parameters


def test_a_small_network_counted_by_hand() -> None:
    params = {
        "input_kernel": 3,
        "input_norm": "batch",
        "blocks": [{"filters": 6, "kernel": 5, "dilation": 2, "branch": 2, "norm": "batch"}],
        "output_kernel": 1,
    }
    cost = model_cost("tcn", params, frame_size=20, features=4, classes=3)
    encoder, encoder_norm = 3 * 4, 4 * 4
    depthwise, pointwise = 2 * (5 * 4 + 4 * 4), 2 * (4 * 6 + 4 * 6)
    logits = 6 * 3 + 3
    assert cost.parameters == encoder + encoder_norm + depthwise + pointwise + logits
    assert cost.parameters - cost.trainable_parameters == 2 * 4 + 2 * (2 * 4) + 2 * (2 * 6)
    assert cost.deployed_parameters == (3 * 4 + 4) + (5 * 4 + 4) + (4 * 6 + 6) + logits
    assert cost.macs_per_frame == 20 * (3 * 4 + 5 * 4 + 4 * 6 + 6 * 3)
    assert cost.macs_per_hour == cost.macs_per_frame * 120 / 20
    assert cost.receptive_field == 1 + 2 + 4 * 2
    assert not cost.pools_over_time
    assert cost.peak_activation_bytes == 20 * (4 + 6)


def test_a_skip_is_held_in_memory() -> None:
    cost = model_cost(
        "tcn", {"blocks": [{"filters": 4, "norm": "batch"}]}, frame_size=10, features=4, classes=2
    )
    assert cost.peak_activation_bytes == 3 * 10 * 4


def test_ss4_sees_further_than_its_frame(real_data: Path) -> None:
    params, frame_size = read_sleepkit(real_data, "ss-4")
    cost = model_cost("tcn", params, frame_size=frame_size, features=14, classes=4)
    assert (frame_size, cost.receptive_field) == (240, 385)
    assert cost.pools_over_time


@pytest.mark.parametrize("name", PRESETS)
def test_presets_keep_their_promise(name: str) -> None:
    cost = model_cost(name, {}, frame_size=240, features=14, classes=5)
    assert 0.8 * PRESETS[name].max_parameters < cost.deployed_parameters <= PRESETS[name].max_parameters


@settings(max_examples=8, deadline=None, derandomize=True)
@given(params=tcn_params())
def test_counts_are_those_of_the_built_model(params: dict[str, Any]) -> None:
    from sleepstudio.models.build import build_model

    cost = model_cost("tcn", params, frame_size=30, features=3, classes=4)
    model = build_model("tcn", params, frame_size=30, features=3, classes=4)
    assert cost.parameters == model.count_params()
    assert cost.trainable_parameters == sum(math.prod(weight.shape) for weight in model.trainable_weights)
    for row in cost.layers[1:]:
        layer = model.get_layer(row.name)
        assert layer.count_params() == row.parameters
        assert tuple(layer.output.shape[1:]) == (row.rows, row.channels)


def test_a_frame_has_epochs() -> None:
    with pytest.raises(ConfigurationError, match="frame_size"):
        model_cost("tcn", {}, frame_size=0, features=4, classes=2)


def test_cost_needs_no_tensorflow() -> None:
    code = (
        "import sys; from sleepstudio.models.cost import model_cost;"
        "model_cost('tcn-10k', {}, frame_size=240, features=14, classes=4);"
        "print({'tensorflow', 'keras', 'scipy', 'h5py'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "set()"
