"""A board in this process, written from docs/protocol.md and docs/board_image.md alone; its network is a toy.

It shares no code with the package. As a link it is both ends of the stream: what is written is obeyed, what
it says is read. One inference is done at each read that finds nothing to say.
"""

from __future__ import annotations

import binascii
import hashlib
import random
import struct
import time
import zlib
from collections import deque

import numpy as np
from numpy.typing import NDArray

SCALE, ZERO = 0.05, -7
QUEUE, KEPT = 8, 64


def stuffed(data: bytes) -> bytes:
    """COBS: each group of up to 254 bytes without a zero, led by its length plus one."""
    out = bytearray()
    for group in data.split(b"\0"):
        while len(group) >= 254:
            out += b"\xff" + group[:254]
            group = group[254:]
        out += bytes([len(group) + 1]) + group
    return bytes(out)


def unstuffed(data: bytes) -> bytes | None:
    out, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        if code == 0 or at + code > len(data):
            return None
        out += data[at + 1 : at + code]
        at += code
        if code < 255 and at < len(data):
            out += b"\0"
    return bytes(out)


def framed(kind: int, sequence: int, payload: bytes, version: int = 1) -> bytes:
    body = struct.pack("<BBH", version, kind, sequence) + payload
    return stuffed(body + struct.pack("<H", binascii.crc_hqx(body, 0xFFFF))) + b"\0"


def toy_outputs(frame: NDArray[np.int8], classes: int) -> NDArray[np.int8]:
    """(rows, columns) int8 → (rows, classes) int8, each of the whole frame and of its row's place."""
    weights = np.random.default_rng(frame.size).integers(-9, 10, (frame.size, classes))
    sums = frame.reshape(-1).astype(np.int64) @ weights
    own = frame.astype(np.int64).sum(axis=1)[:, None] * np.arange(1, classes + 1)
    places = np.arange(len(frame))[:, None] * 17
    return ((sums + own + places) % 251 - 125).astype(np.int8)


def quantised(rows: NDArray[np.float32]) -> NDArray[np.int8]:
    scaled = (rows.astype(np.float32) / np.float32(SCALE)).astype(np.float64)
    return np.clip(np.trunc(scaled + np.copysign(0.5, scaled)) + ZERO, -128, 127).astype(np.int8)


def header(
    frame_size: int, features: int, classes: int, *, total: int = 256, crc: int = 0, id_: bytes = b"m"
) -> bytes:
    return struct.pack(
        "<4sHHII32s32sBBBBHHHHIIIfifiIIIIII48x",
        b"SSBI", 1, 192, total, crc, hashlib.sha256(id_).digest(), b"toy", 4, 0, 0, 0,
        frame_size, features, classes, 2, 4096, 0, 0, SCALE, ZERO, 0.1, 0, 192, 0, 192, 30000, 1000, 100,
    )  # fmt: skip


