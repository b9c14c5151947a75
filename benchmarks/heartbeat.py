"""Does anything freeze: the longest pause of the window's event loop while a training job runs.

A timer of 5 ms runs in the real window (off screen) on the Training panel; how late it comes is how long
something else held the event loop. Budget: no stall above 50 ms from the first training epoch shown to the
last. The stall while the panel is first built is shown beside it and has no budget here. *Own* is the
processor time of the window's own thread between two beats, and what is judged: the rest of a stall is what
other processes took of a busy machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from sleepstudio.desktop.panels.training.panel import TrainingPanel
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.window import MainWindow
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.registry import feature_set
from sleepstudio.features.store import table_path, write_table

BEAT_MS = 5
BUDGET_MS = 50.0
PEOPLE, EPOCHS = 24, 960


class Heart:
    """Notes how late each beat comes and how long its own thread worked since the last, in ms."""

    def __init__(self) -> None:
        self.late: list[tuple[float, float]] = []
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def take(self) -> list[tuple[float, float]]:
        """What was noted since the last call."""
        taken, self.late = self.late, []
        return taken

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.late.append((1000 * (now - self._last) - BEAT_MS, 1000 * (worked - self._worked)))
        self._last, self._worked = now, worked


def store_nights(store: Path) -> None:
    rng = np.random.default_rng(1)
    chosen = feature_set("FS-W-PA-14")
    for number in range(PEOPLE):
        stages = np.repeat(rng.integers(0, 5, EPOCHS // 12), 12).astype(np.int8)
        features = rng.normal(0, 1, (EPOCHS, len(chosen.columns))).astype(np.float32)
        features[:, :5] += np.eye(5, dtype=np.float32)[stages]
        name = f"P{number:02d}"
        table = FeatureTable(
            name,
            name,
            chosen.name,
            chosen.version,
            chosen.columns,
            features,
            np.ones(EPOCHS, np.bool_),
            stages,
        )
        path = table_path(store, "folder", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(path, table)


def spin(until: object, timeout_s: float) -> bool:
    """Runs the event loop until ``until()`` holds; False where it did not come to that in time."""
    loop = QEventLoop()
    deadline = time.monotonic() + timeout_s
    clock = QTimer()
    clock.timeout.connect(
        lambda: loop.quit() if until() or time.monotonic() > deadline else None  # type: ignore[operator]
    )
    clock.start(20)
    loop.exec()
    return bool(until())  # type: ignore[operator]


def measure(training_epochs: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]], int]:
    """Beats while the panel is built, beats while it trains, training epochs that were drawn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        window = MainWindow(Settings(folder / "settings.ini", folder / "documents"))
        window.resize(1600, 1000)
        window.show()
        window.studies.create(folder / "study", "Heartbeat")
        store_nights(folder / "study" / "features" / "fs-w-pa-14")
        heart = Heart()
        window.show_panel("training")
        panel = window.front
        if not isinstance(panel, TrainingPanel):
            raise SystemExit("the Training panel did not open")
        for key, value in {
            "name": "heartbeat", "datasets": [], "epochs": training_epochs, "patience": training_epochs,
            "steps_per_epoch": 8, "batch_size": 16,
        }.items():  # fmt: skip
            panel.form.draft.set(key, value)
        panel.form.edited.emit()
        spin(lambda: panel.keeper.division is not None, 30)
        built = heart.take()
        panel.add.click()
        run = panel.runs.runs["heartbeat"]
        spin(lambda: run.progress.newest is not None, 120)
        heart.take()
        spin(lambda: run.job is not None and (run.job.ended or run.job.step not in ("", "train")), 600)
        beats = heart.take()
        drawn = run.progress.newest.training_epoch if run.progress.newest is not None else 0
        panel.runs.cancel(run)
        spin(lambda: run.job is None or run.job.ended, 30)
        window.jobs.shutdown(patience_s=0.1)
        window.close()
    return built, beats, drawn


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--training-epochs", type=int, default=40)
    options = parser.parse_args()
    application = QApplication([])
    Theme(application, "light")
    built, beats, drawn = measure(options.training_epochs)
    print(f"panel built: longest stall {_longest(built)}")
    print(f"{drawn} training epochs drawn, {len(beats)} beats: longest stall {_longest(beats)}")
    late = np.array(beats)
    above = 100 * np.mean(late > BUDGET_MS, axis=0)
    print(f"above {BUDGET_MS:.0f} ms: {above[0]:.2f} % of the beats, by own work {above[1]:.2f} %")
    return int(late[:, 1].max() > BUDGET_MS)


def _longest(beats: list[tuple[float, float]]) -> str:
    late, own = np.array(beats).max(axis=0)
    return f"{late:.1f} ms, own {own:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
