"""Networks and weights that several test modules use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

MIXED: dict[str, dict[str, Any]] = {
    "mb": {
        "input_kernel": [1, 5],
        "input_norm": "batch",
        "blocks": [
            {"filters": 8, "kernel": 7, "dilation": 2, "depth": 2, "branch": 3, "ex_ratio": 2, "se_ratio": 2,
             "norm": "batch", "dropout": 0.1},
            {"filters": 8, "kernel": 3, "dilation": 2, "norm": "layer"},
            {"filters": 6, "kernel": 4, "branch": 2, "norm": None, "se_ratio": 4},
        ],
        "output_kernel": [1, 5],
    },
    "lg": {
        "block_type": "lg",
        "input_kernel": 3,
        "blocks": [
            {"filters": 8, "depth": 2, "norm": "batch", "dilation": [1, 2]},
            {"filters": 8, "norm": "layer", "se_ratio": 2, "activation": "hard_silu", "dropout": 0.1},
            {"filters": 6, "norm": None},
        ],
    },
    "sm": {
        "block_type": "sm",
        "blocks": [
            {"filters": 8, "depth": 2, "branch": 3, "norm": "batch", "dilation": 2, "se_ratio": 2},
            {"filters": 8, "norm": "layer", "activation": "tanh"},
            {"filters": 6, "branch": 2, "norm": None},
        ],
        "use_logits": False,
    },
}  # fmt: skip
"""Between them every block type, option and normalisation."""


@dataclass(frozen=True)
class Published:
    """A network of SleepKit's: what goes in and out, and the parameters it has when SleepKit builds it."""

    features: int
    classes: int
    parameters: int


SLEEPKIT = MappingProxyType(
    {
        "ss-2": Published(14, 2, 10_397),
        "ss-3": Published(14, 3, 11_341),
        "ss-4": Published(14, 4, 27_849),
        "ss-5": Published(14, 5, 28_298),
        "sa-2": Published(5, 2, 9_185),
        "sd-2": Published(5, 2, 9_364),
    }
)


def read_sleepkit(real_data: Path, name: str) -> tuple[dict[str, Any], int]:
    """Architecture parameters and frame size of one of SleepKit's configurations, kept beside the data."""
    path = real_data.parent / "sleepkit" / "configs" / f"{name}-tcn-sm.json"
    if not path.is_file():
        pytest.skip("SleepKit's configurations are not beside the real recordings")
    document = json.loads(path.read_text())
    return document["architecture"]["params"], document["frame_size"]


def _blocks(block_type: str) -> st.SearchStrategy[dict[str, Any]]:
    keys: dict[str, st.SearchStrategy[Any]] = {
        "filters": st.integers(1, 12),
        "depth": st.integers(1, 2),
        "kernel": st.integers(1, 9),
        "dilation": st.sampled_from([1, 2, 3, 8]),
        "se_ratio": st.sampled_from([0, 1, 2, 4, 40]),
        "dropout": st.sampled_from([None, 0.0, 0.2]),
        "norm": st.sampled_from(["batch", "layer", None]),
        "activation": st.sampled_from(["relu6", "relu", "hard_silu", "tanh", "sigmoid", "linear"]),
    }
    if block_type != "lg":
        keys["branch"] = st.integers(1, 3)
    if block_type == "mb":
        keys["ex_ratio"] = st.sampled_from([1, 1.5, 3])
    return st.fixed_dictionaries(keys).filter(
        lambda block: block.get("branch", 1) == 1 or block["norm"] != "layer"
    )


@st.composite
def tcn_params(draw: st.DrawFn) -> dict[str, Any]:
    """Parameters of small random networks."""
    block_type = draw(st.sampled_from(["mb", "sm", "lg"]))
    return {
        "block_type": block_type,
        "input_kernel": draw(st.sampled_from([None, 1, 4, 7])),
        "input_norm": draw(st.sampled_from(["batch", "layer", None])),
        "blocks": draw(st.lists(_blocks(block_type), min_size=1, max_size=3)),
        "output_kernel": draw(st.integers(1, 7)),
    }


def randomise(model: Any, seed: int = 0) -> Any:
    """``model`` with all weights random, moving statistics and gains included."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        is_norm = layer.__class__.__name__ in ("BatchNormalization", "LayerNormalization")
        layer.set_weights(
            [
                rng.uniform(0.5, 1.5, weight.shape)
                if is_norm and number in (0, 3)
                else rng.normal(0, 0.3, weight.shape)
                for number, weight in enumerate(layer.get_weights())
            ]
        )
    return model
