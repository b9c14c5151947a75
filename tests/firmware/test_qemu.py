"""The firmware on a Cortex-M4 that QEMU emulates, with a converted network: bit for bit as the host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from converted_examples import FEATURES, FRAME_SIZE, Converted, make
from firmware_builds import build
from network_examples import MIXED
from numpy.typing import NDArray
from qemu_board import QEMU, Debugger, QemuBoard, is_installed

from sleepstudio.board.client import BoardClient, outputs_crc
from sleepstudio.board.link import open_link
from sleepstudio.board.messages import Frame, Kind, Stage
from sleepstudio.deployment.board_image_writer import board_image
from sleepstudio.staging.interpreter import TfliteModel

ANSWER_S, PATIENCE_S = 0.5, 60.0


def night(rows: int, seed: int = 0) -> NDArray[np.float32]:
    """(rows, FEATURES), with values that saturate among them."""
    return np.random.default_rng(seed).normal(0, 1.5, (rows, FEATURES)).astype(np.float32)


@pytest.fixture(scope="session")
def converted() -> Converted:
    frames = np.stack([night(FRAME_SIZE, seed) for seed in range(24)])
    return make("tcn", MIXED["mb"], frames)


@pytest.fixture(scope="session")
def image(converted: Converted) -> bytes:
    return board_image(converted.int8, name="mixed", stage_set=4, parameters=1)


@pytest.fixture(scope="session")
def mps2() -> Path:
    if not is_installed():
        pytest.skip(f"{QEMU} is not installed (packaging/environment.sh names the Debian package)")
    return build("mps2") / "firmware.elf"


@pytest.fixture
def client(mps2: Path) -> Iterator[BoardClient]:
    with QemuBoard(mps2) as board:
        client = BoardClient(open_link(board.port), answer_s=ANSWER_S)
        yield client
        client.close()


def told(client: BoardClient, kind: type[Stage] | type[Frame], count: int) -> list[Stage | Frame]:
    found: list[Stage | Frame] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < count:
        client.poll(0.05)
        found += [message for message in client.unsolicited if isinstance(message, kind)]
        client.unsolicited.clear()
        assert time.monotonic() < deadline, "the board tells nothing"
    return found


def quantised(model: TfliteModel, rows: NDArray[np.float32]) -> NDArray[np.int8]:
    assert model.input_quantisation is not None
    return model.input_quantisation.quantise(rows)


def test_an_image_sent_over_the_link_stages_frames_as_the_host_does(
    client: BoardClient, converted: Converted, image: bytes
) -> None:
    client.send_image(image)
    hello = client.hello()
    assert (hello.board, hello.image, hello.header) == ("mps2-an386", 2, image[:192])
    client.begin(1, Kind.FRAMES)
    costs = []
    for number in range(3):
        rows = night(FRAME_SIZE, 100 + number)
        for first in range(0, FRAME_SIZE, 20):
            client.rows(1, number * FRAME_SIZE + first, rows[first : first + 20])
        client.run(1, number)
        (done,) = told(client, Frame, 1)
        outputs = client.outputs(1, number, FRAME_SIZE, 4)
        expected = converted.int8.predict_int8(quantised(converted.int8, rows)[None])[0]
        np.testing.assert_array_equal(outputs, expected)
        assert done.crc32 == outputs_crc(expected)
        costs.append(done.cost)
    layers = client.costs().layers
    assert len(layers) == int.from_bytes(image[90:92], "little")
    assert sum(layers) == costs[-1]
    # interrupts take a little; the network takes the same for any values
    assert max(costs) < 1.01 * min(costs)


def test_rolling_stages_each_row_as_the_host_does(
    client: BoardClient, converted: Converted, image: bytes
) -> None:
    model = converted.int8
    rows = night(FRAME_SIZE + 20, 7)
    client.send_image(image)
    client.begin(2, Kind.ROLLING)
    stages = []
    for first in range(0, len(rows), 4):
        client.rows(2, first, rows[first : first + 4])
        stages += told(client, Stage, 4)
    assert [stage.epoch for stage in stages] == list(range(len(rows)))
    frames = np.zeros((len(rows), FRAME_SIZE, FEATURES), np.float32)
    for newest, frame in enumerate(frames):
        held = rows[max(0, newest + 1 - FRAME_SIZE) : newest + 1]
        frame[: len(held)] = held
    outputs = model.predict_int8(quantised(model, frames))
    expected = [frame[min(newest, FRAME_SIZE - 1)] for newest, frame in enumerate(outputs)]
    np.testing.assert_array_equal([stage.outputs for stage in stages], expected)


def test_an_image_in_flash_is_used_and_a_reset_is_said(mps2: Path, image: bytes, tmp_path: Path) -> None:
    path = tmp_path / "board_image.bin"
    path.write_bytes(image)
    with QemuBoard(mps2, path) as board:
        client = BoardClient(open_link(board.port), answer_s=ANSWER_S)
        hello = client.hello()
        assert (hello.image, hello.boot, hello.reset_cause, hello.header) == (1, 1, 1, image[:192])
        client.begin(3, Kind.ROLLING)
        again = client.reset()
        assert (again.boot, again.reset_cause, again.session) == (2, 4, 0)
        counters = client.read_counters()
        # what was said to it while it restarted may have come in the middle of a frame
        assert (counters.crc_errors, counters.overruns) == (0, 0)
        assert counters.framing_errors <= 1
        assert 4096 < counters.stack_free_bytes < 16384
        client.close()


PC, SP = 15, 13
HARD_FAULT, FORCED, NO_INSTRUCTIONS_THERE = 3, 1 << 30, 1 << 8


@pytest.mark.parametrize(
    ("register", "value", "said"),
    [(PC, 0x6000_0000, 0x6000_0000), (SP, 0x2000_0008, 0)],
    ids=["a jump into nothing", "a stack that is full, so that nothing could be kept on it"],
)
def test_a_fault_restarts_the_board_which_then_says_so(
    mps2: Path, tmp_path: Path, register: int, value: int, said: int
) -> None:
    with QemuBoard(mps2, debugger=tmp_path / "gdb") as board:
        client = BoardClient(open_link(board.port), answer_s=ANSWER_S)
        assert client.hello().boot == 1
        assert client.read_fault().faults == 0
        with Debugger(tmp_path / "gdb") as debugger:
            debugger.resume_with(register, value)
            hello = client.hello()
            fault = client.read_fault()
        assert (hello.boot, hello.reset_cause) == (2, 4)
        assert (fault.faults, fault.exception, fault.hfsr, fault.pc) == (1, HARD_FAULT, FORCED, said)
        assert fault.cfsr & NO_INSTRUCTIONS_THERE or register == SP
        client.close()
