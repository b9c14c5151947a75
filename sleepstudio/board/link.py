"""The byte stream to a board: a serial port, or the virtual board's socket. Every call is bounded."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from sleepstudio.errors import BoardError

if TYPE_CHECKING:
    import serial

BAUD = 115_200
WRITE_TIMEOUT_S = 2.0
OPEN_TIMEOUT_S = 5.0
CHUNK_BYTES = 65_536

_REPLUG = "Check the cable and the board's power, then connect again."


class LinkLostError(BoardError):
    """The stream ended: a cable was pulled, the board lost power, or the other end went away."""


class Link(Protocol):
    """A byte stream. ``write`` and ``read`` raise LinkLostError where it ended."""

    @property
    def name(self) -> str:
        """What it was opened as."""

    def write(self, data: bytes) -> None:
        """Sends all of ``data`` within :data:`WRITE_TIMEOUT_S`."""

    def read(self, timeout_s: float) -> bytes:
        """What has arrived, as soon as there is any; empty where nothing arrives in ``timeout_s``."""

    def close(self) -> None:
        """Gives the stream up. Closing twice is harmless."""


def open_link(port: str, baud: int = BAUD) -> Link:
    """Opens ``port``: a serial port's name, ``socket://HOST:PORT``, or any other URL of pyserial.

    Raises BoardError with the remedy where it cannot be opened.
    """
    return SocketLink(port) if port.startswith("socket://") else SerialLink(port, baud)


class SocketLink:
    """A TCP stream, without pyserial, which reads sockets a byte at a time."""

    def __init__(self, url: str) -> None:
        """``url``: ``socket://HOST:PORT``. Raises BoardError."""
        self.name = url
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or not port:
            raise BoardError(
                "not the address of a port.", where=url, hint="Write it as socket://127.0.0.1:5000."
            )
        try:
            self._socket = socket.create_connection((host, port), timeout=OPEN_TIMEOUT_S)
        except OSError as error:
            raise BoardError(
                f"cannot be opened ({error.strerror or error}).",
                where=url,
                hint="Is the virtual board running, and no other program connected to it?",
            ) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(WRITE_TIMEOUT_S)

    def write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise _lost(self.name, error) from error

    def read(self, timeout_s: float) -> bytes:
        try:
            readable, _, _ = select.select([self._socket], [], [], timeout_s)
            if not readable:
                return b""
            data = self._socket.recv(CHUNK_BYTES)
        except (OSError, ValueError) as error:
            raise _lost(self.name, error) from error
        if not data:
            raise LinkLostError("the connection was closed by the other end.", where=self.name, hint=_REPLUG)
        return data

    def close(self) -> None:
        self._socket.close()


class SerialLink:
    """A serial port (8N1, no flow control), taken for this program alone where the system can."""

    def __init__(self, port: str, baud: int = BAUD) -> None:
        """Raises BoardError where pyserial is not installed or the port cannot be opened."""
        self.name = port
        try:
            import serial
        except ImportError as error:
            raise BoardError(
                "serial ports need pyserial.",
                where=port,
                hint="Install it: pip install 'sleepstudio[board]'.",
            ) from error
        try:
            self._port: serial.SerialBase = serial.serial_for_url(
                port, baudrate=baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True
            )
        except (OSError, ValueError) as error:
            raise BoardError(f"cannot be opened ({error}).", where=port, hint=_remedy(error)) from error

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (OSError, ValueError, TypeError) as error:
            raise _lost(self.name, error) from error

    def read(self, timeout_s: float) -> bytes:
        # pyserial raises TypeError from a port that was closed or unplugged while it was read
        try:
            self._port.timeout = timeout_s
            first: bytes = self._port.read(1)
            if not first:
                return b""
            self._port.timeout = 0
            rest: bytes = self._port.read(CHUNK_BYTES)
        except (OSError, ValueError, TypeError) as error:
            raise _lost(self.name, error) from error
        return first + rest

    def close(self) -> None:
        self._port.close()


def _lost(name: str, error: Exception) -> LinkLostError:
    return LinkLostError(f"the link was lost ({error}).", where=name, hint=_REPLUG)


def _remedy(error: Exception) -> str:
    text = str(error).lower()
    if "permission" in text:
        return "Add yourself to the group that owns the port (often dialout) and sign in again."
    if "busy" in text or "lock" in text:
        return "Another program has it open: close that one."
    return "`sleepstudio board list` shows the ports that there are."
