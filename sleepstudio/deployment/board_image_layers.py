"""The layer table of a board image (``docs/board_image.md``, *Layers*)."""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass
from enum import IntEnum, IntFlag

from sleepstudio.deployment.board_image import LAYER_BYTES, read_header
from sleepstudio.errors import ExportError

_RECORD = struct.Struct("<BB7H6I3ibbHII")


class Kind(IntEnum):
    """What a layer does."""

    CONVOLUTION = 1
    DEPTHWISE = 2
    SUM = 3
    PRODUCT = 4
    MEAN = 5
    TABLE = 6
    PADDING = 7
    SOFTMAX = 8


ELEMENTWISE = frozenset({Kind.SUM, Kind.PRODUCT, Kind.TABLE, Kind.SOFTMAX})
"""Layers that may write where they read."""


class Flag(IntFlag):
    """How a layer reads its second operand, and how it scales."""

    SECOND_IS_ROW = 1
    SECOND_IN_IMAGE = 2
    WIDE = 4


@dataclass(frozen=True)
class LayerRecord:
    """One record, in the order of its fields."""

    kind: int
    flags: int
    rows_in: int
    rows_out: int
    channels_in: int
    channels_out: int
    taps: int
    dilation: int
    before: int
    input_at: int
    second_at: int
    output_at: int
    scratch_at: int
    data_at: int
    scaling_at: int
    zero_in: int
    zero_second: int
    zero_out: int
    low: int
    high: int
    reserved_54: int
    macs: int
    reserved_60: int

    def pack(self) -> bytes:
        return _RECORD.pack(*astuple(self))

    @property
    def name(self) -> str:
        """For people: what it does, over how many epochs, on how many channels."""
        every = f", d {self.dilation}" if self.taps > 1 and self.dilation > 1 else ""
        match self.kind:
            case Kind.CONVOLUTION:
                width = "1×1" if self.taps == 1 else f"{self.taps}{every}"
                return f"conv {width} {self.channels_in}→{self.channels_out}"
            case Kind.DEPTHWISE:
                return f"depthwise {self.taps}{every}"
            case Kind.SUM:
                return "add"
            case Kind.PRODUCT:
                return "multiply"
            case Kind.MEAN:
                return "mean"
            case Kind.TABLE:
                return "table"
            case Kind.PADDING:
                return "pad"
            case Kind.SOFTMAX:
                return "softmax"
        return f"kind {self.kind}"


def read_layers(content: bytes, *, where: str = "board_image.bin") -> tuple[LayerRecord, ...]:
    """The records of a whole image. Raises ExportError."""
    header = read_header(content, where=where)
    end = header.layers_at + header.layers * LAYER_BYTES
    if end > header.total_bytes:
        raise ExportError("its layer table leaves the image.", where=where, hint="Export the run again.")
    return tuple(
        LayerRecord(*_RECORD.unpack_from(content, at)) for at in range(header.layers_at, end, LAYER_BYTES)
    )


def layer_names(content: bytes, *, where: str = "board_image.bin") -> tuple[str, ...]:
    """A name for each layer of an image, numbered, for people. Raises ExportError."""
    return tuple(f"{number} {layer.name}" for number, layer in enumerate(read_layers(content, where=where)))
