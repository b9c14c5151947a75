"""The pipe to a helper process: every call ends, whatever the process does."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.board.control import MAX_DATA_BYTES, MAX_FIELD_BYTES, Message, read_message, write_message
from sleepstudio.board.control_client import ControlClient
from sleepstudio.errors import BoardError

PREAMBLE = """
import os, sys, time
from sleepstudio.board.control_server import Answer, ControlServer
from sleepstudio.errors import BoardError
"""
VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())


@given(st.lists(st.tuples(st.dictionaries(st.text(), VALUES), st.binary(max_size=300)), max_size=5))
def test_messages_come_out_as_they_went_in(messages: list[tuple[dict[str, object], bytes]]) -> None:
    pipe = io.BytesIO()
    for fields, data in messages:
        write_message(pipe, Message(fields, data))
    pipe.seek(0)
    assert [read_message(pipe) for _ in messages] == [Message(fields, data) for fields, data in messages]
    assert read_message(pipe) is None


@given(st.binary(max_size=200))
def test_nonsense_is_refused_or_the_end(data: bytes) -> None:
    try:
        message = read_message(io.BytesIO(data))
    except ValueError:
        return
    assert message is None or isinstance(message.fields, dict)


def test_what_is_too_large_is_refused_at_both_ends() -> None:
    with pytest.raises(ValueError, match="too large"):
        write_message(io.BytesIO(), Message({}, bytes(MAX_DATA_BYTES + 1)))
    with pytest.raises(ValueError, match="too large"):
        write_message(io.BytesIO(), Message({"a": "x" * MAX_FIELD_BYTES}))
    with pytest.raises(ValueError, match="too large"):
        read_message(io.BytesIO(b"\xff" * 8))


def client(program: str, limit_s: float = 20.0) -> ControlClient:
    return ControlClient(
        [sys.executable, "-c", PREAMBLE + program],
        what="the helper",
        remedy="Do this.",
        ready_limit_s=limit_s,
    )


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("sys.exit('I cannot')", "ended with status 1; it said: I cannot"),
        ("os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
        ("ControlServer().failed(BoardError('no such thing', hint='Buy one.'))", "no such thing Buy one."),
        ("os.write(1, b'\\xff' * 100); time.sleep(60)", "too large"),
        ("os.write(1, bytes([2, 0, 0, 0, 0, 0, 0, 0]) + b'[]'); time.sleep(60)", "no JSON object"),
    ],
)
def test_a_helper_that_does_not_get_ready_says_why(program: str, said: str) -> None:
    with pytest.raises(BoardError) as caught:
        client(program)
    assert said in str(caught.value)


def test_a_helper_that_says_nothing_is_ended() -> None:
    with pytest.raises(BoardError, match=r"did not answer within 0\.5 s") as caught:
        client("time.sleep(600)", limit_s=0.5)
    assert caught.value.hint == "Do this."


SERVES = """
server = ControlServer()
server.ready(name="x")
def echo(request):
    for done in range(3):
        request.progress(done, 2)
    return Answer({"number_plus_one": request.whole_number("number_", 0, 9) + 1}, request.data[::-1])
def fail(request):
    raise BoardError("it failed", where="there", hint="Try.")
def die(request):
    raise RuntimeError("a bug")
def hang(request):
    time.sleep(600)
def shout(request):
    print("not a message")
    return Answer({})
server.serve({"echo": echo, "fail": fail, "die": die, "hang": hang, "shout": shout})
"""


def test_a_helper_that_stands_still_does_not_block_who_writes_to_it() -> None:
    helper = client(SERVES)
    os.kill(helper.process_id, signal.SIGSTOP)
    with pytest.raises(BoardError, match=r"did not answer within 0\.5 s"):
        helper.call("echo", limit_s=0.5, data=bytes(MAX_DATA_BYTES), number_=1)
    assert not helper.alive


def test_a_helper_that_hangs_ends_when_nobody_waits_for_it() -> None:
    program = PREAMBLE + SERVES
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as helper:
        assert helper.stdin is not None
        assert helper.stdout is not None
        assert read_message(helper.stdout) == Message({"answer": 0, "name": "x"})
        write_message(helper.stdin, Message({"do": "hang", "number": 1}))
        helper.stdin.close()
        assert helper.wait(60) == 1


def test_requests_are_answered_with_progress_on_the_way() -> None:
    helper = client(SERVES)
    heard: list[tuple[int, int]] = []
    answer = helper.call(
        "echo", limit_s=20, data=b"abc", on_progress=lambda *step: heard.append(step), number_=4
    )
    assert (answer.fields["number_plus_one"], answer.data) == (5, b"cba")
    assert heard == [(0, 2), (1, 2), (2, 2)]
    assert helper.call("shout", limit_s=20).data == b""
    with pytest.raises(BoardError, match="10 is not between") as caught:
        helper.call("echo", limit_s=20, number_=10)
    assert caught.value.where == "number_"
    with pytest.raises(BoardError, match="it failed") as caught:
        helper.call("fail", limit_s=20)
    assert (caught.value.where, caught.value.hint) == ("there", "Try.")
    assert helper.alive
    helper.close()
    helper.close()
    assert not helper.alive
    with pytest.raises(BoardError, match="is closed"):
        helper.call("fail", limit_s=20)


@pytest.mark.parametrize(("do", "said"), [("die", "RuntimeError: a bug"), ("hang", "did not answer within")])
def test_a_helper_that_fails_its_request_is_over(do: str, said: str) -> None:
    helper = client(SERVES)
    with pytest.raises(BoardError, match=said):
        helper.call(do, limit_s=20 if do == "die" else 0.5)
    with pytest.raises(BoardError):
        helper.call("echo", limit_s=20, number_=1)
    helper.close()
    assert not helper.alive
