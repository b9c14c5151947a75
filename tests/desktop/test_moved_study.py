"""A study that was really moved: the batch command and the window find its nights, features and runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from staged_study import CONFIGURATION, copy_study, featured_study, show, staged_study

from sleepstudio.cli import main
from sleepstudio.config import StudyConfiguration
from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingState
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.desktop.window import MainWindow
from sleepstudio.jobs.run import run_job
from sleepstudio.study import read_json
from sleepstudio.study_folder import Study

__all__ = ["copy_study", "featured_study", "staged_study"]

JOB_MS = 120_000


@pytest.fixture
def moved_study(tmp_path: Path, featured_study: Path, copy_study: Callable[[Path], Path]) -> Path:
    """A study with its nights inside and one whole run, *here*, moved and renamed after all was made."""
    study = copy_study(featured_study)
    shutil.copytree(tmp_path / "nights", study / "nights", copy_function=os.link)
    shutil.rmtree(tmp_path / "nights")
    facts = study / "recordings.json"
    facts.write_text(
        facts.read_text("utf-8").replace(str(tmp_path / "nights"), str(study / "nights")), "utf-8"
    )
    with Catalogue(Study.open(study)) as catalogue:
        scan(catalogue)
    document = {
        **CONFIGURATION,
        "name": "here",
        "datasets": [{"name": "study", "params": {"path": str(study)}}],
    }
    configuration = StudyConfiguration.model_validate(document)
    outcome = run_job(configuration, modes=("train", "evaluate", "export"), out=study)
    assert not outcome.failed
    place = tmp_path / "another disk" / "cohort 2026"
    place.parent.mkdir()
    study.rename(place)
    assert not study.exists()
    return place


def test_the_batch_command_goes_on_with_a_moved_run(moved_study: Path, tmp_path: Path) -> None:
    run = moved_study / "runs" / "here"
    before = read_json(run / "metrics.json")
    stores = sorted((moved_study / "features").rglob("*.h5"))
    written = [path.stat().st_mtime_ns for path in stores]
    assert main(["--batch", str(run / "configuration.json"), "--mode", "feature,evaluate,export,demo"]) == 0
    assert read_json(run / "metrics.json") == before
    assert [path.stat().st_mtime_ns for path in stores] == written, "features were made again"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another disk"], "written at the old place"
    assert any((run / "sessions").iterdir())


def test_the_catalogue_finds_its_nights_and_remembers_the_new_place(moved_study: Path) -> None:
    study = Study.open(moved_study)
    with Catalogue(study) as catalogue:
        scan(catalogue)
        rows = catalogue.recordings()
        assert len(rows) == 6
        assert {row.state for row in rows} <= {RecordingState.OK, RecordingState.WARNINGS}
        assert all(row.path.is_relative_to(moved_study) for row in rows)
        assert all(path.is_relative_to(moved_study) for row in rows for path in row.facts.attached)
        version = catalogue.version()
        with Catalogue(study) as again:
            assert len(again.recordings()) == 6
        assert catalogue.version() == version, "moved twice"
    study.catalogue_path.unlink()
    with Catalogue(study) as rebuilt:
        assert all(row.path.is_file() for row in rebuilt.recordings())


def test_a_study_reached_by_a_link_was_not_moved(moved_study: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(moved_study)
    with Catalogue(Study.open(moved_study)) as catalogue:
        scan(catalogue)
        version = catalogue.version()
        with Catalogue(Study.open(tmp_path / "link")) as linked:
            linked.recordings()
        assert catalogue.version() == version


def test_the_window_stages_compares_and_trains_in_the_moved_study(
    moved_study: Path, window: MainWindow, qtbot: QtBot
) -> None:
    training: Any = show(qtbot, window, moved_study, "training")
    qtbot.waitUntil(lambda: "here" in training.runs.runs, timeout=10_000)
    training._edit_copy(training.runs.runs["here"])
    training.form.draft.set("epochs", 1)
    training._judge()
    qtbot.waitUntil(lambda: training.keeper.division is not None and training.add.isEnabled(), timeout=10_000)
    training.add_to_queue()
    (run,) = (each for each in training.runs.runs.values() if each.job is not None)
    qtbot.waitUntil(lambda: run.job is not None and run.job.ended, timeout=JOB_MS)
    assert run.job is not None
    assert run.job.state == "finished", run.job.error
    assert (moved_study / "runs" / run.name / "metrics.json").is_file()

    window.show_panel("device")
    device: Any = window.front
    device.choose_board("pc")
    qtbot.waitUntil(lambda: device.work.busy is None, timeout=JOB_MS)
    device.views.run.setCurrentIndex(device.views.run.findText("here"))
    device.does.validate()
    qtbot.waitUntil(lambda: device.work.busy is None, timeout=JOB_MS)
    assert device.work.job is not None
    assert device.work.job.error is None, device.work.job.error
    assert any((moved_study / "runs").glob("*/sessions/*"))
    assert not (moved_study.parent.parent / "study").exists()
