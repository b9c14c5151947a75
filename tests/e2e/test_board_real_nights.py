"""Real nights: every held-out one of a short sleep-accel run, staged on the virtual board, bit for bit."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from board_study import NO_VIRTUAL_BOARD, board
from e2e_study import command, tiny, write

from sleepstudio.recordings import read_hypnogram


@pytest.mark.skipif(find_spec("unicorn") is None, reason=NO_VIRTUAL_BOARD)
def test_every_held_out_night_is_bit_exact(real_data: Path, tmp_path: Path) -> None:
    configuration = tiny(tmp_path, name="real", frame_size=240, feature={"name": "FS-W-SA-4"})
    configuration["datasets"] = [
        {"name": "sleep-accel", "params": {"path": str(real_data / "sleep-accel-features")}}
    ]
    configuration["architecture"] = {"name": "tcn-10k"}
    config = write(tmp_path, configuration)
    trained = subprocess.run(
        command(config, ["--out", str(tmp_path)]), capture_output=True, text=True, timeout=600, check=False
    )
    assert trained.returncode == 0, trained.stdout + trained.stderr
    run = tmp_path / "runs" / "real"
    flashed = board("flash", run, "--backend", "virtual", cwd=tmp_path)
    assert flashed.status == 0, flashed.out + flashed.err
    (fit,) = json.loads((run / "split.json").read_text())["fits"]
    assert len(fit["test"]) >= 5
    done = board("run", run, "--backend", "virtual", "--frames", cwd=tmp_path, timeout=500)
    assert done.status == 0, done.out + done.err
    sessions = [
        (folder, json.loads((folder / "session.json").read_text())) for folder in (run / "sessions").iterdir()
    ]
    assert {document["recording"] for _, document in sessions} == set(fit["test"])
    for folder, document in sessions:
        verdict = document["verdict"]
        assert (verdict["exact"], verdict["complete"]) == (verdict["total"], True)
        assert verdict["kappa"] == verdict["offline_kappa"]
        assert document["held_out"]
        assert len(read_hypnogram(folder / "hypnogram.edf")) == verdict["total"]
    rolling = board("run", run, "--backend", "virtual", "--epochs", "90", cwd=tmp_path, timeout=300)
    assert rolling.status == 0, rolling.out + rolling.err
    assert "90 of 90 epochs bit-exact" in rolling.out
