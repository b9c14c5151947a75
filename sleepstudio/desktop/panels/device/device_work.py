"""What the panel's jobs tell: the board, the flashing, the session, the log. No widgets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.desktop.job_client import Job, JobClient, JobRequest
from sleepstudio.desktop.panels.device.board_state import (
    BACKEND_NAMES,
    Backend,
    BoardState,
    Part,
    looking,
    told,
    unknown,
)
from sleepstudio.desktop.panels.device.device_requests import PANEL
from sleepstudio.desktop.panels.device.live_session import LiveSession

REFRESH_MS: Final = 100
STALL_MS: Final = 5000
"""Without a stage for so long, and the time between two epochs, a session stands still."""
MOST_LINES: Final = 2000


class DeviceWork(QObject):
    """Follows the jobs of the Device panel; at most one flashes, stages or looks at a time.

    ``board_changed(backend)``; ``session_began``, ``session_grew`` (ten times a second at most);
    ``flash_moved``; ``logged(lines)``; ``ended(Job)``.
    """

    board_changed = Signal(str)
    session_began = Signal()
    session_grew = Signal()
    flash_moved = Signal()
    logged = Signal(list)
    began = Signal(object)
    ended = Signal(object)

    def __init__(self, jobs: JobClient, study: Path | None, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._study = study
        self.boards: dict[Backend, BoardState] = {name: unknown(name) for name in _backends()}
        self.before_looking: dict[Backend, BoardState] = {}
        self.session: LiveSession | None = None
        """The newest, or the one that was opened again."""
        self.job: Job | None = None
        """The newest of the panel's jobs, and its kind: flash, demo, board."""
        self._session_job: Job | None = None
        self.paused = False
        self.pace = "max"
        self.lost_at: datetime | None = None
        """When the board was lost in the session that runs, while it is."""
        self.lines: list[str] = []
        self._unsaid: list[str] = []
        self._grew = QTimer(self)
        self._grew.setSingleShot(True)
        self._grew.setInterval(REFRESH_MS)
        self._grew.timeout.connect(self._tell)
        self._stall = QTimer(self)
        self._stall.setSingleShot(True)
        self._stall.timeout.connect(self._on_stall)
        jobs.job_added.connect(self._follow)
        jobs.job_changed.connect(self._on_job)
        jobs.job_ended.connect(self._on_end)
        for job in jobs.jobs:
            self._follow(job)

    @property
    def busy(self) -> Job | None:
        """The job that has the board; None where nothing has it."""
        return self.job if self.job is not None and not self.job.ended else None

    @property
    def staging(self) -> Job | None:
        """The session that runs."""
        job = self.busy
        return job if job is not None and "demo" in job.request.modes else None

    @property
    def flashing(self) -> Job | None:
        job = self.busy
        return job if job is not None and "flash" in job.request.modes else None

    @property
    def looking(self) -> Job | None:
        job = self.busy
        return job if job is not None and "board" in job.request.modes else None

    def start(self, request: JobRequest) -> Job:
        """Raises StudyError."""
        return self._jobs.start(request)

    def pause(self, paused: bool) -> None:
        """Of the session that runs."""
        job = self.staging
        if job is not None and paused != self.paused:
            self.paused = paused
            job.control("pause" if paused else "resume")
            self._say("host", "paused" if paused else "going on")
            self._expect_stage()
            self.session_grew.emit()

    def set_pace(self, pace: str) -> None:
        """*max*, or times the night; of the session that runs, and the next."""
        self.pace = pace
        if self.staging is not None:
            self.staging.control("pace", value="max" if pace == "max" else float(pace))
            self._expect_stage()
        self.session_grew.emit()

    def stop(self) -> None:
        """What is complete is kept."""
        if self.busy is not None:
            self.busy.cancel()

    def show_saved(self, session: LiveSession) -> None:
        """Shows a session that was saved, in place of the newest."""
        self.session = session
        self.session_began.emit()

    def set_unflashed(self) -> None:
        """The virtual board is there as soon as it is needed, and nothing was ever flashed to it."""
        state = unknown("virtual")
        self.boards["virtual"] = state.with_part("model", Part("No model", "nothing is flashed yet", "warn"))
        self.board_changed.emit("virtual")

    # jobs

    def _follow(self, job: Job) -> None:
        if job.request.panel != PANEL or job.study != self._study:
            return
        if "demo" in job.request.modes:
            if self._session_job is not None and self._session_job.ended:
                # it is on the disk: what it told, row by row, need not stay in memory
                self._session_job.board_events.clear()
            self._session_job = job
        self.job, self.paused, self.lost_at = job, False, None
        backend = _backend_of(job)
        section = job.request.configuration.get("board")
        if isinstance(section, Mapping) and section.get("session") == "rolling":
            self.pace = str(section.get("pace", "max"))
        if "board" in job.request.modes:
            self.before_looking[backend] = self.boards[backend]
            self.boards[backend] = looking(self.boards[backend])
            self.board_changed.emit(backend)
        self._say("host", f"{job.request.title} ({BACKEND_NAMES[backend]})", past=job.ended)
        for event in job.board_events:
            self._hear(job, event, past=True)
        if job.ended and "board" in job.request.modes:
            self._end_looking(backend)
        _Ear(job, self)
        self.began.emit(job)

    def hear(self, job: Job, event: Mapping[str, Any]) -> None:
        """An event of a job that this follows."""
        if job is self.job:
            self._hear(job, event)

    def _hear(self, job: Job, event: Mapping[str, Any], *, past: bool = False) -> None:
        """``past``: told before this panel was there, nobody knows when."""
        kind = event.get("event")
        if kind == "board":
            self._hear_board(_backend_of(job), event, past=past)
        elif kind == "log":
            self._say(str(event.get("source", "")), str(event.get("text", "")), past=past)
        elif kind == "session":
            self.session = LiveSession({"run": job.request.item, **event})
            self._say("session", session_line(self.session), past=past)
            self.session_began.emit()
            self._expect_stage()
        elif self.session is not None and "demo" in job.request.modes:
            self.session.take(event)
            if kind == "verdict":
                self._say("parity", parity_line(self.session), past=past)
            if kind == "stages":
                self.lost_at = None
                self._expect_stage()
            if not self._grew.isActive():
                self._grew.start()

    def _expect_stage(self) -> None:
        """Within the time of an epoch at this pace, and some patience."""
        session = self.session
        if self.staging is None or session is None or self.paused or session.complete:
            self._stall.stop()
            return
        slow = session.kind == "rolling" and self.pace != "max"
        self._stall.start(STALL_MS + round(1000 * session.epoch_s / float(self.pace)) if slow else STALL_MS)

    def _on_stall(self) -> None:
        if self.staging is not None and not self.paused:
            self.lost_at = self.lost_at or datetime.now()
            self.session_grew.emit()

    def _hear_board(self, backend: Backend, event: Mapping[str, Any], *, past: bool) -> None:
        state = self.boards[backend] = told(self.boards[backend], event)
        if "firmware_version" in event and backend != "pc":
            self._say(
                "hello", f"firmware {state.firmware_version}, model {state.model_name or 'none'}", past=past
            )
        gone = any(state.parts[name].state == "error" for name in ("probe", "port", "board"))
        if self.staging is not None and self.session is not None:
            self.lost_at = (self.lost_at or datetime.now()) if gone else None
            self.session_grew.emit()
        self.board_changed.emit(backend)

    def _on_job(self, job: Job) -> None:
        if job is self.job and "flash" in job.request.modes:
            self.flash_moved.emit()

    def _on_end(self, job: Job) -> None:
        if job is not self.job:
            return
        backend = _backend_of(job)
        if "board" in job.request.modes:
            self._end_looking(backend)
        if job.state == "failed" and job.error is not None:
            self._say("host", job.error.message.splitlines()[0])
        self.paused, self.lost_at = False, None
        self._stall.stop()
        self._tell()
        self.ended.emit(job)

    def _end_looking(self, backend: Backend) -> None:
        """What nothing was said of is as it was before."""
        before = self.before_looking.pop(backend, None)
        if before is None:
            return
        parts: dict[str, Part] = {}
        unreachable = self.boards[backend].parts["board"].state == "error"
        for name, part in self.boards[backend].parts.items():
            parts[name] = before.parts[name] if part.state == "run" else part
            if name == "port" and part.state == "run" and unreachable and backend == "evb":
                parts[name] = Part("Not connected", "J-Link virtual COM port", "error")
        state = self.boards[backend]
        self.boards[backend] = BoardState(
            parts, state.firmware_version, state.firmware_id, state.model_id, state.model_name
        )
        self.board_changed.emit(backend)

    def _say(self, source: str, text: str, *, past: bool = False) -> None:
        when = "" if past else f"{datetime.now():%H:%M:%S}"
        self._unsaid.append(f"{when:<8}  {source:<8}  {text}")
        if not self._grew.isActive():
            self._grew.start()

    def _tell(self) -> None:
        self._grew.stop()
        if self._unsaid:
            lines, self._unsaid = self._unsaid, []
            self.lines = [*self.lines, *lines][-MOST_LINES:]
            self.logged.emit(lines)
        self.session_grew.emit()


def session_line(session: LiveSession) -> str:
    """What begins, for the log."""
    what = "validating" if session.kind == "frames" else "replaying"
    timed = session.kind == "rolling" and isinstance(session.pace, float)
    pace = f" at ×{session.pace:g}" if timed else ""
    return f"{what} {session.recording}{pace}, {len(session)} epochs"


def parity_line(session: LiveSession) -> str:
    """How it ended, for the log."""
    received, differing = session.received, session.differing
    if differing:
        return f"{differing} of {received} epochs differ from the host's int8 result"
    return f"{received} of {len(session)} epochs equal to the host's int8 result"


class _Ear(QObject):
    """Hears one job; goes deaf with the panel, which may close before the job ends."""

    def __init__(self, job: Job, owner: DeviceWork) -> None:
        super().__init__(owner)
        self._job, self._owner = job, owner
        job.board_event.connect(self._on_event)

    def _on_event(self, event: object) -> None:
        if isinstance(event, dict):
            self._owner.hear(self._job, event)


def _backends() -> tuple[Backend, ...]:
    return ("evb", "virtual", "pc")


def _backend_of(job: Job) -> Backend:
    name = job.request.configuration.get("backend")
    return "evb" if name == "evb" else "virtual" if name == "virtual" else "pc"
