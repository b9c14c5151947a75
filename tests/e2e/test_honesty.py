"""Where there is nothing to learn, nothing is found; where there is, it is found by the same procedure."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from e2e_study import Run, tiny

from sleepstudio.features.store import read_table, write_table
from sleepstudio.recordings.simulate import NightSpecification, simulate_study

FOLDS = {
    "split": {"method": "kfold", "folds": 4, "final_model": False},
    "architecture": {"name": "tcn-10k"},
    "epochs": 12,
    "steps_per_epoch": 12,
    "weight_averaging": 0.8,
    "class_weights": "balanced",
    "val_metric": "kappa",
}


def kappa_over_people(run: Path) -> tuple[float, float, float]:
    estimate = json.loads((run / "metrics.json").read_text())["agreement"]["mean"]["cohen_kappa"]
    return estimate["ci_low"], estimate["value"], estimate["ci_high"]


@pytest.mark.parametrize("shuffled", [True, False])
def test_simulated_stages_are_found_only_where_they_drive_the_signals(
    tmp_path: Path, sleepstudio: Run, shuffled: bool
) -> None:
    nights = tmp_path / "nights"
    specification = NightSpecification(duration_h=3.0, shuffle_physiology=shuffled)
    simulate_study(nights, 8, seed=21, montage="wrist", specification=specification)
    configuration = tiny(nights, **FOLDS)
    finished = sleepstudio(configuration, "--mode", "feature,train,evaluate", "--out", str(tmp_path))
    assert finished.status == 0, finished.err
    low, _, high = kappa_over_people(tmp_path / "runs" / "tiny")
    if shuffled:
        assert low <= 0 <= high
    else:
        assert low > 0


def test_real_labels_shuffled_within_people_leave_nothing_to_find(
    real_data: Path, tmp_path: Path, sleepstudio: Run
) -> None:
    configuration = tiny(tmp_path, **FOLDS, frame_size=240, feature={"name": "FS-W-SA-4"})
    configuration["datasets"] = [
        {"name": "sleep-accel", "params": {"path": str(real_data / "sleep-accel-features")}}
    ]
    assert sleepstudio(configuration, "--mode", "feature", "--out", str(tmp_path)).status == 0
    rng = np.random.default_rng(0)
    for path in sorted((tmp_path / "features").rglob("*.h5")):
        table = read_table(path)
        write_table(path, replace(table, stages=rng.permutation(table.stages)))
    finished = sleepstudio(configuration, "--mode", "train,evaluate", "--out", str(tmp_path))
    assert finished.status == 0, finished.err
    low, value, high = kappa_over_people(tmp_path / "runs" / "tiny")
    assert low <= 0 <= high
    assert abs(value) < 0.05
