"""Writes `vectors.json`: frames of docs/protocol.md as bytes and as fields, for all who implement the page.

It shares no code with them: framing is the `cobs` package, the check `binascii.crc_hqx`, fields `struct`.
Run it again after the page changed: `python tests/board/make_vectors.py`.
"""

from __future__ import annotations

import binascii
import json
import random
import struct
from pathlib import Path
from typing import Any

from cobs import cobs

VECTORS = Path(__file__).parent / "vectors.json"
VERSION = 1
HEADER = bytes(range(1, 193))
MODEL = [0.0, -1.5, 3.25, 1e-7, -3.4028234663852886e38, 65504.0, 0.1000000014901161, -0.0]


def frame(kind: int, sequence: int, payload: bytes, *, version: int = VERSION) -> bytes:
    """What is inside the COBS code: head, payload, check."""
    body = struct.pack("<BBH", version, kind, sequence) + payload
    return body + struct.pack("<H", binascii.crc_hqx(body, 0xFFFF))


def wire(inside: bytes) -> bytes:
    return cobs.encode(inside) + b"\0"


def zero_padded(text: str, length: int) -> bytes:
    return text.encode().ljust(length, b"\0")


def hello(fields: dict[str, Any]) -> bytes:
    return (
        struct.pack("<BBH", fields["protocol"], fields["cost_unit"], fields["boot"])
        + zero_padded(fields["firmware_version"], 16)
        + bytes.fromhex(fields["firmware_id"])
        + zero_padded(fields["board"], 24)
        + struct.pack(
            "<IIIIBBHI",
            *(
                fields[name]
                for name in (
                    "chip",
                    "cpu_hz",
                    "ram_image_bytes",
                    "arena_limit",
                    "image",
                    "image_error",
                    "reset_cause",
                    "session",
                )
            ),
        )
        + bytes.fromhex(fields["header"])
    )


HELLO = {
    "protocol": 1,
    "cost_unit": 2,
    "boot": 3,
    "firmware_version": "1.0.0",
    "firmware_id": bytes(range(0xA0, 0xB4)).hex(),
    "board": "apollo4p",
    "chip": 0x44524256,
    "cpu_hz": 96_000_000,
    "ram_image_bytes": 131072,
    "arena_limit": 983040,
    "image": 1,
    "image_error": 0,
    "reset_cause": 5,
    "session": 0,
    "header": HEADER.hex(),
}
COUNTERS = {
    "frames_received": 1,
    "frames_sent": 2,
    "crc_errors": 3,
    "framing_errors": 4,
    "overruns": 5,
    "refused": 6,
    "inferences": 7,
    "watchdog_resets": 8,
    "stack_free_bytes": 12345,
    "uptime_ms": 0xFFFFFFFF,
}
STAGE = {
    "session": 0xDEADBEEF,
    "epoch": 959,
    "stage": 3,
    "classes": 4,
    "cost": 14_300_000,
    "outputs": [-128, -1, 0, 127],
    "probabilities": [0, 1, 2, 252],
}
FAULT = {
    "faults": 1,
    "exception": 3,
    "pc": 0x00018ABC,
    "lr": 0x0001812D,
    "cfsr": 0x00008200,
    "hfsr": 0x40000000,
    "address": 0x4001FFFC,
}


def stage(fields: dict[str, Any]) -> bytes:
    return (
        struct.pack(
            "<IIBBI",
            fields["session"],
            fields["epoch"],
            fields["stage"],
            fields["classes"],
            fields["cost"],
        )
        + struct.pack(f"<{fields['classes']}b", *fields["outputs"])
        + bytes(fields["probabilities"])
    )


