"""Whether the window stays alive while jobs run: the longest gap between two beats of its event loop.

    python -m benchmarks.desktop_stalls [--nights 10] [--epochs 12]

Opens the real window on a study of simulated nights (off screen unless QT_QPA_PLATFORM is set), starts a
feature job with Features in front, then a training with Training in front. A timer of 5 ms beats all the
while. A gap is the time between two beats; the work in it is what the window's own thread computed, the rest
is other processes' on a busy computer. Then the window is left alone for ten seconds, and what it takes of a
core is counted.

Budgets: no gap over 50 ms while a job runs; under 1 % of a core when idle; under 400 MB of anonymous memory.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer

from sleepstudio.desktop.app import make_application, open_window
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.window import MainWindow

BEAT_MS, GAP_BUDGET_MS, IDLE_S, IDLE_BUDGET, MEMORY_BUDGET_MB = 5, 50, 10, 0.01, 400


class Heart:
    """Gaps between beats since :meth:`start`, and what this thread worked in each, in milliseconds."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.work: list[float] = []
        self._last, self._worked = 0.0, 0.0
        self._timer = QTimer()
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.gaps, self.work = [], []
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.gaps.append(1000 * (now - self._last))
        self.work.append(1000 * (worked - self._worked))
        self._last, self._worked = now, worked


def main(arguments: list[str] | None = None) -> int:
    """Prints the figures; returns 1 where a budget is exceeded."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.desktop_stalls", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args(arguments)
    application = make_application()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        window = open_window(application, Settings(folder / "settings.ini", folder))
        kept = _measure(window, folder / "study", options.nights, options.epochs)
        window.close()
    return 0 if kept else 1


def _measure(window: MainWindow, study: Path, nights: int, epochs: int) -> bool:
    window.studies.create(study, "Stalls")
    simulation = {"nights": nights, "hours": 8, "montage": "wrist", "seed": 1}
    made = [{"name": "mesa", "params": {"path": str(study / "nights")}}]
    recordings = [{"name": "study", "params": {"path": str(study)}}]
    shared: dict[str, Any] = {
        "feature": {"name": "FS-W-PA-14"},
        "stage_set": 4,
        "frame_size": 240,
        "architecture": {"name": "tcn-10k"},
        "val_subjects": 0.2,
        "test_subjects": 0.2,
        "samples_per_subject": 8,
        "batch_size": 32,
        "steps_per_epoch": 12,
        "epochs": epochs,
        "num_workers": 1,
    }
    heart, kept = Heart(), True
    _job(window, "simulate", {**shared, "name": "nights", "datasets": made, "simulation": simulation})
    for panel, mode in (("features", "feature"), ("training", "train")):
        window.show_panel(panel)
        _wait(lambda: window.stack.currentWidget() is window.front, 1.5)
        heart.start()
        _job(window, mode, {**shared, "name": "stalls", "datasets": recordings}, panel)
        heart.stop()
        print(
            f"{mode:10} longest gap {max(heart.gaps):5.0f} ms, of which work {max(heart.work):5.0f} ms;"
            f" over {GAP_BUDGET_MS} ms: {sum(gap > GAP_BUDGET_MS for gap in heart.gaps)} of {len(heart.gaps)}"
        )
        kept = kept and max(heart.gaps) <= GAP_BUDGET_MS
    _wait(lambda: False, 2)
    before = time.process_time()
    start = time.perf_counter()
    loop = QEventLoop()
    QTimer.singleShot(1000 * IDLE_S, loop.quit)
    loop.exec()
    idle = (time.process_time() - before) / (time.perf_counter() - start)
    memory = _anonymous_mb()
    print(f"idle       {100 * idle:.2f} % of a core   anonymous memory {memory:.0f} MB")
    kept = kept and idle < IDLE_BUDGET and memory < MEMORY_BUDGET_MB
    print(
        f"budgets    {GAP_BUDGET_MS} ms, {100 * IDLE_BUDGET:.0f} %, {MEMORY_BUDGET_MB} MB: "
        f"{'kept' if kept else 'EXCEEDED'}"
    )
    return kept


def _job(window: MainWindow, mode: str, configuration: dict[str, Any], panel: str = "") -> None:
    job = window.jobs.start(JobRequest(mode, configuration, (mode,), item=mode, panel=panel))
    _loop_until(lambda: job.ended and not window.drops.busy and not window.session.scanning)
    if job.state != "finished":
        sys.exit(f"{mode}: {job.error}\n{job.log_tail()}")


def _loop_until(done: Callable[[], bool]) -> None:
    """Runs the event loop proper: nothing of ours lies between two beats but a look at ``done``."""
    loop, watch = QEventLoop(), QTimer()
    watch.setInterval(100)
    watch.timeout.connect(lambda: loop.quit() if done() else None)
    watch.start()
    loop.exec()


def _wait(done: Callable[[], bool], at_least_s: float) -> None:
    until = time.perf_counter() + at_least_s
    _loop_until(lambda: done() or time.perf_counter() > until)


def _anonymous_mb() -> float:
    """RssAnon of this process: mapped file pages do not count. 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    lines = [line for line in status.read_text().splitlines() if line.startswith("RssAnon")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


if __name__ == "__main__":
    sys.exit(main())
