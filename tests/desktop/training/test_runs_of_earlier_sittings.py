"""A run that was trained before the window was opened shows what its folder holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from staged_study import edit_json, show

from sleepstudio.desktop.panels.training.run_progress import night_kappa
from sleepstudio.desktop.panels.training.stored_run import read_stored_run
from sleepstudio.desktop.window import MainWindow
from sleepstudio.study import read_json

pytestmark = pytest.mark.usefixtures("cold")


def said(widget: QWidget) -> str:
    return " | ".join(each.text() for each in widget.findChildren(QLabel))


def shown_run(qtbot: QtBot, window: MainWindow, study: Path, name: str) -> Any:
    panel = show(qtbot, window, study, "training")
    qtbot.waitUntil(lambda: name in panel.runs.runs, timeout=10_000)
    panel.queue.select(panel.runs.runs[name])
    qtbot.waitUntil(lambda: panel.progress.fit is not None, timeout=10_000)
    qtbot.waitUntil(lambda: not panel.progress._timer.isActive())
    return panel


def test_matrix_night_and_curves_are_those_of_the_run_folder(
    qtbot: QtBot, window: MainWindow, staged_study: Path, copy_study: Callable[[Path], Path]
) -> None:
    study = copy_study(staged_study)
    metrics = read_json(study / "runs" / "wide" / "metrics.json")
    panel = shown_run(qtbot, window, study, "wide")
    qtbot.waitUntil(lambda: "κ" in said(panel.progress.night.title), timeout=10_000)

    assert "test, % of expert" in said(panel.results.title)
    np.testing.assert_array_equal(panel.progress.fit.snapshot.confusion, metrics["confusion"])
    pooled = metrics["agreement"]["pooled"]["cohen_kappa"]["value"]
    assert f"{pooled:.3f}".replace("-", "−") in said(panel.results.kappa)
    recording = next(iter(metrics["per_recording"]))
    assert recording in said(panel.progress.night.title)
    assert panel.progress.night.expert.hypnogram.start == panel.progress.night.model.hypnogram.start
    assert panel.progress.night.density.clock == panel.progress.night.expert.hypnogram.start
    assert "test nights" in said(panel.header)
    assert panel.progress.fit.training_epoch == 2


def test_each_stored_night_agrees_as_the_evaluation_says(staged_study: Path) -> None:
    run = staged_study / "study" / "runs" / "narrow"
    (fit,) = read_stored_run(run).fits.values()
    assert fit.snapshot is not None
    stored = read_json(run / "metrics.json")["per_recording"]
    assert {night.recording_id for night in fit.snapshot.nights} == set(stored)
    for night in fit.snapshot.nights:
        assert night_kappa(night) == pytest.approx(stored[night.recording_id]["cohen_kappa"], abs=1e-9)


def test_a_run_that_was_not_evaluated_says_so_instead_of_drawing_an_axis_of_nothing(
    qtbot: QtBot, window: MainWindow, staged_study: Path, copy_study: Callable[[Path], Path]
) -> None:
    study = copy_study(staged_study)
    edit_json(
        study / "runs" / "narrow" / "manifest.json", lambda manifest: manifest["stages"].pop("evaluate")
    )
    panel = shown_run(qtbot, window, study, "narrow")
    night = panel.progress.night
    qtbot.waitUntil(lambda: "none is stored" in said(night.title))
    assert "validation, % of expert" in said(panel.results.title)
    blank = night.density.grab().toImage()
    axis = [blank.pixel(x, blank.height() - 12) for x in range(night.density.gutter - 30, blank.width())]
    assert len(set(axis)) == 1, "ticks without a night"


def test_a_damaged_predictions_file_leaves_the_curves(staged_study: Path, tmp_path: Path) -> None:
    run = staged_study / "study" / "runs" / "wide"
    for name in ("manifest.json", "history.csv"):
        (tmp_path / name).write_bytes((run / name).read_bytes())
    (tmp_path / "predictions.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    (fit,) = read_stored_run(tmp_path).fits.values()
    assert fit.training_epoch == 2
    assert fit.snapshot is None
