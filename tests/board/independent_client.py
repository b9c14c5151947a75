"""A client written from docs/protocol.md alone: a plain socket, struct, COBS and the check by hand.

It imports nothing of the package, so that two readings of the page can be held against each other.
"""

from __future__ import annotations

import socket
import struct
import zlib
from collections.abc import Iterator, Sequence

Row = Sequence[float]


def check(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def encode(data: bytes) -> bytes:
    """COBS: zeros are replaced by how far it is to the next one."""
    out, block = bytearray(), bytearray()
    for position, byte in enumerate(data):
        if byte:
            block.append(byte)
        if not byte or (len(block) == 254 and position + 1 < len(data)):
            out += bytes([len(block) + 1]) + block
            block.clear()
    return bytes(out + bytes([len(block) + 1]) + block) + b"\0"


def decode(data: bytes) -> bytes:
    out = bytearray()
    while data:
        length = data[0]
        out += data[1:length]
        data = data[length:]
        if data and length < 255:
            out.append(0)
    return bytes(out)


class Board:
    def __init__(self, port: str) -> None:
        """``port``: ``socket://HOST:PORT``."""
        host, _, number = port.removeprefix("socket://").partition(":")
        self.stream = socket.create_connection((host, int(number)), timeout=0.5)
        self.received = b""
        self.sequence = 0
        self.told: list[tuple[int, bytes]] = []

    def close(self) -> None:
        self.stream.close()

    def message(self) -> tuple[int, int, bytes]:
        """The next one: type, sequence, payload."""
        while True:
            while b"\0" not in self.received:
                data = self.stream.recv(4096)
                assert data, "the board hung up"
                self.received += data
            frame, _, self.received = self.received.partition(b"\0")
            if frame:
                break
        body = decode(frame)
        (sum_,) = struct.unpack("<H", body[-2:])
        assert check(body[:-2]) == sum_
        version, kind, sequence = struct.unpack("<BBH", body[:4])
        assert version == 1
        return kind, sequence, body[4:-2]

    def ask(self, kind: int, payload: bytes = b"") -> bytes:
        self.sequence = self.sequence + 1 & 0xFFFF
        body = struct.pack("<BBH", 1, kind, self.sequence) + payload
        for _ in range(5):
            self.stream.sendall(b"\0" + encode(body + struct.pack("<H", check(body))))
            try:
                return self.answer_to(kind)
            except TimeoutError:
                continue
        raise AssertionError(f"no answer to 0x{kind:02x}")

    def answer_to(self, kind: int) -> bytes:
        while True:
            answer, sequence, content = self.message()
            if answer in (0x60, 0x61, 0x62):
                self.told.append((answer, content))
            elif sequence == self.sequence:
                assert answer == kind + 0x80, f"refused: {content.hex()}"
                return content

    def next_told(self, kind: int) -> bytes:
        """What the board tells next of one kind."""
        waited = 0
        while True:
            for index, (told, content) in enumerate(self.told):
                if told == kind:
                    del self.told[index]
                    return content
            try:
                answer, _, content = self.message()
            except TimeoutError:
                waited += 1
                assert waited < 40, "the board tells nothing"
                continue
            self.told.append((answer, content))

    def hello(self) -> dict[str, int | str]:
        payload = self.ask(0x01)
        header = payload[88:]
        frame_size, features, classes = struct.unpack("<HHH", header[84:90])
        return {
            "protocol": payload[0],
            "version": payload[4:20].rstrip(b"\0").decode(),
            "frame_size": frame_size,
            "features": features,
            "classes": classes,
            "model": header[16:48].hex(),
        }

    def send_image(self, image: bytes) -> None:
        """A model into RAM."""
        self.ask(0x10, struct.pack("<I", len(image)) + image[12:16])
        for first in range(0, len(image), 1000):
            self.ask(0x11, struct.pack("<I", first) + image[first : first + 1000])
        self.ask(0x12)

    def rolling(self, session: int, rows: Sequence[Row]) -> Iterator[tuple[int, bytes, bytes]]:
        """Of each epoch: stage, outputs, probabilities."""
        self.ask(0x20, struct.pack("<IB", session, 1))
        for number, row in enumerate(rows):
            values = struct.pack(f"<{len(row)}f", *row)
            (following,) = struct.unpack(
                "<I", self.ask(0x21, struct.pack("<IIH", session, number, 1) + values)
            )
            assert following == number + 1
            told = self.next_told(0x61)
            of, epoch, stage, classes, _ = struct.unpack("<IIBBI", told[:14])
            assert (of, epoch) == (session, number)
            yield stage, told[14 : 14 + classes], told[14 + classes :]
        self.ask(0x41, struct.pack("<I", session))

    def frame(self, session: int, number: int, rows: Sequence[Row], classes: int) -> bytes:
        """The outputs of a whole frame, which is the ``number``-th of its session."""
        self.ask(0x20, struct.pack("<IB", session, 2))
        first = number * len(rows)
        for at, row in enumerate(rows):
            values = struct.pack(f"<{len(row)}f", *row)
            self.ask(0x21, struct.pack("<IIH", session, first + at, 1) + values)
        self.ask(0x23, struct.pack("<II", session, number))
        _, _, _, crc = struct.unpack("<IIII", self.next_told(0x62))
        outputs = b""
        most = 1024 // classes
        for at in range(0, len(rows), most):
            count = min(most, len(rows) - at)
            outputs += self.ask(0x24, struct.pack("<IIHH", session, number, at, count))
        assert zlib.crc32(outputs) == crc
        return outputs
