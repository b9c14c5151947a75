"""The client against a board written from the page: bounded, repeated, recovered or reported."""

from __future__ import annotations

import random
import struct
import time
import zlib

import numpy as np
import pytest
from tiny_board import FaultyLink, TinyBoard, framed, header, quantised, toy_outputs

from sleepstudio.board import messages
from sleepstudio.board.board_frames import BoardFrameStager
from sleepstudio.board.board_rolling import BoardRollingStager
from sleepstudio.board.client import MOST_UNSOLICITED, BoardClient, RefusedError
from sleepstudio.board.connection import Connection
from sleepstudio.board.link import LinkLostError
from sleepstudio.board.staged import StagedEpoch
from sleepstudio.errors import BoardError, Cancelled

SIZE, FEATURES, CLASSES = 6, 3, 4


class Listening:
    """Remembers what is logged; never cancels unless told so."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.cancelled = False

    def log(self, source: str, text: str) -> None:
        self.lines.append(f"{source}: {text}")

    def check_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled


def client_of(link: TinyBoard | FaultyLink) -> BoardClient:
    return BoardClient(link, answer_s=0.02, repeats=12)


def rows_of(seed: int, epochs: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, (epochs, FEATURES)).astype(np.float32)


def expected_rolling(rows: np.ndarray) -> list[tuple[int, ...]]:
    """What the toy says of each epoch when it is the newest."""
    found = []
    for epoch in range(len(rows)):
        newest = rows[max(0, epoch - SIZE + 1) : epoch + 1]
        frame = quantised(np.zeros((SIZE, FEATURES), np.float32))
        frame[: len(newest)] = quantised(newest)
        found.append(tuple(toy_outputs(frame, CLASSES)[len(newest) - 1].tolist()))
    return found


def rolled(stager: BoardRollingStager, rows: np.ndarray, limit_s: float = 60) -> list[StagedEpoch]:
    found: list[StagedEpoch] = []
    offered = 0
    deadline = time.monotonic() + limit_s
    while len(found) < len(rows):
        assert time.monotonic() < deadline, f"{len(found)} of {len(rows)}"
        while offered < len(rows) and stager.room:
            stager.offer(rows[offered])
            offered += 1
        found += stager.pump(0.01)
    return found


def connection(link: TinyBoard | FaultyLink, watch: Listening | None = None) -> Connection:
    return Connection(lambda: client_of(link), watch or Listening(), reconnect_s=5, retry_s=0.001)


def stager_of(link: TinyBoard | FaultyLink, watch: Listening | None = None) -> BoardRollingStager:
    return BoardRollingStager(
        connection(link, watch), frame_size=SIZE, classes=CLASSES, quiet_s=0.02, stall_s=20
    )


def test_hello_says_who_is_there() -> None:
    hello = client_of(TinyBoard()).hello()
    assert (hello.board, hello.firmware_version, hello.boot) == ("host", "1.0", 1)
    assert hello.virtual
    assert hello.header == header(SIZE, FEATURES, CLASSES)


def test_silence_ends_after_its_attempts_and_names_the_remedy() -> None:
    board = TinyBoard()
    board.deaf = True
    began = time.monotonic()
    with pytest.raises(LinkLostError, match=r"did not answer Hello in 13 attempts\. Check cable"):
        client_of(board).hello()
    assert time.monotonic() - began < 5


def test_another_protocol_version_is_named() -> None:
    board = TinyBoard()
    board.version = 9
    with pytest.raises(BoardError, match=r"version 9 of the protocol.*Flash"):
        client_of(board).hello()


def test_a_refusal_says_why() -> None:
    with pytest.raises(RefusedError, match="does not know the session") as caught:
        client_of(TinyBoard()).rows(7, 0, rows_of(0, 1))
    assert caught.value.refusal == messages.Refused(5, 0x21, 0)


def test_answers_of_earlier_requests_are_not_taken_for_this_ones() -> None:
    board = TinyBoard()
    client = client_of(board)
    client.hello()
    # a belated copy of the answer, and one with a type that was not asked for
    board.said += framed(0x81, 1, b"\0" * 280) + framed(0xA1, 2, b"\1\0\0\0")
    assert client.hello().board == "host"
    assert client.counters.stale == 2


class Chatter:
    """A link on which bytes without end arrive: noise, or good messages that nobody asked for."""

    name = "chatter"

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def write(self, data: bytes) -> None:
        """Nobody listens."""

    def read(self, timeout_s: float) -> bytes:
        time.sleep(min(timeout_s, 0.0001))
        stage = struct.pack("<IIBBI", 1, 2, 0, 2, 9) + bytes([5, 1, 200, 55])
        kinds = (
            self.random.randbytes(self.random.randrange(1, 5000)),
            framed(0x61, 1, stage) * 50,
            framed(self.random.randrange(256), 1, self.random.randbytes(20)),
        )
        return self.random.choice(kinds)

    def close(self) -> None:
        """Goes on all the same."""


@pytest.mark.parametrize("seed", range(3))
def test_chatter_neither_holds_a_request_nor_fills_the_memory(seed: int) -> None:
    client = BoardClient(Chatter(seed), answer_s=0.05, repeats=2)
    began = time.monotonic()
    with pytest.raises(BoardError):
        client.hello()
    assert time.monotonic() - began < 5
    assert len(client.unsolicited) <= MOST_UNSOLICITED


@pytest.mark.parametrize("seed", range(4))
def test_an_image_arrives_whole_over_a_bad_link(seed: int) -> None:
    body = bytes(range(256)) * 40
    total = 192 + len(body)
    draft = header(9, 2, 3, total=total) + body
    image = header(9, 2, 3, total=total, crc=zlib.crc32(draft[16:])) + body
    board = TinyBoard()
    link = FaultyLink(board, seed, 0.03)
    client_of(link).send_image(image)
    assert board.ram == image
    assert link.faults


def test_an_image_that_the_board_refuses_is_said() -> None:
    image = header(9, 2, 3, total=256, crc=1) + bytes(64)
    with pytest.raises(RefusedError, match=r"cannot run the model.*detail 128"):
        client_of(TinyBoard()).send_image(image)


def test_reset_waits_for_the_next_start() -> None:
    board = TinyBoard()
    assert client_of(board).reset().boot == 2


def test_rolling_gives_each_epoch_once_and_in_order() -> None:
    rows = rows_of(1, 40)
    found = rolled(stager_of(TinyBoard()), rows)
    assert [each.epoch for each in found] == list(range(40))
    assert [each.outputs for each in found] == expected_rolling(rows)
    assert found[3].cost == 1003
    assert all(each.round_trip_ms >= 0 for each in found)


@pytest.mark.parametrize("seed", range(12))
def test_rolling_over_a_link_that_damages_everything_is_never_wrong(seed: int) -> None:
    rows = rows_of(seed, 60)
    board = TinyBoard()
    link = FaultyLink(board, seed, 0.04, restart_rate=0.002)
    stager = stager_of(link)
    found = rolled(stager, rows)
    assert [each.epoch for each in found] == list(range(60))
    assert [each.outputs for each in found] == expected_rolling(rows)
    assert link.faults > 10
    assert stager.room == 8


def test_a_lost_stage_is_fetched() -> None:
    rows = rows_of(2, 3)
    board = TinyBoard()
    stager = stager_of(board)
    board.silent = True
    found = rolled(stager, rows)
    assert [each.outputs for each in found] == expected_rolling(rows)
    assert stager.fetched == 3


def test_a_restarted_board_gets_only_the_rows_that_it_needs() -> None:
    rows = rows_of(3, 30)
    board = TinyBoard()
    watch = Listening()
    stager = stager_of(board, watch)
    first = rolled(stager, rows[:20])
    board.restart()
    rest: list[StagedEpoch] = []
    for row in rows[20:]:
        stager.offer(row)
        while not (came := stager.pump(0.01)):
            pass
        rest += came
    assert [each.outputs for each in first + rest] == expected_rolling(rows)
    assert stager.restarts == 1
    # the frame of epoch 20 reaches back to epoch 15
    assert len(board.rows) == 30 - 15
    assert any("rows are sent again" in line for line in watch.lines)


def test_a_board_that_hangs_is_said() -> None:
    board = TinyBoard()
    stager = BoardRollingStager(
        connection(board), frame_size=SIZE, classes=CLASSES, quiet_s=0.02, stall_s=0.2
    )
    board.hanging = True
    with pytest.raises(BoardError, match=r"staged nothing for 0\.2 s.*Reset"):
        rolled(stager, rows_of(0, 2))


def test_a_board_that_always_restarts_is_given_up() -> None:
    board = TinyBoard()
    stager = stager_of(board)
    board.infer = board.restart  # type: ignore[method-assign]
    with pytest.raises(BoardError, match="again and again"):
        rolled(stager, rows_of(0, 2))


class Unplugged(FaultyLink):
    """The cable is out from one read to another."""

    def __init__(self, board: TinyBoard, out: range) -> None:
        super().__init__(board, 0, 0.0)
        self.out = out

    def read(self, timeout_s: float) -> bytes:
        if self.moment + 1 in self.out:
            self.moment += 1
            raise LinkLostError("gone.", where=self.name)
        return super().read(timeout_s)


@pytest.mark.parametrize("power_lost", [False, True])
def test_a_cable_that_comes_back_in_time_costs_nothing(power_lost: bool) -> None:
    rows = rows_of(5, 30)
    board = TinyBoard()
    watch = Listening()
    link = Unplugged(board, range(25, 40))
    conn = connection(link, watch)
    stager = BoardRollingStager(conn, frame_size=SIZE, classes=CLASSES, quiet_s=0.02)
    if power_lost:
        original = link.close
        link.close = lambda: (board.restart(), original())  # type: ignore[method-assign,func-returns-value]
    found = rolled(stager, rows)
    assert [each.outputs for each in found] == expected_rolling(rows)
    assert conn.reconnects >= 1
    assert any("Waiting for the board" in line for line in watch.lines)
    assert watch.lines[-1].endswith(("is back.", "sent again.", ")."))


def test_a_cable_that_stays_out_ends_the_session() -> None:
    board = TinyBoard()
    link = Unplugged(board, range(10, 10**9))
    conn = Connection(lambda: _greeted(link), Listening(), reconnect_s=0.1, retry_s=0.01)
    stager = BoardRollingStager(conn, frame_size=SIZE, classes=CLASSES)
    with pytest.raises(BoardError, match=r"did not come back in 0\.1 s"):
        rolled(stager, rows_of(0, 30))


def _greeted(link: FaultyLink) -> BoardClient:
    client = client_of(link)
    client.hello()
    return client


def test_waiting_for_a_cable_can_be_cancelled() -> None:
    link = Unplugged(TinyBoard(), range(10, 10**9))
    watch = Listening()
    conn = Connection(lambda: _greeted(link), watch, reconnect_s=60, retry_s=0.01)
    stager = BoardRollingStager(conn, frame_size=SIZE, classes=CLASSES)
    watch.cancelled = True
    with pytest.raises(Cancelled):
        rolled(stager, rows_of(0, 30))


@pytest.mark.parametrize("seed", range(8))
def test_frames_over_a_link_that_damages_everything_are_never_wrong(seed: int) -> None:
    board = TinyBoard()
    link = FaultyLink(board, 100 + seed, 0.04, restart_rate=0.002)
    stager = BoardFrameStager(connection(link), classes=CLASSES, quiet_s=0.02)
    for frame in range(12):
        rows = rows_of(1000 * seed + frame, SIZE)
        staged = stager.stage(rows)
        np.testing.assert_array_equal(staged.outputs, toy_outputs(quantised(rows), CLASSES))
    assert link.faults > 5
