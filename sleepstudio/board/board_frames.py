"""A frames session with a board: whole frames, each staged and its outputs checked (docs/protocol.md)."""

from __future__ import annotations

import time
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board import messages
from sleepstudio.board.board_rolling import QUIET_S, STALL_S, new_session
from sleepstudio.board.client import RefusedError, outputs_crc
from sleepstudio.board.connection import Connection
from sleepstudio.board.link import LinkLostError
from sleepstudio.board.messages import Frame, Kind, Reason
from sleepstudio.board.staged import StagedFrame
from sleepstudio.errors import BoardError

MOST_ATTEMPTS = 20
"""For one frame."""
POLL_S = 0.1
_AGAIN = (Reason.NO_SESSION, Reason.OUT_OF_ORDER, Reason.NOT_AVAILABLE, Reason.WRONG_KIND)
"""Refusals after which the frame begins anew."""


class BoardFrameStager:
    """Sends a frame, lets it be staged, gets its outputs; begins the frame anew where anything was lost."""

    def __init__(
        self, connection: Connection, *, classes: int, quiet_s: float = QUIET_S, stall_s: float = STALL_S
    ) -> None:
        """Begins a session. Raises BoardError."""
        self.restarts = 0
        self._connection = connection
        self._classes = classes
        self._quiet_s = quiet_s
        self._stall_s = stall_s
        self._session = 0
        self._frame = 0

    def stage(self, rows: NDArray[np.float32]) -> StagedFrame:
        """Raises BoardError where the board hangs, or does not come back; Cancelled."""
        began = time.monotonic()
        for _ in range(MOST_ATTEMPTS):
            self._connection.watch.check_cancelled()
            try:
                found = self._attempt(rows, began)
            except LinkLostError as error:
                self._connection.renew(error)
                self._session = 0
            except RefusedError as error:
                if error.refusal is None or error.refusal.reason not in _AGAIN:
                    raise
                self._connection.watch.log(
                    "board", "It lost the session, as after a restart: the frame again."
                )
                self.restarts += 1
                self._session = 0
            else:
                if found is not None:
                    self._frame += 1
                    return found
        raise BoardError(
            f"frame {self._frame} could not be staged in {MOST_ATTEMPTS} attempts.",
            where=self._connection.client.link.name,
            hint="Check cable and power.",
        )

    def read_counters(self) -> dict[str, int] | None:
        """The board's and the host's counters; None where the link is lost: the next frame finds it again."""
        try:
            counters = self._connection.client.read_counters()
        except LinkLostError:
            return None
        return asdict(counters) | self._connection.counted() | {"restarts": self.restarts}

    def read_costs(self) -> messages.Costs | None:
        """Of the newest inference; None as above."""
        try:
            return self._connection.client.costs()
        except LinkLostError:
            return None

    def end(self) -> None:
        """Ends the session where the board still listens."""
        try:
            self._connection.client.end(self._session)
        except (RefusedError, LinkLostError):
            return

    def _attempt(self, rows: NDArray[np.float32], began: float) -> StagedFrame | None:
        client = self._connection.client
        if not self._session:
            session = new_session()
            client.begin(session, Kind.FRAMES)
            self._session = session
        self._fill(rows)
        client.unsolicited.clear()
        client.run(self._session, self._frame)
        done = self._finished()
        outputs = client.outputs(self._session, self._frame, len(rows), self._classes)
        if outputs_crc(outputs) != done.crc32:
            return None
        return StagedFrame(outputs, done.cost, round(1000 * (time.monotonic() - began), 2))

    def _fill(self, rows: NDArray[np.float32]) -> None:
        """Sends the rows until the board says that it misses none."""
        size = len(rows)
        first = self._frame * size
        step = max(1, messages.ROWS_BYTES // (4 * rows.shape[1]))
        missing = first
        deadline = time.monotonic() + self._stall_s
        while missing < first + size:
            at = missing - first
            try:
                following = self._connection.client.rows(self._session, missing, rows[at : at + step])
            except RefusedError as error:
                if not error.is_for(Reason.BUSY):
                    raise
                self._connection.client.poll(POLL_S)
                following = missing
            if not first <= following <= first + size or time.monotonic() > deadline:
                raise BoardError(
                    f"the board does not take the rows of frame {self._frame}.",
                    where=self._connection.client.link.name,
                    hint="Reset it, and start the session again.",
                )
            missing = following

    def _finished(self) -> Frame:
        """Waits for FRAME; a lost one is told again where the frame is run again."""
        client = self._connection.client
        began = asked = time.monotonic()
        while True:
            self._connection.watch.check_cancelled()
            client.poll(POLL_S)
            while client.unsolicited:
                told = client.unsolicited.popleft()
                if isinstance(told, Frame) and (told.session, told.frame) == (self._session, self._frame):
                    return told
            now = time.monotonic()
            if now - began > self._stall_s:
                raise BoardError(
                    f"the board answers, but frame {self._frame} is not staged after {self._stall_s:g} s.",
                    where=client.link.name,
                    hint="Reset it, and start the session again.",
                )
            if now - asked > self._quiet_s:
                asked = now
                client.run(self._session, self._frame)
