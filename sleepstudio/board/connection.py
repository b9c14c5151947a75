"""A client that is connected anew where its link is lost."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from sleepstudio.board.client import BoardClient
from sleepstudio.board.link import LinkLostError
from sleepstudio.errors import BoardError

RETRY_S = 1.0


class GoneError(BoardError):
    """The board will not come back by waiting for it."""


class Watch(Protocol):
    """Who is told what happens to a link, and asked whether to go on."""

    def log(self, source: str, text: str) -> None: ...

    def check_cancelled(self) -> None:
        """Raises Cancelled where the user asked to stop."""


class Connection:
    """Holds the client of a board. ``connect`` opens a link and makes sure of who is there."""

    def __init__(
        self,
        connect: Callable[[], BoardClient],
        watch: Watch,
        *,
        reconnect_s: float,
        retry_s: float = RETRY_S,
    ) -> None:
        """Connects. Raises BoardError where that fails."""
        self.watch = watch
        self.reconnects = 0
        self._before: Counter[str] = Counter()
        """What was counted with clients that are gone."""
        self._connect = connect
        self._reconnect_s = reconnect_s
        self._retry_s = retry_s
        self.client = connect()

    def counted(self) -> dict[str, int]:
        """What the host counted on all links so far."""
        return {**self._before + _counted(self.client), "reconnects": self.reconnects}

    def renew(self, why: LinkLostError) -> None:
        """Connects again, for at most ``reconnect_s`` seconds. Raises BoardError, Cancelled."""
        self._before += _counted(self.client)
        self.client.close()
        self.watch.log("link", f"{why} Waiting for the board, {self._reconnect_s:g} s at most.")
        deadline = time.monotonic() + self._reconnect_s
        while True:
            self.watch.check_cancelled()
            try:
                self.client = self._connect()
            except GoneError:
                raise
            except BoardError as error:
                if time.monotonic() >= deadline:
                    raise BoardError(
                        f"the board did not come back in {self._reconnect_s:g} s ({error.message})",
                        where=why.where,
                        hint="Check cable and power. What was staged is kept; start the session again.",
                    ) from error
                time.sleep(self._retry_s)
                continue
            self.reconnects += 1
            self.watch.log("link", "The board is back.")
            return

    def close(self) -> None:
        self.client.close()


def _counted(client: BoardClient) -> Counter[str]:
    return Counter(
        host_crc_errors=client.reader.counters.crc_errors,
        host_framing_errors=client.reader.counters.framing_errors,
        host_malformed=client.counters.malformed,
        repeats=client.counters.repeats,
        stale_answers=client.counters.stale,
    )
