"""Links: a socket and a serial port (a pseudo terminal), their limits and their ends."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from sleepstudio.board.link import LinkLostError, SerialLink, SocketLink, open_link
from sleepstudio.errors import BoardError


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


def url(server: socket.socket) -> str:
    return f"socket://127.0.0.1:{server.getsockname()[1]}"


def test_a_socket_carries_bytes_both_ways(server: socket.socket) -> None:
    link = open_link(url(server))
    assert isinstance(link, SocketLink)
    other, _ = server.accept()
    link.write(b"\0hello")
    assert other.recv(100) == b"\0hello"
    other.sendall(bytes(range(256)) * 40)
    came = b""
    while len(came) < 256 * 40:
        came += link.read(1.0)
    assert came == bytes(range(256)) * 40
    link.close()
    link.close()
    assert other.recv(1) == b""


def test_nothing_to_read_is_empty_after_the_time(server: socket.socket) -> None:
    link = open_link(url(server))
    began = time.monotonic()
    assert link.read(0.05) == b""
    assert time.monotonic() - began >= 0.045


def test_the_other_end_going_away_is_a_lost_link(server: socket.socket) -> None:
    link = open_link(url(server))
    other, _ = server.accept()
    other.close()
    with pytest.raises(LinkLostError, match="closed by the other end"):
        link.read(5)
    link.close()
    with pytest.raises(LinkLostError):
        link.read(0)


def test_a_receiver_that_takes_nothing_does_not_hold_the_sender_for_ever(server: socket.socket) -> None:
    link = open_link(url(server))
    other, _ = server.accept()
    with pytest.raises(LinkLostError):
        link.write(bytes(100 << 20))
    other.close()


@pytest.mark.parametrize(
    "port", ["socket://127.0.0.1:1", "socket://", "socket://nowhere", "socket://127.0.0.1:99999"]
)
def test_an_address_that_does_not_open_is_said(port: str) -> None:
    with pytest.raises(BoardError) as caught:
        open_link(port)
    assert caught.value.where == port
    assert caught.value.hint


@pytest.mark.parametrize("port", ["/dev/there-is-no-such-port", "nonsense://x"])
def test_a_serial_port_that_does_not_open_is_said(port: str) -> None:
    with pytest.raises(BoardError, match="cannot be opened") as caught:
        open_link(port)
    assert "board list" in caught.value.hint


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    if sys.platform == "win32":
        pytest.skip("pseudo terminals are not on Windows")
    try:
        ours, theirs = os.openpty()
    except OSError as error:
        pytest.skip(f"there are no pseudo terminals here ({error.strerror})")
    yield ours, os.ttyname(theirs)
    for descriptor in (ours, theirs):
        try:
            os.close(descriptor)
        except OSError:
            continue


def test_a_serial_port_carries_bytes_both_ways(terminal: tuple[int, str]) -> None:
    ours, name = terminal
    link = open_link(name)
    assert isinstance(link, SerialLink)
    link.write(b"\x00\x11\x13\xff\n\r")
    assert os.read(ours, 100) == b"\x00\x11\x13\xff\n\r", "raw: no flow control, no translation"
    threading.Timer(0.05, os.write, (ours, b"\x00ab\r\n\x03")).start()
    assert link.read(5) == b"\x00ab\r\n\x03"
    assert link.read(0.01) == b""
    link.close()
    link.close()


def test_a_second_program_on_a_port_is_told_so(terminal: tuple[int, str]) -> None:
    link = open_link(terminal[1])
    with pytest.raises(BoardError, match="cannot be opened") as caught:
        open_link(terminal[1])
    assert "Another program has it open" in caught.value.hint
    link.close()


def test_a_port_that_is_unplugged_is_a_lost_link(terminal: tuple[int, str]) -> None:
    ours, name = terminal
    link = open_link(name)
    os.close(ours)
    with pytest.raises(LinkLostError, match="Check the cable"):
        link.read(1)
    link.close()
