"""The virtual board as a process: what it needs, how it ends, and what others hear of it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from thumb import UART_ON, firmware

from sleepstudio.board.client import BoardClient
from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.flash import flash_board
from sleepstudio.board.link import LinkLostError, open_link
from sleepstudio.board.memory_map import FIRMWARE_ADDRESS
from sleepstudio.board.probe import FlashRegion
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.errors import BoardError
from sleepstudio.monitor import SILENT

LIMIT_S = 20.0
ECHO = """
    push {r4-r7, lr}
    ldr r4, =0x4001C000
    ldr r5, =0x7FF
    str r5, [r4, #0x44]
3:  ldr r5, [r4, #0x18]
    lsls r5, r5, #27
    bmi 4f
    ldr r5, [r4]
    str r5, [r4]
    b 3b
4:  pop {r4-r7, pc}
"""
SLEEP = "2:  wfi\n    b 2b\n"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    with VirtualBoard(tmp_path / "board.mram") as board:
        yield board


def start(board: VirtualBoard, image: bytes) -> None:
    board.probe.flash([FlashRegion("firmware", FIRMWARE_ADDRESS, image)], monitor=SILENT)
    board.probe.reset()


def wait_until(done, limit_s: float = LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def received(port: str, count: int) -> bytes:
    link = open_link(port)
    with contextlib.closing(link):
        got = b""
        while len(got) < count:
            data = link.read(LIMIT_S)
            assert data
            got += data
        return got


def echoed(link, message: bytes) -> bytes:
    link.write(message)
    got = b""
    while len(got) < len(message):
        data = link.read(LIMIT_S)
        assert data
        got += data
    return got


def test_without_unicorn_it_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys, importlib.abc\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'unicorn': raise ModuleNotFoundError(name)\n"
        "sys.modules['unicorn'] = None\n"
        "from pathlib import Path\n"
        "from sleepstudio.board.virtual import VirtualBoard\n"
        "from sleepstudio.errors import BoardError\n"
        "try: VirtualBoard(Path(sys.argv[1]))\n"
        "except BoardError as error: print(error.message, error.hint)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "m")], capture_output=True, text=True, check=True
    ).stdout
    assert "the virtual board needs unicorn" in said
    assert "pip install 'sleepstudio[virtual]'" in said


def test_flashing_and_running_are_separate(tmp_path: Path) -> None:
    path = tmp_path / "study" / "board" / "virtual.mram"
    with VirtualBoard(path) as board:
        assert board.facts.state == "no firmware"
        start(board, firmware_image().content)
    with VirtualBoard(path) as board:
        client = BoardClient(open_link(board.port))
        assert client.hello().boot == 1
        client.close()


def test_a_second_process_on_the_same_memory_is_refused(board: VirtualBoard, tmp_path: Path) -> None:
    with pytest.raises(BoardError, match="another process runs this virtual board") as caught:
        VirtualBoard(tmp_path / "board.mram")
    assert "board.virtual_memory" in caught.value.hint
    assert board.facts.state == "no firmware"


def test_a_fault_is_told_and_a_reset_forgets_it(board: VirtualBoard) -> None:
    start(board, firmware("    ldr r0, =0x50000000\n    str r0, [r0]\n" + SLEEP))
    wait_until(lambda: board.fault is not None)
    assert board.fault is not None
    assert board.fault.startswith("write at 0x50000000, where nothing is (pc 0x000180")
    assert board.facts.state == "fault"
    assert board.probe.fault == board.fault
    start(board, firmware(SLEEP))
    assert board.fault is None
    wait_until(lambda: board.facts.state == "sleeping")


def test_a_killed_board_is_an_error_with_its_end(board: VirtualBoard) -> None:
    os.kill(board.client.process_id, signal.SIGKILL)
    with pytest.raises(BoardError, match="the virtual board was ended by SIGKILL"):
        wait_until(lambda: board.facts is None)
    with pytest.raises(BoardError, match="SIGKILL"):
        board.probe.read(0, 4)
    board.close()
    with pytest.raises(BoardError, match="is closed"):
        board.reset()


def test_a_link_ends_with_the_board(board: VirtualBoard) -> None:
    start(board, firmware(UART_ON + SLEEP, uart0=ECHO))
    link = open_link(board.port)
    assert echoed(link, b"there?") == b"there?"
    os.kill(board.client.process_id, signal.SIGKILL)
    with pytest.raises(LinkLostError):
        wait_until(lambda: link.read(1.0) == b"never")


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from sleepstudio.board.virtual import VirtualBoard\n"
        "board = VirtualBoard(Path(sys.argv[1]))\n"
        "print(board.port, flush=True)\n"
        "time.sleep(600)\n"
    )
    path = tmp_path / "m"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        port = parent.stdout.readline().decode().strip()
        link = open_link(port)
        parent.kill()
    with pytest.raises(LinkLostError):
        wait_until(lambda: link.read(1.0) == b"never")
    with VirtualBoard(path) as board:
        assert board.facts.state == "no firmware"


def test_clients_come_one_after_the_other(board: VirtualBoard) -> None:
    start(board, firmware(UART_ON + SLEEP, uart0=ECHO))
    message = bytes(range(256)) * 64
    for _ in range(3):
        link = open_link(board.port)
        assert echoed(link, message) == message
        link.close()
    assert board.facts.overruns == 0


def test_a_client_that_does_not_read_does_not_stop_the_board(board: VirtualBoard) -> None:
    start(board, firmware(UART_ON + "    ldr r4, =0x4001C000\n2:  str r4, [r4]\n    b 2b\n"))
    host, port = board.port.removeprefix("socket://").split(":")
    with socket.create_connection((host, int(port))):
        before = board.facts.transmitted
        wait_until(lambda: board.facts.transmitted > before + 100_000)


def test_the_core_sleeps_without_the_processor(board: VirtualBoard) -> None:
    """By the child's own processor time, over a count of the watchdog's wake-ups."""
    flash_board(board.probe, lambda: open_link(board.port), firmware_image(), None, monitor=SILENT)
    wait_until(lambda: board.facts.state == "sleeping")
    before, began = _processor_s(board.client.process_id), time.monotonic()
    time.sleep(3)
    used, elapsed = _processor_s(board.client.process_id) - before, time.monotonic() - began
    assert used <= 0.05 * elapsed


def _processor_s(process: int) -> float:
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        pytest.skip("there is no /proc here to read processor time from")
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(("address", "length"), [(0x70000000, 4), (0x10000000, 0x200000), (0, 0)])
def test_what_cannot_be_read_is_an_error(board: VirtualBoard, address: int, length: int) -> None:
    with pytest.raises(BoardError):
        board.probe.read(address, length)
    assert board.facts.state == "no firmware"


def test_a_halted_board_stands_still(board: VirtualBoard) -> None:
    start(board, firmware("2:  adds r7, #1\n    b 2b\n"))
    board.halt()
    first = board.facts
    assert first.state == "halted"
    assert board.facts.instructions == first.instructions
    board.reset()
    wait_until(lambda: board.facts.instructions > 1000)
