"""A study's folder: made, opened, refused with a remedy; its runs in one row each."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from sleepstudio.errors import StudyError
from sleepstudio.run_summary import summarise_run
from sleepstudio.study import RunFolder
from sleepstudio.study_folder import Study, file_name


def test_a_study_is_opened_as_it_was_left(tmp_path: Path) -> None:
    study = Study.create(tmp_path / "nights", "Sleep clinic")
    study.save_configuration({"name": "ss-4", "feature": {"name": "FS-W-PA-14"}})
    study.save_state({"panel": "Recordings", "epoch": 750})
    study.rename("  Sleep \n clinic 2 ")
    again = Study.open(tmp_path / "nights")
    assert again.name == "Sleep clinic 2"
    assert again.configuration == {"name": "ss-4", "feature": {"name": "FS-W-PA-14"}}
    assert again.state() == {"panel": "Recordings", "epoch": 750}
    assert Study.open(tmp_path / "nights" / "study.json").path == tmp_path / "nights"


def test_what_a_folder_holds_is_kept_when_it_becomes_a_study(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "notes.txt").write_text("mine")
    with pytest.raises(StudyError, match=r"no study yet.*Create"):
        Study.open(tmp_path)
    assert Study.create(tmp_path).name == tmp_path.name
    assert (tmp_path / "runs" / "notes.txt").read_text() == "mine"
    with pytest.raises(StudyError, match="already"):
        Study.create(tmp_path)


def test_two_windows_do_not_undo_each_others_changes(tmp_path: Path) -> None:
    one = Study.create(tmp_path, "one")
    other = Study.open(tmp_path)
    one.rename("renamed")
    other.save_configuration({"epochs": 3})
    assert Study.open(tmp_path).name == "renamed"
    assert other.name == "renamed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"format": "sleepstudio study", "vers', "damaged.*create the study in this folder again"),
        ('{"name": "a node package"}', "another program's"),
        ('{"format": "sleepstudio study", "version": 1, "linked_runs": [1]}', "linked_runs is damaged"),
        ('{"format": "sleepstudio study", "version": 1, "configuration": []}', "configuration is damaged"),
        ('{"format": "sleepstudio study", "version": 2}', "newer Sleep Studio.*Install the newer version"),
    ],
)
def test_a_damaged_or_newer_study_is_refused_with_its_remedy(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(StudyError, match=message):
        Study.open(tmp_path)
    assert (tmp_path / "study.json").read_text() == content


def test_a_study_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no such folder.*moved"):
        Study.open(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(StudyError, match="a file, not"):
        Study.open(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_study_is_refused_with_its_remedy(tmp_path: Path) -> None:
    Study.create(tmp_path)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StudyError, match="copy the study elsewhere"):
        Study.open(tmp_path)


def test_damaged_state_is_no_state(tmp_path: Path) -> None:
    study = Study.create(tmp_path)
    (tmp_path / "state.json").write_text("{")
    assert study.state() == {}


def test_names_of_files_are_safe_and_differ() -> None:
    assert file_name("SC4001E0-PSG") == "SC4001E0-PSG"
    hostile = ["../../etc/passwd", "..", ".", "", " ", "a/b", "a\\b", "a:b", "a%2Fb", "é", "x" * 300,
               "x" * 301, "ж" * 60]  # fmt: skip
    names = [file_name(text) for text in hostile]
    assert len(set(names)) == len(names)
    for name in names:
        assert name not in ("", ".", "..")
        assert not set(name) & set('/\\:*?"<>|\0')
        assert len(name) <= 120


def _run(study: Study, name: str, *, kappa: float = 0.6) -> RunFolder:
    """A run as the jobs write it, with figures of our own."""
    run = RunFolder(study.runs_folder / name)
    with run.adding("train") as files:
        configuration = {
            "name": name, "feature": {"name": "FS-W-PA-14"}, "architecture": {"name": "tcn", "params": {}}
        }  # fmt: skip
        (files.folder / "configuration.json").write_text(json.dumps(configuration))
        files.facts["fits"] = {
            "fold-1": {"training_epochs": 12, "parameters": 14212},
            "final": {"training_epochs": 9, "parameters": 14212},
        }
    estimate = {"value": kappa, "ci_low": kappa - 0.05, "ci_high": None}
    metrics = {
        "mode": "offline",
        "classes": ["WAKE", "SLEEP"],
        "people": 24,
        "recordings": 30,
        "agreement": {"mean": dict.fromkeys(("cohen_kappa", "accuracy", "f1_macro"), estimate)},
        "sleep_statistics": {"tst_min": {"bias": {"value": -4.5, "ci_low": -9.0, "ci_high": 0.5}}},
    }
    with run.adding("evaluate") as files:
        (files.folder / "metrics.json").write_text(json.dumps(metrics))
    return run


def test_a_run_in_one_row(tmp_path: Path) -> None:
    study = Study.create(tmp_path)
    _run(study, "ss-2-b", kappa=0.61)
    _run(study, "SS-2-a")
    (study.runs_folder / "not a run").mkdir()
    runs = study.runs()
    assert [run.name for run in runs] == ["SS-2-a", "ss-2-b"]
    found = runs[1]
    assert (found.stages, found.feature_set, found.architecture) == (
        ("train", "evaluate"), "FS-W-PA-14", "tcn"
    )  # fmt: skip
    assert found.kappa is not None
    assert (found.kappa.value, found.kappa.ci_low, found.kappa.ci_high) == (0.61, pytest.approx(0.56), None)
    assert found.tst_bias_min is not None
    assert found.tst_bias_min.value == -4.5
    assert (found.people, found.training_epochs, found.parameters) == (24, 12, 14212)
    assert (found.int8_kappa, found.model_bytes, found.problem) == (None, None, "")


@pytest.mark.parametrize(
    ("name", "content"),
    [("manifest.json", "{"), ("metrics.json", '{"agreement": {}}'), ("configuration.json", "[]")],
)
def test_a_damaged_run_says_so_and_the_others_are_listed(tmp_path: Path, name: str, content: str) -> None:
    study = Study.create(tmp_path)
    _run(study, "good")
    (_run(study, "bad").path / name).write_text(content)
    problems = {run.path.name: run.problem for run in study.runs()}
    assert problems["good"] == ""
    assert problems["bad"]


def test_runs_elsewhere_are_linked_and_unlinked(tmp_path: Path) -> None:
    study, other = Study.create(tmp_path / "one"), Study.create(tmp_path / "other")
    run = _run(other, "theirs")
    study.link_run(run.path)
    study.link_run(run.path)
    assert [summary.path for summary in Study.open(study.path).runs()] == [run.path]
    own = _run(study, "ours")
    study.link_run(own.path)
    assert [summary.name for summary in study.runs()] == ["ours", "theirs"]
    study.unlink_run(run.path)
    assert [summary.name for summary in study.runs()] == ["ours"]
    assert summarise_run(run.path).name == "theirs"
    with pytest.raises(StudyError, match="no run"):
        study.link_run(tmp_path)
