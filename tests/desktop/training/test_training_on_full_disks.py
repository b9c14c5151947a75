"""Training in a study whose disk has no room: refused or failed in words, and gone on with afterwards."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from small_disk import SmallDisk

from sleepstudio.study import RunFolder

PATIENCE_MS = 120_000
FULL = "disk is full"
FOR_THE_JOB, FOR_THE_REST = 1 << 15, 1 << 22


def errors(window: Any) -> list[str]:
    return [one.text for one in window.messages.history if one.kind == "error"]


def test_a_training_without_room_fails_in_words_and_is_resumed_when_there_is_some(
    study_disk: SmallDisk, open_panel: Any, qtbot: QtBot
) -> None:
    opened = open_panel()
    panel, window = opened.panel, opened.window
    study_disk.fill()
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    (refused,) = errors(window)
    assert FULL in refused
    assert not panel.runs.runs
    assert panel.form.draft.get("name") == "tiny"
    study_disk.free(FOR_THE_JOB)
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    run = panel.runs.runs["tiny"]
    qtbot.waitUntil(lambda: run.job.ended, timeout=PATIENCE_MS)
    assert run.job.state == "failed"
    assert FULL in str(run.job.error)
    qtbot.waitUntil(lambda: FULL in errors(window)[-1])
    assert run.resumable
    study_disk.free(FOR_THE_REST)
    qtbot.mouseClick(panel.resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: run.job.ended, timeout=PATIENCE_MS)
    assert run.job.state == "finished", run.job.error
    assert RunFolder(panel.runs.folder(run)).has("train")
