"""Jobs from the window: a queue, workers that are warm before they are needed, and no way to block."""

from __future__ import annotations

import re
import shlex
import time
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from sleepstudio.desktop.job import CANCEL_GRACE_S, ENDED, Job, JobRequest, Metric
from sleepstudio.desktop.job_child import JobChild
from sleepstudio.desktop.job_record import JobRecord, configuration_of, records
from sleepstudio.desktop.left_child import LeftChild
from sleepstudio.errors import StudioError, StudyError
from sleepstudio.jobs import worker

__all__ = ["Job", "JobClient", "JobRequest", "Metric"]


class JobClient(QObject):
    """Starts jobs of the open study, as many at once as ``parallel`` and at most one that trains.

    A job waits for those that work in a folder of its own: only one process may.
    """

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
        self._idle: dict[bool, JobChild] = {}
        """Workers without a job; True: with TensorFlow loaded."""
        self._children: set[JobChild] = set()
        self._paused = False

    @property
    def running(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.active)

    @property
    def own(self) -> tuple[Job, ...]:
        """Those of the running jobs that this window started: closing it concerns them."""
        return tuple(job for job in self.running if isinstance(job.child, JobChild))

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
        """Where jobs run and leave their configurations and logs. Those that still run there are taken up."""
        self._study = folder
        if folder is not None:
            self._take_up_left(folder)

    def start(self, request: JobRequest) -> Job:
        """Queues a job; it begins when there is room.

        Raises StudyError where no study is open or its folder cannot be written.
        """
        file = self._write_configuration(request)
        arguments = self._arguments(request, file)
        job = self._listed(Job(request, arguments, file.with_suffix(".log"), file.parent.parent))
        self._start_next()
        return job

    def command_line(self, request: JobRequest) -> str:
        """The batch command of a job that was not started: its configuration is written, nothing runs.

        Raises StudyError as :meth:`start` does.
        """
        return shlex.join(("sleepstudio", *self._arguments(request, self._write_configuration(request))))

    def prewarm(self, *, training: bool = False) -> None:
        """Keeps a worker ready; with ``training`` another that has TensorFlow loaded."""
        idle = self._idle.get(training)
        if idle is None or not idle.idle:
            self._idle[training] = self._new_child(training=training)

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
        own = self.own
        if not keep_running:
            for job in own:
                job.cancel()
            for job in own:
                if job.child is not None:
                    job.child.join(patience_s)
                    job.child.kill()
        for child in self._children:
            child.let_go()

    def _listed(self, job: Job) -> Job:
        job.state_changed.connect(lambda _state, job=job: self._on_state(job))
        job.progressed.connect(lambda *_progress, job=job: self.job_changed.emit(job))
        self.jobs.append(job)
        self.job_added.emit(job)
        return job

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
            if any(_contend(job, other) for other in running):
                continue
            self._begin(job)

    def _begin(self, job: Job) -> None:
        training = job.request.trains
        child = self._idle.pop(training, None)
        try:
            if child is None or not child.idle:
                child = self._new_child(training=False)
        except OSError as error:
            job.fail(
                StudioError(f"no process can be started ({error.strerror}).", hint="Close other programs.")
            )
            return
        child.ended.connect(job.finish)
        job.begin(child)
        self._record(job, child)
        if not training:
            QTimer.singleShot(0, self, self.prewarm)

    def _new_child(self, *, training: bool) -> JobChild:
        child = JobChild()
        child.warm((*worker.LIGHT, *worker.TRAINING) if training else worker.LIGHT)
        self._children.add(child)
        child.ended.connect(lambda _status, child=child: self._children.discard(child))
        return child

    def _record(self, job: Job, child: JobChild) -> None:
        """Notes the job in the study, for a later window; where that cannot be written, there is none."""
        request = job.request
        record = JobRecord(
            job.log,
            child.pid,
            time.time(),
            request.title,
            request.item,
            request.panel,
            request.modes,
            job.arguments,
        )
        try:
            record.write()
        except StudioError:
            return
        child.ended.connect(lambda _status: record.remove())

    def _take_up_left(self, study: Path) -> None:
        """Goes on following the jobs that an earlier window left running."""
        known = {job.log for job in self.jobs}
        for record in records(study / "jobs"):
            if record.log in known:
                continue
            request = JobRequest(
                record.title, configuration_of(record), record.modes, record.item, record.panel
            )
            child = LeftChild(record, self)
            job = self._listed(Job(request, record.arguments, record.log, study))
            child.ended.connect(lambda _status, record=record: record.remove())
            job.take_up(child, max(0.0, time.time() - record.started))

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


def _contend(job: Job, other: Job) -> bool:
    """Whether one of two jobs has to wait for the other: both train, or work in the same folder."""
    if job.request.trains and other.request.trains:
        return True
    return bool(job.request.folders(job.study) & other.request.folders(other.study))
