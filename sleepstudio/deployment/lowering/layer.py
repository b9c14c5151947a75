"""A layer with everything but addresses."""

from __future__ import annotations

from dataclasses import dataclass

from sleepstudio.deployment.board_image_layers import Kind
from sleepstudio.deployment.lowering.graph_view import Rows


@dataclass(frozen=True, eq=False)
class LoweredLayer:
    """``input``, ``second``, ``output``: memories by the number of the tensor that they hold first.
    ``second_data``: instead of ``second``, a constant. ``scratch_bytes``: of working memory."""

    kind: Kind
    input: int
    output: int
    source: Rows
    target: Rows
    second: int | None = None
    second_data: bytes = b""
    flags: int = 0
    taps: int = 0
    dilation: int = 0
    before: int = 0
    data: bytes = b""
    scalings: bytes = b""
    scratch_bytes: int = 0
    zero_in: int = 0
    zero_second: int = 0
    zero_out: int = 0
    activation_range: tuple[int, int] = (-128, 127)
    macs: int = 0
