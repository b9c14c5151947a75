"""The virtual board's serial port: a TCP server on loopback, for one client at a time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

RECEIVE_BYTES = 4096
KEPT_BYTES = 4 << 20
"""What a client that does not read may leave lying; beyond it bytes are lost, as at an unread port."""
MAX_WAITING = 1 << 16
"""What may wait for the chip to receive it; a host that sends more is slowed down."""
_POLL_S = 0.005


class LinkServer:
    """``arrive`` and ``unplug`` are called from its own threads; ``waiting``: bytes not received yet."""

    def __init__(
        self, arrive: Callable[[bytes], None], unplug: Callable[[], None], waiting: Callable[[], int]
    ) -> None:
        self._arrive = arrive
        self._unplug = unplug
        self._waiting = waiting
        self._server = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._client: socket.socket | None = None
        self._leaving = bytearray()
        self._changed = threading.Condition()
        for target in (self._receive, self._transmit):
            threading.Thread(target=target, daemon=True).start()

    @property
    def port(self) -> str:
        return f"socket://127.0.0.1:{self._server.getsockname()[1]}"

    def send(self, data: bytes) -> None:
        """To the client; lost where there is none."""
        with self._changed:
            if self._client is not None and len(self._leaving) < KEPT_BYTES:
                self._leaving += data
                self._changed.notify()

    def _receive(self) -> None:
        while True:
            client, _ = self._server.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._leaving.clear()
                self._client = client
            with contextlib.suppress(OSError):
                while data := client.recv(RECEIVE_BYTES):
                    self._arrive(data)
                    while self._waiting() > MAX_WAITING:
                        time.sleep(_POLL_S)
            with self._changed:
                self._client = None
                self._leaving.clear()
            client.close()
            self._unplug()

    def _transmit(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._leaving)
                data, client = bytes(self._leaving), self._client
                self._leaving.clear()
            if client is not None:
                with contextlib.suppress(OSError):
                    client.sendall(data)
