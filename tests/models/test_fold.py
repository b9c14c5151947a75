"""The folded network computes what the trained one does, with nothing left to fold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from network_examples import MIXED, randomise, tcn_params

from sleepstudio.models.build import build_network
from sleepstudio.models.build_folded import folded_model
from sleepstudio.models.fold import fold
from sleepstudio.models.network import LayerKind
from sleepstudio.models.presets import PRESETS
from sleepstudio.models.registry import network_of

FRAMES = np.random.default_rng(1).normal(size=(3, 24, 5)).astype(np.float32)


def assert_folds(name: str, params: dict[str, Any]) -> None:
    network = network_of(name, params, 5, 3)
    model = randomise(build_network(network, 24))
    folded = folded_model(model, network, 24, softmax=False)
    expected = np.asarray(model(FRAMES))
    actual = np.concatenate([np.asarray(folded(frame[None])) for frame in FRAMES])
    np.testing.assert_allclose(actual, expected, atol=1e-4 * max(1.0, float(np.abs(expected).max())))


@pytest.mark.parametrize("name", MIXED)
def test_every_block_type_folds_to_equal_outputs(name: str) -> None:
    assert_folds("tcn", MIXED[name])


@settings(max_examples=5, deadline=None, derandomize=True)
@given(params=tcn_params())
def test_random_networks_fold_to_equal_outputs(params: dict[str, Any]) -> None:
    assert_folds("tcn", params)


def test_branches_fold_to_the_network_without_them() -> None:
    branched = fold(network_of("tcn-20k-branched", {}, 5, 3)).network
    assert branched == fold(network_of("tcn-20k", {}, 5, 3)).network


@pytest.mark.parametrize("name", PRESETS)
def test_presets_leave_only_what_a_board_computes(name: str) -> None:
    kinds = {layer.kind for layer in fold(network_of(name, {}, 5, 3)).network.layers}
    assert not kinds & {LayerKind.BATCH_NORM, LayerKind.TIME_NORM, LayerKind.DROPOUT}


def test_normalisation_over_time_stays() -> None:
    params = {"blocks": [{"filters": 4, "norm": "layer"}]}
    kinds = [layer.kind for layer in fold(network_of("tcn", params, 5, 3)).network.layers]
    assert kinds.count(LayerKind.TIME_NORM) == 2


def test_softmax_comes_last() -> None:
    network = network_of("tcn", MIXED["sm"], 5, 3)
    model = randomise(build_network(network, 24))
    probabilities = np.asarray(folded_model(model, network, 24, softmax=True)(FRAMES[:1]))
    logits = np.asarray(model(FRAMES[:1]))
    expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
