"""Any bytes at all, and valid conversations damaged in every way: the firmware lives, and answers afterwards.

The host build runs under the address and undefined-behaviour sanitizers; they end the process at the first
complaint, and `HostBoard.close` fails on anything said to standard error.
"""

from __future__ import annotations

import random
import struct
import zlib

import numpy as np
import pytest
import requests_of_page as page
from host_board import HostBoard, Refused, framed
from small_image import FEATURES, FRAME_SIZE, SmallImage

SEEDS, ROUNDS = 6, 100


def valid(generator: random.Random, image: SmallImage) -> list[tuple[int, bytes]]:
    """Requests that make sense in some order or other."""
    rng = np.random.default_rng(generator.randrange(2**32))
    session, kind = generator.randrange(3), generator.choice([1, 2])
    requests = [
        (page.HELLO, b""), (page.COUNTERS, b""), (page.FAULT, b""), (page.COSTS, b""), (page.IMAGE_DROP, b""),
        (page.IMAGE_BEGIN, page.u32(len(image.content), image.crc)), (page.IMAGE_COMMIT, b""),
        (page.BEGIN, page.begin(session, kind)), (page.END, page.u32(session)),
    ]  # fmt: skip
    for at in range(0, len(image.content), 1020):
        requests.append((page.IMAGE_DATA, page.u32(at) + image.content[at : at + 1020]))
    for first in range(0, 2 * FRAME_SIZE, 6):
        values = rng.normal(0, 3, (6, FEATURES)).astype(np.float32)
        requests.append((page.ROWS, page.rows(session, first, values)))
        requests.append((page.STAGE_OF, page.u32(session, first)))
    for frame in range(2):
        requests.append((page.RUN, page.u32(session, frame)))
        requests.append((page.OUTPUTS, page.outputs(session, frame, 0, FRAME_SIZE)))
    return requests


def mutated(generator: random.Random, requests: list[tuple[int, bytes]]) -> bytes:
    """The frames of ``requests``, with messages moved and their fields and bytes changed."""
    stream = bytearray()
    for sequence in range(len(requests)):
        kind, payload = generator.choice(requests) if generator.random() < 0.4 else requests[sequence]
        changed = bytearray(payload)
        while generator.random() < 0.3:
            at = generator.randrange(len(changed) + 1)
            match generator.randrange(4):
                case 0:
                    changed[at : at + 1] = bytes([generator.choice([0, 1, 127, 128, 255])])
                case 1:
                    changed[at : at + 4] = struct.pack(
                        "<I", generator.choice([0, 1, 2**16, 2**31, 2**32 - 1])
                    )
                case 2:
                    del changed[at:]
                case _:
                    changed += generator.randbytes(generator.randrange(64))
        if generator.random() < 0.02:
            kind = generator.randrange(256)
        wire = bytearray(framed(kind, sequence, bytes(changed[:1024])))
        if generator.random() < 0.1:
            wire[generator.randrange(len(wire))] = generator.randrange(256)
        stream += wire
        if generator.random() < 0.02:
            stream += generator.randbytes(generator.randrange(3000))
    return bytes(stream)


def survives(board: HostBoard, stream: bytes) -> None:
    """Everything that it says is whole, and it still answers."""
    said = board.exchange(stream + b"\0" + framed(page.HELLO, 0xBEEF), until=(page.HELLO + 0x80, 0xBEEF))
    assert page.hello(said[-1].payload).board == b"host"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_damaged_conversations_are_survived(board: HostBoard, seed: int) -> None:
    generator = random.Random(seed)
    image = SmallImage(seed=seed % 3)
    for _ in range(ROUNDS):
        survives(board, mutated(generator, valid(generator, image)))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_any_bytes_are_survived(board: HostBoard, seed: int) -> None:
    generator = random.Random(1000 + seed)
    some = generator.randbytes(100_000)
    without_zeros = some.replace(b"\0", b"\1")
    survives(board, some + without_zeros)
    counters = page.counters(board.must(page.COUNTERS))
    assert counters.framing_errors + counters.crc_errors > 300


@pytest.mark.parametrize("seed", range(SEEDS))
def test_damaged_images_are_refused_or_run_within_their_memory(board: HostBoard, seed: int) -> None:
    """With a right CRC, so that the damage reaches the engine's own checks, and then its kernels."""
    generator = random.Random(2000 + seed)
    ran = 0
    for session in range(1, ROUNDS + 1):
        content = bytearray(SmallImage(seed=seed).content)
        for _ in range(generator.randrange(1, 4)):
            at = generator.choice([generator.randrange(16, 320), generator.randrange(16, len(content))])
            content[at] = generator.choice([0, 1, 127, 128, 255, content[at] ^ 1 << generator.randrange(8)])
        struct.pack_into("<I", content, 12, zlib.crc32(content[16:]))
        board.must(page.IMAGE_BEGIN, page.u32(len(content), *struct.unpack_from("<I", content, 12)))
        for at in range(0, len(content), 1020):
            board.must(page.IMAGE_DATA, page.u32(at) + content[at : at + 1020])
        if isinstance(board.ask(page.IMAGE_COMMIT), Refused):
            continue
        board.must(page.BEGIN, page.begin(session, page.ROLLING))
        rows = np.full((8, FEATURES), 3e38, np.float32)
        if isinstance(board.ask(page.ROWS, page.rows(session, 0, rows)), bytes):
            assert [board.next_unsolicited().type for _ in range(8)] == [page.STAGE] * 8
            ran += 1
    assert ran > 3
