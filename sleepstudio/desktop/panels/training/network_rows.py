"""The network as a table: what each block is and costs, and how editing a cell changes the document."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sleepstudio.models.cost import ModelCost
from sleepstudio.models.presets import PRESETS

BLOCK_KEYS: Final = ("depth", "filters", "kernel", "dilation", "ex_ratio", "se_ratio")
_DEFAULTS: Final = {"depth": 1, "kernel": 3, "dilation": 1, "ex_ratio": 1, "se_ratio": 0}
NEW_BLOCK: Final = {"filters": 32, "kernel": 7, "norm": "batch", "dropout": 0.1}


@dataclass(frozen=True)
class NetworkRow:
    """``block``: its index, None for what stands before and after the blocks."""

    name: str
    block: int | None
    values: Mapping[str, Any]
    parameters: int | None
    macs: int | None


def params_of(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """The whole parameters of an ``architecture`` section: a preset's with what replaces them."""
    name, params = str(architecture.get("name")), architecture.get("params") or {}
    preset = PRESETS[name].params if name in PRESETS else {}
    return copy.deepcopy({**preset, **params})


def preset_of(architecture: Mapping[str, Any]) -> str:
    """The name of the preset that this is, unchanged; empty for a network of its own."""
    name = str(architecture.get("name", ""))
    return name if name in PRESETS and not architecture.get("params") else ""


def network_rows(architecture: Mapping[str, Any], cost: ModelCost | None) -> list[NetworkRow]:
    """Rows from input to output; their costs add up to the network's."""
    params = params_of(architecture)
    rows = []
    if params.get("input_kernel"):
        kernel = {"kernel": along_time(params["input_kernel"])}
        rows.append(NetworkRow("in", None, kernel, *_cost(cost, "encoder")))
    for index, block in enumerate(params.get("blocks") or ()):
        values = {key: along_time(block.get(key, _DEFAULTS.get(key))) for key in BLOCK_KEYS}
        rows.append(NetworkRow(str(index + 1), index, values, *_cost(cost, f"block{index + 1}_")))
    if params.get("include_top", True):
        kernel = {"kernel": along_time(params.get("output_kernel", 3))}
        rows.append(NetworkRow("out", None, kernel, *_cost(cost, "logits")))
    return rows


def with_block_value(architecture: Mapping[str, Any], block: int, key: str, value: Any) -> dict[str, Any]:
    """The section with one cell changed. A preset becomes a network of its own."""
    section = _own(architecture)
    cells = section["params"]["blocks"][block]
    cells[key] = [1, value] if isinstance(cells.get(key), (list, tuple)) else value
    return section


def with_end_kernel(architecture: Mapping[str, Any], row: str, value: int) -> dict[str, Any]:
    """The section with the width of its first (``in``) or last (``out``) convolution changed."""
    section = _own(architecture)
    key = "input_kernel" if row == "in" else "output_kernel"
    image = isinstance(section["params"].get(key), (list, tuple))
    section["params"][key] = [1, value] if image else value
    return section


def with_block_added(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """The section with its last block once more, at twice the dilation."""
    section = _own(architecture)
    blocks = section["params"].setdefault("blocks", [])
    last = copy.deepcopy(blocks[-1]) if blocks else dict(NEW_BLOCK)
    if blocks:
        dilation = along_time(last.get("dilation", 1))
        if isinstance(dilation, int):
            image = isinstance(last.get("dilation"), (list, tuple))
            last["dilation"] = [1, 2 * dilation] if image else 2 * dilation
    blocks.append(last)
    return section


def with_block_removed(architecture: Mapping[str, Any], block: int) -> dict[str, Any]:
    section = _own(architecture)
    del section["params"]["blocks"][block]
    return section


def along_time(value: Any) -> Any:
    """SleepKit's ``[1, k]`` as k; anything else as it is."""
    if isinstance(value, (list, tuple)) and len(value) == 2 and value[0] == 1:
        return value[1]
    return value


def _own(architecture: Mapping[str, Any]) -> dict[str, Any]:
    name = str(architecture.get("name", "tcn"))
    family = PRESETS[name].architecture if name in PRESETS else name
    section = {**copy.deepcopy(dict(architecture)), "name": family, "params": params_of(architecture)}
    section["params"]["blocks"] = [dict(block) for block in section["params"].get("blocks") or ()]
    return section


def _cost(cost: ModelCost | None, prefix: str) -> tuple[int | None, int | None]:
    if cost is None:
        return None, None
    parameters = sum(layer.parameters for layer in cost.layers if layer.name.startswith(prefix))
    macs = sum(layer.macs for layer in cost.deployed_layers if layer.name.startswith(prefix))
    return parameters, macs
