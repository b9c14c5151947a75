"""Drives a window as a person does, then prints the libraries that are mapped into its process.

    python drive_window.py NIGHTS FOLDER

Drops nights, visits every panel with a worker for training warm beside it, computes features, trains a tiny
model, and compares. Not a test itself: a test runs it in a process of its own.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from processes import mapped
from PySide6.QtWidgets import QApplication

from sleepstudio.desktop.app import make_application, open_window
from sleepstudio.desktop.drop_sheet import DropSheet
from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panel_table import PANELS
from sleepstudio.desktop.settings import Settings

PATIENCE_S = 240


def wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            sys.exit("nothing happened any more")
        QApplication.processEvents()
        time.sleep(0.01)


def main(nights: Path, folder: Path) -> None:
    make_application()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    window = open_window(application, Settings(folder / "settings.ini", folder))
    window.studies.create(folder / "study")
    window.drops.take([nights])
    wait(lambda: not window.drops.busy and bool(window.findChildren(DropSheet)))
    window.findChildren(DropSheet)[0].go.click()
    wait(lambda: not window.drops.busy and not window.session.scanning)
    for entry in PANELS:
        window.show_panel(entry.name)
        wait(lambda: True)
    window.jobs.prewarm(training=True)
    configuration = {
        "name": "tiny",
        "datasets": [{"name": "study", "params": {"path": str(folder / "study")}}],
        "feature": {"name": "FS-W-PA-14"},
        "stage_set": 2,
        "frame_size": 20,
        "architecture": {"name": "tcn-10k"},
        "val_subjects": 1,
        "test_subjects": 1,
        "samples_per_subject": 2,
        "batch_size": 2,
        "steps_per_epoch": 1,
        "epochs": 1,
        "num_workers": 1,
    }
    job = window.jobs.start(JobRequest("Tiny", configuration, ("feature", "train"), panel="training"))
    window.show_panel("training")
    wait(lambda: job.ended)
    if job.state != "finished":
        sys.exit(f"{job.error}\n{job.log_tail()}")
    for entry in reversed(PANELS):
        window.show_panel(entry.name)
        wait(lambda: True)
    sys.stdout.write(mapped())
    window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
