"""Runs on the real window through the real job: curves fill, stop keeps the best, resume goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.panels.training.runs import state_of
from sleepstudio.evaluation.agreement import cohen_kappa
from sleepstudio.study import RunFolder, read_json

PATIENCE_MS = 120_000
LONG = {"epochs": 4000, "patience": 4000}


def click(qtbot: QtBot, button: Any) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def state(panel: Any, name: str) -> str:
    return state_of(panel.runs.runs[name])[1]


def wait_for_training_epochs(qtbot: QtBot, panel: Any, name: str, count: int) -> Any:
    run = panel.runs.runs[name]

    def there() -> bool:
        fit = run.progress.newest
        return fit is not None and fit.snapshot is not None and fit.training_epoch >= count

    qtbot.waitUntil(there, timeout=PATIENCE_MS)
    return run


def run_folder(opened: Any, name: str) -> Path:
    return Path(opened.window.session.folder / "runs" / name)


def test_a_run_is_seen_from_the_queue_to_its_result(open_panel: Any, qtbot: QtBot) -> None:
    opened = open_panel(val_subjects=2)
    panel = opened.panel
    click(qtbot, panel.add)
    assert panel.form.draft.get("name") == "tiny-2"
    assert panel.view.value() == "run"
    run = panel.runs.runs["tiny"]
    qtbot.waitUntil(lambda: run.job.ended, timeout=PATIENCE_MS)
    assert run.job.state == "finished", run.job.error
    qtbot.waitUntil(lambda: not panel.progress._timer.isActive())
    fit = panel.progress.fit
    history = read_json(run_folder(opened, "tiny") / "manifest.json")["stages"]["train"]["facts"]["fits"][
        "model"
    ]
    assert fit.training_epoch == history["training_epochs"] == 4
    assert fit.best("kappa") == history["best_training_epoch"]
    for plot in (panel.progress.loss, panel.progress.kappa, panel.progress.rate):
        lines = [item for item in plot.plot.getPlotItem().listDataItems() if len(item.getData()[0]) == 4]
        assert lines, plot.title
    assert f"best {fit.rows[fit.best('kappa')]['val_kappa']:.3f}" in [
        item.toPlainText()
        for item in panel.progress.kappa.plot.getPlotItem().items
        if hasattr(item, "toPlainText")
    ]
    snapshot = fit.snapshot
    assert snapshot.training_epoch == 4
    assert float(cohen_kappa(snapshot.confusion)) == pytest.approx(fit.rows[4]["val_kappa"])
    night, other = snapshot.nights
    shown = panel.progress.night
    assert night.recording_id in panel.keeper.division.split.fits[0].validation
    assert shown.expert.hypnogram.start == night.start
    np.testing.assert_array_equal(shown.model.hypnogram.stages, shown.model.stage_set.stages(night.model))
    click(qtbot, shown.choose)
    menu = shown.findChild(QMenu)
    menu.actions()[1].trigger()
    menu.close()
    assert other.recording_id in shown.title._title.text()
    assert "WAKE" in panel.results.matrix.accessibleDescription()
    result = read_json(run_folder(opened, "tiny") / "metrics.json")["agreement"]["mean"]["cohen_kappa"][
        "value"
    ]
    assert state(panel, "tiny").startswith(f"κ {result:.2f}".replace("-", "−"))


def test_a_training_is_followed_without_waiting_or_reading_its_files(
    open_panel: Any, qtbot: QtBot, blocking: list[str]
) -> None:
    panel = open_panel().panel
    blocking.clear()
    click(qtbot, panel.add)
    run = wait_for_training_epochs(qtbot, panel, "tiny", 2)
    qtbot.waitUntil(lambda: run.job.ended, timeout=PATIENCE_MS)
    assert run.job.state == "finished", run.job.error
    qtbot.waitUntil(lambda: not panel.progress._timer.isActive())
    assert blocking == []


def test_several_runs_wait_for_each_other_and_can_be_taken_out(open_panel: Any, qtbot: QtBot) -> None:
    opened = open_panel(**LONG)
    panel = opened.panel
    for _ in range(3):
        click(qtbot, panel.add)
    assert [state(panel, name) for name in ("tiny-2", "tiny-3")] == ["Waiting", "Waiting"]
    click(qtbot, panel.queue.pause)
    assert opened.window.jobs.paused
    panel.queue.select(panel.runs.runs["tiny-3"])
    panel.queue.table.setFocus()
    qtbot.keyClick(panel.queue.table, Qt.Key.Key_Delete)
    assert state(panel, "tiny-3") == "Cancelled"
    panel.queue.select(panel.runs.runs["tiny"])
    click(qtbot, panel.cancel)
    qtbot.waitUntil(lambda: panel.runs.runs["tiny"].job.ended, timeout=PATIENCE_MS)
    assert state(panel, "tiny-2") == "Waiting"
    click(qtbot, panel.queue.pause)
    qtbot.waitUntil(lambda: panel.runs.runs["tiny-2"].active, timeout=PATIENCE_MS)


def test_a_name_is_given_once_and_the_form_says_so_before_anything_starts(
    open_panel: Any, qtbot: QtBot
) -> None:
    opened = open_panel(**LONG)
    panel = opened.panel
    click(qtbot, panel.add)
    assert panel.form.draft.get("name") == "tiny-2"
    panel.load_file(opened.file)
    assert panel.form.draft.get("name") == "tiny"
    assert not panel.add.isEnabled()
    assert "another name" in panel.add.toolTip()
    assert panel.add_to_queue() is None
    assert list(panel.runs.runs) == ["tiny"]
    panel.runs.cancel(panel.runs.runs["tiny"])


def test_stop_keeps_the_best_which_is_evaluated_and_can_be_gone_on_with(
    open_panel: Any, qtbot: QtBot
) -> None:
    opened = open_panel(**LONG)
    panel = opened.panel
    click(qtbot, panel.add)
    run = wait_for_training_epochs(qtbot, panel, "tiny", 3)
    assert panel.stop.isVisible()
    training = run.job
    opened.window.context.actions.run("stop_keep_best")
    qtbot.waitUntil(lambda: training.ended, timeout=PATIENCE_MS)
    assert training.state == "cancelled"
    folder = RunFolder(run_folder(opened, "tiny"))
    facts = folder.stage_facts("train")["fits"]["model"]
    assert facts["ended"] == "cancelled"
    assert facts["best_training_epoch"] == run.progress.newest.best("kappa")
    evaluation = run.job
    assert evaluation is not training
    assert evaluation.request.modes == ("evaluate", "export")
    qtbot.waitUntil(lambda: evaluation.ended, timeout=PATIENCE_MS)
    assert evaluation.state == "finished", evaluation.error
    assert folder.has("evaluate")
    assert folder.has("export")
    assert state(panel, "tiny").startswith("κ ")


def test_a_child_that_crashes_is_said_and_resumed_it_goes_on_with_all_its_curves(
    open_panel: Any, qtbot: QtBot
) -> None:
    opened = open_panel(**LONG)
    panel = opened.panel
    click(qtbot, panel.add)
    run = wait_for_training_epochs(qtbot, panel, "tiny", 3)
    os.kill(run.job.child.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: run.job.ended, timeout=PATIENCE_MS)
    assert run.job.state == "failed"
    qtbot.waitUntil(lambda: panel.progress.banner.isVisible(), timeout=5000)
    assert "signal 9" in panel.progress.banner.accessibleName()
    assert not RunFolder(run_folder(opened, "tiny")).has("train")
    before = {number: dict(row) for number, row in run.progress.newest.rows.items() if len(row) == 6}
    assert panel.resume.isVisible()
    click(qtbot, panel.resume)
    resumed = wait_for_training_epochs(qtbot, panel, "tiny", max(before) + 1)
    rows = resumed.progress.newest.rows
    assert all(rows[number] == before[number] for number in range(1, max(before)))
    assert sorted(rows) == list(range(1, max(rows) + 1))
    assert "--resume" in resumed.job.command_line()
    assert not panel.progress.banner.isVisible()


def test_what_was_left_over_is_offered_in_the_next_sitting(open_panel: Any, qtbot: QtBot) -> None:
    opened = open_panel(**LONG)
    panel = opened.panel
    click(qtbot, panel.add)
    run = wait_for_training_epochs(qtbot, panel, "tiny", 1)
    click(qtbot, panel.cancel)
    qtbot.waitUntil(lambda: run.job.ended, timeout=PATIENCE_MS)
    folder = opened.window.session.folder
    opened.window.jobs.forget(run.job)
    opened.window.studies.close()
    assert opened.window.studies.open(folder)
    opened.window.show_panel("training")
    again: Any = opened.window.front
    assert again is not panel
    assert again.form.draft.document["epochs"] == 4000
    left = again.runs.runs["tiny"]
    assert left.resumable
    again.queue.select(left)
    click(qtbot, again.resume)
    wait_for_training_epochs(qtbot, again, "tiny", 2)
    click(qtbot, again.cancel)
    qtbot.waitUntil(lambda: again.runs.runs["tiny"].job.ended, timeout=PATIENCE_MS)


def test_the_command_that_is_copied_does_the_same(open_panel: Any, qtbot: QtBot) -> None:
    opened = open_panel()
    request = opened.panel.job_request()
    assert request.modes == ("train", "evaluate", "export")
    command = opened.window.jobs.command_line(request)
    configuration = read_json(Path(command.split()[2]))
    assert configuration == opened.panel.form.draft.document
