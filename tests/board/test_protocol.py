"""Frames: round trips, damage, and any bytes at all."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sleepstudio.board import messages
from sleepstudio.board.protocol import MAX_PAYLOAD, FrameReader, Message, crc16, encode

MESSAGES = st.builds(
    Message,
    st.integers(0, 255),
    st.integers(0, 0xFFFF),
    st.binary(max_size=MAX_PAYLOAD),
    st.integers(0, 255),
)


def test_the_checksum_is_the_published_one() -> None:
    # the catalogue of parametrised CRC algorithms gives this check value for CRC-16/CCITT-FALSE
    assert crc16(b"123456789") == 0x29B1


@given(st.lists(MESSAGES, max_size=6), st.lists(st.integers(1, 700), max_size=20))
def test_messages_arrive_however_the_stream_is_cut(sent: list[Message], cuts: list[int]) -> None:
    stream = b"".join(encode(message) for message in sent)
    reader = FrameReader()
    received = []
    for size in cuts:
        received += reader.feed(stream[:size])
        stream = stream[size:]
    received += reader.feed(stream)
    assert received == sent
    assert (reader.counters.crc_errors, reader.counters.framing_errors) == (0, 0)


@given(MESSAGES, st.integers(0, 2000), st.integers(1, 255), MESSAGES)
def test_a_changed_byte_loses_its_frame_alone(
    message: Message, place: int, change: int, following: Message
) -> None:
    frame = bytearray(encode(message))
    frame[place % (len(frame) - 1)] ^= change
    reader = FrameReader()
    received = reader.feed(bytes(frame) + encode(following))
    # a byte that became zero cuts the frame in two, and both parts are dropped
    assert received == [following]
    assert reader.counters.crc_errors + reader.counters.framing_errors >= 1


@given(st.lists(st.binary(max_size=3000), max_size=8))
def test_any_bytes_are_survived(chunks: list[bytes]) -> None:
    reader = FrameReader()
    for chunk in chunks:
        reader.feed(chunk)
    good = Message(1, 7, b"after")
    assert reader.feed(b"\0" + encode(good))[-1] == good


def test_a_stream_without_an_end_takes_no_memory() -> None:
    reader = FrameReader()
    tracemalloc.start()
    try:
        for _ in range(2000):
            reader.feed(b"\x01" * 5000)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000
    reader.feed(b"\0")
    assert reader.counters.framing_errors == 1


U32 = st.integers(0, 2**32 - 1)
U16 = st.integers(0, 2**16 - 1)
U8 = st.integers(0, 255)
INT8S = st.integers(2, 8).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(-128, 127), min_size=n, max_size=n).map(tuple),
        st.lists(U8, min_size=n, max_size=n).map(tuple),
        st.integers(0, n - 1),
    )
)
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=16)
HELLO = st.builds(
    messages.Hello,
    U8, U8, U16, TEXT, st.binary(min_size=20, max_size=20), TEXT, U32, U32, U32, U32, U8, U8, U16, U32,
    st.binary(min_size=messages.HEADER_BYTES, max_size=messages.HEADER_BYTES),
)  # fmt: skip
EVERY = [
    st.builds(messages.AskHello), st.builds(messages.AskCounters), st.builds(messages.ImageBegin, U32, U32),
    st.builds(messages.ImageData, U32, st.binary(max_size=messages.IMAGE_DATA_BYTES)),
    st.builds(messages.ImageCommit), st.builds(messages.ImageDrop), st.builds(messages.Begin, U32, U8),
    st.builds(messages.StageOf, U32, U32), st.builds(messages.Run, U32, U32),
    st.builds(messages.AskOutputs, U32, U32, U16, U16), st.builds(messages.AskCosts),
    st.builds(messages.Reset), st.builds(messages.End, U32), st.builds(messages.Nothing),
    st.builds(messages.Number, U32), HELLO, st.builds(messages.Counters, *[U32] * 10),
    st.builds(messages.Outputs, st.binary(max_size=MAX_PAYLOAD)),
    st.builds(messages.Costs, U32, st.lists(U32, max_size=250).map(tuple)),
    st.builds(messages.Refused, U8, U8, U32), st.builds(messages.Ready, HELLO),
    INT8S.flatmap(
        lambda values: st.builds(
            messages.Stage, U32, U32, st.just(values[2]), U32, st.just(values[0]), st.just(values[1])
        )
    ),
    st.builds(messages.Frame, U32, U32, U32, U32),
]  # fmt: skip


@given(st.one_of(EVERY))
def test_every_message_comes_back_as_it_was(message: messages.Hello) -> None:
    payload = message.to_bytes()
    assert len(payload) <= MAX_PAYLOAD
    assert type(message).from_bytes(payload) == message


@given(U32, U32, st.integers(1, 18), st.integers(1, 14), st.randoms(use_true_random=False))
def test_rows_come_back_as_they_were(session: int, first: int, count: int, features: int, random) -> None:
    values = np.array([[random.uniform(-9, 9) for _ in range(features)] for _ in range(count)], np.float32)
    back = messages.Rows.from_bytes(messages.Rows(session, first, values).to_bytes())
    assert (back.session, back.first) == (session, first)
    assert np.array_equal(back.values, values)


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    for kind in (
        messages.Hello, messages.Counters, messages.Costs, messages.Stage, messages.Frame, messages.Rows,
        messages.Refused, messages.Ready, messages.ImageData, messages.Number, messages.Nothing,
    ):  # fmt: skip
        try:
            read = kind.from_bytes(payload)
        except ValueError:
            continue
        assert kind is messages.Hello or kind is messages.Ready or read.to_bytes() == payload


def test_the_shared_vectors() -> None:
    """Frames as bytes and as fields, from the helper that shares no code with this."""
    vectors = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
    for frame in vectors["frames"]:
        wire = bytes.fromhex(frame["wire"])
        message = Message(frame["type"], frame["sequence"], bytes.fromhex(frame["payload"]))
        assert encode(message) == wire, frame["name"]
        assert FrameReader().feed(wire) == [message], frame["name"]
    for bad in vectors["bad"]:
        reader = FrameReader()
        assert reader.feed(bytes.fromhex(bad["wire"])) == []
        assert getattr(reader.counters, bad["counter"]) == 1, bad["name"]
    for stream in vectors["streams"]:
        expected = [vectors["frames"][index] for index in stream["frames"]]
        came = FrameReader().feed(bytes.fromhex(stream["wire"]))
        assert [(m.type, m.sequence) for m in came] == [(e["type"], e["sequence"]) for e in expected]
