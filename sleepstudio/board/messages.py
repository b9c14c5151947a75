"""What a frame's payload says (docs/protocol.md): one frozen dataclass a message, to bytes and back.

``to_bytes`` gives the payload; ``from_bytes`` reads it and raises ValueError where its length or content is
not that of the message.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from enum import IntEnum, IntFlag
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board.protocol import MAX_PAYLOAD

HEADER_BYTES = 192
"""Of a board image's header, in HELLO."""
KEPT_STAGES = 64
"""How many STAGEs the board keeps."""
QUEUED_ROWS = 8
"""How many rows may wait on the board."""
NONE = 0xFFFF_FFFF
"""Detail of a refusal where there is no newest."""
VIRTUAL_CHIP = 0x44524256

IMAGE_DATA_BYTES = MAX_PAYLOAD - 4
"""Of an image in one IMAGE_DATA."""
ROWS_BYTES = MAX_PAYLOAD - 10
"""Of values in one ROWS."""


class Kind(IntEnum):
    """Of a session."""

    ROLLING = 1
    FRAMES = 2


class CostUnit(IntEnum):
    """What a cost counts: never mixed, never called time where it is none."""

    CYCLES = 1
    INSTRUCTIONS = 2
    TICKS = 3


class ImagePlace(IntEnum):
    NONE = 0
    MRAM = 1
    RAM = 2


class Reason(IntEnum):
    """Why a request was refused."""

    UNKNOWN_TYPE = 1
    WRONG_LENGTH = 2
    NO_IMAGE = 3
    IMAGE_REFUSED = 4
    NO_SESSION = 5
    OUT_OF_ORDER = 6
    BUSY = 7
    OUT_OF_RANGE = 8
    NOT_FINITE = 9
    NOT_AVAILABLE = 10
    VERSION = 11
    WRONG_KIND = 12


class ResetCause(IntFlag):
    POWER = 1
    PIN = 2
    SOFTWARE = 4
    WATCHDOG = 8
    DEBUGGER = 16
    OTHER = 32


@dataclass(frozen=True)
class _Fixed:
    """A payload of fixed fields, packed in their order."""

    FORMAT: ClassVar[str] = "<"

    def to_bytes(self) -> bytes:
        return struct.pack(self.FORMAT, *(getattr(self, field.name) for field in fields(self)))

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        return cls(*_unpack(cls.FORMAT, payload))


def _unpack(layout: str, payload: bytes) -> tuple[Any, ...]:
    expected = struct.calcsize(layout)
    if len(payload) != expected:
        raise ValueError(f"{len(payload)} bytes instead of {expected}")
    return struct.unpack(layout, payload)


def _split(layout: str, payload: bytes) -> tuple[tuple[Any, ...], bytes]:
    """The fixed fields at the beginning, and what follows them."""
    size = struct.calcsize(layout)
    if len(payload) < size:
        raise ValueError(f"{len(payload)} bytes, fewer than {size}")
    return struct.unpack_from(layout, payload), payload[size:]


# Requests


@dataclass(frozen=True)
class AskHello(_Fixed):
    TYPE: ClassVar[int] = 0x01


@dataclass(frozen=True)
class AskCounters(_Fixed):
    TYPE: ClassVar[int] = 0x02


@dataclass(frozen=True)
class AskFault(_Fixed):
    TYPE: ClassVar[int] = 0x03


@dataclass(frozen=True)
class ImageBegin(_Fixed):
    TYPE: ClassVar[int] = 0x10
    FORMAT: ClassVar[str] = "<II"
    total_bytes: int
    crc32: int


@dataclass(frozen=True)
class ImageData:
    TYPE: ClassVar[int] = 0x11
    offset: int
    content: bytes

    def to_bytes(self) -> bytes:
        return struct.pack("<I", self.offset) + self.content

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        (offset,), content = _split("<I", payload)
        return cls(offset, content)


@dataclass(frozen=True)
class ImageCommit(_Fixed):
    TYPE: ClassVar[int] = 0x12


@dataclass(frozen=True)
class ImageDrop(_Fixed):
    TYPE: ClassVar[int] = 0x13


@dataclass(frozen=True)
class Begin(_Fixed):
    TYPE: ClassVar[int] = 0x20
    FORMAT: ClassVar[str] = "<IB"
    session: int
    kind: int


@dataclass(frozen=True, eq=False)
class Rows:
    """``values``: (count, features) float32."""

    TYPE: ClassVar[int] = 0x21
    session: int
    first: int
    values: NDArray[np.float32]

    def to_bytes(self) -> bytes:
        head = struct.pack("<IIH", self.session, self.first, len(self.values))
        return head + np.ascontiguousarray(self.values, "<f4").tobytes()

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        (session, first, count), content = _split("<IIH", payload)
        if not count or not content or len(content) % (4 * count):
            raise ValueError(f"{len(content)} bytes are not {count} rows")
        return cls(session, first, np.frombuffer(content, "<f4").reshape(count, -1))


@dataclass(frozen=True)
class StageOf(_Fixed):
    TYPE: ClassVar[int] = 0x22
    FORMAT: ClassVar[str] = "<II"
    session: int
    epoch: int


@dataclass(frozen=True)
class Run(_Fixed):
    TYPE: ClassVar[int] = 0x23
    FORMAT: ClassVar[str] = "<II"
    session: int
    frame: int


@dataclass(frozen=True)
class AskOutputs(_Fixed):
    TYPE: ClassVar[int] = 0x24
    FORMAT: ClassVar[str] = "<IIHH"
    session: int
    frame: int
    first: int
    count: int


