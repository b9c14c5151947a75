"""The panel on the real window, over a study whose feature tables are there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blocking_calls import blocking
from pytestqt.qtbot import QtBot
from small_disk import study_disk
from staged_study import copy_study, featured_study, staged_study

from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.panels.training.panel import TrainingPanel
from sleepstudio.desktop.window import MainWindow
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.registry import feature_set
from sleepstudio.features.store import table_path, write_table

__all__ = ["blocking", "cold", "copy_study", "featured_study", "open_panel", "staged_study", "study_disk"]

PEOPLE, EPOCHS = 6, 240

TINY: dict[str, Any] = {
    "name": "tiny",
    "datasets": [],
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
    "epochs": 4,
    "steps_per_epoch": 4,
    "batch_size": 8,
    "lr_rate": 0.01,
    "val_metric": "kappa",
    "test_metric_threshold": 0.5,
    "seed": 7,
    "num_workers": 1,
}


def stored_table(subject: str, rng: np.random.Generator) -> FeatureTable:
    """A night whose stages can be learned: each stage raises a feature of its own."""
    chosen = feature_set("FS-W-PA-14")
    stages = np.repeat(rng.integers(0, 5, EPOCHS // 12), 12).astype(np.int8)
    features = rng.normal(0, 1, (EPOCHS, len(chosen.columns))).astype(np.float32)
    features[:, :5] += 4 * np.eye(5, dtype=np.float32)[stages]
    return FeatureTable(
        recording_id=subject,
        subject_id=subject,
        feature_set=chosen.name,
        version=chosen.version,
        columns=chosen.columns,
        features=features,
        mask=np.ones(EPOCHS, np.bool_),
        stages=stages,
        start=datetime(2026, 3, 1, 22, 30),
        content_hash=f"hash-{subject}",
    )


def store_people(store: Path, people: int = PEOPLE) -> None:
    rng = np.random.default_rng(3)
    for number in range(people):
        subject = f"P{number + 1}"
        path = table_path(store, "folder", subject)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(path, stored_table(subject, rng))


@dataclass
class Opened:
    """The window, its panel, and the file that was loaded into it."""

    window: MainWindow
    panel: TrainingPanel
    file: Path


Open = Callable[..., Opened]


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is made ready: for tests that start no job."""
    monkeypatch.setattr(JobClient, "prewarm", lambda _client, **_options: None)


@pytest.fixture
def open_panel(study_window: MainWindow, qtbot: QtBot, tmp_path: Path) -> Open:
    """Opens the panel on a study of six people and a configuration that trains in seconds.

    The configuration names no dataset: a job then learns from all tables of the store.
    """

    def opened(*, ready: bool = True, **changes: Any) -> Opened:
        folder = study_window.session.folder
        assert folder is not None
        store_people(folder / "features" / "fs-w-pa-14")
        path = tmp_path / "tiny.json"
        path.write_text(json.dumps({**TINY, **changes}), "utf-8")
        study_window.show_panel("training")
        panel = study_window.front
        assert isinstance(panel, TrainingPanel)
        panel.load_file(path)
        if ready:
            qtbot.waitUntil(lambda: panel.keeper.division is not None, timeout=10_000)
        return Opened(study_window, panel, path)

    return opened
