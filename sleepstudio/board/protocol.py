"""Frames of the wire protocol (docs/protocol.md): COBS, CRC-16, and a reader that survives any bytes."""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass

from cobs import cobs

VERSION = 1
MAX_PAYLOAD = 1024
HEAD_BYTES = 4
CRC_BYTES = 2
MAX_MESSAGE = HEAD_BYTES + MAX_PAYLOAD + CRC_BYTES
MAX_ENCODED = MAX_MESSAGE + MAX_MESSAGE // 254 + 1
"""Of a frame without its closing zero."""

ANSWER = 0x80
"""Added to the type of a request in its answer."""
REFUSED = 0xFF

_HEAD = struct.Struct("<BBH")


@dataclass(frozen=True)
class Message:
    """A frame's content. ``version`` is kept as received, so that another one can be named."""

    type: int
    sequence: int
    payload: bytes = b""
    version: int = VERSION


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xFFFF, nothing reflected."""
    return binascii.crc_hqx(data, 0xFFFF)


def encode(message: Message) -> bytes:
    """The frame with its closing zero. Raises ValueError where the payload is too long."""
    if len(message.payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload of {len(message.payload)} bytes; at most {MAX_PAYLOAD} fit")
    body = _HEAD.pack(message.version, message.type, message.sequence) + message.payload
    return bytes(cobs.encode(body + crc16(body).to_bytes(CRC_BYTES, "little"))) + b"\0"


@dataclass
class ReaderCounters:
    """``crc_errors``: wrong checksums. ``framing_errors``: not COBS, or too short or long to be a frame."""

    frames: int = 0
    crc_errors: int = 0
    framing_errors: int = 0


class FrameReader:
    """Takes bytes as they come and gives the messages in them. Damaged frames are counted and dropped.

    It never holds more than one frame's worth of bytes: what is longer is skipped up to its zero.
    """

    def __init__(self) -> None:
        self.counters = ReaderCounters()
        self._held = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[Message]:
        """The messages that ``data`` completes, in order."""
        *closed, rest = data.split(b"\0")
        messages = []
        for part in closed:
            self._take(part)
            message = self._finish()
            if message is not None:
                messages.append(message)
        self._take(rest)
        return messages

    def reset(self) -> None:
        """Forgets an unfinished frame, for a stream that begins anew."""
        self._held.clear()
        self._skipping = False

    def _take(self, part: bytes) -> None:
        if self._skipping:
            return
        if len(self._held) + len(part) > MAX_ENCODED:
            self._held.clear()
            self._skipping = True
            return
        self._held += part

    def _finish(self) -> Message | None:
        encoded = bytes(self._held)
        too_long = self._skipping
        self.reset()
        if not encoded and not too_long:
            return None
        if too_long:
            self.counters.framing_errors += 1
            return None
        try:
            body = bytes(cobs.decode(encoded))
        except cobs.DecodeError:
            self.counters.framing_errors += 1
            return None
        if not HEAD_BYTES + CRC_BYTES <= len(body) <= MAX_MESSAGE:
            self.counters.framing_errors += 1
            return None
        content, crc = body[:-CRC_BYTES], int.from_bytes(body[-CRC_BYTES:], "little")
        if crc16(content) != crc:
            self.counters.crc_errors += 1
            return None
        self.counters.frames += 1
        version, kind, sequence = _HEAD.unpack_from(content)
        return Message(kind, sequence, content[HEAD_BYTES:], version)
