"""SleepKit's published configurations run from features to a verified int8 model on MESA-layout nights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from e2e_study import Run

PARAMETERS = {2: 10_397, 3: 11_341, 4: 27_849, 5: 28_298}
"""Of SleepKit's published models (its configurations and zoo)."""


@pytest.mark.parametrize("stages", [2, 3, 4, 5])
def test_a_published_configuration_runs_whole(
    sleepkit_configs: Path, nights: Path, tmp_path: Path, sleepstudio: Run, stages: int
) -> None:
    finished = sleepstudio(
        sleepkit_configs / f"ss-{stages}-tcn-sm.json", "--out", str(tmp_path), "--set", "epochs=2",
        "steps_per_epoch=5", f"datasets.0.params.path={nights}", "batch_size=32",
    )  # fmt: skip
    assert finished.status == 0, finished.err
    run = tmp_path / "results" / f"ss-{stages}-tcn-sm"
    facts = json.loads((run / "manifest.json").read_text())["stages"]["train"]["facts"]
    assert facts["fits"]["model"]["parameters"] == PARAMETERS[stages]
    (model,) = json.loads((run / "export.json").read_text())["models"].values()
    assert model["verification"]["differing"] == 0
    assert model["classes"] == stages
    assert (run / "sk_stage_flatbuffer.h").read_text() == (run / "model_buffer.h").read_text()
    assert "sk_stage_flatbuffer" in (run / "model_buffer.h").read_text()
    assert (tmp_path / "datasets" / "store" / "fs-w-pa-14-60" / "mesa").is_dir()
    assert "val_size asks for" in finished.err
    assert "buffer_size has no effect here" in finished.err
