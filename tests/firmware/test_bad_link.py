"""The firmware and the host's client over a link that loses, damages, doubles, reorders and tears frames."""

from __future__ import annotations

import random

import numpy as np
import pytest
from host_board import HostBoard
from small_image import FEATURES, FRAME_SIZE, SmallImage

from sleepstudio.board.board_frames import BoardFrameStager
from sleepstudio.board.board_rolling import BoardRollingStager
from sleepstudio.board.client import BoardClient
from sleepstudio.board.connection import Connection

FAULTS = ("lost", "damaged", "doubled", "late", "torn")
ANSWER_S = 0.05


class Watch:
    """Hears what a session logs."""

    def log(self, source: str, text: str) -> None:
        pass

    def check_cancelled(self) -> None:
        pass


class BadLink:
    """Does something to every fifth frame of either direction, by a seed."""

    name = "bad"

    def __init__(self, board: HostBoard, seed: int) -> None:
        self._board = board
        self._random = random.Random(seed)
        self._late: dict[str, bytes] = {"out": b"", "in": b""}
        self._partial = b""
        self.done = dict.fromkeys(FAULTS, 0)

    def write(self, data: bytes) -> None:
        self._board.write(self._spoilt("out", data))

    def read(self, timeout_s: float) -> bytes:
        *frames, self._partial = (self._partial + self._board.read(timeout_s)).split(b"\0")
        return b"".join(self._spoilt("in", frame + b"\0") for frame in frames)

    def close(self) -> None:
        """The board is the fixture's."""

    def _spoilt(self, direction: str, frame: bytes) -> bytes:
        before, self._late[direction] = self._late[direction], b""
        if self._random.random() > 0.2:
            return frame + before
        fault = self._random.choice(FAULTS)
        self.done[fault] += 1
        match fault:
            case "lost":
                return before
            case "damaged":
                at = self._random.randrange(len(frame) - 1)
                bit = 1 << self._random.randrange(8)
                return frame[:at] + bytes([frame[at] ^ bit]) + frame[at + 1 :] + before
            case "doubled":
                return frame + before + frame
            case "late":
                self._late[direction] = frame
                return before
            case _:
                return frame[: self._random.randrange(len(frame))] + before


def connection(link: BadLink) -> Connection:
    return Connection(lambda: BoardClient(link, answer_s=ANSWER_S, repeats=20), Watch(), reconnect_s=60)


def some_rows(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, (count, FEATURES)).astype(np.float32)


def rolled(link: BadLink, rows: np.ndarray) -> list[tuple[int, ...]]:
    """Each row's outputs, by a rolling session."""
    stager = BoardRollingStager(connection(link), frame_size=FRAME_SIZE, classes=4, quiet_s=0.1, stall_s=30)
    staged, offered = [], 0
    while len(staged) < len(rows):
        while offered < len(rows) and stager.room > 0:
            stager.offer(rows[offered])
            offered += 1
        staged += stager.pump(0.02)
    assert [epoch.epoch for epoch in staged] == list(range(len(rows)))
    return [tuple(epoch.outputs) for epoch in staged]


@pytest.mark.parametrize("seed", range(3))
def test_no_stage_of_a_rolling_session_is_wrong(board: HostBoard, small_image: SmallImage, seed: int) -> None:
    rows = some_rows(3 * FRAME_SIZE, seed)
    link = BadLink(board, seed)
    np.testing.assert_array_equal(rolled(link, rows), small_image.rolling(rows))
    assert min(link.done.values()) > 0


@pytest.mark.parametrize("seed", range(3))
def test_no_output_of_a_frames_session_is_wrong(board: HostBoard, small_image: SmallImage, seed: int) -> None:
    link = BadLink(board, 100 + seed)
    stager = BoardFrameStager(connection(link), classes=4, quiet_s=0.1, stall_s=30)
    for number in range(12):
        rows = some_rows(FRAME_SIZE, number)
        outputs = stager.stage(rows).outputs
        np.testing.assert_array_equal(outputs, small_image.outputs(small_image.quantise(rows)))
    assert sum(link.done.values()) > 10


@pytest.mark.parametrize("seed", range(3))
def test_an_image_arrives_whole(board: HostBoard, seed: int) -> None:
    other = SmallImage(seed=1, frame_size=40)
    client = BoardClient(BadLink(board, 200 + seed), answer_s=ANSWER_S, repeats=20)
    client.send_image(other.content)
    hello = client.hello()
    assert (hello.image, hello.header) == (2, other.content[:192])


class Cable(BadLink):
    """Pulled in the middle of a frame, and put in again some messages later; again and again."""

    passed = 0

    def _spoilt(self, direction: str, frame: bytes) -> bytes:
        del direction
        self.passed += 1
        phase = self.passed % 23
        if phase == 19:
            return frame[: len(frame) // 2]
        return b"" if phase > 19 else frame


def test_a_cable_pulled_in_the_middle_of_a_frame_changes_nothing(
    board: HostBoard, small_image: SmallImage
) -> None:
    rows = some_rows(3 * FRAME_SIZE, 5)
    link = Cable(board, 0)
    np.testing.assert_array_equal(rolled(link, rows), small_image.rolling(rows))
    assert link.passed > 100
