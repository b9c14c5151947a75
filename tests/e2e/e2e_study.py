"""A small simulated study, made once, and the command line as a user calls it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sleepstudio.recordings.simulate import NightSpecification, simulate_study

NIGHTS = 6
HOURS = 2.0

TINY: dict[str, Any] = {
    "name": "tiny",
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
    "test_metric_threshold": 0.3,
    "num_workers": 1,
}


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated nights in MESA's layout, wrist montage. Not to be changed: copy first."""
    folder = tmp_path_factory.mktemp("nights")
    simulate_study(
        folder, NIGHTS, seed=5, montage="wrist", specification=NightSpecification(duration_h=HOURS)
    )
    return folder


@dataclass(frozen=True)
class Finished:
    status: int
    out: str
    err: str


Run = Callable[..., Finished]


def command(config: Path, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "sleepstudio.cli", "--batch", str(config), *arguments]


@pytest.fixture
def sleepstudio(tmp_path: Path) -> Run:
    """``sleepstudio --batch`` in a process of its own: ``run(configuration, *arguments)``."""

    def run(configuration: dict[str, Any] | Path, *arguments: str, timeout: float = 300) -> Finished:
        config = configuration if isinstance(configuration, Path) else write(tmp_path, configuration)
        finished = subprocess.run(
            command(config, arguments),
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=tmp_path,
            check=False,
        )
        assert "Traceback" not in finished.stderr, finished.stderr
        return Finished(finished.returncode, finished.stdout, finished.stderr)

    return run


def write(folder: Path, configuration: dict[str, Any]) -> Path:
    path = folder / "study.json"
    path.write_text(json.dumps(configuration), "utf-8")
    return path


def tiny(dataset: Path, **changes: Any) -> dict[str, Any]:
    """A configuration that trains in seconds on MESA-layout nights."""
    return {**TINY, "datasets": [{"name": "mesa", "params": {"path": str(dataset)}}], **changes}


def copy_of(nights: Path, folder: Path) -> Path:
    """The nights as hard links, so that files can be replaced one by one."""
    shutil.copytree(nights, folder, copy_function=os.link)
    return folder


def edf_of(nights: Path, number: int) -> Path:
    return nights / "polysomnography" / "edfs" / f"mesa-sleep-{number:04d}.edf"


def xml_of(nights: Path, number: int) -> Path:
    return nights / "polysomnography" / "annotations-events-nsrr" / f"mesa-sleep-{number:04d}-nsrr.xml"


def replace_file(path: Path, content: bytes) -> None:
    """Replaces a hard link, not what it is linked to."""
    path.unlink()
    path.write_bytes(content)
