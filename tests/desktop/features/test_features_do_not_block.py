"""While a feature job runs and its nights appear, the window's thread waits for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from staged_study import show

from sleepstudio.desktop.window import MainWindow

PATIENCE_MS = 60_000


def test_a_feature_job_is_followed_without_waiting_or_reading_tables(
    qtbot: QtBot, window: MainWindow, featured_study: Path, copy_study: Any, blocking: list[str]
) -> None:
    study = copy_study(featured_study)
    tables = sorted((study / "features").rglob("*.h5"))
    for table in tables:
        table.unlink()
    panel = show(qtbot, window, study, "features")
    qtbot.waitUntil(lambda: panel.run_button.isEnabled() and panel.table_of(panel.current) is None)
    blocking.clear()
    qtbot.mouseClick(panel.run_button, Qt.MouseButton.LeftButton)
    (job,) = window.jobs.jobs

    def known(recording: str) -> bool:
        return panel.table_of(recording) is not None

    qtbot.waitUntil(lambda: any(map(known, panel_nights(panel))), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: job.ended and all(map(known, panel_nights(panel))), timeout=PATIENCE_MS)
    assert job.state == "finished", job.error
    assert len(panel_nights(panel)) == len(tables)
    assert blocking == []
    with h5py.File(tables[0]) as file:
        assert len(file["mask"]) == len(panel.table_of(tables[0].stem))
    assert "File.__init__" in blocking


def panel_nights(panel: Any) -> list[str]:
    model = panel.recordings.model
    return [str(model.value(row, 0)) for row in range(model.rowCount())]
