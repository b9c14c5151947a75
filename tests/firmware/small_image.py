"""A board image of one convolution and one table, and what it computes: after docs/board_image.md alone.

Each output depends on the rows up to 14 before it, so that a wrong row shows.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FRAME_SIZE, FEATURES, CLASSES, TAPS = 24, 4, 4, 15
SCALE, ZERO_IN, ZERO_OUT = 0.0625, -3, 5
MULTIPLIER, SHIFT = 1 << 30, 7
HEADER, LAYER = 192, 64
CONVOLUTION, TABLE, WIDE = 1, 6, 4


def srdhm(a: int, b: int) -> int:
    """Saturating rounding doubling high multiply, of gemmlowp; truncates towards zero after its nudge."""
    product = a * b
    nudged = product + (1 << 30 if product >= 0 else 1 - (1 << 30))
    return nudged >> 31 if nudged >= 0 else -(-nudged >> 31)


def rounded_shift(value: int, by: int) -> int:
    """Division by a power of two, halves away from zero."""
    half = 1 << (by - 1)
    return (value + half) >> by if value >= 0 else -((-value + half) >> by)


@dataclass(frozen=True)
class SmallImage:
    """The same for the same seed."""

    seed: int = 0
    frame_size: int = FRAME_SIZE
    weights: NDArray[np.int8] = field(init=False)
    bias: NDArray[np.int32] = field(init=False)
    table: NDArray[np.int8] = field(init=False)
    content: bytes = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        values = {
            "weights": rng.integers(-40, 41, (CLASSES, TAPS, FEATURES)).astype(np.int8),
            "bias": rng.integers(-2000, 2001, CLASSES).astype(np.int32),
            "table": rng.permutation(np.arange(-128, 128)).astype(np.int8),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "content", self._content())

    @property
    def crc(self) -> int:
        return int(struct.unpack_from("<I", self.content, 12)[0])

    def quantise(self, rows: NDArray[np.float32]) -> NDArray[np.int8]:
        scaled = (rows.astype(np.float32) / np.float32(SCALE)).astype(np.float64)
        rounded = np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)
        return np.clip(rounded + ZERO_IN, -128, 127).astype(np.int8)

    def outputs(self, frame: NDArray[np.int8]) -> NDArray[np.int8]:
        """Of a whole frame: (frame_size, FEATURES) int8 → (frame_size, CLASSES) int8."""
        before = np.full((TAPS - 1, FEATURES), ZERO_IN)
        padded = np.concatenate([before, frame]).astype(np.int64) - ZERO_IN
        out = np.empty((len(frame), CLASSES), np.int8)
        for row in range(len(frame)):
            for channel in range(CLASSES):
                window = padded[row : row + TAPS]
                total = int((window * self.weights[channel].astype(np.int64)).sum()) + int(self.bias[channel])
                value = rounded_shift(srdhm(total, MULTIPLIER), SHIFT) + ZERO_OUT
                out[row, channel] = self.table[max(-128, min(127, value)) & 255]
        return out

    def rolling(self, rows: NDArray[np.float32]) -> NDArray[np.int8]:
        """Each row's outputs as a rolling session tells them."""
        quantised = self.quantise(rows)
        told = []
        for newest in range(len(rows)):
            held = quantised[max(0, newest + 1 - self.frame_size) : newest + 1]
            frame = np.full((self.frame_size, FEATURES), ZERO_IN, np.int8)
            frame[: len(held)] = held
            told.append(self.outputs(frame)[len(held) - 1])
        return np.array(told)

    def _content(self) -> bytes:
        layers_at = HEADER
        weights_at = layers_at + 2 * LAYER
        packed = b"".join(
            self.weights[channel, tap].tobytes()
            for pair in range(0, CLASSES, 2)
            for tap in range(TAPS)
            for channel in (pair, pair + 1)
        )
        scaling_at = weights_at + len(packed)
        scaling = b"".join(
            struct.pack(
                "<iiii",
                int(bias) - ZERO_IN * int(weights.sum(dtype=np.int64)),
                MULTIPLIER,
                0,
                SHIFT,
            )
            for bias, weights in zip(self.bias, self.weights, strict=True)
        )
        table_at = scaling_at + len(scaling)
        exponentials_at = table_at + 256
        scratch_at = 2 * self.frame_size * FEATURES
        total = exponentials_at + 1024
        layers = self._layer(
            CONVOLUTION, WIDE, TAPS, TAPS - 1, 0, scratch_at // 2, scratch_at, weights_at, scaling_at
        )
        layers += self._layer(TABLE, 0, 0, 0, scratch_at // 2, scratch_at // 2, 0, table_at, 0)
        body = self._rest_of_header(scratch_at, layers_at, exponentials_at)
        body += layers + packed + scaling + self.table.tobytes() + self._exponentials()
        head = struct.pack("<4sHHII", b"SSBI", 1, HEADER, total, zlib.crc32(body))
        assert len(head + body) == total
        return head + body

    def _exponentials(self) -> bytes:
        return b"".join(struct.pack("<I", round(2**24 * np.exp(-0.1 * i))) for i in range(256))

    def _rest_of_header(self, scratch_at: int, layers_at: int, exponentials_at: int) -> bytes:
        identity = bytes(range(32)) + f"small {self.seed}".encode().ljust(32, b"\0")
        return (
            identity
            + struct.pack("<BBBBHHHH", 4, 0, 0, 0, self.frame_size, FEATURES, CLASSES, 2)
            + struct.pack("<III", scratch_at + 4 * TAPS * FEATURES, 0, scratch_at // 2)
            + struct.pack("<fifi", SCALE, ZERO_IN, 0.1, 0)
            + struct.pack(
                "<IIIIII",
                layers_at,
                0,
                exponentials_at,
                30_000,
                self.frame_size * CLASSES * TAPS * FEATURES,
                1,
            )
            + bytes(48)
        )

    def _layer(
        self,
        kind: int,
        flags: int,
        taps: int,
        before: int,
        input_at: int,
        output_at: int,
        scratch_at: int,
        data_at: int,
        scaling_at: int,
    ) -> bytes:
        rows, zero = self.frame_size, (ZERO_IN, ZERO_OUT) if kind == CONVOLUTION else (0, 0)
        return (
            struct.pack("<BBHHHHHHH", kind, flags, rows, rows, FEATURES, CLASSES, taps, min(taps, 1), before)
            + struct.pack("<IIIIII", input_at, 0, output_at, scratch_at, data_at, scaling_at)
            + struct.pack("<iiibbHII", zero[0], 0, zero[1], -128, 127, 0, rows * CLASSES * taps * FEATURES, 0)
        )
