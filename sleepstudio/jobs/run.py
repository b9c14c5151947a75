"""Runs a job: its modes in order, its errors counted, its end said."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sleepstudio.config import MODES, Mode, StudyConfiguration
from sleepstudio.errors import Cancelled
from sleepstudio.jobs.controls import Controls
from sleepstudio.jobs.job import Job, make_job
from sleepstudio.jobs.monitors import Cancellation, JobMonitor
from sleepstudio.monitor import Monitor
from sleepstudio.study import exclusive

_RUNNERS = MappingProxyType({mode: f"sleepstudio.jobs.{mode}" for mode in MODES})


@dataclass(frozen=True)
class JobOutcome:
    """``failed``: message by recording. ``modes``: those that were completed."""

    run: Path
    modes: tuple[str, ...]
    failed: dict[str, str]
    warnings: int
    cancelled: bool


def run_job(
    configuration: StudyConfiguration,
    *,
    modes: Sequence[Mode] = (),
    out: Path | None = None,
    resume: bool = False,
    listeners: Sequence[Monitor] = (),
    cancellation: Cancellation | None = None,
    controls: Controls | None = None,
) -> JobOutcome:
    """Runs ``modes`` (default: the configuration's) in this process, which holds the run folder meanwhile.

    This is the one way that work starts: the command line and the desktop call it with their listeners.
    A fault of one recording is in ``failed`` and the rest goes on; what stops the job is raised as
    StudioError.
    """
    monitor = JobMonitor(listeners, cancellation or Cancellation())
    job = make_job(configuration, out, monitor, resume=resume, controls=controls)
    for key in configuration.keys_without_effect():
        monitor.warning(f"{key} has no effect here.")
    done: list[str] = []
    cancelled = False
    with ExitStack() as held:
        held.enter_context(exclusive(job.run.path))
        try:
            for mode in modes or configuration.modes:
                monitor.check_cancelled()
                _run_mode(mode, job, held)
                done.append(mode)
        except Cancelled:
            cancelled = True
    return JobOutcome(job.run.path, tuple(done), dict(monitor.failed), monitor.warnings, cancelled)


def _run_mode(mode: Mode, job: Job, held: ExitStack) -> None:
    if mode == "feature":
        held.enter_context(exclusive(job.store))
    module = importlib.import_module(_RUNNERS[mode])
    getattr(module, f"run_{mode}")(job)
