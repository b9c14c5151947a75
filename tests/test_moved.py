"""The one rule for paths that were written before a study was moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sleepstudio.config import load_configuration
from sleepstudio.moved import at_present, run_configuration_at_present
from sleepstudio.study_folder import Study


@pytest.fixture
def then(tmp_path: Path) -> Path:
    return tmp_path / "then" / "study"


@pytest.fixture
def now(tmp_path: Path) -> Path:
    folder = tmp_path / "now" / "cohort"
    folder.mkdir(parents=True)
    return folder


def test_paths_in_the_study_follow_it_wherever_they_stand(then: Path, now: Path) -> None:
    document = {
        "path": str(then),
        "deep": [{"file": str(then / "nights" / "a.edf")}],
        "other": str(then.parent / "study-2" / "b.edf"),
        "relative": "nights/a.edf",
        "number": 3,
    }
    assert at_present(document, then, now) == {
        "path": str(now),
        "deep": [{"file": str(now / "nights" / "a.edf")}],
        "other": str(then.parent / "study-2" / "b.edf"),
        "relative": "nights/a.edf",
        "number": 3,
    }


def test_what_is_at_the_old_place_alone_stays_there(then: Path, now: Path) -> None:
    (then / "nights").mkdir(parents=True)
    (then / "features").mkdir()
    (now / "features").mkdir()
    assert at_present(str(then / "nights"), then, now) == str(then / "nights")
    assert at_present(str(then / "features"), then, now) == str(now / "features"), "a copy uses its own"


def run_at(folder: Path, document: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"stages": {}}', "utf-8")
    (folder / "configuration.json").write_text(json.dumps(document), "utf-8")
    return folder


def configuration_of(study: Path, run: Path) -> dict[str, Any]:
    return {
        "name": "r",
        "job_dir": str(run),
        "feature": {"name": "FS-W-PA-14", "save_path": str(study / "features" / "x")},
        "stage_set": 4,
        "frame_size": 60,
        "datasets": [{"name": "study", "params": {"path": str(study)}}],
    }


@pytest.mark.parametrize("place", ["runs/r", "runs/group/r", "r"])
def test_a_runs_configuration_is_read_as_of_where_the_study_is(then: Path, now: Path, place: str) -> None:
    Study.create(now)
    run = run_at(now / place, configuration_of(then, then / place))
    read = load_configuration(run / "configuration.json")
    assert read.job_dir == run
    assert read.feature.save_path == now / "features" / "x"
    assert read.datasets[0].params["path"] == str(now)


def test_a_run_that_was_moved_alone_leaves_the_rest_where_it_was(then: Path, tmp_path: Path) -> None:
    run = run_at(tmp_path / "shared" / "best of all", configuration_of(then, then / "runs" / "r"))
    read = load_configuration(run / "configuration.json")
    assert read.job_dir == run
    assert read.feature.save_path == then / "features" / "x"


def test_a_configuration_that_was_copied_out_of_its_run_says_what_it_said(then: Path, now: Path) -> None:
    document = configuration_of(then, then / "runs" / "r")
    (now / "configuration.json").write_text(json.dumps(document), "utf-8")
    assert load_configuration(now / "configuration.json").job_dir == then / "runs" / "r"


def test_a_run_where_it_was_is_read_as_it_was_written(then: Path) -> None:
    document = configuration_of(then, then / "runs" / "r")
    assert run_configuration_at_present(document, then / "runs" / "r") == document


def test_the_studys_own_files_follow(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "first" / "study")
    linked = run_at(study.path / "elsewhere" / "r", {})
    study.link_run(linked)
    study.save_configuration({"datasets": [{"name": "study", "params": {"path": str(study.path)}}]})
    study.save_state({"training": {"draft": {"weights_file": str(study.path / "runs" / "r")}}})
    (tmp_path / "first").rename(tmp_path / "second")
    moved = Study.open(tmp_path / "second" / "study")
    assert moved.linked_runs == (moved.path / "elsewhere" / "r",)
    assert moved.configuration["datasets"][0]["params"]["path"] == str(moved.path)
    assert moved.state() == {"training": {"draft": {"weights_file": str(moved.path / "runs" / "r")}}}
    moved.rename("Moved")
    assert Study.open(moved.path).linked_runs == moved.linked_runs
