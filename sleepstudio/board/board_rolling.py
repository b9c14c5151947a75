"""A rolling session with a board: nothing lost, nothing twice, whatever the link does (docs/protocol.md)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board import messages
from sleepstudio.board.client import RefusedError
from sleepstudio.board.connection import Connection
from sleepstudio.board.link import LinkLostError
from sleepstudio.board.messages import NONE, QUEUED_ROWS, Kind, Reason, Stage
from sleepstudio.board.staged import StagedEpoch
from sleepstudio.errors import BoardError

QUIET_S = 2.0
"""Without a stage for so long, the board is asked for it."""
STALL_S = 30.0
"""Without a stage for so long although the board answers, it is taken to hang."""
MOST_BEGINNINGS = 20
"""Without a single epoch staged between them."""


def new_session() -> int:
    """A number that no session of before has, but by a chance of one in four thousand million."""
    return secrets.randbelow(2**32 - 1) + 1


class BoardRollingStager:
    """Rows in, stages out; lost stages are fetched, and a board that restarted gets its rows again."""

    def __init__(
        self,
        connection: Connection,
        *,
        frame_size: int,
        classes: int,
        quiet_s: float = QUIET_S,
        stall_s: float = STALL_S,
    ) -> None:
        """Begins a session. Raises BoardError."""
        self.fetched = 0
        self.restarts = 0
        self._connection = connection
        self._frame_size = frame_size
        self._classes = classes
        self._quiet_s = quiet_s
        self._stall_s = stall_s
        self._rows: list[NDArray[np.float32]] = []
        self._offered_at: list[float] = []
        self._session = 0
        self._base = 0
        """The epoch that is the session's row 0."""
        self._sent = 0
        """The first epoch whose row the board has not."""
        self._heard = 0
        """The epoch after the newest that the board is known to have staged."""
        self._awaited = 0
        """The first epoch whose stage has not come."""
        self._came: dict[int, Stage] = {}
        self._beginnings = 0
        self._asked_at = self._progress_at = time.monotonic()
        self._guarded(self._begin)

    @property
    def room(self) -> int:
        return QUEUED_ROWS - (len(self._rows) - self._awaited)

    def offer(self, row: NDArray[np.float32]) -> None:
        if self.room == QUEUED_ROWS:
            self._asked_at = self._progress_at = time.monotonic()
        self._rows.append(np.asarray(row, np.float32))
        self._offered_at.append(time.monotonic())

    def pump(self, timeout_s: float) -> list[StagedEpoch]:
        """Raises BoardError where the board hangs, or does not come back; Cancelled."""
        self._guarded(lambda: self._step(timeout_s))
        found = []
        while (stage := self._came.pop(self._awaited, None)) is not None:
            found.append(self._staged(self._awaited, stage))
            self._awaited += 1
        if found:
            self._asked_at = self._progress_at = time.monotonic()
            self._beginnings = 0
        return found

    def end(self) -> None:
        """Ends the session where the board still listens."""
        try:
            self._connection.client.end(self._session)
        except (RefusedError, LinkLostError):
            return

    def read_counters(self) -> dict[str, int] | None:
        """The board's and the host's counters; None where the link was lost and found again meanwhile."""
        found: list[messages.Counters] = []
        self._guarded(lambda: found.append(self._connection.client.read_counters()))
        if not found:
            return None
        own = {"fetched_stages": self.fetched, "restarts": self.restarts}
        return asdict(found[0]) | self._connection.counted() | own

    def read_costs(self) -> messages.Costs | None:
        """Of the newest inference; None as above."""
        found: list[messages.Costs] = []
        self._guarded(lambda: found.append(self._connection.client.costs()))
        return found[0] if found else None

    def _guarded(self, action: Callable[[], None]) -> None:
        """Does ``action``; where the board restarted or the link was lost, begins again instead."""
        while True:
            try:
                action()
                return
            except LinkLostError as error:
                self._connection.renew(error)
                action = self._resume
            except RefusedError as error:
                if not error.is_for(Reason.NO_SESSION):
                    raise
                self._count_beginning(error)
                action = self._begin
            except _SessionLostError as error:
                self._count_beginning(error)
                action = self._begin

    def _count_beginning(self, error: BoardError) -> None:
        self.restarts += 1
        self._beginnings += 1
        self._connection.watch.log(
            "board", "It lost the session, as after a restart: its rows are sent again."
        )
        if self._beginnings > MOST_BEGINNINGS:
            raise BoardError(
                "the board loses its session again and again.",
                where=error.where,
                hint="Check its power; `sleepstudio board info` tells why it restarts.",
            ) from error

    def _resume(self) -> None:
        """After a lost link: the session goes on where the board still has it."""
        if self._connection.client.hello().session != self._session:
            self._begin()

    def _begin(self) -> None:
        """A new session, from as far back as the awaited epoch's frame reaches."""
        self._session = new_session()
        self._base = self._sent = self._heard = max(0, self._awaited - (self._frame_size - 1))
        self._came.clear()
        self._asked_at = self._progress_at = time.monotonic()
        self._connection.client.unsolicited.clear()
        self._connection.client.begin(self._session, Kind.ROLLING)

    def _step(self, timeout_s: float) -> None:
        self._send()
        client = self._connection.client
        if not client.unsolicited:
            client.poll(timeout_s)
        while client.unsolicited:
            told = client.unsolicited.popleft()
            if isinstance(told, Stage):
                self._take(told)
            elif isinstance(told, messages.Ready):
                self._connection.watch.log("board", f"It started (boot {told.hello.boot}).")
        self._fetch()

    def _send(self) -> None:
        """Sends as many rows as the board's queue has room for."""
        while (room := min(QUEUED_ROWS - (self._sent - self._heard), len(self._rows) - self._sent)) > 0:
            rows = np.stack(self._rows[self._sent : self._sent + room])
            most = max(1, messages.ROWS_BYTES // (4 * rows.shape[1]))
            before = self._sent
            try:
                following = self._connection.client.rows(self._session, self._sent - self._base, rows[:most])
            except RefusedError as error:
                if error.refusal is None or error.refusal.reason not in (Reason.BUSY, Reason.OUT_OF_ORDER):
                    raise
                following = error.refusal.detail
            self._sent = self._base + following
            if not self._heard <= self._sent <= before + room:
                raise _SessionLostError("the board lost rows.", where=self._connection.client.link.name)
            if self._sent <= before:
                return

    def _take(self, stage: Stage) -> None:
        """Keeps a stage of this session; one that cannot be is dropped, and asked for again."""
        epoch = self._base + stage.epoch
        if stage.session != self._session or epoch >= self._sent or not self._plausible(stage):
            return
        if epoch >= self._heard:
            self._heard = epoch + 1
            self._asked_at = self._progress_at = time.monotonic()
        if epoch >= self._awaited:
            self._came.setdefault(epoch, stage)

    def _plausible(self, stage: Stage) -> bool:
        outputs = stage.outputs
        return len(outputs) == self._classes and stage.stage == outputs.index(max(outputs))

    def _fetch(self) -> None:
        """Asks for stages that were lost: at once where later ones came, else after a while."""
        for epoch in range(self._awaited, self._heard):
            if epoch not in self._came:
                self._ask(epoch)
        now = time.monotonic()
        if self._awaited == len(self._rows) or self._heard > self._awaited:
            return
        if now - self._progress_at > self._stall_s:
            raise BoardError(
                f"the board answers, but has staged nothing for {self._stall_s:g} s.",
                where=self._connection.client.link.name,
                hint="Reset it, and start the session again; what was staged is kept.",
            )
        if now - self._asked_at > self._quiet_s and self._sent > self._base:
            self._asked_at = now
            self._ask(min(self._awaited, self._sent - 1))

    def _ask(self, epoch: int) -> None:
        try:
            stage = self._connection.client.stage_of(self._session, epoch - self._base)
        except RefusedError as error:
            if error.refusal is None or not error.is_for(Reason.NOT_AVAILABLE):
                raise
            newest = error.refusal.detail
            if newest != NONE and self._base + newest >= epoch:
                raise _SessionLostError("the board keeps it no longer.", where=error.where) from error
            return
        self.fetched += epoch >= self._awaited
        self._take(stage)

    def _staged(self, epoch: int, stage: Stage) -> StagedEpoch:
        waited_ms = 1000 * (time.monotonic() - self._offered_at[epoch])
        return StagedEpoch(
            epoch, stage.stage, stage.outputs, stage.probabilities, stage.cost, round(waited_ms, 2)
        )


class _SessionLostError(BoardError):
    """The board cannot go on with the session; a new one can."""
