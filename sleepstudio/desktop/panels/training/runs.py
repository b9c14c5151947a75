"""The runs of the study as the panel knows them: waiting, training, done, and what can be gone on with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from sleepstudio.config import StudyConfiguration, parse_configuration
from sleepstudio.desktop.background import Background
from sleepstudio.desktop.job_client import Job, JobClient, JobRequest
from sleepstudio.desktop.job_words import duration_text, percent
from sleepstudio.desktop.panels.training.run_progress import RunProgress
from sleepstudio.desktop.panels.training.stored_run import read_stored_run
from sleepstudio.desktop.widgets.state_glyph import State
from sleepstudio.errors import ConfigurationError
from sleepstudio.jobs.events import Snapshot
from sleepstudio.run_summary import RunSummary, summarise_run
from sleepstudio.study import RunFolder

PANEL: Final = "training"
AFTER_TRAINING: Final = ("evaluate", "export")

_DOING: Final = {
    "features": "Features",
    "train": "Training",
    "evaluate": "Evaluating",
    "evaluate int8": "Evaluating int8",
    "export": "Exporting",
}


@dataclass
class TrainingRun:
    """``job``: its newest, None where it is known from the disk or an earlier sitting alone."""

    name: str
    configuration: StudyConfiguration | None
    document: Mapping[str, Any]
    modes: tuple[str, ...] = ()
    job: Job | None = None
    summary: RunSummary | None = None
    progress: RunProgress = field(default_factory=RunProgress)
    keeping: bool = False
    """Stop was asked for: what is trained is to be evaluated."""
    thrown: bool = False
    """Cancel was asked for."""

    @property
    def active(self) -> bool:
        return self.job is not None and self.job.active

    @property
    def waiting(self) -> bool:
        return self.job is not None and self.job.state == "queued"

    @property
    def training(self) -> bool:
        """Whether it is at a step that can be stopped with its best kept."""
        return self.active and self.job is not None and self.job.step == "train"

    @property
    def resumable(self) -> bool:
        """Whether it ended, or was left, before its time."""
        if self.job is not None:
            return self.job.state in ("cancelled", "failed") and bool(self.modes)
        return self.summary is None

    @property
    def monitored(self) -> str:
        return self.configuration.val_metric if self.configuration is not None else "loss"


class TrainingRuns(QObject):
    """Follows the jobs of this panel. ``changed(run)``: state or progress; ``learned(run)``: a new training
    epoch; ``listed``: runs came or went."""

    changed = Signal(object)
    learned = Signal(object)
    listed = Signal()

    def __init__(self, jobs: JobClient, study: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._study = study
        self.runs: dict[str, TrainingRun] = {}
        self._reading: dict[str, Background] = {}
        jobs.job_added.connect(self._follow)
        jobs.job_changed.connect(self._on_job)
        jobs.job_ended.connect(self._on_end)
        for job in jobs.jobs:
            self._follow(job)

    def in_order(self) -> list[TrainingRun]:
        """What runs, what waits, what can be gone on with, what is done (newest first)."""
        order = {"active": 0, "waiting": 1, "resumable": 2, "done": 3}

        def rank(run: TrainingRun) -> tuple[int, float]:
            kind = (
                "active"
                if run.active
                else "waiting"
                if run.waiting
                else "resumable"
                if run.resumable
                else "done"
            )
            finished = run.summary.finished if run.summary is not None else None
            return order[kind], -(finished.timestamp() if finished else math.inf) if kind == "done" else 0.0

        return sorted(self.runs.values(), key=rank)

    def names(self) -> set[str]:
        return set(self.runs)

    def folder(self, run: TrainingRun) -> Path:
        return run.summary.path if run.summary is not None else self._study / "runs" / run.name

    def start(self, document: Mapping[str, Any], modes: tuple[str, ...], *, resume: bool = False) -> None:
        """Queues a run. Raises StudyError."""
        self._jobs.start(request_of(document, modes, resume=resume))

    def stop_and_keep_best(self, run: TrainingRun) -> None:
        """Ends training after the present step; the best so far is kept, then evaluated as was planned."""
        if run.job is not None and run.active:
            run.keeping = True
            run.job.cancel()

    def cancel(self, run: TrainingRun) -> None:
        """Takes a waiting run out of the queue; ends a running one at once. It can be gone on with."""
        if run.job is None:
            return
        run.thrown, run.keeping = True, False
        run.job.stop_at_once()

    def resume(self, run: TrainingRun) -> None:
        """Goes on where a run stopped. Raises StudyError."""
        run.keeping = run.thrown = False
        self.start(run.document, run.modes, resume=True)

    def forget(self, run: TrainingRun) -> None:
        """Takes a run that ended out of the list; its folder stays."""
        if run.active or run.waiting:
            return
        if run.job is not None:
            self._jobs.forget(run.job)
        del self.runs[run.name]
        self.listed.emit()

    def take_summaries(self, summaries: tuple[RunSummary, ...]) -> None:
        """What lies in the study's folder."""
        for summary in summaries:
            known = self.runs.get(summary.name)
            if known is None:
                document = dict(summary.configuration or {})
                known = TrainingRun(summary.name, _parsed(document), document, summary=summary)
                self.runs[summary.name] = known
            if known.job is None and known.summary is not None and known.summary != summary:
                known.progress = RunProgress()
            known.summary = summary
        self.listed.emit()

    def load_history(self, run: TrainingRun) -> None:
        """Reads a run that was trained before this sitting, beside the window; ``learned`` says it came."""
        if run.progress.fits or run.summary is None or run.summary.problem or run.name in self._reading:
            return
        folder = self.folder(run)
        work = self._reading[run.name] = Background(lambda _monitor: (run, read_stored_run(folder)))
        work.finished.connect(self._took_history)
        work.start()

    def _took_history(self, came: tuple[TrainingRun, RunProgress]) -> None:
        run, progress = came
        self._reading.pop(run.name, None)
        if not run.progress.fits and run.summary is not None:
            run.progress = progress
            self.learned.emit(run)

    def left_over(self) -> list[dict[str, Any]]:
        """What did not come to its end, as JSON, to be offered again next time."""
        return [
            {"configuration": dict(run.document), "modes": list(run.modes)}
            for run in self.runs.values()
            if run.modes and (run.active or run.waiting or run.resumable)
        ]

    def take_left_over(self, left: list[Any]) -> None:
        for entry in left:
            if not isinstance(entry, dict) or not isinstance(entry.get("configuration"), dict):
                continue
            document = entry["configuration"]
            name, modes = str(document.get("name", "")), tuple(str(mode) for mode in entry.get("modes", ()))
            if name and modes and name not in self.runs:
                self.runs[name] = TrainingRun(name, _parsed(document), document, modes)
        self.listed.emit()

    # jobs

    def _follow(self, job: Job) -> None:
        if job.request.panel != PANEL:
            return
        name = job.request.item
        run = self.runs.get(name)
        document = dict(job.request.configuration)
        if run is None:
            run = self.runs[name] = TrainingRun(name, _parsed(document), document)
        if "train" in job.request.modes:
            run.document, run.configuration, run.modes = document, _parsed(document), job.request.modes
            run.progress, run.summary = RunProgress(), None
        run.job, run.keeping, run.thrown = job, False, False
        for metric in job.metrics:
            run.progress.add_metric(metric.name, metric.value, metric.training_epoch, metric.item)
        for snapshot in job.snapshots.values():
            run.progress.add_snapshot(snapshot)
        _Ear(run, job, self)
        self.listed.emit()

    def _on_job(self, job: Job) -> None:
        run = self.runs.get(job.request.item) if job.request.panel == PANEL else None
        if run is not None and run.job is job:
            self.changed.emit(run)

    def _on_end(self, job: Job) -> None:
        run = self.runs.get(job.request.item) if job.request.panel == PANEL else None
        if run is None or run.job is not job:
            return
        folder = self._study / "runs" / run.name
        trained = RunFolder(folder).has("train")
        if trained:
            run.summary = summarise_run(folder)
        rest = tuple(mode for mode in run.modes if mode in AFTER_TRAINING)
        if run.keeping and job.state == "cancelled" and trained and rest:
            self._jobs.start(request_of(run.document, rest))
        self.listed.emit()


