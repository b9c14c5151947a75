"""What the firmware answers, message by message, as docs/protocol.md says it; run under sanitizers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import requests_of_page as page
from host_board import HostBoard, Refused, framed
from numpy.typing import NDArray
from small_image import CLASSES, FEATURES, FRAME_SIZE, SmallImage


def some_rows(count: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 2, (count, FEATURES)).astype(np.float32)


def stages(board: HostBoard, count: int) -> list[page.Stage]:
    told = []
    for _ in range(count):
        message = board.next_unsolicited()
        assert message.type == page.STAGE
        told.append(page.stage(message.payload))
    return told


def send_image(board: HostBoard, image: SmallImage) -> bytes | Refused:
    board.must(page.IMAGE_BEGIN, page.u32(len(image.content), image.crc))
    for at in range(0, len(image.content), 1020):
        board.must(page.IMAGE_DATA, page.u32(at) + image.content[at : at + 1020])
    return board.ask(page.IMAGE_COMMIT)


def test_hello_says_what_board_and_image_there_are(board: HostBoard, small_image: SmallImage) -> None:
    assert board.ready is not None
    assert board.ready.type == page.READY
    said = page.hello(board.must(page.HELLO))
    assert said == page.hello(board.ready.payload)
    assert said.header == small_image.content[:192]
    assert (said.protocol, said.board, said.image, said.image_error) == (1, b"host", 1, 0)
    assert (said.boot, said.reset_cause, said.session) == (1, 1, 0)
    assert said.ram_image_bytes == 128 * 1024


def test_an_erased_board_says_so(empty_board: HostBoard) -> None:
    said = page.hello(empty_board.must(page.HELLO))
    assert (said.image, said.image_error, said.header) == (0, 1, bytes(192))
    assert empty_board.ask(page.BEGIN, page.begin(1, page.ROLLING)) == Refused(page.NO_IMAGE, page.BEGIN, 1)


def test_rolling_stages_each_row_in_its_window(board: HostBoard, small_image: SmallImage) -> None:
    values = some_rows(3 * FRAME_SIZE)
    expected = small_image.rolling(values)
    board.must(page.BEGIN, page.begin(9, page.ROLLING))
    told = []
    for first in range(0, len(values), 3):
        answer = board.must(page.ROWS, page.rows(9, first, values[first : first + 3]))
        assert struct.unpack("<I", answer) == (first + 3,)
        told += stages(board, 3)
    assert [stage.epoch for stage in told] == list(range(len(values)))
    np.testing.assert_array_equal([stage.outputs for stage in told], expected)
    assert [stage.stage for stage in told] == expected.argmax(1).tolist()
    exponentials = np.exp(0.1 * (expected - expected.max(1, keepdims=True).astype(float)))
    shares = 255 * exponentials / exponentials.sum(1, keepdims=True)
    assert np.abs(np.array([stage.probabilities for stage in told]) - shares).max() <= 0.51


def test_a_repeated_request_is_done_once(board: HostBoard, small_image: SmallImage) -> None:
    values = some_rows(8)
    for _ in range(2):
        board.must(page.BEGIN, page.begin(9, page.ROLLING))
    for _ in range(3):
        assert struct.unpack("<I", board.must(page.ROWS, page.rows(9, 0, values[:4]))) == (4,)
    assert struct.unpack("<I", board.must(page.ROWS, page.rows(9, 2, values[2:]))) == (8,)
    told = stages(board, 8)
    np.testing.assert_array_equal([stage.outputs for stage in told], small_image.rolling(values))
    assert page.counters(board.must(page.COUNTERS)).inferences == 8


def test_rows_with_a_hole_are_refused(board: HostBoard) -> None:
    board.must(page.BEGIN, page.begin(9, page.ROLLING))
    board.must(page.ROWS, page.rows(9, 0, some_rows(2)))
    refused = board.ask(page.ROWS, page.rows(9, 3, some_rows(1)))
    assert refused == Refused(page.OUT_OF_ORDER, page.ROWS, 2)


def test_more_than_eight_rows_never_wait(board: HostBoard) -> None:
    board.must(page.BEGIN, page.begin(9, page.ROLLING))
    assert board.ask(page.ROWS, page.rows(9, 0, some_rows(9))) == Refused(page.OUT_OF_RANGE, page.ROWS, 8)
    # both requests are read before the first inference, so that the second finds the queue full
    values = some_rows(9)
    board.write(
        framed(page.ROWS, 100, page.rows(9, 0, values[:8]))
        + framed(page.ROWS, 101, page.rows(9, 8, values[8:]))
    )
    assert board.message().type == page.ROWS + 0x80
    refused = board.message()
    assert refused.type == 0xFF
    assert Refused(*struct.unpack("<BBI", refused.payload)) == Refused(page.BUSY, page.ROWS, 8)
    assert len(stages(board, 8)) == 8


def test_a_row_that_is_not_finite_is_refused_whole(board: HostBoard, small_image: SmallImage) -> None:
    board.must(page.BEGIN, page.begin(9, page.ROLLING))
    values = some_rows(4)
    for value in (np.nan, np.inf, -np.inf):
        bad = values.copy()
        bad[2, 1] = value
        refused = board.ask(page.ROWS, page.rows(9, 0, bad))
        assert refused == Refused(page.NOT_FINITE, page.ROWS, 10 + (2 * FEATURES + 1) * 4)
    board.must(page.ROWS, page.rows(9, 0, values))
    np.testing.assert_array_equal([stage.outputs for stage in stages(board, 4)], small_image.rolling(values))


def test_the_newest_64_stages_are_kept(board: HostBoard) -> None:
    board.must(page.BEGIN, page.begin(9, page.ROLLING))
    assert board.ask(page.STAGE_OF, page.u32(9, 0)) == Refused(
        page.NOT_AVAILABLE, page.STAGE_OF, page.NOTHING_YET
    )
    told = []
    for first in range(0, 80, 8):
        board.must(page.ROWS, page.rows(9, first, some_rows(8, first)))
        told += stages(board, 8)
    for epoch in range(16, 80):
        assert page.stage(board.must(page.STAGE_OF, page.u32(9, epoch))) == told[epoch]
    for epoch in (0, 15, 80, 2**32 - 1):
        assert board.ask(page.STAGE_OF, page.u32(9, epoch)) == Refused(page.NOT_AVAILABLE, page.STAGE_OF, 79)


def test_frames_are_filled_in_any_order(board: HostBoard, small_image: SmallImage) -> None:
    values = some_rows(2 * FRAME_SIZE)
    board.must(page.BEGIN, page.begin(9, page.FRAMES))
    for number in range(2):
        start = number * FRAME_SIZE
        for first in np.random.default_rng(number).permutation(np.arange(0, FRAME_SIZE, 5)):
            chunk = values[start + first : start + min(first + 5, FRAME_SIZE)]
            board.must(page.ROWS, page.rows(9, start + int(first), chunk))
        assert struct.unpack("<I", board.must(page.ROWS, page.rows(9, start, values[:0]))) == (
            start + FRAME_SIZE,
        )
        board.must(page.RUN, page.u32(9, number))
        told = page.frame(board.next_unsolicited().payload)
        expected = small_image.outputs(small_image.quantise(values[start : start + FRAME_SIZE]))
        assert (told.session, told.frame) == (9, number)
        assert told.crc32 == zlib.crc32(expected.tobytes())
        got = board.must(page.OUTPUTS, page.outputs(9, number, 0, FRAME_SIZE))
        assert got == expected.tobytes()
        assert board.must(page.OUTPUTS, page.outputs(9, number, 5, 2)) == expected[5:7].tobytes()
        board.must(page.RUN, page.u32(9, number))
        assert page.frame(board.next_unsolicited().payload) == told


def test_belated_rows_do_not_reach_the_next_frame(board: HostBoard, small_image: SmallImage) -> None:
    values = some_rows(2 * FRAME_SIZE)
    board.must(page.BEGIN, page.begin(9, page.FRAMES))
    board.must(page.ROWS, page.rows(9, 0, values[:FRAME_SIZE]))
    board.must(page.RUN, page.u32(9, 0))
    assert page.frame(board.next_unsolicited().payload).frame == 0
    board.must(page.ROWS, page.rows(9, FRAME_SIZE, values[FRAME_SIZE:]))
    next_row = struct.unpack("<I", board.must(page.ROWS, page.rows(9, 3, values[3:6])))
    assert next_row == (2 * FRAME_SIZE,)
    board.must(page.RUN, page.u32(9, 1))
    told = page.frame(board.next_unsolicited().payload)
    expected = small_image.outputs(small_image.quantise(values[FRAME_SIZE:]))
    assert (told.frame, told.crc32) == (1, zlib.crc32(expected.tobytes()))


def test_a_frame_with_a_hole_is_not_run(board: HostBoard) -> None:
    values = some_rows(FRAME_SIZE)
    board.must(page.BEGIN, page.begin(9, page.FRAMES))
    board.must(page.ROWS, page.rows(9, 0, values[:7]))
    board.must(page.ROWS, page.rows(9, 8, values[8:]))
    assert board.ask(page.RUN, page.u32(9, 0)) == Refused(page.OUT_OF_ORDER, page.RUN, 7)
    assert board.ask(page.RUN, page.u32(9, 1)) == Refused(page.OUT_OF_ORDER, page.RUN, 7)
    across = page.rows(9, FRAME_SIZE - 1, values[:2])
    assert board.ask(page.ROWS, across) == Refused(page.OUT_OF_RANGE, page.ROWS, 8)
    assert board.ask(page.OUTPUTS, page.outputs(9, 0, 0, 1)) == Refused(
        page.NOT_AVAILABLE, page.OUTPUTS, page.NOTHING_YET
    )


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (page.IMAGE_BEGIN, lambda _: page.u32(10, 10)),
        (page.IMAGE_COMMIT, lambda _: b""),
        (page.OUTPUTS, lambda session: page.outputs(session, 0, 0, 1)),
        (page.ROWS, lambda session: page.rows(session, 4032, some_rows(1))),
    ],
    ids=["IMAGE_BEGIN", "IMAGE_COMMIT", "OUTPUTS", "ROWS of a later frame"],
)
def test_what_an_inference_stands_on_is_not_taken_from_under_it(
    board: HostBoard, kind: int, payload: Callable[[int], bytes]
) -> None:
    large, values, busy = SmallImage(frame_size=4032), some_rows(63), Refused(page.BUSY, kind, 4032)
    # an inference of some 10 ms may be over before the question is there, or not yet begun
    for session in range(1, 30):
        while isinstance(board.ask(page.IMAGE_DROP), Refused):
            pass
        assert send_image(board, large) == b""
        board.must(page.BEGIN, page.begin(session, page.FRAMES))
        for first in range(0, 4032, 63):
            board.must(page.ROWS, page.rows(session, first, values))
        board.must(page.RUN, page.u32(session, 0))
        if (answer := board.ask(kind, payload(session))) == busy:
            break
    assert answer == busy
    while page.frame(board.next_unsolicited().payload).session != session:
        pass


def test_a_session_begun_during_an_inference_does_not_get_its_result(board: HostBoard) -> None:
    large, values = SmallImage(frame_size=4032), some_rows(63)
    assert send_image(board, large) == b""
    # an inference of some 10 ms may be over before the new session is there
    for session in range(1, 60, 2):
        board.must(page.BEGIN, page.begin(session, page.FRAMES))
        for first in range(0, 4032, 63):
            board.must(page.ROWS, page.rows(session, first, values))
        board.must(page.RUN, page.u32(session, 0))
        board.must(page.BEGIN, page.begin(session + 1, page.ROLLING))
        board.must(page.ROWS, page.rows(session + 1, 0, values[:2]))
        told = board.next_unsolicited()
        if told.type == page.STAGE:
            board.unsolicited.appendleft(told)
            break
        assert page.frame(told.payload).session == session
        stages(board, 2)
    first_told, second_told = stages(board, 2)
    assert (first_told.session, first_told.epoch, second_told.epoch) == (session + 1, 0, 1)
    np.testing.assert_array_equal([first_told.outputs, second_told.outputs], large.rolling(values[:2]))


def test_costs_are_those_of_the_newest_inference(board: HostBoard) -> None:
    assert board.must(page.COSTS) == struct.pack("<IH", 0, 0)
    board.must(page.BEGIN, page.begin(9, page.ROLLING))
    board.must(page.ROWS, page.rows(9, 0, some_rows(3)))
    newest = stages(board, 3)[-1]
    number, layers, *costs = struct.unpack("<IH2I", board.must(page.COSTS))
    assert (number, layers) == (3, 2)
    assert sum(costs) == newest.cost
    assert min(costs) > 0


def test_another_image_is_sent_used_and_dropped(board: HostBoard, small_image: SmallImage) -> None:
    other = SmallImage(seed=1, frame_size=40)
    values = some_rows(30)
    board.must(page.BEGIN, page.begin(5, page.ROLLING))
    assert send_image(board, other) == b""
    said = page.hello(board.must(page.HELLO))
    assert (said.image, said.session, said.header) == (2, 0, other.content[:192])
    board.must(page.BEGIN, page.begin(6, page.ROLLING))
    told = []
    for first in range(0, 30, 6):
        board.must(page.ROWS, page.rows(6, first, values[first : first + 6]))
        told += stages(board, 6)
    np.testing.assert_array_equal([stage.outputs for stage in told], other.rolling(values))
    board.must(page.IMAGE_DROP)
    said = page.hello(board.must(page.HELLO))
    assert (said.image, said.session, said.header) == (1, 0, small_image.content[:192])


def test_sending_an_image_may_be_repeated_at_any_step(board: HostBoard) -> None:
    other = SmallImage(seed=1)
    announced = page.u32(len(other.content), other.crc)
    for _ in range(2):
        board.must(page.IMAGE_BEGIN, announced)
    for at in (0, 500, 300, 500, 0):
        board.must(page.IMAGE_DATA, page.u32(at) + other.content[at : at + 500])
    board.must(page.IMAGE_BEGIN, announced)
    beyond = board.must(page.IMAGE_DATA, page.u32(1100) + other.content[1100:1200])
    assert struct.unpack("<I", beyond) == (1000,)
    assert board.ask(page.IMAGE_COMMIT) == Refused(page.NOT_AVAILABLE, page.IMAGE_COMMIT, 1000)
    for at in range(1000, len(other.content), 1000):
        board.must(page.IMAGE_DATA, page.u32(at) + other.content[at : at + 1000])
    for _ in range(2):
        board.must(page.IMAGE_COMMIT)
    board.must(page.BEGIN, page.begin(3, page.ROLLING))
    board.must(page.IMAGE_BEGIN, announced)
    board.must(page.IMAGE_COMMIT)
    said = page.hello(board.must(page.HELLO))
    assert (said.image, said.session) == (2, 3)


@pytest.mark.parametrize(
    ("damage", "status"),
    [("a weight", 4), ("the announced CRC", 128), ("the magic", 1)],
)
def test_a_damaged_image_is_refused_and_the_old_one_stays(
    board: HostBoard, small_image: SmallImage, damage: str, status: int
) -> None:
    content = bytearray(SmallImage(seed=1).content)
    crc = SmallImage(seed=1).crc
    if damage == "a weight":
        content[400] ^= 1
    elif damage == "the magic":
        content[0] ^= 1
    else:
        crc ^= 1
    board.must(page.IMAGE_BEGIN, page.u32(len(content), crc))
    for at in range(0, len(content), 1020):
        board.must(page.IMAGE_DATA, page.u32(at) + content[at : at + 1020])
    assert board.ask(page.IMAGE_COMMIT) == Refused(page.IMAGE_REFUSED, page.IMAGE_COMMIT, status)
    assert page.hello(board.must(page.HELLO)).header == small_image.content[:192]
    # and the transfer may begin again with the same announcement
    good = SmallImage(seed=1)
    assert send_image(board, good) == b""


@pytest.mark.parametrize(
    ("frame_size", "status"),
    [(4096, 0), (4097, 129)],
)
def test_a_frame_that_the_board_cannot_hold_is_refused(
    board: HostBoard, frame_size: int, status: int
) -> None:
    answer = send_image(board, SmallImage(frame_size=frame_size))
    expected = Refused(page.IMAGE_REFUSED, page.IMAGE_COMMIT, status) if status else b""
    assert answer == expected


def test_an_image_longer_than_the_room_for_it_is_refused(board: HostBoard) -> None:
    refused = board.ask(page.IMAGE_BEGIN, page.u32(128 * 1024 + 1, 7))
    assert refused == Refused(page.IMAGE_REFUSED, page.IMAGE_BEGIN, 132)
    assert board.ask(page.IMAGE_DATA, page.u32(0) + b"1234") == Refused(page.OUT_OF_RANGE, page.IMAGE_DATA, 0)
    for offset in (1, 2**32 - 4):
        board.must(page.IMAGE_BEGIN, page.u32(4, 7))
        refused = board.ask(page.IMAGE_DATA, page.u32(offset) + b"1234")
        assert refused == Refused(page.OUT_OF_RANGE, page.IMAGE_DATA, 0)


def test_refusals_name_the_reason(board: HostBoard) -> None:
    assert board.ask(0x30) == Refused(page.UNKNOWN_TYPE, 0x30, 0)
    assert board.ask(page.HELLO, b"x") == Refused(page.WRONG_LENGTH, page.HELLO, 1)
    assert board.ask(page.HELLO, version=2) == Refused(page.WRONG_VERSION, page.HELLO, 1)
    assert board.ask(page.BEGIN, page.begin(0, 1)) == Refused(page.OUT_OF_RANGE, page.BEGIN, 0)
    assert board.ask(page.BEGIN, page.begin(1, 3)) == Refused(page.OUT_OF_RANGE, page.BEGIN, 4)
    assert board.ask(page.ROWS, page.rows(1, 0, some_rows(1))) == Refused(page.NO_SESSION, page.ROWS, 0)
    board.must(page.BEGIN, page.begin(1, page.ROLLING))
    assert board.ask(page.ROWS, page.rows(2, 0, some_rows(1))) == Refused(page.NO_SESSION, page.ROWS, 1)
    assert board.ask(page.RUN, page.u32(1, 0)) == Refused(page.WRONG_KIND, page.RUN, 1)
    short = page.rows(1, 0, some_rows(2))[:-1]
    assert board.ask(page.ROWS, short) == Refused(page.WRONG_LENGTH, page.ROWS, len(short))
    far = page.rows(1, 2**32 - 1, some_rows(2))
    assert board.ask(page.ROWS, far) == Refused(page.OUT_OF_RANGE, page.ROWS, 4)
    board.must(page.BEGIN, page.begin(1, page.FRAMES))
    assert board.ask(page.STAGE_OF, page.u32(1, 0)) == Refused(page.WRONG_KIND, page.STAGE_OF, 2)
    counted = page.counters(board.must(page.COUNTERS))
    assert (counted.refused, counted.crc_errors, counted.framing_errors) == (11, 0, 0)


def test_answers_and_tidings_are_not_answered(board: HostBoard) -> None:
    for kind in (page.READY, page.STAGE, page.HELLO + 0x80, 0xFF):
        board.write(framed(kind, 1))
    board.must(page.HELLO)
    assert page.counters(board.must(page.COUNTERS)).frames_received == 6


def test_another_session_starts_anew_and_an_ended_one_is_gone(
    board: HostBoard, small_image: SmallImage
) -> None:
    values = some_rows(4)
    board.must(page.BEGIN, page.begin(1, page.ROLLING))
    board.must(page.ROWS, page.rows(1, 0, values))
    stages(board, 4)
    board.must(page.BEGIN, page.begin(2, page.ROLLING))
    assert board.ask(page.STAGE_OF, page.u32(2, 0)) == Refused(
        page.NOT_AVAILABLE, page.STAGE_OF, page.NOTHING_YET
    )
    board.must(page.ROWS, page.rows(2, 0, values[2:]))
    told = stages(board, 2)
    np.testing.assert_array_equal([stage.outputs for stage in told], small_image.rolling(values[2:]))
    for _ in range(2):
        board.must(page.END, page.u32(2))
    assert board.ask(page.ROWS, page.rows(2, 2, values[:1])) == Refused(page.NO_SESSION, page.ROWS, 0)


def test_a_reset_forgets_the_session_and_the_image_in_ram(board: HostBoard, small_image: SmallImage) -> None:
    assert send_image(board, SmallImage(seed=1)) == b""
    board.must(page.BEGIN, page.begin(1, page.ROLLING))
    board.must(page.RESET)
    ready = board.next_unsolicited()
    assert ready.type == page.READY
    said = page.hello(ready.payload)
    assert (said.boot, said.reset_cause, said.session, said.image) == (2, 4, 0, 1)
    assert said.header == small_image.content[:192]


def test_a_frame_s_outputs_need_not_come_at_once(board: HostBoard) -> None:
    large = SmallImage(frame_size=400)
    assert send_image(board, large) == b""
    values = some_rows(400)
    board.must(page.BEGIN, page.begin(1, page.FRAMES))
    for first in range(0, 400, 63):
        board.must(page.ROWS, page.rows(1, first, values[first : first + 63]))
    board.must(page.RUN, page.u32(1, 0))
    assert board.next_unsolicited().type == page.FRAME
    assert board.ask(page.OUTPUTS, page.outputs(1, 0, 0, 257)) == Refused(page.OUT_OF_RANGE, page.OUTPUTS, 10)
    assert board.ask(page.OUTPUTS, page.outputs(1, 0, 399, 2)) == Refused(page.OUT_OF_RANGE, page.OUTPUTS, 8)
    got = b"".join(board.must(page.OUTPUTS, page.outputs(1, 0, first, 200)) for first in (0, 200))
    assert got == large.outputs(large.quantise(values)).tobytes()
    assert len(got) == 400 * CLASSES
