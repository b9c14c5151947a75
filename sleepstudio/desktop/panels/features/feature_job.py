"""The job of the Features panel: what is asked for, and how far it is with each recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from sleepstudio.desktop.job_client import Job, JobRequest
from sleepstudio.desktop.panels.features.recording_rows import RunProgress

PANEL: Final = "features"
JOB_FOLDER: Final = "jobs/features"
_UNUSED: Final = {"stage_set": 4, "sampling": "nights"}
"""Every configuration says what is staged and how nights are framed; features depend on neither."""


def feature_request(
    study: Path, section: Mapping[str, Any], recordings: Sequence[str] | None = None, workers: int = 0
) -> JobRequest:
    """Feature tables of these recordings (None: of all), with the ``feature`` section of a configuration.

    ``workers``: processes; 0 leaves it to the job.
    """
    params: dict[str, Any] = {"path": str(study)}
    if recordings is not None:
        params["recordings"] = list(recordings)
    configuration: dict[str, Any] = {
        "name": "features",
        "job_dir": JOB_FOLDER,
        "datasets": [{"name": "study", "params": params}],
        "feature": section,
        **_UNUSED,
    }
    if workers:
        configuration["num_workers"] = workers
    name = str(section["name"])
    return JobRequest(f"Features {name}", configuration, ("feature",), name, PANEL)


class FollowedJob(QObject):
    """The newest feature job. ``progress`` is None where nothing was run, or what was no longer counts.

    ``computed(recording)``: its table is on the disk; ``changed``: states of recordings are others now;
    ``ended``.
    """

    computed = Signal(str)
    changed = Signal()
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self.progress: RunProgress | None = None

    @property
    def running(self) -> bool:
        return self._job is not None and not self._job.ended

    def follow(self, job: Job, recordings: Sequence[str], current: Iterable[str]) -> None:
        """Follows a job of the panel; other jobs are nothing to it.

        ``recordings``: all there are; ``current``: those whose tables it will not compute again.
        """
        if job.request.panel != PANEL or "feature" not in job.request.modes:
            return
        self._job = job
        datasets = job.request.configuration["datasets"]
        wanted = datasets[0]["params"].get("recordings") or list(recordings)
        self.progress = RunProgress(list(wanted), frozenset(current))
        for recording, (message, hint) in job.failed.items():
            self.progress.fail(recording, message, hint)
        job.progressed.connect(self._progressed)
        job.failed_item.connect(self._failed_item)
        job.state_changed.connect(lambda _state, job=job: self._state_changed(job))
        self.changed.emit()

    def let_go(self) -> None:
        """What an ended job did with other settings says nothing any more."""
        if not self.running:
            self.progress = None

    def _progressed(self, _step: str, _done: int, _total: int, item: str) -> None:
        if self.progress is None or not item:
            return
        self.progress.take(item)
        if item not in self.progress.failed:
            self.computed.emit(item)
        self.changed.emit()

    def _failed_item(self, item: str, message: str, hint: str) -> None:
        if self.progress is not None:
            self.progress.fail(item, message, hint)
            self.changed.emit()

    def _state_changed(self, job: Job) -> None:
        if job is self._job and job.ended and self.progress is not None:
            self.progress.running = False
            self.ended.emit()
        self.changed.emit()
