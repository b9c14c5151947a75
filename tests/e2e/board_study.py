"""A tiny run, trained and exported and flashed onto a virtual board, once; and the board's command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from e2e_study import Finished, command, tiny, write

from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.store import read_table
from sleepstudio.staging.interpreter import TfliteModel

BOARD_TESTS = Path(__file__).parents[1] / "board"

NO_VIRTUAL_BOARD = "unicorn, which the virtual board runs on, is not installed"


@dataclass(frozen=True)
class Flashed:
    """``held_out``: the recording that the run tested."""

    folder: Path
    run: Path
    held_out: str
    out: str

    @property
    def mram(self) -> Path:
        return self.folder / "board" / "virtual.mram"

    @property
    def model(self) -> TfliteModel:
        return TfliteModel.from_file(self.run / "model.tflite")

    def table(self, recording: str = "") -> FeatureTable:
        (path,) = self.folder.joinpath("features").rglob(f"{recording or self.held_out}.h5")
        return read_table(path)

    def sessions(self) -> list[Path]:
        return sorted((self.run / "sessions").glob("*"))


def board(*arguments: str | Path, cwd: Path, timeout: float = 240) -> Finished:
    """``sleepstudio board …`` in a process of its own."""
    finished = subprocess.run(
        [sys.executable, "-m", "sleepstudio.cli", "board", *map(str, arguments)],
        capture_output=True, text=True, timeout=timeout, cwd=cwd, check=False,
    )  # fmt: skip
    assert "Traceback" not in finished.stderr, finished.stderr
    return Finished(finished.returncode, finished.stdout, finished.stderr)


def events_of(arguments: Sequence[str | Path], cwd: Path, controls: str = "") -> list[dict[str, Any]]:
    """The events of a board command that is given control lines at its start."""
    read, written = os.pipe()
    obeyed, said = os.pipe()
    os.write(said, controls.encode())
    os.close(said)
    process = subprocess.Popen(
        [sys.executable, "-m", "sleepstudio.cli", "board", *map(str, arguments),
         "--events", str(written), "--control", str(obeyed)],
        pass_fds=[written, obeyed], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=cwd,
    )  # fmt: skip
    os.close(written)
    os.close(obeyed)
    with os.fdopen(read) as stream:
        events = [json.loads(line) for line in stream]
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return events


@pytest.fixture(scope="session")
def flashed(nights: Path, tmp_path_factory: pytest.TempPathFactory) -> Flashed:
    """Not to be changed, but for what sessions add."""
    if find_spec("unicorn") is None:
        pytest.skip(NO_VIRTUAL_BOARD)
    folder = tmp_path_factory.mktemp("flashed")
    config = write(folder, tiny(nights, name="tiny"))
    trained = subprocess.run(
        command(config, ["--out", str(folder)]), capture_output=True, text=True, timeout=300, check=False
    )
    assert trained.returncode == 0, trained.stdout + trained.stderr
    run = folder / "runs" / "tiny"
    done = board("flash", run, "--backend", "virtual", cwd=folder)
    assert done.status == 0, done.out + done.err
    (fit,) = json.loads((run / "split.json").read_text())["fits"]
    return Flashed(folder, run, fit["test"][0], done.out)
