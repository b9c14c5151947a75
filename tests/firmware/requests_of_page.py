"""Payloads of requests, and what answers say, after docs/protocol.md."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HELLO, COUNTERS, FAULT = 0x01, 0x02, 0x03
IMAGE_BEGIN, IMAGE_DATA, IMAGE_COMMIT, IMAGE_DROP = 0x10, 0x11, 0x12, 0x13
BEGIN, ROWS, STAGE_OF, RUN, OUTPUTS, COSTS = 0x20, 0x21, 0x22, 0x23, 0x24, 0x25
RESET, END = 0x40, 0x41
READY, STAGE, FRAME = 0x60, 0x61, 0x62
ROLLING, FRAMES = 1, 2

UNKNOWN_TYPE, WRONG_LENGTH, NO_IMAGE, IMAGE_REFUSED, NO_SESSION, OUT_OF_ORDER = 1, 2, 3, 4, 5, 6
BUSY, OUT_OF_RANGE, NOT_FINITE, NOT_AVAILABLE, WRONG_VERSION, WRONG_KIND = 7, 8, 9, 10, 11, 12

NOTHING_YET = 0xFFFFFFFF


class Hello(NamedTuple):
    protocol: int
    cost_unit: int
    boot: int
    firmware_version: bytes
    firmware_id: bytes
    board: bytes
    chip: int
    cpu_hz: int
    ram_image_bytes: int
    arena_limit: int
    image: int
    image_error: int
    reset_cause: int
    session: int
    header: bytes


def hello(payload: bytes) -> Hello:
    said = Hello(*struct.unpack("<BBH16s20s24sIIIIBBHI192s", payload))
    return said._replace(firmware_version=said.firmware_version.rstrip(b"\0"), board=said.board.rstrip(b"\0"))


class Counters(NamedTuple):
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


def counters(payload: bytes) -> Counters:
    return Counters(*struct.unpack("<10I", payload))


class Stage(NamedTuple):
    session: int
    epoch: int
    stage: int
    cost: int
    outputs: tuple[int, ...]
    probabilities: tuple[int, ...]


def stage(payload: bytes) -> Stage:
    session, epoch, best, classes, cost = struct.unpack_from("<IIBBI", payload)
    outputs = struct.unpack_from(f"<{classes}b", payload, 14)
    probabilities = payload[14 + classes :]
    assert len(probabilities) == classes
    return Stage(session, epoch, best, cost, outputs, tuple(probabilities))


class Frame(NamedTuple):
    session: int
    frame: int
    cost: int
    crc32: int


def frame(payload: bytes) -> Frame:
    return Frame(*struct.unpack("<IIII", payload))


def begin(session: int, kind: int) -> bytes:
    return struct.pack("<IB", session, kind)


def rows(session: int, first: int, values: NDArray[np.float32]) -> bytes:
    return struct.pack("<IIH", session, first, len(values)) + values.astype("<f4").tobytes()


def outputs(session: int, number: int, first: int, count: int) -> bytes:
    return struct.pack("<IIHH", session, number, first, count)


def u32(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)
