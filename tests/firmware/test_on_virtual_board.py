"""The image that users flash, on the virtual board: what only its memory map and its watchdog can show."""

from __future__ import annotations

import json
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from small_image import FEATURES, SmallImage

from sleepstudio.board.client import BoardClient
from sleepstudio.board.firmware_image import firmware_folder, firmware_image
from sleepstudio.board.link import open_link
from sleepstudio.board.memory_map import MODEL_ADDRESS
from sleepstudio.board.messages import Kind, Stage
from sleepstudio.board.probe import FlashRegion
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.monitor import SILENT

pytest.importorskip("unicorn", reason="the virtual board needs unicorn: pip install 'sleepstudio[virtual]'")

POWER, SOFTWARE, WATCHDOG = 1, 4, 8
WATCHDOG_SETTING = 0x0220_8007
"""As the firmware writes it: 16 Hz, interrupt at 32, reset at 128."""

MANIFEST = json.loads((firmware_folder() / "manifest.json").read_text("utf-8"))["apollo4p"]

Start = Callable[..., BoardClient]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Flashes firmware and model onto a new virtual board, and connects to it."""
    with ExitStack() as stack:

        def started(model: bytes, *, interrupt_at: int = 32, reset_at: int = 128) -> BoardClient:
            image = firmware_image()
            setting = WATCHDOG_SETTING & 0xFF00_00FF | interrupt_at << 16 | reset_at << 8
            before, after = struct.pack("<I", WATCHDOG_SETTING), struct.pack("<I", setting)
            assert image.content.count(before) == 1
            content = image.content.replace(before, after)
            board = stack.enter_context(VirtualBoard(tmp_path / "mram"))
            regions = [FlashRegion("firmware", image.address, content)]
            if model:
                regions.append(FlashRegion("model", MODEL_ADDRESS, model))
            board.probe.connect()
            board.probe.flash(regions, monitor=SILENT)
            board.probe.reset()
            client = BoardClient(open_link(board.port))
            stack.callback(client.close)
            return client

        yield started


def staged(client: BoardClient, count: int) -> list[Stage]:
    found: list[Stage] = []
    deadline = time.monotonic() + 60
    while len(found) < count:
        client.poll(0.05)
        found += [message for message in client.unsolicited if isinstance(message, Stage)]
        client.unsolicited.clear()
        assert time.monotonic() < deadline, "the board tells nothing"
    return found


def test_its_hello_is_that_of_the_manifest(start: Start) -> None:
    client = start(b"")
    hello, image = client.hello(), firmware_image()
    assert (hello.firmware_id, hello.firmware_version) == (image.build_id, image.version)
    assert (hello.board, hello.cost_unit, hello.chip) == ("apollo4p", 2, 0x4452_4256)
    assert (hello.cpu_hz, hello.arena_limit) == (96_000_000, 960 * 1024)
    assert (hello.image, hello.image_error) == (0, 1)
    assert hello.reset_cause & POWER


def test_a_network_larger_than_tcm_has_its_arena_in_ssram(start: Start) -> None:
    small = SmallImage()
    large = bytearray(small.content)
    struct.pack_into("<I", large, 92, 200 * 1024)
    struct.pack_into("<I", large, 12, zlib.crc32(large[16:]))
    client = start(bytes(large))
    rows = np.random.default_rng(0).normal(0, 2, (40, FEATURES)).astype(np.float32)
    client.begin(1, Kind.ROLLING)
    stages = []
    for first in range(0, len(rows), 8):
        client.rows(1, first, rows[first : first + 8])
        stages += staged(client, 8)
    np.testing.assert_array_equal([stage.outputs for stage in stages], small.rolling(rows))
    used = MANIFEST["stack_bytes"] - client.read_counters().stack_free_bytes
    assert 0 < used <= MANIFEST["stack_bound_bytes"]


def test_an_arena_larger_than_ssram_is_refused(start: Start) -> None:
    large = bytearray(SmallImage().content)
    struct.pack_into("<I", large, 92, 960 * 1024 + 16)
    struct.pack_into("<I", large, 12, zlib.crc32(large[16:]))
    hello = start(bytes(large)).hello()
    assert (hello.image, hello.image_error) == (0, 12)


def test_a_reset_by_request_is_counted_and_said(start: Start) -> None:
    client = start(b"")
    first = client.hello()
    second = client.reset()
    assert second.boot == first.boot + 1
    assert second.reset_cause & SOFTWARE
    assert client.read_counters().watchdog_resets == 0


def test_a_board_that_waits_feeds_its_watchdog(start: Start) -> None:
    """Woken by the interrupt after a sixteenth of a second, where two would restart it."""
    client = start(b"", interrupt_at=1, reset_at=32)
    first = client.hello()
    time.sleep(2.5)
    assert client.hello().boot == first.boot
    counters = client.read_counters()
    assert counters.watchdog_resets == 0
    assert counters.uptime_ms > 2000


def test_a_board_that_is_not_woken_is_restarted_and_says_so(start: Start) -> None:
    client = start(b"", interrupt_at=200, reset_at=8)
    first = client.hello()
    time.sleep(1.5)
    later = client.hello()
    assert later.boot > first.boot
    assert later.reset_cause & WATCHDOG
    assert client.read_counters().watchdog_resets == later.boot - first.boot
