"""A live session: a night goes over to the board, stages come back, compared with the host as they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board import messages
from sleepstudio.board.host_stager import HostModel
from sleepstudio.board.night import Night, SessionRecord, SessionSetting
from sleepstudio.board.pacing import Pacing, parse_pace
from sleepstudio.board.session_events import StageTeller, costs_fields, session_fields
from sleepstudio.board.staged import FrameStager, RollingStager, StagedEpoch
from sleepstudio.board.verdict import Verdict, offline_kappa, verdict_of
from sleepstudio.monitor import Monitor
from sleepstudio.staging.tiling import cut, nearest_frame, tile_starts

COUNTERS_S = 5.0
"""Counters are asked for so often: also a sign of life while rows are seldom."""
WAIT_S = 0.1

Controls = Callable[[], Iterable[Mapping[str, Any]]]


class BoardFacts(Protocol):
    """What a session asks of a board besides stages; without a board nothing is known."""

    def read_counters(self) -> dict[str, int] | None: ...

    def read_costs(self) -> messages.Costs | None: ...


@dataclass(frozen=True, eq=False)
class SessionResult:
    """``facts``: the fields of the event ``session``, and ``costs`` and ``counters`` where there are any."""

    night: Night
    record: SessionRecord
    verdict: Verdict
    facts: Mapping[str, Any]


class Session:
    """One night with one stager. ``run_…`` may end early with any error; :meth:`result` has what came."""

    def __init__(
        self,
        night: Night,
        setting: SessionSetting,
        host: HostModel,
        facts: BoardFacts,
        monitor: Monitor,
        controls: Controls = tuple,
    ) -> None:
        self._night = night
        self._setting = setting
        self._host = host
        self._facts = facts
        self._monitor = monitor
        self._controls = controls
        self._record = SessionRecord(night, len(setting.stage_set))
        self._teller = StageTeller(monitor, night, self._record)
        self._told = session_fields(night, setting, offline_kappa(night))
        self._pacing = Pacing(setting.pace, night.epoch_s)
        self._counted_at = time.monotonic()
        self._costs: dict[str, Any] | None = None
        self._counters: dict[str, int] | None = None
        monitor.board_event("session", self._told)

    def run_rolling(self, stager: RollingStager) -> None:
        """Row by row, at the pace asked for. Raises BoardError, Cancelled."""
        offered, came = 0, 0
        epochs = len(self._night)
        while came < epochs:
            self._look_up()
            while offered < epochs and stager.room and self._pacing.wait_s == 0:
                stager.offer(self._night.rows[offered])
                self._pacing.sent()
                offered += 1
            idle = offered == epochs or not stager.room
            for staged in stager.pump(WAIT_S if idle else min(WAIT_S, self._pacing.wait_s)):
                first = max(0, staged.epoch + 1 - self._setting.frame_size)
                host = self._host.newest(self._night.rows[first : staged.epoch + 1])
                self._take(staged, host, bool((host == np.array(staged.outputs, np.int8)).all()))
                came += 1
                self._monitor.progress("demo", came, epochs, self._night.recording_id)
            if came and self._costs is None:
                self._tell_costs()
        self._teller.flush()

    def run_frames(self, stager: FrameStager, most: int | None = None) -> None:
        """Every frame of the night (or the first ``most``), as offline. Raises BoardError, Cancelled."""
        size = self._setting.frame_size
        frames = cut(self._night.rows, size)
        starts = tile_starts(len(self._night), size)
        chosen = nearest_frame(len(self._night), size)
        differs = np.zeros(len(self._night), np.bool_)
        count = min(len(frames), most or len(frames))
        for index in range(count):
            self._look_up()
            while self._pacing.paused:
                time.sleep(WAIT_S)
                self._look_up()
            staged = stager.stage(frames[index])
            host = self._host.frame(frames[index])
            wrong = (host != staged.outputs).any(axis=1)
            covered = slice(starts[index], min(starts[index] + size, len(self._night)))
            differs[covered] |= wrong[: covered.stop - covered.start]
            # a difference in a frame that an epoch is not taken from counts all the same
            self._record.exact[covered] &= ~differs[covered]
            probabilities = np.rint(255 * self._host.probabilities(staged.outputs)).astype(int)
            for epoch in np.flatnonzero(chosen == index).tolist():
                at = epoch - starts[index]
                told = StagedEpoch(
                    epoch,
                    int(staged.outputs[at].argmax()),
                    tuple(staged.outputs[at].tolist()),
                    tuple(probabilities[at].tolist()),
                    staged.cost,
                    staged.round_trip_ms,
                )
                self._take(told, host[at], not differs[epoch])
            self._monitor.progress("demo", index + 1, count, self._night.recording_id)
            if self._costs is None:
                self._tell_costs()
        self._teller.flush()

    def result(self) -> SessionResult:
        """What there is so far, with the board's counters as they were read last."""
        self._teller.flush()
        facts = {**self._told, "costs": self._costs, "counters": self._counters}
        verdict = verdict_of(self._night, self._record, self._setting.kind)
        return SessionResult(self._night, self._record, verdict, facts)

    def read_counters(self) -> None:
        """Asks the board for its counters and tells them."""
        self._counted_at = time.monotonic()
        counters = self._facts.read_counters()
        if counters is not None:
            self._counters = counters
            self._monitor.board_event("counters", counters)

    def _take(self, staged: StagedEpoch, host: NDArray[np.int8], exact: bool) -> None:
        self._record.add(staged, host, exact)
        self._teller.add(staged.epoch)

    def _look_up(self) -> None:
        """Does what is asked for, and looks after the board now and then."""
        self._monitor.check_cancelled()
        self._teller.flush_old()
        for request in self._controls():
            match request.get("control"):
                case "pause":
                    self._pacing.pause()
                case "resume":
                    self._pacing.resume()
                case "pace" if (pace := parse_pace(request.get("value"))) is not None:
                    self._pacing.set_pace(pace)
        if time.monotonic() - self._counted_at >= COUNTERS_S:
            self.read_counters()

    def _tell_costs(self) -> None:
        costs = self._facts.read_costs()
        if costs is not None:
            self._costs = costs_fields(self._setting, costs)
            self._monitor.board_event("costs", self._costs)
