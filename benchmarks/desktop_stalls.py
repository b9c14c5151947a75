"""Whether the window stays alive while features are computed, and rests when nothing is.

    python -m benchmarks.desktop_stalls [--nights 10]

Opens the real window on a study of simulated nights (off screen unless QT_QPA_PLATFORM is set) and starts a
feature job with Features in front. A timer of 5 ms beats all the while. A gap is the time between two
beats; the work in it is what the window's own thread computed, and what is judged: the rest is what other
processes took of a busy computer. Then the window is left alone for ten seconds, and what it takes of a core
is counted.
The same for training is in `benchmarks.heartbeat`.

Budgets: no work over 50 ms between two beats; under 1 % of a core when idle.
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

BEAT_MS, WORK_BUDGET_MS, IDLE_S, IDLE_BUDGET = 5, 50, 10, 0.01


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
    options = parser.parse_args(arguments)
    application = make_application()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        window = open_window(application, Settings(folder / "settings.ini", folder))
        kept = _measure(window, folder / "study", options.nights)
        window.close()
    return 0 if kept else 1


def _measure(window: MainWindow, study: Path, nights: int) -> bool:
    window.studies.create(study, "Stalls")
    simulation = {"nights": nights, "hours": 8, "montage": "wrist", "seed": 1}
    made = [{"name": "mesa", "params": {"path": str(study / "nights")}}]
    recordings = [{"name": "study", "params": {"path": str(study)}}]
    shared: dict[str, Any] = {"feature": {"name": "FS-W-PA-14"}, "stage_set": 4, "frame_size": 240}
    _job(window, "simulate", {**shared, "name": "nights", "datasets": made, "simulation": simulation})
    window.show_panel("features")
    _rest(1.5)
    heart = Heart()
    heart.start()
    _job(window, "feature", {**shared, "name": "stalls", "datasets": recordings}, "features")
    heart.stop()
    longest = max(heart.work)
    print(
        f"features   longest gap {max(heart.gaps):4.0f} ms, most work in one {longest:4.0f} ms, "
        f"{len(heart.gaps)} beats"
    )
    _rest(2)
    before = time.process_time()
    start = time.perf_counter()
    _rest(IDLE_S)
    idle = (time.process_time() - before) / (time.perf_counter() - start)
    print(f"idle       {100 * idle:.2f} % of a core")
    kept = longest <= WORK_BUDGET_MS and idle < IDLE_BUDGET
    print(f"budgets    {WORK_BUDGET_MS} ms, {100 * IDLE_BUDGET:.0f} %: {'kept' if kept else 'EXCEEDED'}")
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


def _rest(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


if __name__ == "__main__":
    sys.exit(main())