class TinyBoard:
    """``restart_every``: it restarts by itself after about so many reads; 0: never."""

    name = "tiny"

    def __init__(self, frame_size: int = 6, features: int = 3, classes: int = 4) -> None:
        self.frame_size, self.features, self.classes = frame_size, features, classes
        self.header = header(frame_size, features, classes)
        self.boot = 0
        self.closed = False
        self.silent = False
        """Tells nothing of its own accord."""
        self.deaf = False
        """Hears and says nothing."""
        self.hanging = False
        """Answers, but stages nothing."""
        self.requests: list[int] = []
        self.version = 1
        self.said = bytearray()
        self.heard = bytearray()
        self.restart()

    def restart(self) -> None:
        self.boot += 1
        self.session = self.kind = 0
        self.clear()
        self.ram = b""
        self.counters = dict.fromkeys(("received", "sent", "crc", "framing", "refused", "inferences"), 0)
        self.unsolicited = 0
        self.heard.clear()
        self.tell(0x60, self.hello())

    def clear(self) -> None:
        self.rows: list[NDArray[np.float32]] = []
        self.staged = 0
        self.kept: dict[int, bytes] = {}
        self.frame, self.filled = 0, {}
        self.done: tuple[int, NDArray[np.int8]] | None = None
        self.running: int | None = None

    # the stream

    def write(self, data: bytes) -> None:
        if self.deaf:
            return
        self.heard += data
        while b"\0" in self.heard:
            part, _, rest = bytes(self.heard).partition(b"\0")
            self.heard = bytearray(rest)
            if part:
                self.obey(part)

    def read(self, timeout_s: float) -> bytes:
        if not self.said and not self.deaf and not self.hanging:
            self.infer()
        if not self.said or self.deaf:
            time.sleep(min(timeout_s, 0.0005))
            return b""
        said, self.said = bytes(self.said), bytearray()
        return said

    def close(self) -> None:
        self.closed = True

    def tell(self, kind: int, payload: bytes) -> None:
        self.unsolicited += 1
        if not self.silent:
            self.said += framed(kind, self.unsolicited & 0xFFFF, payload, self.version)

    # requests

    def obey(self, part: bytes) -> None:
        body = unstuffed(part)
        if body is None or not 6 <= len(body) <= 1030:
            self.counters["framing"] += 1
            return
        if binascii.crc_hqx(body[:-2], 0xFFFF) != int.from_bytes(body[-2:], "little"):
            self.counters["crc"] += 1
            return
        version, kind, sequence = struct.unpack_from("<BBH", body)
        self.counters["received"] += 1
        self.requests.append(kind)
        answer = self.answer(kind, body[4:-2]) if version == 1 else (11, 1)
        if isinstance(answer, tuple):
            self.counters["refused"] += 1
            self.said += framed(0xFF, sequence, struct.pack("<BBI", answer[0], kind, answer[1]), self.version)
        else:
            self.said += framed(kind + 0x80, sequence, answer, self.version)
        self.counters["sent"] += 1
        if kind == 0x40:
            self.restart()

    def answer(self, kind: int, payload: bytes) -> bytes | tuple[int, int]:
        match kind:
            case 0x01:
                return self.hello()
            case 0x02:
                received, sent, crc, framing, refused, inferences = self.counters.values()
                return struct.pack("<10I", received, sent, crc, framing, 0, refused, inferences, 0, 1000, 5)
            case 0x03:
                return bytes(28)
            case 0x10:
                self.session = 0
                total, crc = struct.unpack("<II", payload)
                if (total, crc) != getattr(self, "expected", None):
                    self.expected, self.ram = (total, crc), b""
                return b""
            case 0x11:
                (offset,) = struct.unpack_from("<I", payload)
                if offset <= len(self.ram) < offset + len(payload) - 4:
                    self.ram += payload[4 + len(self.ram) - offset :]
                return struct.pack("<I", len(self.ram))
            case 0x12:
                if len(self.ram) != self.expected[0]:
                    return 10, len(self.ram)
                if zlib.crc32(self.ram[16:]) != self.expected[1]:
                    return 4, 128
                self.header = self.ram[:192]
                return b""
            case 0x13:
                self.session = 0
                return b""
            case 0x20:
                session, session_kind = struct.unpack("<IB", payload)
                if (session, session_kind) != (self.session, self.kind):
                    self.session, self.kind = session, session_kind
                    self.clear()
                return b""
            case 0x25:
                return struct.pack("<IH2I", self.counters["inferences"], 2, 700, 300)
            case 0x40:
                return b""
        (session,) = struct.unpack_from("<I", payload)
        if session != self.session or not session:
            return 5, self.session
        return self.in_session(kind, payload[4:])

    def in_session(self, kind: int, payload: bytes) -> bytes | tuple[int, int]:
        match kind:
            case 0x21:
                first, count = struct.unpack_from("<IH", payload)
                values = np.frombuffer(payload[6:], "<f4").reshape(count, self.features)
                return self.take_rows(first, values) if self.kind == 1 else self.fill_frame(first, values)
            case 0x22:
                (epoch,) = struct.unpack("<I", payload)
                return self.kept.get(epoch) or (10, self.staged - 1 & 0xFFFFFFFF)
            case 0x23:
                (frame,) = struct.unpack("<I", payload)
                if self.done and self.done[0] == frame:
                    self.tell_frame()
                elif frame != self.frame or len(self.filled) < self.frame_size:
                    return 6, self.missing()
                else:
                    self.running = frame
                return b""
            case 0x24:
                frame, first, count = struct.unpack("<IHH", payload)
                if self.running is not None:
                    return 7, 0
                if not self.done or self.done[0] != frame:
                    return 10, self.done[0] if self.done else 0xFFFFFFFF
                return self.done[1][first : first + count].tobytes()
            case 0x41:
                self.session = 0
                return b""
        return 1, 0

    def take_rows(self, first: int, values: NDArray[np.float32]) -> bytes | tuple[int, int]:
        following = len(self.rows)
        if first > following:
            return 6, following
        new = values[following - first :]
        if len(new) > QUEUE:
            return 8, 0
        if following - self.staged + len(new) > QUEUE:
            return 7, following
        self.rows += list(new)
        return struct.pack("<I", len(self.rows))

    def fill_frame(self, first: int, values: NDArray[np.float32]) -> bytes | tuple[int, int]:
        if self.running is not None:
            return 7, self.missing()
        frame = first // self.frame_size
        if frame > self.frame:
            self.frame, self.filled = frame, {}
        if frame == self.frame and not (self.done and self.done[0] == frame):
            self.filled |= {first % self.frame_size + i: row for i, row in enumerate(values)}
        return struct.pack("<I", self.missing())

    def missing(self) -> int:
        held = next((i for i in range(self.frame_size) if i not in self.filled), self.frame_size)
        return self.frame * self.frame_size + held

    # inferences

    def infer(self) -> None:
        if self.session and self.kind == 1 and self.staged < len(self.rows):
            newest = np.stack(self.rows[: self.staged + 1][-self.frame_size :])
            frame = np.full((self.frame_size, self.features), ZERO, np.int8)
            frame[: len(newest)] = quantised(newest)
            outputs = toy_outputs(frame, self.classes)[len(newest) - 1]
            self.kept[self.staged] = self.stage(self.staged, outputs)
            self.kept.pop(self.staged - KEPT, None)
            self.tell(0x61, self.kept[self.staged])
            self.staged += 1
            self.counters["inferences"] += 1
        elif self.running is not None:
            frame = quantised(np.stack([self.filled[i] for i in range(self.frame_size)]))
            self.done, self.running = (self.running, toy_outputs(frame, self.classes)), None
            self.counters["inferences"] += 1
            self.tell_frame()

    def stage(self, epoch: int, outputs: NDArray[np.int8]) -> bytes:
        return (
            struct.pack("<IIBBI", self.session, epoch, int(outputs.argmax()), self.classes, 1000 + epoch)
            + outputs.tobytes()
            + bytes([255 // self.classes] * self.classes)
        )

    def tell_frame(self) -> None:
        assert self.done
        frame, outputs = self.done
        self.tell(0x62, struct.pack("<IIII", self.session, frame, 1000, zlib.crc32(outputs.tobytes())))

    def hello(self) -> bytes:
        return (
            struct.pack("<BBH16s20s24s", 1, 2, self.boot, b"1.0", bytes(range(20)), b"host")
            + struct.pack("<IIIIBBHI", 0x44524256, 96_000_000, 131072, 983040, 1, 0, 1, self.session)
            + self.header
        )  # fmt: skip


class FaultyLink:
    """Loses, corrupts, doubles and delays what passes, by a seed. ``rate``: of each, per transfer."""

    name = "faulty"

    def __init__(self, board: TinyBoard, seed: int, rate: float, restart_rate: float = 0.0) -> None:
        self.board, self.rate, self.restart_rate = board, rate, restart_rate
        self.random = random.Random(seed)
        self.late: deque[tuple[int, bytes]] = deque()
        self.moment = 0
        self.faults = 0

    def damaged(self, data: bytes) -> list[bytes]:
        fate = self.random.random() / self.rate if self.rate else 9
        if not data or fate >= 5:
            return [data]
        self.faults += 1
        match int(fate):
            case 0:
                return []
            case 1:
                place = self.random.randrange(len(data))
                return [data[:place] + bytes([self.random.randrange(256)]) + data[place + 1 :]]
            case 2:
                return [data, data]
            case 3:
                place = self.random.randrange(len(data))
                return [data[:place] + data[place + 1 + self.random.randrange(9) :]]
            case _:
                self.late.append((self.moment + self.random.randrange(1, 60), data))
                return []

    def write(self, data: bytes) -> None:
        for part in self.damaged(data):
            self.board.write(part)

    def read(self, timeout_s: float) -> bytes:
        self.moment += 1
        if self.random.random() < self.restart_rate:
            self.board.restart()
        belated = b"".join(data for due, data in self.late if due <= self.moment)
        self.late = deque(each for each in self.late if each[0] > self.moment)
        return belated + b"".join(self.damaged(self.board.read(timeout_s)))

    def close(self) -> None:
        self.late.clear()
