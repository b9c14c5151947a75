"""The firmware's host build at the other end of two pipes, and the least that can be said to it.

Written from docs/protocol.md with the `cobs` package; shares no code with `sleepstudio.board`.
"""

from __future__ import annotations

import binascii
import os
import select
import struct
import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from cobs import cobs

PATIENCE_S = 20.0
"""Far more than any answer takes, on however busy a machine."""

REFUSED = 0xFF


class Message(NamedTuple):
    """What is in a frame."""

    type: int
    sequence: int
    payload: bytes


class Refused(NamedTuple):
    """What a refusal says."""

    reason: int
    request: int
    detail: int


def framed(kind: int, sequence: int, payload: bytes = b"", *, version: int = 1) -> bytes:
    body = struct.pack("<BBH", version, kind, sequence) + payload
    return cobs.encode(body + struct.pack("<H", binascii.crc_hqx(body, 0xFFFF))) + b"\0"


def unframed(wire: bytes) -> Message:
    """Of the bytes between two zeros; the board never sends anything else."""
    inside = cobs.decode(wire)
    assert binascii.crc_hqx(inside[:-2], 0xFFFF) == struct.unpack("<H", inside[-2:])[0]
    version, kind, sequence = struct.unpack_from("<BBH", inside)
    assert version == 1
    return Message(kind, sequence, inside[4:-2])


class HostBoard:
    """A process; also a `sleepstudio.board.link.Link`."""

    name = "host"

    def __init__(self, program: Path, image: Path | None) -> None:
        environment = {
            "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }
        if image is not None:
            environment["SLEEPSTUDIO_FIRMWARE_IMAGE"] = str(image)
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        self._arrived = bytearray()
        self._sequence = 0
        self.unsolicited: deque[Message] = deque()
        self.ready: Message | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- a byte stream

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def read(self, timeout_s: float) -> bytes:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], timeout_s)
        return os.read(self._process.stdout.fileno(), 65536) if ready else b""

    def close(self) -> None:
        """Ends the process, which must have had nothing to complain about."""
        assert self._process.stdin is not None
        assert self._process.stderr is not None
        self._process.stdin.close()
        try:
            while self.read(PATIENCE_S):
                pass
            self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()
            self._process.wait()
        assert (self._process.returncode, self._process.stderr.read()) == (0, b"")

    # --- messages

    def message(self) -> Message:
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self._arrived:
            assert time.monotonic() < deadline, "the board does not answer"
            assert self._process.poll() is None, "the firmware ended"
            self._arrived += self.read(0.1)
        wire, _, rest = bytes(self._arrived).partition(b"\0")
        self._arrived = bytearray(rest)
        return unframed(wire)

    def exchange(self, stream: bytes, *, until: tuple[int, int]) -> list[Message]:
        """Writes ``stream`` while reading, so that neither side waits for the other; what was said, up to the
        message of that type and sequence number.
        """
        writer = threading.Thread(target=self.write, args=(stream,))
        writer.start()
        said = [self.message()]
        while (said[-1].type, said[-1].sequence) != until:
            said.append(self.message())
        writer.join()
        return said

    def next_unsolicited(self) -> Message:
        return self.unsolicited.popleft() if self.unsolicited else self.message()

    def ask(self, kind: int, payload: bytes = b"", *, version: int = 1) -> bytes | Refused:
        """The payload of the answer, or the refusal. What else arrives meanwhile is in `unsolicited`."""
        self._sequence = (self._sequence + 1) % 65536
        self.write(framed(kind, self._sequence, payload, version=version))
        while True:
            message = self.message()
            if 0x60 <= message.type < 0x80:
                self.unsolicited.append(message)
                continue
            assert message.sequence == self._sequence
            if message.type == REFUSED:
                refused = Refused(*struct.unpack("<BBI", message.payload))
                assert refused.request == kind
                return refused
            assert message.type == kind + 0x80
            return message.payload

    def must(self, kind: int, payload: bytes = b"") -> bytes:
        answer = self.ask(kind, payload)
        assert isinstance(answer, bytes), answer
        return answer
