"""The TCN's parameters: SleepKit's keys and defaults, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sleepstudio.errors import ConfigurationError
from sleepstudio.models.network import LayerKind
from sleepstudio.models.registry import (
    architecture_names,
    exports_probabilities,
    network_of,
    resolve_architecture,
)
from sleepstudio.models.tcn import TcnBlock, TcnParams


def kinds(params: dict[str, Any]) -> list[LayerKind]:
    return [layer.kind for layer in network_of("tcn", params, 4, 3).layers[1:]]


def test_defaults_are_sleepkits() -> None:
    params = TcnParams(blocks=(TcnBlock(filters=5),))
    assert params.model_dump(exclude={"blocks", "name", "model_name"}) == {
        "input_kernel": None,
        "input_norm": "layer",
        "block_type": "mb",
        "output_kernel": 3,
        "include_top": True,
        "use_logits": True,
        "output_activation": None,
    }
    assert params.blocks[0].model_dump() == {
        "depth": 1,
        "branch": 1,
        "filters": 5,
        "kernel": 3,
        "dilation": 1,
        "ex_ratio": 1,
        "se_ratio": 0,
        "dropout": None,
        "norm": "layer",
        "activation": "relu6",
    }


def test_width_may_be_written_as_an_images() -> None:
    plain = network_of("tcn", {"input_kernel": 7, "blocks": [{"filters": 3, "dilation": 2}]}, 4, 3)
    image = network_of("tcn", {"input_kernel": [1, 7], "blocks": [{"filters": 3, "dilation": [1, 2]}]}, 4, 3)
    assert plain == image


def test_layers_of_an_mb_block_stand_in_mobilenets_order() -> None:
    block = {"filters": 4, "ex_ratio": 2, "se_ratio": 2, "norm": "batch", "dropout": 0.1}
    assert kinds({"blocks": [block]}) == [
        LayerKind.CONVOLUTION, LayerKind.BATCH_NORM, LayerKind.ACTIVATION,
        LayerKind.DEPTHWISE, LayerKind.BATCH_NORM, LayerKind.ACTIVATION,
        LayerKind.POOL, LayerKind.CONVOLUTION, LayerKind.ACTIVATION, LayerKind.CONVOLUTION,
        LayerKind.ACTIVATION, LayerKind.MULTIPLY,
        LayerKind.CONVOLUTION, LayerKind.BATCH_NORM, LayerKind.ACTIVATION,
        LayerKind.ADD, LayerKind.DROPOUT,
        LayerKind.CONVOLUTION,
    ]  # fmt: skip


@pytest.mark.parametrize(("filters", "skips"), [(4, 1), (5, 0)])
def test_a_skip_needs_equal_widths(filters: int, skips: int) -> None:
    assert kinds({"blocks": [{"filters": filters, "depth": 2}]}).count(LayerKind.ADD) == skips


@pytest.mark.parametrize(("ratio", "squeezes"), [(0, 0), (4, 1), (5, 0)])
def test_squeeze_and_excitation_needs_a_channel_to_squeeze_into(ratio: int, squeezes: int) -> None:
    assert kinds({"blocks": [{"filters": 7, "se_ratio": ratio}]}).count(LayerKind.POOL) == squeezes


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"bloks": []}, "unknown key architecture.params.bloks"),
        ({"bloks": []}, "nearest known key is architecture.params.blocks"),
        ({"blocks": [{"filters": 4, "kernal": 3}]}, "known key is architecture.params.blocks.0.kernel"),
        ({"blocks": [{"filters": 4, "branch": 2}]}, "blocks.0.norm must be batch or null"),
        ({"blocks": [{}]}, "blocks.0.filters is missing"),
        ({"blocks": [{"filters": 0}]}, "blocks.0.filters"),
        ({"blocks": [{"filters": 4, "kernel": [3, 3]}]}, "neither k nor [1, k]"),
        ({"blocks": [{"filters": 4, "dropout": 1.0}]}, "blocks.0.dropout"),
        ({"blocks": [{"filters": 4, "activation": "relux"}]}, "blocks.0.activation"),
        ({"block_type": "lg", "blocks": [{"filters": 4, "branch": 2}]}, "blocks.0.branch must be 1"),
        ({"block_type": "sm", "blocks": [{"filters": 4, "ex_ratio": 2}]}, "blocks.0.ex_ratio must be 1"),
        ({"blocks": [{"filters": 1, "ex_ratio": 0.5}]}, "leaves no channel"),
        ({"blocks": [{"filters": 1, "depth": 16, "branch": 8, "norm": None}] * 9}, "more than 2000 layers"),
        ({"include_top": False}, "there is no network"),
        ({"output_activation": "relu"}, "output_activation"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_named(params: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        resolve_architecture("tcn", params)
    assert complaint in str(raised.value)


def test_an_unknown_architecture_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="nearest is tcn-20k") as raised:
        resolve_architecture("tcn20k", {})
    assert all(name in raised.value.hint for name in architecture_names())


@pytest.mark.parametrize(("features", "classes"), [(0, 4), (4, 0), (5000, 4)])
def test_a_network_needs_features_and_classes(features: int, classes: int) -> None:
    with pytest.raises(ConfigurationError):
        network_of("tcn", {}, features, classes)


def test_parameters_replace_a_presets() -> None:
    network = network_of("tcn-10k", {"output_kernel": 1}, 4, 3)
    assert network.layers[-1].kernel == 1
    assert network.layers[:-1] == network_of("tcn-10k", {}, 4, 3).layers[:-1]


@pytest.mark.parametrize(
    ("params", "softmax"),
    [
        ({}, False),
        ({"use_logits": False}, True),
        ({"output_activation": "softmax"}, True),
        ({"use_logits": False, "output_activation": "linear"}, False),
        ({"use_logits": False, "include_top": False, "input_kernel": 3}, False),
    ],
)
def test_when_the_exported_model_gives_probabilities(params: dict[str, Any], softmax: bool) -> None:
    assert exports_probabilities("tcn", params) is softmax