@dataclass(frozen=True)
class AskCosts(_Fixed):
    TYPE: ClassVar[int] = 0x25


@dataclass(frozen=True)
class Reset(_Fixed):
    TYPE: ClassVar[int] = 0x40


@dataclass(frozen=True)
class End(_Fixed):
    TYPE: ClassVar[int] = 0x41
    FORMAT: ClassVar[str] = "<I"
    session: int


Request = (
    AskHello | AskCounters | AskFault | ImageBegin | ImageData | ImageCommit | ImageDrop | Begin | Rows
    | StageOf | Run | AskOutputs | AskCosts | Reset | End
)  # fmt: skip


# Answers


@dataclass(frozen=True)
class Nothing(_Fixed):
    """The answer of a request that only confirms."""


@dataclass(frozen=True)
class Number(_Fixed):
    """The answer of IMAGE_DATA (bytes held) and ROWS (the row expected next)."""

    FORMAT: ClassVar[str] = "<I"
    value: int


@dataclass(frozen=True)
class Hello:
    """Who the board is. ``firmware_id``: the build id of its firmware. ``header``: of its image, or zeros."""

    FORMAT: ClassVar[str] = f"<BBH16s20s24sIIIIBBHI{HEADER_BYTES}s"
    protocol: int
    cost_unit: int
    boot: int
    firmware_version: str
    firmware_id: bytes
    board: str
    chip: int
    cpu_hz: int
    ram_image_bytes: int
    arena_limit: int
    image: int
    image_error: int
    reset_cause: int
    session: int
    header: bytes

    def to_bytes(self) -> bytes:
        values = (getattr(self, field.name) for field in fields(self))
        return struct.pack(
            self.FORMAT, *(value.encode() if isinstance(value, str) else value for value in values)
        )

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        values = list(_unpack(cls.FORMAT, payload))
        for place in (3, 5):
            values[place] = _text(values[place])
        return cls(*values)

    @property
    def virtual(self) -> bool:
        """Whether the chip says that it is emulated."""
        return self.chip == VIRTUAL_CHIP


def _text(field: bytes) -> str:
    text, _, padding = field.partition(b"\0")
    if padding.strip(b"\0"):
        raise ValueError("text goes on after its end")
    return text.decode("utf-8")


@dataclass(frozen=True)
class Counters(_Fixed):
    FORMAT: ClassVar[str] = "<10I"
    frames_received: int
    frames_sent: int
    crc_errors: int
    framing_errors: int
    overruns: int
    refused: int
    inferences: int
    watchdog_resets: int
    stack_free_bytes: int
    uptime_ms: int


@dataclass(frozen=True)
class Fault(_Fixed):
    """What the processor stopped for before it restarted; all zero where it never did."""

    FORMAT: ClassVar[str] = "<7I"
    faults: int
    exception: int
    pc: int
    lr: int
    cfsr: int
    hfsr: int
    address: int


@dataclass(frozen=True)
class Outputs:
    """``values``: (count × classes) int8, epoch by epoch."""

    values: bytes

    def to_bytes(self) -> bytes:
        return self.values

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        return cls(payload)


@dataclass(frozen=True)
class Costs:
    """Cost of each layer in inference number ``inference``, in the unit that HELLO names."""

    inference: int
    layers: tuple[int, ...]

    def to_bytes(self) -> bytes:
        return struct.pack(f"<IH{len(self.layers)}I", self.inference, len(self.layers), *self.layers)

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        (inference, count), content = _split("<IH", payload)
        return cls(inference, _unpack(f"<{count}I", content))


@dataclass(frozen=True)
class Refused(_Fixed):
    TYPE: ClassVar[int] = 0xFF
    FORMAT: ClassVar[str] = "<BBI"
    reason: int
    request: int
    detail: int


# Unsolicited


@dataclass(frozen=True)
class Ready:
    """After each start."""

    TYPE: ClassVar[int] = 0x60
    hello: Hello

    def to_bytes(self) -> bytes:
        return self.hello.to_bytes()

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        return cls(Hello.from_bytes(payload))


@dataclass(frozen=True)
class Stage:
    """The newest epoch of a rolling session, or the answer of STAGE_OF.

    ``outputs``: the network's, int8 by class. ``probabilities``: by class, in 1/255.
    """

    TYPE: ClassVar[int] = 0x61
    session: int
    epoch: int
    stage: int
    cost: int
    outputs: tuple[int, ...]
    probabilities: tuple[int, ...]

    def to_bytes(self) -> bytes:
        classes = len(self.outputs)
        return struct.pack(
            f"<IIBBI{classes}b{classes}B",
            self.session, self.epoch, self.stage, classes, self.cost, *self.outputs, *self.probabilities,
        )  # fmt: skip

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        (session, epoch, stage, classes, cost), content = _split("<IIBBI", payload)
        if stage >= classes:
            raise ValueError(f"stage {stage} of {classes} classes")
        values = _unpack(f"<{classes}b{classes}B", content)
        return cls(session, epoch, stage, cost, values[:classes], values[classes:])


@dataclass(frozen=True)
class Frame(_Fixed):
    """A frame of a frames session is staged. ``crc32``: of its outputs."""

    TYPE: ClassVar[int] = 0x62
    FORMAT: ClassVar[str] = "<IIII"
    session: int
    frame: int
    cost: int
    crc32: int


Unsolicited = Ready | Stage | Frame
UNSOLICITED: dict[int, type[Unsolicited]] = {kind.TYPE: kind for kind in (Ready, Stage, Frame)}
