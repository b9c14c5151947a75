"""Firmware and model onto a board: what runs there is what was flashed, or it is said which is which."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_image import SmallImage

from sleepstudio.board.client import BoardClient
from sleepstudio.board.firmware_image import firmware_folder, firmware_image
from sleepstudio.board.flash import compare_board, flash_board
from sleepstudio.board.link import open_link
from sleepstudio.board.memory_map import MODEL_ADDRESS
from sleepstudio.board.messages import Frame, Kind
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.deployment.board_image import read_header
from sleepstudio.errors import BoardError, Cancelled, ExportError
from sleepstudio.monitor import SILENT, Monitor

IMAGE = SmallImage().content


@pytest.fixture
def board(tmp_path: Path) -> Iterator[VirtualBoard]:
    with VirtualBoard(tmp_path / "board.mram") as board:
        yield board


class Heard(Monitor):
    def __init__(self) -> None:
        self.steps: list[str] = []

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        if step == "flash":
            self.steps.append(f"{item} {done}/{total}")


def test_the_model_that_was_flashed_is_the_one_that_runs(board: VirtualBoard) -> None:
    heard = Heard()
    outcome = flash_board(board.probe, lambda: open_link(board.port), firmware_image(), IMAGE, monitor=heard)
    assert outcome.written == ("firmware", "model")
    assert heard.steps == ["connect 1/5", "build 2/5", "flash 3/5", "verify 4/5", "hello 5/5"]
    assert not compare_board(outcome.hello, firmware_image(), read_header(IMAGE))

    other = SmallImage(seed=1).content
    changed = flash_board(board.probe, lambda: open_link(board.port), firmware_image(), other, monitor=SILENT)
    assert (changed.written, changed.kept) == (("model",), ("firmware",))
    differences = compare_board(changed.hello, None, read_header(IMAGE))
    wanted, held = (read_header(content) for content in (IMAGE, other))
    assert differences.firmware == ""
    assert held.model_sha256[:12] in differences.model
    assert wanted.model_sha256[:12] in differences.model


def test_each_stays_when_only_the_other_is_flashed(board: VirtualBoard) -> None:
    flash_board(board.probe, lambda: open_link(board.port), firmware_image(), None, monitor=SILENT)
    outcome = flash_board(board.probe, lambda: open_link(board.port), None, IMAGE, monitor=SILENT)
    assert outcome.written == ("model",)
    assert outcome.hello.firmware_id == firmware_image().build_id


def test_a_board_that_runs_other_firmware_is_told_apart(board: VirtualBoard) -> None:
    outcome = flash_board(board.probe, lambda: open_link(board.port), firmware_image(), None, monitor=SILENT)
    newer = dataclasses.replace(firmware_image(), version="9.9.9", build_id=bytes(20))
    differences = compare_board(outcome.hello, newer, read_header(IMAGE))
    assert outcome.hello.firmware_version in differences.firmware
    assert "9.9.9 (000000000000)" in differences.firmware
    assert "no model" in differences.model
    assert bool(differences)

    same_id_other_header = dataclasses.replace(read_header(IMAGE), name="renamed")
    flashed = flash_board(board.probe, lambda: open_link(board.port), None, IMAGE, monitor=SILENT)
    assert "exported otherwise" in compare_board(flashed.hello, None, same_id_other_header).model


def test_a_port_of_another_board_is_noticed(board: VirtualBoard, tmp_path: Path) -> None:
    with VirtualBoard(tmp_path / "other.mram") as other:
        flash_board(other.probe, lambda: open_link(other.port), firmware_image(), None, monitor=SILENT)
        with pytest.raises(BoardError, match=r"runs something else.*no model") as caught:
            flash_board(board.probe, lambda: open_link(other.port), firmware_image(), IMAGE, monitor=SILENT)
        assert "Is the port that of the board" in caught.value.hint


def test_firmware_that_stops_is_named(board: VirtualBoard) -> None:
    broken = bytearray(firmware_image().content)
    start = int.from_bytes(broken[4:8], "little") - 1 - firmware_image().address
    broken[start : start + 2] = b"\x00\xde"  # udf #0
    image = dataclasses.replace(firmware_image(), content=bytes(broken))
    with pytest.raises(BoardError, match="the firmware stopped: undefined instruction"):
        flash_board(board.probe, lambda: open_link(board.port), image, None, monitor=SILENT)
    repaired = flash_board(board.probe, lambda: open_link(board.port), firmware_image(), None, monitor=SILENT)
    assert repaired.written == ("firmware",)
    assert board.fault is None


def test_a_damaged_image_is_not_flashed(board: VirtualBoard) -> None:
    damaged = IMAGE[:-1] + bytes([IMAGE[-1] ^ 1])
    with pytest.raises(ExportError, match="damaged"):
        flash_board(board.probe, lambda: open_link(board.port), None, damaged, monitor=SILENT)
    assert board.probe.read(MODEL_ADDRESS, 4) == b"\xff" * 4


def test_a_board_runs_on_after_flashing_it_was_cancelled(board: VirtualBoard) -> None:
    class AtTheModel(Monitor):
        asked = 0

        def check_cancelled(self) -> None:
            self.asked += 1
            if self.asked == 2:
                raise Cancelled

    with pytest.raises(Cancelled):
        flash_board(board.probe, lambda: open_link(board.port), firmware_image(), IMAGE, monitor=AtTheModel())
    client = BoardClient(open_link(board.port))
    assert client.hello().firmware_id == firmware_image().build_id
    client.close()


def wait_for_frame(client: BoardClient, frame: int) -> None:
    deadline = time.monotonic() + 20
    while Frame not in [type(told) for told in client.unsolicited if getattr(told, "frame", None) == frame]:
        assert time.monotonic() < deadline
        client.poll(0.2)


def test_a_frame_costs_the_same_however_its_rows_arrive(board: VirtualBoard, tmp_path: Path) -> None:
    """On one board and on another; and its outputs are those of docs/board_image.md, bit for bit."""
    image = SmallImage()
    rows = np.random.default_rng(5).normal(0, 3, (image.frame_size, 4)).astype(np.float32)
    costs = []
    with VirtualBoard(tmp_path / "another.mram") as another:
        for place in (board, another):
            link = lambda place=place: open_link(place.port)  # noqa: E731
            flash_board(place.probe, link, firmware_image(), IMAGE, monitor=SILENT)
            client = BoardClient(link())
            client.begin(1, Kind.FRAMES)
            for frame, chunk in enumerate((1, 5, 24, 5)):
                for first in range(0, image.frame_size, chunk):
                    client.rows(1, frame * image.frame_size + first, rows[first : first + chunk])
                client.run(1, frame)
                wait_for_frame(client, frame)
                outputs = client.outputs(1, frame, image.frame_size, 4)
                assert np.array_equal(outputs, image.outputs(image.quantise(rows)))
                costs.append(client.costs().layers)
            client.close()
    assert len(costs) == 8
    assert set(costs) == {costs[0]}
    assert sum(costs[0]) > 5_000


def test_the_firmware_is_what_its_manifest_says(tmp_path: Path) -> None:
    image = firmware_image()
    assert image.region.content == image.content
    assert image.content[:4] != b"\xff" * 4
    folder = tmp_path / "firmware"
    shutil.copytree(firmware_folder(), folder)
    assert firmware_image(folder=folder) == image

    damaged = bytearray(image.content)
    damaged[100] ^= 1
    (folder / "apollo4p.bin").write_bytes(damaged)
    with pytest.raises(BoardError, match="damaged") as caught:
        firmware_image(folder=folder)
    assert "Install Sleep Studio again" in caught.value.hint

    (folder / "manifest.json").write_text(json.dumps({"apollo4p": {}}))
    with pytest.raises(BoardError, match="cannot be read"):
        firmware_image(folder=folder)
    with pytest.raises(BoardError, match="cannot be read"):
        firmware_image("apollo9", folder=folder)
