"""The command line: what it accepts, what it says, and with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sleepstudio
from sleepstudio.cli import BAD_USAGE, FAILED, PIPE_CLOSED, main

CONFIGURATION = {"feature": {"name": "FS-W-SA-4"}, "stage_set": 4, "frame_size": 240}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "study.json"
    path.write_text(json.dumps(CONFIGURATION))
    return path


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([argument])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert sleepstudio.__version__ in out or "130 cancelled" in out


def test_an_unknown_argument_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--bach", "x"])
    assert ended.value.code == BAD_USAGE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "trian"], "unknown mode 'trian'"),
        (["--set", "epocs=3"], "the nearest known key is epochs"),
        (["--set", "feature.name=FS-W-PA-15", 'datasets=[{"name": "folder", "params": {"path": "x"}}]'],
         "the nearest is FS-W-PA-14"),
        (["--set", 'datasets=[{"name": "messa"}]'], "the nearest is mesa"),
        (["--set", 'datasets=[{"name": "mesa", "params": {"pat": "x"}}]'], "datasets.0.params"),
        (["--set", "feature.label_key=apnea_labels"], "Only sleep staging"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_configuration_is_status_2(
    config: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--batch", str(config), "--mode", "feature", *arguments]) == BAD_USAGE
    assert said in capsys.readouterr().err


def test_what_cannot_be_done_is_status_3(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--batch", str(config), "--mode", "train"]) == FAILED
    assert "there are no feature tables" in capsys.readouterr().err


def test_a_closed_event_descriptor_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--batch", str(config), "--events", "1000000"]) == FAILED
    assert "file descriptor 1000000 is not open" in capsys.readouterr().err


def test_a_reader_that_went_away_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "sleepstudio.cli", "datasets"],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (ended.returncode, ended.stderr) == (PIPE_CLOSED, b"")
