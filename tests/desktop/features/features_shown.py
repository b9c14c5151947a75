"""The Features panel over a study that has tables, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from staged_study import show

from sleepstudio.desktop.panels.features.panel import FeaturesPanel
from sleepstudio.desktop.window import MainWindow

Copy = Callable[[Path], Path]
SET = "fs-w-pa-14"
FIRST = "night 1"


def loaded(qtbot: QtBot, panel: FeaturesPanel) -> FeaturesPanel:
    """Waits until tables are read and analysed."""
    qtbot.waitUntil(lambda: panel.table_of(FIRST) is not None and panel.analysis.analysis is not None)
    qtbot.waitUntil(lambda: len(panel.analysis.analysis.pool.recordings) > 0)
    return panel


@pytest.fixture
def panel(qtbot: QtBot, window: MainWindow, featured_study: Path, copy_study: Copy) -> FeaturesPanel:
    return loaded(qtbot, show(qtbot, window, copy_study(featured_study), "features"))


def states(panel: FeaturesPanel) -> dict[str, str]:
    model = panel.recordings.model
    return {model.value(row, 0): model.value(row, 3)[1] for row in range(model.rowCount())}


def table_file(panel: FeaturesPanel, recording: str) -> Path:
    study = panel.session.study
    assert study is not None
    return study.features / SET / "study" / f"{recording}.h5"