def messages() -> list[tuple[str, int, int, bytes, dict[str, Any]]]:
    """name, type, sequence, payload, fields."""
    chunk = bytes(index * 7 % 256 for index in range(1020))
    zeros = bytes(1020)
    rows = struct.pack("<IIH", 7, 480, 2) + struct.pack("<8f", *MODEL)
    no_zero_runs = bytes(1 + index % 255 for index in range(254))
    return [
        ("HELLO", 0x01, 0, b"", {}),
        ("COUNTERS", 0x02, 1, b"", {}),
        ("FAULT", 0x03, 2, b"", {}),
        (
            "IMAGE_BEGIN",
            0x10,
            0x0102,
            struct.pack("<II", 49152, 0x89ABCDEF),
            {"total_bytes": 49152, "crc32": 0x89ABCDEF},
        ),
        ("IMAGE_DATA", 0x11, 3, struct.pack("<I", 1020) + chunk, {"offset": 1020, "data": chunk.hex()}),
        ("IMAGE_DATA", 0x11, 4, struct.pack("<I", 0) + zeros, {"offset": 0, "data": zeros.hex()}),
        (
            "IMAGE_DATA",
            0x11,
            5,
            struct.pack("<I", 0x01010101) + no_zero_runs,
            {"offset": 0x01010101, "data": no_zero_runs.hex()},
        ),
        ("IMAGE_COMMIT", 0x12, 6, b"", {}),
        ("IMAGE_DROP", 0x13, 7, b"", {}),
        ("BEGIN", 0x20, 8, struct.pack("<IB", 0xDEADBEEF, 1), {"session": 0xDEADBEEF, "kind": 1}),
        ("BEGIN", 0x20, 9, struct.pack("<IB", 1, 2), {"session": 1, "kind": 2}),
        (
            "ROWS",
            0x21,
            10,
            rows,
            {"session": 7, "first": 480, "count": 2, "rows": [MODEL[:4], MODEL[4:]]},
        ),
        ("STAGE_OF", 0x22, 11, struct.pack("<II", 7, 959), {"session": 7, "epoch": 959}),
        ("RUN", 0x23, 12, struct.pack("<II", 7, 3), {"session": 7, "frame": 3}),
        (
            "OUTPUTS",
            0x24,
            13,
            struct.pack("<IIHH", 7, 3, 0, 240),
            {"session": 7, "frame": 3, "first": 0, "count": 240},
        ),
        ("COSTS", 0x25, 14, b"", {}),
        ("RESET", 0x40, 15, b"", {}),
        ("END", 0x41, 0xFFFF, struct.pack("<I", 7), {"session": 7}),
        ("HELLO_ANSWER", 0x81, 0, hello(HELLO), HELLO),
        ("COUNTERS_ANSWER", 0x82, 1, struct.pack("<10I", *COUNTERS.values()), COUNTERS),
        ("FAULT_ANSWER", 0x83, 2, struct.pack("<7I", *FAULT.values()), FAULT),
        ("IMAGE_BEGIN_ANSWER", 0x90, 0x0102, b"", {}),
        ("IMAGE_DATA_ANSWER", 0x91, 3, struct.pack("<I", 2040), {"held": 2040}),
        ("ROWS_ANSWER", 0xA1, 10, struct.pack("<I", 482), {"next": 482}),
        ("STAGE_OF_ANSWER", 0xA2, 11, stage(STAGE), STAGE),
        (
            "OUTPUTS_ANSWER",
            0xA4,
            13,
            struct.pack("<8b", *range(-4, 4)),
            {"outputs": list(range(-4, 4))},
        ),
        (
            "COSTS_ANSWER",
            0xA5,
            14,
            struct.pack("<IH3I", 42, 3, 100, 2_000_000_000, 0),
            {"inference": 42, "layers": [100, 2_000_000_000, 0]},
        ),
        (
            "REFUSED",
            0xFF,
            10,
            struct.pack("<BBI", 7, 0x21, 488),
            {"reason": 7, "request": 0x21, "detail": 488},
        ),
        ("READY", 0x60, 0, hello(HELLO), HELLO),
        ("STAGE", 0x61, 1, stage(STAGE), STAGE),
        (
            "FRAME",
            0x62,
            2,
            struct.pack("<IIII", 7, 3, 14_300_000, 0xCBF43926),
            {"session": 7, "frame": 3, "cost": 14_300_000, "crc32": 0xCBF43926},
        ),
    ]


def flipped(data: bytes, bit: int) -> bytes:
    return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def bad() -> list[dict[str, str]]:
    """Wire bytes up to and with the ending zero that carry no message, and the counter that they raise."""
    good = frame(0x20, 8, struct.pack("<IB", 0xDEADBEEF, 1))
    return [
        {"name": "one bit of the payload", "counter": "crc_errors", "wire": wire(flipped(good, 35)).hex()},
        {
            "name": "check's bytes swapped",
            "counter": "crc_errors",
            "wire": wire(good[:-2] + good[:-3:-1]).hex(),
        },
        {"name": "cut off", "counter": "framing_errors", "wire": (cobs.encode(good)[:-3] + b"\0").hex()},
        {"name": "code beyond the end", "counter": "framing_errors", "wire": b"\x05\x01\x02\0".hex()},
        {"name": "too short for a frame", "counter": "framing_errors", "wire": wire(b"\x01\x01\x00").hex()},
        {
            "name": "payload of 1025",
            "counter": "framing_errors",
            "wire": wire(frame(0x11, 1, bytes(1025))).hex(),
        },
        {"name": "endless", "counter": "framing_errors", "wire": (b"\x02\x01" * 3000 + b"\0").hex()},
    ]


def streams(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sequences of bytes with the frames that must come out of them."""
    by_name = {entry["name"]: index for index, entry in enumerate(frames)}
    first, second = by_name["HELLO"], by_name["STAGE"]
    one, two = bytes.fromhex(frames[first]["wire"]), bytes.fromhex(frames[second]["wire"])
    noise = bytes(random.Random(4).randrange(1, 256) for _ in range(64))
    return [
        {
            "name": "zeros between",
            "wire": (b"\0\0" + one + b"\0\0\0" + two + b"\0").hex(),
            "frames": [first, second],
        },
        {
            "name": "noise ended by a zero",
            "wire": (noise + b"\0" + one + two).hex(),
            "frames": [first, second],
        },
        {
            "name": "cut off, then whole",
            "wire": (two[:9] + b"\0" + two + one).hex(),
            "frames": [second, first],
        },
        {
            "name": "cut off without a zero swallows one",
            "wire": (two[:9] + one + two).hex(),
            "frames": [second],
        },
        {"name": "twice", "wire": (two + two).hex(), "frames": [second, second]},
    ]


def vectors() -> dict[str, Any]:
    frames = [
        {
            "name": name,
            "type": kind,
            "sequence": sequence,
            "payload": payload.hex(),
            "fields": fields,
            "wire": wire(frame(kind, sequence, payload)).hex(),
        }
        for name, kind, sequence, payload, fields in messages()
    ]
    return {"version": VERSION, "frames": frames, "bad": bad(), "streams": streams(frames)}


def text() -> str:
    return json.dumps(vectors(), indent=1) + "\n"


if __name__ == "__main__":
    VECTORS.write_text(text(), "utf-8")
