"""Lets another process reach a virtual board's control pipe: what the debug cable is to a real board."""

from __future__ import annotations

import threading
from multiprocessing.connection import Client, Connection, Listener
from types import TracebackType
from typing import Any, Self

from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.errors import BoardError

_KEY = b"of this test"


class BoardRelay:
    """Serves one board on loopback until it is closed."""

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board
        self._listener = Listener(("127.0.0.1", 0), authkey=_KEY)
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.address[1])

    def _serve(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):
                continue
            if self._closed:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: Connection) -> None:
        while True:
            try:
                do, data, fields = connection.recv()
            except (EOFError, OSError):
                return
            try:
                connection.send(self._board.client.call(do, limit_s=20, data=data, **fields).data)
            except BoardError as error:
                connection.send(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        Client(("127.0.0.1", self.port), authkey=_KEY).close()
        self._thread.join(10)
        self._listener.close()


class Cable:
    """The other end."""

    def __init__(self, port: int) -> None:
        self._connection = Client(("127.0.0.1", port), authkey=_KEY)

    def call(self, do: str, data: bytes = b"", **fields: Any) -> bytes:
        """Raises BoardError."""
        self._connection.send((do, data, fields))
        answer = self._connection.recv()
        if isinstance(answer, BoardError):
            raise answer
        return bytes(answer)
