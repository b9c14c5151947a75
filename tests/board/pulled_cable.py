"""A cable between a board's socket and its host that can be pulled, and plugged in again."""

from __future__ import annotations

import select
import socket
import threading
import time
from types import TracebackType
from typing import Self


class Cable:
    """Listens at :attr:`port`. ``pulled_after``: bytes from the board after which it is pulled, each once."""

    def __init__(self, board_port: str, pulled_after: tuple[int, ...], out_s: float) -> None:
        host, _, number = board_port.removeprefix("socket://").partition(":")
        self._board = (host, int(number))
        self._pulled_after = list(pulled_after)
        self._out_s = out_s
        self.pulls = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        self._thread.join(5)
        self._server.close()

    def _serve(self) -> None:
        while not self._stopped:
            readable, _, _ = select.select([self._server], [], [], 0.1)
            if readable:
                host, _ = self._server.accept()
                self._carry(host)

    def _carry(self, host: socket.socket) -> None:
        carried = 0
        with host, socket.create_connection(self._board, timeout=5) as board:
            while not self._stopped:
                readable, _, _ = select.select([host, board], [], [], 0.1)
                for end, other in ((host, board), (board, host)):
                    if end not in readable:
                        continue
                    data = end.recv(64)
                    if not data:
                        return
                    other.sendall(data)
                    carried += len(data) if end is board else 0
                if self._pulled_after and carried >= self._pulled_after[0]:
                    self._pulled_after.pop(0)
                    self.pulls += 1
                    break
        self._server.listen(0)
        time.sleep(self._out_s)