def request_of(document: Mapping[str, Any], modes: tuple[str, ...], *, resume: bool = False) -> JobRequest:
    """The job of a run: in the study's own ``runs`` folder, whatever folder its configuration names."""
    configuration = dict(document)
    configuration.pop("job_dir", None)
    feature = dict(configuration.get("feature") or {})
    if feature.get("save_path") and not Path(feature["save_path"]).is_absolute():
        feature.pop("save_path")
    configuration["feature"] = feature
    name = str(configuration.get("name", ""))
    return JobRequest(f"Training {name}", configuration, modes, item=name, panel=PANEL, resume=resume)


def state_of(run: TrainingRun) -> tuple[State, str]:
    """Glyph and words for the queue."""
    job = run.job
    if job is None or job.state == "finished":
        return _result(run)
    if job.state == "queued":
        return "idle", "Waiting"
    if job.state == "preparing":
        return "run", "Preparing"
    if job.state == "cancelling":
        return "run", "Stopping"
    if job.state == "running":
        share = percent(job)
        doing = _DOING.get(job.step, job.step.capitalize() or "Starting")
        return "run", doing if share is None else f"{doing} {share} %"
    if job.state == "failed":
        return "error", job.error.message.splitlines()[0] if job.error is not None else "Failed"
    if run.summary is not None and "train" in run.summary.stages and not run.thrown:
        return "ok", "Stopped, best kept"
    return "idle", "Cancelled"


def _result(run: TrainingRun) -> tuple[State, str]:
    summary = run.summary
    if summary is None:
        return "warn", "Not finished"
    if summary.problem:
        return "error", summary.problem
    took = f" · {duration_text(run.job.elapsed_s)}" if run.job is not None else ""
    if summary.kappa is not None and summary.kappa.value is not None:
        return "ok", f"κ {summary.kappa.value:.2f}{took}".replace("-", "−")
    return "ok", f"Trained{took}"


def _parsed(document: Mapping[str, Any]) -> StudyConfiguration | None:
    try:
        return parse_configuration(dict(document))
    except ConfigurationError:
        return None


class _Ear(QObject):
    """Hears one job for one run; goes deaf with the panel, which may close before the job ends."""

    def __init__(self, run: TrainingRun, job: Job, owner: TrainingRuns) -> None:
        super().__init__(owner)
        self._run, self._owner = run, owner
        job.metric.connect(self._on_metric)
        job.snapshot.connect(self._on_snapshot)

    def _on_metric(self, name: str, value: float, number: object, item: str) -> None:
        self._run.progress.add_metric(name, value, number if isinstance(number, int) else None, item)
        self._owner.learned.emit(self._run)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self._run.progress.add_snapshot(snapshot)
        self._owner.learned.emit(self._run)
