"""Messages on the pipe to a helper process (the virtual board, the debugger's): one JSON object and bytes.

A message is two little-endian 32-bit lengths, the JSON, the bytes. Requests have ``do`` and ``number``; what
answers one repeats its number as ``answer``, with ``error`` where it failed; ``progress`` may come before.
Messages without either are notices.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import IO, Any

from sleepstudio.board.memory_map import MRAM_BYTES

MAX_FIELD_BYTES = 1 << 16
MAX_DATA_BYTES = MRAM_BYTES
_LENGTHS = struct.Struct("<II")


@dataclass(frozen=True)
class Message:
    fields: dict[str, Any]
    data: bytes = b""


def write_message(stream: IO[bytes], message: Message) -> None:
    """Raises ValueError where the message is too large, OSError where the pipe is closed."""
    fields = json.dumps(message.fields).encode()
    if len(fields) > MAX_FIELD_BYTES or len(message.data) > MAX_DATA_BYTES:
        raise ValueError("a message on the control pipe is too large")
    stream.write(_LENGTHS.pack(len(fields), len(message.data)) + fields + message.data)
    stream.flush()


def read_message(stream: IO[bytes]) -> Message | None:
    """The next message, None at the pipe's end. Raises ValueError for what is no message."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    field_bytes, data_bytes = _LENGTHS.unpack(lengths)
    if field_bytes > MAX_FIELD_BYTES or data_bytes > MAX_DATA_BYTES:
        raise ValueError("a message on the control pipe is too large")
    content = stream.read(field_bytes)
    data = stream.read(data_bytes)
    if len(content) < field_bytes or len(data) < data_bytes:
        return None
    fields = json.loads(content)
    if not isinstance(fields, dict):
        raise ValueError("a message on the control pipe is no JSON object")
    return Message(fields, data)
