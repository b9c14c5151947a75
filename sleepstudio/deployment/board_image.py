"""The header of a board image (``docs/board_image.md``), read without any runtime for models.

The writer is :mod:`sleepstudio.deployment.board_image_writer`.
"""

from __future__ import annotations

import math
import struct
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import ExportError

MAGIC = b"SSBI"
VERSION = 1
HEADER_BYTES = 192
LAYER_BYTES = 64
MAX_IMAGE_BYTES = 0x80000
"""The region of MRAM that images are flashed to."""
MAX_RAM_IMAGE_BYTES = 128 << 10
"""Of an image that is sent over the link."""
MAX_ARENA_BYTES = 960 << 10
"""For activations: what the board has beside its own needs."""
MAX_ROW_STORE_BYTES = 64 << 10
"""For the rows of a frame, quantised."""
MAX_FEATURES = 250
"""What a message over the link has room for."""
MAX_CLASSES = 8
MAX_LAYERS = 256
NAME_BYTES = 32
EXPONENTIAL_ONE = 1 << 24
"""exp(0) in the table of exponentials."""

HEADER = struct.Struct("<4sHHII32s32s4B4H3IfifiIIIIII48x")

_HINT = "Export the run again."


@dataclass(frozen=True)
class BoardImageHeader:
    """Every field of the header, as ``docs/board_image.md`` names them.

    ``stage_set``: 2 to 5, or 0 for another grouping. ``epoch_ms``: milliseconds.
    """

    total_bytes: int
    crc32: int
    model_id: bytes
    """SHA-256 of the ``.tflite``."""
    name: str
    stage_set: int
    staging: Literal["offline", "live"]
    gives_probabilities: bool
    normalises: bool
    frame_size: int
    features: int
    classes: int
    layers: int
    arena_bytes: int
    input_at: int
    output_at: int
    input_scale: float
    input_zero_point: int
    output_scale: float
    output_zero_point: int
    layers_at: int
    normaliser_at: int
    probabilities_at: int
    epoch_ms: int
    macs: int
    parameters: int

    @property
    def model_sha256(self) -> str:
        """``model_id`` in hexadecimal."""
        return self.model_id.hex()

    def pack(self) -> bytes:
        """The 192 bytes. ``name`` is cut at a character where it is too long."""
        return HEADER.pack(
            MAGIC, VERSION, HEADER_BYTES, self.total_bytes, self.crc32, self.model_id, _name_bytes(self.name),
            self.stage_set, int(self.staging == "live"), int(self.gives_probabilities), int(self.normalises),
            self.frame_size, self.features, self.classes, self.layers,
            self.arena_bytes, self.input_at, self.output_at,
            self.input_scale, self.input_zero_point, self.output_scale, self.output_zero_point,
            self.layers_at, self.normaliser_at, self.probabilities_at,
            self.epoch_ms, self.macs, self.parameters,
        )  # fmt: skip


def read_header(content: bytes, *, where: str = "board_image.bin") -> BoardImageHeader:
    """The header of a whole image, whose length and CRC are checked too. Raises ExportError."""
    header = parse_header(content, where=where)
    if header.total_bytes > len(content):
        raise ExportError(f"{len(content)} bytes of {header.total_bytes}.", where=where, hint=_HINT)
    if zlib.crc32(content[16 : header.total_bytes]) != header.crc32:
        raise ExportError("damaged: its CRC is another.", where=where, hint=_HINT)
    return header


def parse_header(content: bytes, *, where: str = "board_image.bin") -> BoardImageHeader:
    """The header in the first 192 bytes, as a board tells it, without the image. Raises ExportError."""
    if len(content) < HEADER_BYTES or content[:4] != MAGIC:
        raise ExportError("not a board image.", where=where, hint=_HINT)
    (_, version, header_bytes, total_bytes, crc32, model_id, name, stage_set, staging, output_kind,
     normaliser, *rest) = HEADER.unpack_from(content)  # fmt: skip
    if version != VERSION or header_bytes != HEADER_BYTES:
        raise ExportError(
            f"a board image of version {version}; this program reads version {VERSION}.",
            where=where,
            hint="Export the run again with this version of Sleep Studio.",
        )
    try:
        text = name.rstrip(b"\0").decode()
    except UnicodeDecodeError as error:
        raise ExportError("its name is not text.", where=where, hint=_HINT) from error
    header = BoardImageHeader(
        total_bytes,
        crc32,
        model_id,
        text,
        stage_set,
        "live" if staging else "offline",
        bool(output_kind),
        bool(normaliser),
        *rest,
    )
    if max(staging, output_kind, normaliser) > 1 or not _plausible(header):
        raise ExportError("a field of its header is out of range.", where=where, hint=_HINT)
    return header


def probabilities_u8(header: BoardImageHeader, outputs: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Probabilities in 1/255, exactly as the board gives them: int8 (…, classes) → uint8 (…, classes)."""
    if header.gives_probabilities:
        return np.asarray(probability_table(header)[outputs.astype(np.intp) + 128], np.uint8)
    below = outputs.max(axis=-1, keepdims=True).astype(np.intp) - outputs
    exponentials = exponential_table(header.output_scale)[below].astype(np.uint64)
    total = exponentials.sum(axis=-1, keepdims=True)
    return np.asarray((exponentials * np.uint64(255) + total // np.uint64(2)) // total, np.uint8)


def exponential_table(output_scale: float) -> NDArray[np.uint32]:
    """round(2^24 × exp(−scale × i)) for i = 0 … 255: for outputs that are logits."""
    return np.array([math.floor(EXPONENTIAL_ONE * math.exp(-output_scale * i) + 0.5) for i in range(256)],
                    np.uint32)  # fmt: skip


def probability_table(header: BoardImageHeader) -> NDArray[np.uint8]:
    """The probability in 1/255 of each int8 value from −128: for outputs that are probabilities."""
    values = 255 * header.output_scale * (np.arange(-128.0, 128.0) - header.output_zero_point)
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


def _plausible(header: BoardImageHeader) -> bool:
    scales = (header.input_scale, header.output_scale)
    zero_points = (header.input_zero_point, header.output_zero_point)
    return (
        HEADER_BYTES <= header.total_bytes <= MAX_IMAGE_BYTES
        and header.total_bytes % 4 == 0
        and header.stage_set in (0, 2, 3, 4, 5)
        and min(header.frame_size, header.features) >= 1
        and 2 <= header.classes <= MAX_CLASSES
        and 1 <= header.layers <= MAX_LAYERS
        and all(math.isfinite(scale) and scale > 0 for scale in scales)
        and all(-128 <= zero_point <= 127 for zero_point in zero_points)
    )


def _name_bytes(name: str) -> bytes:
    return name.encode()[:NAME_BYTES].decode(errors="ignore").encode()
