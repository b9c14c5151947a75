"""Networks of our own, by name: parameters as data, sized for a wrist-worn microcontroller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True)
class Preset:
    """A named network. ``max_parameters``: as deployed, with up to 14 features and 5 classes."""

    summary: str
    architecture: str
    params: Mapping[str, Any]
    max_parameters: int


def _tcn(
    filters: Sequence[int], dilations: Sequence[int], kernel: int, **of_each_block: Any
) -> dict[str, Any]:
    blocks = [
        {
            "filters": width,
            "dilation": dilation,
            "kernel": kernel,
            "norm": "batch",
            "dropout": 0.1,
            **of_each_block,
        }
        for width, dilation in zip(filters, dilations, strict=True)
    ]
    return {"input_kernel": kernel, "input_norm": "batch", "blocks": blocks, "output_kernel": kernel}


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "tcn-10k": Preset(
            "No pooling over time: an epoch depends on 199 epochs around it and nothing else.",
            "tcn",
            _tcn((24, 32, 32, 48, 48), (1, 2, 4, 8, 16), 7),
            10_000,
        ),
        "tcn-20k": Preset(
            "Squeeze-and-excitation over the frame, wider; for whole nights.",
            "tcn",
            _tcn((32, 40, 48, 56, 64), (1, 2, 4, 8, 16), 7, se_ratio=4),
            20_000,
        ),
        "tcn-20k-branched": Preset(
            "As tcn-20k, trained with three parallel branches that fold into one for the board.",
            "tcn",
            _tcn((32, 40, 48, 56, 64), (1, 2, 4, 8, 16), 7, se_ratio=4, branch=3),
            20_000,
        ),
        "tcn-30k": Preset(
            "Inverted bottlenecks: half as many channels between blocks as inside them.",
            "tcn",
            _tcn((20, 20, 24, 28, 32, 40), (1, 2, 4, 8, 16, 32), 7, ex_ratio=2, se_ratio=8),
            30_000,
        ),
    }
)
