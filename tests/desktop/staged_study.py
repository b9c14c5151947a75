"""A small study with features and runs, made once by the jobs themselves; tests get copies of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from sleepstudio.config import StudyConfiguration
from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingFacts
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.desktop.window import MainWindow
from sleepstudio.jobs.run import run_job
from sleepstudio.recordings.simulate import NightSpecification, simulate_study
from sleepstudio.study_folder import Study

NIGHTS, HOURS = 6, 1.0
CONFIGURATION: dict[str, Any] = {
    "feature": {"name": "FS-W-PA-14"},
    "stage_set": 4,
    "frame_size": 60,
    "architecture": {
        "name": "tcn",
        "params": {
            "input_kernel": 5,
            "input_norm": "batch",
            "blocks": [{"filters": 8, "kernel": 5, "norm": "batch", "dropout": 0.1}],
            "output_kernel": 1,
        },
    },
    "epochs": 2,
    "steps_per_epoch": 4,
    "batch_size": 8,
    "lr_rate": 0.01,
    "split": {"seed": 1},
    "test_subjects": 0.5,
    "test_metric_threshold": None,
    "num_workers": 1,
}
Copied = Callable[[], Path]


@pytest.fixture(scope="session")
def featured_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six simulated nights in a catalogue, with feature tables. Not to be changed."""
    folder = tmp_path_factory.mktemp("featured")
    nights = simulate_study(
        folder / "nights",
        NIGHTS,
        seed=5,
        montage="wrist",
        specification=NightSpecification(duration_h=HOURS),
    )
    study = Study.create(folder / "study", "Wrist nights")
    with Catalogue(study) as catalogue:
        catalogue.add([RecordingFacts(f"night {night.number}", night.edf) for night in nights])
        scan(catalogue)
    _run(study, "features", ("feature",), job_dir="jobs/features")
    return folder


@pytest.fixture(scope="session")
def staged_study(featured_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with two runs: *wide* with an int8 model, *narrow* without. Not to be changed."""
    folder = tmp_path_factory.mktemp("staged")
    study = Study.open(_copied(featured_study, folder))
    with Catalogue(study) as catalogue:
        scan(catalogue)
    _run(study, "wide", ("train", "evaluate", "export"), lr_rate=0.03)
    _run(study, "narrow", ("train", "evaluate"), seed=7)
    return folder


@pytest.fixture
def copy_study(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a folder of the fixtures above so that a test may change it; returns the study's folder."""

    return lambda folder: _copied(folder, tmp_path)


def _copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder / "nights", to / "nights", copy_function=os.link)
    shutil.copytree(folder / "study", to / "study")
    # the catalogue knows the nights by where they were: the copy has its own
    facts = to / "study" / "recordings.json"
    facts.write_text(facts.read_text("utf-8").replace(str(folder / "nights"), str(to / "nights")), "utf-8")
    (to / "study" / "catalogue.sqlite").unlink()
    return to / "study"


def show(qtbot: QtBot, window: MainWindow, study: Path, panel: str) -> Any:
    """The panel, in front of an open study whose recordings are known."""
    assert window.studies.open(study)
    qtbot.waitUntil(lambda: not window.session.scanning, timeout=20_000)
    window.show_panel(panel)
    assert window.front is not None
    assert window.front.name == panel
    return window.front


def edit_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")


def click(qtbot: QtBot, widget: QWidget, x: float, y: float, *, twice: bool = False) -> None:
    """A left click, or a double click, in a widget's own coordinates."""
    at = QPoint(round(x), round(y))
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
    if twice:
        qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=at)


def _run(study: Study, name: str, modes: tuple[Any, ...], **changes: Any) -> None:
    document = {
        **CONFIGURATION,
        "name": name,
        "datasets": [{"name": "study", "params": {"path": str(study.path)}}],
        **changes,
    }
    outcome = run_job(StudyConfiguration.model_validate(document), modes=modes, out=study.path)
    assert not outcome.failed
