"""Pictures of every panel, light and dark: ``python -m sleepstudio.desktop.screenshots OUT``.

Without ``--study``, one of simulated nights is made first, with features and two small trained runs, which
takes a few minutes. No screen is needed. What is to be seen on simulated nights is no result.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtWidgets import QApplication, QDialog, QWidget

from sleepstudio.desktop.app import make_application
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panel_table import PANELS
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.window import MainWindow
from sleepstudio.errors import StudyError

SIZES: Final = ((1600, 1000), (1280, 800))
SETTLE_S, PATIENCE_S = 1.5, 900
STUDY_NAME: Final = "Wrist cohort"
SHOWN_EPOCH, METRICS_TO_SHOW = 420, 60
RUNS: Final[dict[str, dict[str, Any]]] = {
    "SS-4-TCN-10K": {"architecture": {"name": "tcn-10k"}},
    "SS-4-TCN-20K": {"architecture": {"name": "tcn-20k"}},
}
CONFIGURATION: Final[dict[str, Any]] = {
    "name": "sample",
    "simulation": {"nights": 10, "hours": 7.5, "montage": "wrist", "seed": 1},
    "feature": {"name": "FS-W-PA-14"},
    "stage_set": 4,
    "frame_size": 240,
    "val_subjects": 3,
    "test_subjects": 3,
    "samples_per_subject": 8,
    "batch_size": 32,
    "steps_per_epoch": 12,
    "epochs": 16,
    "lr_rate": 0.005,
    "test_metric_threshold": 0.2,
    "seed": 1,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes ``<panel>-<width>-<light|dark>.png`` into a folder; says each on standard output."""
    parser = argparse.ArgumentParser(prog="python -m sleepstudio.desktop.screenshots")
    parser.add_argument("out", type=Path, help="folder of the pictures")
    parser.add_argument("--study", type=Path, help="the study to show")
    parser.add_argument("--only", default="", help="pictures whose name has this in it")
    options = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options.out.mkdir(parents=True, exist_ok=True)
    application = make_application()
    theme = Theme(application, "light")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        window = MainWindow(Settings(folder / "settings.ini", folder))
        window.show()
        for name, widget in _scenes(
            application, window, options.study or _sample(application, window, folder)
        ):
            for appearance in ("light", "dark"):
                full = f"{name}-{appearance}"
                if options.only in full:
                    theme.choose(appearance)
                    _settle(application, window)
                    widget.grab().save(str(options.out / f"{full}.png"))
                    sys.stdout.write(f"{full}\n")
        window.jobs.cancel_all()
        _wait(application, lambda: not window.jobs.running)
        window.close()
    return 0


def _scenes(application: QApplication, window: MainWindow, study: Path) -> Iterator[tuple[str, QWidget]]:
    """Brings each thing to the screen in turn, and names it."""
    for width, height in SIZES:
        window.resize(width, height)
        window.studies.close()
        yield f"welcome-{width}", window
        window.studies.open(study)
        _settle(application, window)
        catalogue = window.session.catalogue
        if catalogue is not None and catalogue.recordings():
            window.show_epoch(catalogue.recordings()[0].recording_id, SHOWN_EPOCH)
        for entry in PANELS:
            window.show_panel(entry.name)
            _settle(application, window)
            if entry.name == "training":
                _start_training(application, window)
            if entry.name == "device":
                _stage_a_night(application, window)
            yield f"{entry.name}-{width}", window
    for key in ("keys", "preferences", "about"):
        window.table.run(key)
        sheet = next(each for each in window.findChildren(QDialog) if each.isVisible())
        yield key, sheet
        sheet.close()


def _start_training(application: QApplication, window: MainWindow) -> None:
    """Has the panel train what its form says, and waits for something to show; once."""
    if not any(job.request.panel == "training" for job in window.jobs.jobs):
        window.table.run("primary")
        started = [job for job in window.jobs.running if job.request.panel == "training"]
        for job in started:
            _wait(application, lambda job=job: job.ended or len(job.metrics) >= METRICS_TO_SHOW)  # type: ignore[misc]


def _stage_a_night(application: QApplication, window: MainWindow) -> None:
    """Flashes the virtual board and replays a night on it; once."""
    if any("demo" in job.request.modes for job in window.jobs.jobs):
        return
    for key in ("flash", "replay_night"):
        window.table.run(key)
        _wait(application, lambda: not any(job.request.panel == "device" for job in window.jobs.running))
    _settle(application, window)


def _sample(application: QApplication, window: MainWindow, folder: Path) -> Path:
    """A study of simulated nights with features and two runs. Raises StudyError where that fails."""
    study = folder / STUDY_NAME
    window.studies.create(study)
    nights = [{"name": "mesa", "params": {"path": str(study / "nights")}}]
    recordings = [{"name": "study", "params": {"path": str(study)}}]
    run_modes = ("feature", "train", "evaluate", "export")
    _run(application, window, "Simulating nights", ("simulate",), {**CONFIGURATION, "datasets": nights})
    for name, changes in RUNS.items():
        document = {**CONFIGURATION, **changes, "name": name, "datasets": recordings}
        _run(application, window, name, run_modes, document)
    return study


def _run(
    application: QApplication,
    window: MainWindow,
    title: str,
    modes: tuple[str, ...],
    configuration: Mapping[str, Any],
) -> None:
    job = window.jobs.start(JobRequest(title, configuration, modes))
    _wait(application, lambda: job.ended)
    _settle(application, window)
    if job.error is not None:
        raise StudyError(job.error.message, where=job.error.where, hint=job.error.hint)


def _settle(application: QApplication, window: MainWindow) -> None:
    """Until nothing is being read, and a little longer for what is drawn in steps."""
    _wait(application, lambda: not window.drops.busy and not window.session.scanning)
    until = time.monotonic() + SETTLE_S
    _wait(application, lambda: time.monotonic() > until)


def _wait(application: QApplication, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done() and time.monotonic() < deadline:
        application.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
