"""Running a feature set from the panel: what is asked, what the job tells, what is outdated or damaged."""

from __future__ import annotations

import json
from pathlib import Path

from features_shown import FIRST, states, table_file
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.panels.features.panel import FeaturesPanel
from sleepstudio.desktop.window import MainWindow


def test_changed_settings_make_tables_outdated(qtbot: QtBot, panel: FeaturesPanel) -> None:
    form = panel.recipe.form
    field = form.row("sampling_rate").field
    field.setValue(128)
    assert form.row("frame_size")._aside.text() == "30 s"
    qtbot.waitUntil(lambda: set(states(panel).values()) == {"Outdated"})
    field.setValue(64)
    qtbot.waitUntil(lambda: set(states(panel).values()) == {"Computed"})


def test_a_setting_that_cannot_be_is_said_under_its_field(qtbot: QtBot, panel: FeaturesPanel) -> None:
    row = panel.recipe.form.row("frame_size")
    row.field.setValue(640)
    assert "window of 10 s" in row._error.text()
    assert not panel.run_button.isEnabled()
    assert "window of 10 s" in panel.run_button.toolTip()
    assert panel.job_request() is None
    row.field.setValue(3840)
    assert panel.run_button.isEnabled()


def test_the_command_is_what_the_button_runs(qtbot: QtBot, panel: FeaturesPanel) -> None:
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    words = QGuiApplication.clipboard().text().split()
    assert words[:2] == ["sleepstudio", "--batch"]
    assert words[words.index("--mode") + 1] == "feature"
    assert json.loads(Path(words[2]).read_text("utf-8")) == dict(panel.job_request().configuration)


def test_selecting_several_runs_on_those_alone(qtbot: QtBot, panel: FeaturesPanel) -> None:
    panel.recordings.table.selectRow(1)
    panel.recordings.select(("night 2", "night 4"))
    panel._select(panel.recordings.selection())
    assert panel.run_button.text() == "Run on 2 selected"
    params = panel.job_request().configuration["datasets"][0]["params"]
    assert params["recordings"] == ["night 2", "night 4"]


def test_a_job_fills_in_what_is_missing_and_names_what_failed(
    qtbot: QtBot, window: MainWindow, panel: FeaturesPanel
) -> None:
    table_file(panel, "night 2").unlink()
    table_file(panel, "night 5").unlink()
    gone = panel.session.catalogue.recording("night 5").path
    gone.unlink()
    panel.reload()
    qtbot.waitUntil(lambda: states(panel)["night 2"] == "Not computed")
    qtbot.mouseClick(panel.run_button, Qt.MouseButton.LeftButton)
    job = window.jobs.jobs[-1]
    assert not panel.run_button.isEnabled()
    qtbot.waitUntil(lambda: job.ended, timeout=60_000)
    assert job.state == "finished", (job.error, job.log_tail(), job.failed)
    qtbot.waitUntil(lambda: panel.table_of("night 2") is not None)
    found = states(panel)
    assert found.pop("night 2") == "Computed"
    failed = found.pop("night 5")
    assert failed not in ("", "Computed", "Unchanged", "Waiting")
    assert set(found.values()) == {"Unchanged"}
    assert panel.run_button.isEnabled()
    assert panel.session.study.configuration["feature"]["name"] == "FS-W-PA-14"
    panel.recordings.failed_button.click()
    assert set(states(panel)) == {"night 5"}


def test_a_damaged_table_is_that_recordings_problem(qtbot: QtBot, panel: FeaturesPanel) -> None:
    table_file(panel, "night 3").write_bytes(b"not a table")
    panel.reload()
    qtbot.waitUntil(lambda: "HDF5" in states(panel)["night 3"])
    assert states(panel)[FIRST] == "Computed"
    assert "1 failed" in panel.header._detail.text()
