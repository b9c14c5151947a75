"""Jobs from the window: a queue, workers that are warm before they are needed, and no way to block."""

from __future__ import annotations

import re
import shlex
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.desktop.job import CANCEL_GRACE_S, ENDED, Job, JobRequest, Metric
from sleepstudio.desktop.job_child import JobChild
from sleepstudio.errors import StudioError, StudyError
from sleepstudio.jobs import worker

__all__ = ["Job", "JobClient", "JobRequest", "Metric"]


class JobClient(QObject):
    """Starts jobs of the open study, as many at once as ``parallel`` and at most one that trains."""

    job_added = Signal(object)
    job_changed = Signal(object)
    """State or progress of a Job."""
    job_ended = Signal(object)
    paused_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, parallel: int = 2) -> None:
        super().__init__(parent)
        self.jobs: list[Job] = []
        """Oldest first, ended ones too, until :meth:`forget`."""
        self.parallel = parallel
        self._study: Path | None = None
        self._idle: JobChild | None = None
        self._children: set[JobChild] = set()
        self._paused = False

    @property
    def running(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.active)

    @property
    def queued(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.state == "queued")

    @property
    def paused(self) -> bool:
        return self._paused

    def set_paused(self, paused: bool) -> None:
        """Lets what runs go on and starts nothing new meanwhile."""
        self._paused = paused
        self.paused_changed.emit(paused)
        self._start_next()

    def set_parallel(self, parallel: int) -> None:
        """How many jobs run at once from now on."""
        self.parallel = parallel
        self._start_next()

    def use_study(self, folder: Path | None) -> None:
        """Where jobs run and leave their configurations and logs."""
        self._study = folder

    def start(self, request: JobRequest) -> Job:
        """Queues a job; it begins when there is room.

        Raises StudyError where no study is open or its folder cannot be written.
        """
        file = self._write_configuration(request)
        job = Job(request, self._arguments(request, file), file.with_suffix(".log"))
        job.state_changed.connect(lambda _state, job=job: self._on_state(job))
        job.progressed.connect(lambda *_progress, job=job: self.job_changed.emit(job))
        self.jobs.append(job)
        self.job_added.emit(job)
        self._start_next()
        return job

    def command_line(self, request: JobRequest) -> str:
        """The batch command of a job that was not started: its configuration is written, nothing runs.

        Raises StudyError as :meth:`start` does.
        """
        return shlex.join(("sleepstudio", *self._arguments(request, self._write_configuration(request))))

    def prewarm(self, *, training: bool = False) -> None:
        """Keeps a worker ready; with ``training`` one that has TensorFlow loaded."""
        if self._idle is None or not self._idle.alive:
            self._idle = self._new_child()
            self._idle.warm(worker.LIGHT)
        if training:
            self._idle.warm(worker.TRAINING)

    def forget(self, job: Job) -> None:
        """Takes an ended job out of the list."""
        if job.ended and job in self.jobs:
            self.jobs.remove(job)
            self.job_changed.emit(job)

    def cancel_all(self) -> None:
        for job in (*self.queued, *self.running):
            job.cancel()

    def shutdown(self, *, keep_running: bool = False, patience_s: float = 5.0) -> None:
        """Ends the workers. With ``keep_running`` jobs go on without the window; what waits is dropped."""
        for job in self.queued:
            job.cancel()
        if self._idle is not None:
            self._idle.let_go()
        if not keep_running:
            self.cancel_all()
            for job in self.running:
                if job.child is not None:
                    job.child.join(patience_s)
                    job.child.kill()
        for child in self._children:
            child.let_go()

    def _write_configuration(self, request: JobRequest) -> Path:
        from sleepstudio.study import write_json

        if self._study is None:
            raise StudyError("no study is open.", hint="Open or create a study first.")
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{'-'.join(request.modes)}-{request.item}").strip("-.")
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")[:-3]
        file = self._study / "jobs" / f"{stamp}-{name[:80]}.json"
        write_json(file, dict(request.configuration))
        return file

    def _arguments(self, request: JobRequest, file: Path) -> tuple[str, ...]:
        resume = ("--resume",) if request.resume else ()
        return (
            *("--batch", str(file), "--mode", ",".join(request.modes)),
            *("--out", str(self._study)),
            *resume,
        )

    def _start_next(self) -> None:
        for job in self.queued:
            running = self.running
            if self._paused or len(running) >= self.parallel:
                return
            if job.request.trains and any(other.request.trains for other in running):
                continue
            self._begin(job)

    def _begin(self, job: Job) -> None:
        try:
            self.prewarm()
        except OSError as error:
            job.fail(
                StudioError(f"no process can be started ({error.strerror}).", hint="Close other programs.")
            )
            return
        child, self._idle = self._idle, None
        if child is None:
            return
        child.ended.connect(job.finish)
        job.begin(child)
        QTimer.singleShot(0, self.prewarm)

    def _new_child(self) -> JobChild:
        child = JobChild()
        self._children.add(child)
        child.ended.connect(lambda _status, child=child: self._children.discard(child))
        return child

    def _on_state(self, job: Job) -> None:
        self.job_changed.emit(job)
        if job.state == "cancelling":
            QTimer.singleShot(CANCEL_GRACE_S * 1000, job, lambda: self._force(job))
        if job.state in ENDED:
            self.job_ended.emit(job)
            self._start_next()

    def _force(self, job: Job) -> None:
        if job.state == "cancelling" and job.child is not None:
            job.child.kill()
