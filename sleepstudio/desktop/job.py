"""One long operation as the window sees it: what was asked, how far it is, what came of it."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from sleepstudio.desktop.job_child import JobChild
from sleepstudio.desktop.left_child import LOST, LeftChild
from sleepstudio.desktop.process_memory import resident_bytes
from sleepstudio.errors import StudioError
from sleepstudio.jobs.events import Snapshot, read_snapshot

JobState = Literal["queued", "preparing", "running", "cancelling", "finished", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"finished", "failed", "cancelled"})
ACTIVE: frozenset[JobState] = frozenset({"preparing", "running", "cancelling"})

BOARD_EVENTS: frozenset[str] = frozenset(
    {"board", "session", "stages", "costs", "verdict", "counters", "log"}
)
TAIL_BYTES = 16 << 10
CANCEL_GRACE_S = 30
"""How long a job may take to stop of its own accord before it is stopped."""


@dataclass(frozen=True)
class JobRequest:
    """What to run. ``configuration``: a study configuration as JSON. ``modes``: of the batch command.

    ``item``: the thing that it is about (a run's name, a feature set). ``panel``: the panel that it belongs
    to. ``resume``: go on where a killed or cancelled job stopped. ``quiet``: its panel alone tells how it
    ended.
    """

    title: str
    configuration: Mapping[str, Any]
    modes: tuple[str, ...]
    item: str = ""
    panel: str = ""
    resume: bool = False
    quiet: bool = False

    @property
    def trains(self) -> bool:
        return bool({"train", "evaluate", "export"} & set(self.modes))

    def folders(self, study: Path) -> frozenset[Path]:
        """What it takes for itself while it works: its run's folder, and the feature store it writes."""
        feature = self.configuration.get("feature") or {}
        run = self.configuration.get("job_dir") or Path("runs", str(self.configuration.get("name", "")))
        store = feature.get("save_path") or Path("features", str(feature.get("name", "")).lower())
        taken = (run, store) if "feature" in self.modes else (run,)
        return frozenset(study / path for path in taken)


@dataclass(frozen=True)
class Metric:
    name: str
    value: float
    training_epoch: int | None
    item: str


class Job(QObject):
    """A job in the queue, running, or ended. Everything that it said is kept for panels that open later."""

    progressed = Signal(str, int, int, str)
    """step, done, total, item"""
    metric = Signal(str, float, object, str)
    """name, value, training epoch or None, item"""
    snapshot = Signal(object)
    """Snapshot of a training epoch"""
    artifact = Signal(str, object)
    """kind, Path"""
    warning = Signal(str, str, str)
    """message, hint, item"""
    failed_item = Signal(str, str, str)
    """item, message, hint"""
    board_event = Signal(object)
    """An event of a job that works with a board, as docs/events.md has it"""
    state_changed = Signal(str)

    def __init__(self, request: JobRequest, arguments: tuple[str, ...], log: Path, study: Path) -> None:
        super().__init__()
        self.request = request
        self.study = study
        self.arguments = arguments
        self.log = log
        self.state: JobState = "queued"
        self.step = ""
        self.done = 0
        self.total = 0
        self.current_item = ""
        self.metrics: list[Metric] = []
        self.snapshots: dict[str, Snapshot] = {}
        """The newest by item."""
        self.board_events: list[dict[str, Any]] = []
        """All of them, in order."""
        self.artifacts: list[tuple[str, Path]] = []
        self.warnings: list[tuple[str, str, str]] = []
        self.failed: dict[str, tuple[str, str]] = {}
        """(message, hint) by recording."""
        self.error: StudioError | None = None
        """Why the whole job failed."""
        self.child: JobChild | LeftChild | None = None
        self._started = 0.0
        self._ended = 0.0
        self._step_started = 0.0
        self._step_first = 0
        self._unsaid: tuple[str, str, str] | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def elapsed_s(self) -> float:
        """Since the job left the queue; until its end."""
        if not self._started:
            return 0.0
        return (self._ended or time.monotonic()) - self._started

    @property
    def share(self) -> float | None:
        """How much of the present step is done, 0–1; None before it says."""
        return self.done / self.total if self.total else None

    @property
    def remaining_s(self) -> float | None:
        """Time left in the present step, from its own pace; None before there is one."""
        made = self.done - self._step_first
        if self.ended or made <= 0 or self.done >= self.total:
            return None
        return (time.monotonic() - self._step_started) / made * (self.total - self.done)

    @property
    def memory_bytes(self) -> int | None:
        """Resident memory of its process now; None where it has none, or the platform does not tell."""
        return resident_bytes(self.child.pid) if self.child is not None and self.active else None

    def command_line(self) -> str:
        """The batch command that does the same, ready for a shell."""
        return shlex.join(("sleepstudio", *self.arguments))

    def log_tail(self, lines: int = 40) -> str:
        """The end of what was printed; empty before anything was."""
        try:
            with self.log.open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def cancel(self) -> None:
        """Asks the job to stop and keep what is complete; out of the queue it is simply taken."""
        if self.state == "queued":
            self._ended = time.monotonic()
            self.set_state("cancelled")
        elif self.state in ("preparing", "running") and self.child is not None:
            self.set_state("cancelling")
            self.child.cancel()

    def control(self, what: str, **fields: object) -> None:
        """Tells a running job to do something differently: *pause*, *resume*, *pace*. Left jobs are deaf."""
        if self.state == "running" and isinstance(self.child, JobChild):
            self.child.control(what, **fields)

    def stop_at_once(self) -> None:
        """Ends the job where it is. What was complete stays, a training's checkpoint too."""
        if self.state == "queued":
            self.cancel()
        elif self.active and self.child is not None:
            self.set_state("cancelling")
            self.child.kill()

    def begin(self, child: JobChild) -> None:
        """Hands the job to a worker."""
        self.child = child
        self._started = time.monotonic()
        child.said.connect(self._hear)
        self.set_state("preparing")
        child.run(self.arguments, self.log)

    def take_up(self, child: LeftChild, elapsed_s: float) -> None:
        """Follows a worker that an earlier window left running."""
        self.child = child
        self._started = time.monotonic() - elapsed_s
        child.said.connect(self._hear)
        child.ended.connect(self.finish)
        self.set_state("preparing")
        child.follow()

    def finish(self, status: int) -> None:
        """The worker ended with ``status``."""
        self._ended = time.monotonic()
        if status in (0, 1):
            self._flush()
            self.set_state("finished")
        elif status == 130 or self.state == "cancelling":
            self._flush()
            self.set_state("cancelled")
        else:
            self.error = self._why_failed(status)
            self.set_state("failed")

    def fail(self, error: StudioError) -> None:
        """The job could not be started."""
        self._ended = time.monotonic()
        self.error = error
        self.set_state("failed")

    def set_state(self, state: JobState) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _why_failed(self, status: int) -> StudioError:
        if self._unsaid is not None:
            where, message, hint = self._unsaid
            return StudioError(message, where=where, hint=hint)
        tail = self.log_tail(4)
        if status == LOST:
            message = f"{self.request.title} stopped while no window was open."
            hint = "What is complete is kept; run it again to go on."
        elif status < 0:
            message = f"{self.request.title} stopped: the system ended its process (signal {-status})."
            hint = "Often the computer ran out of memory. What is complete is kept; run it again to go on."
        else:
            message = f"{self.request.title} stopped: its process ended with status {status}."
            hint = "The log has the reason. What is complete is kept."
        return StudioError(f"{message}\n{tail}" if tail else message, hint=hint)

    def _hear(self, event: dict[str, Any]) -> None:
        kind = event.get("event")
        if kind == "state" and event.get("state") == "failed":
            return
        self._flush()
        if kind == "state":
            if event.get("state") == "running" and self.state == "preparing":
                self.set_state("running")
        elif kind == "progress":
            self._progress(event)
        elif kind == "metric":
            found = Metric(event["name"], event["value"], event.get("training_epoch"), event.get("item", ""))
            self.metrics.append(found)
            self.metric.emit(found.name, found.value, found.training_epoch, found.item)
        elif kind == "snapshot":
            newest = read_snapshot(event)
            self.snapshots[newest.item] = newest
            self.snapshot.emit(newest)
        elif kind in BOARD_EVENTS:
            self.board_events.append(event)
            self.board_event.emit(event)
        elif kind == "artifact":
            self.artifacts.append((event["kind"], Path(event["path"])))
            self.artifact.emit(*self.artifacts[-1])
        elif kind == "warning":
            self.warnings.append((event["message"], event.get("hint", ""), event.get("item", "")))
            self.warning.emit(*self.warnings[-1])
        elif kind == "error":
            # The last error before a failure is the job's own; any other is that of its recording.
            self._unsaid = (event.get("item", ""), event["message"], event.get("hint", ""))

    def _flush(self) -> None:
        if self._unsaid is not None:
            item, message, hint = self._unsaid
            self._unsaid = None
            self.failed[item] = (message, hint)
            self.failed_item.emit(item, message, hint)

    def _progress(self, event: dict[str, Any]) -> None:
        step, done, total = event["step"], event["done"], event["total"]
        item = event.get("item", "")
        if step != self.step or done < self.done:
            self._step_started, self._step_first = time.monotonic(), done
        self.step, self.done, self.total, self.current_item = step, done, total, item
        self.progressed.emit(step, done, total, item)
