"""The panel on the real window, with real jobs: this computer in place of a board, which every test has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTabBar
from pytestqt.qtbot import QtBot
from staged_study import show
from test_accessibility import nameless

from sleepstudio.desktop.job_client import JobClient
from sleepstudio.desktop.panels.device.panel import DevicePanel
from sleepstudio.desktop.widgets.table import TableView
from sleepstudio.desktop.window import MainWindow
from sleepstudio.study import read_json

JOB_MS = 60_000
Opened = Callable[[], DevicePanel]


@pytest.fixture
def open_device(
    window: MainWindow,
    qtbot: QtBot,
    staged_study: Path,
    copy_study: Callable[[Path], Path],
) -> Opened:
    """The panel over a study of its own with one int8 run, *wide*, on this computer."""

    def opened() -> DevicePanel:
        panel = show(qtbot, window, copy_study(staged_study), "device")
        assert isinstance(panel, DevicePanel)
        panel.choose_board("pc")
        qtbot.waitUntil(lambda: panel.work.busy is None, timeout=JOB_MS)
        return panel

    return opened


def ended(qtbot: QtBot, panel: DevicePanel) -> None:
    qtbot.waitUntil(lambda: panel.work.busy is None, timeout=JOB_MS)
    job = panel.work.job
    assert job is not None
    assert job.error is None, f"{job.error}\n{job.log_tail()}"


def test_without_an_int8_model_it_says_where_one_comes_from(
    window: MainWindow, qtbot: QtBot, featured_study: Path, copy_study: Callable[[Path], Path]
) -> None:
    panel = show(qtbot, window, copy_study(featured_study), "device")
    assert panel.views.body.currentWidget() is panel.views.empty
    assert not panel.views.run.isVisible()
    panel.views.train.click()
    assert window.front is not None
    assert window.front.name == "training"


def test_runs_with_an_int8_model_and_their_recordings_are_offered(open_device: Opened) -> None:
    panel = open_device()
    views = panel.views
    assert [views.run.itemText(index) for index in range(views.run.count())] == ["wide"]
    split = read_json(Path(views.run.itemData(0)) / "split.json")["fits"][-1]
    listed = [views.night.recording.itemText(index) for index in range(views.night.recording.count())]
    held_out, learned = len(split["test"]), len(split["train"])
    assert all("held out" in text for text in listed[:held_out])
    assert all("seen in training" in text for text in listed[-learned:])
    assert views.night.recording.currentData() in split["test"]


def test_a_night_is_validated_on_this_computer(open_device: Opened, window: MainWindow, qtbot: QtBot) -> None:
    panel = open_device()
    qtbot.mouseClick(panel.views.validate, Qt.MouseButton.LeftButton)
    assert panel.views.stop.isEnabled()
    assert not panel.views.validate.isEnabled()
    ended(qtbot, panel)
    session = panel.work.session
    assert session is not None
    assert panel.views.verdict.banner.words.title == f"Equal {len(session)}/{len(session)}"
    run = Path(panel.views.run.currentData())
    evaluated = json.loads((run / "metrics_int8.json").read_text("utf-8"))["per_recording"]
    kappa = evaluated[session.recording]["cohen_kappa"]
    facts = panel.views.verdict.facts()
    assert facts["κ, whole frames"] == f"{kappa:.3f}".replace("-", "−")
    assert facts["κ, offline"] == facts["κ, whole frames"]
    assert "Equal" in window.messages.current.text if window.messages.current else False


def test_a_night_is_replayed_paused_and_gone_on_with(open_device: Opened, qtbot: QtBot) -> None:
    panel = open_device()
    panel.work.set_pace("600")
    panel.does.replay()
    qtbot.waitUntil(
        lambda: panel.work.session is not None and panel.work.session.received > 3, timeout=JOB_MS
    )
    session = panel.work.session
    assert session is not None
    assert session.kind == "rolling"
    assert panel.views.night.pause.accessibleName() == "Pause"
    qtbot.mouseClick(panel.views.night.pause, Qt.MouseButton.LeftButton)
    assert panel.views.verdict.banner.words.title.startswith("Paused at ")
    qtbot.wait(400)
    stood_at = session.received
    qtbot.wait(600)
    assert session.received == stood_at
    panel.does.pause_or_replay()
    panel.views.night.paces.findChildren(type(panel.views.stop))[-1].click()
    assert panel.work.pace == "max"
    ended(qtbot, panel)
    assert session.complete
    facts = panel.views.verdict.facts()
    assert set(facts) >= {"κ, rolling", "κ, offline"}
    assert panel.views.facts.value("Kind") == "Rolling"


def test_a_stopped_session_is_paused_at_what_came(open_device: Opened, qtbot: QtBot) -> None:
    panel = open_device()
    panel.work.set_pace("600")
    panel.does.replay()
    qtbot.waitUntil(
        lambda: panel.work.session is not None and panel.work.session.received > 3, timeout=JOB_MS
    )
    qtbot.mouseClick(panel.views.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.work.busy is None, timeout=JOB_MS)
    session = panel.work.session
    assert session is not None
    assert 0 < session.received < len(session)
    assert panel.views.verdict.banner.words.title == f"Paused at {session.received}/{len(session)}"
    assert panel.views.validate.isEnabled()


def test_a_saved_session_opens_again_as_it_was(open_device: Opened, qtbot: QtBot) -> None:
    panel = open_device()
    panel.does.validate()
    ended(qtbot, panel)
    before, facts = panel.work.session, panel.views.verdict.facts()
    assert before is not None
    assert [each.bit_exact for each in panel.views.before.sessions] == [True]
    table: TableView = panel.views.before.table
    panel.views.folding.reveal("before")
    at = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    again = panel.work.session
    assert again is not None
    assert again is not before
    assert again.board.tolist() == before.board.tolist()
    assert again.expert.tolist() == before.expert.tolist()
    np.testing.assert_allclose(again.rows, before.rows, rtol=1e-6)
    np.testing.assert_allclose(again.probabilities, before.probabilities, atol=0.01)
    assert panel.views.verdict.facts() == facts


def test_the_night_is_also_a_table(open_device: Opened, window: MainWindow, qtbot: QtBot) -> None:
    panel = open_device()
    assert panel.show_table() is None
    panel.does.validate()
    ended(qtbot, panel)
    session = panel.work.session
    assert session is not None
    sheet = panel.show_table()
    assert sheet is not None
    assert sheet.model.rowCount() == len(session)
    staged = [str(sheet.model.data(sheet.model.index(row, 3))).split()[0] for row in range(len(session))]
    assert staged == [session.stage_set.class_names[given] for given in session.board]
    sheet.table.activated.emit(sheet.model.index(5, 0))
    assert panel.views.night.view.cursor_epoch == 5


def test_what_was_chosen_is_there_in_the_next_sitting(
    open_device: Opened, open_window: Callable[[], MainWindow], window: MainWindow, qtbot: QtBot
) -> None:
    panel = open_device()
    folder = window.session.folder
    assert folder is not None
    recording = panel.views.night.recording.itemData(1)
    panel.choose_recording(recording)
    panel.work.set_pace("60")
    panel.does.validate()
    ended(qtbot, panel)
    features = panel.views.night.view.features
    features.choose([features.shown[0]])
    wanted = features.wanted
    window.close()
    again = open_window()
    next_panel = show(qtbot, again, folder, "device")
    assert next_panel.chosen.backend == "pc"
    assert next_panel.chosen.recording == recording
    assert next_panel.views.night.recording.currentData() == recording
    assert next_panel.work.pace == "60"
    assert next_panel.views.night.paces.value() == "60"
    assert next_panel.views.night.view.features.wanted == wanted
    assert len(next_panel.views.before.sessions) == 1


def test_features_that_are_shown_are_the_users_choice(open_device: Opened, qtbot: QtBot) -> None:
    panel = open_device()
    panel.does.validate()
    ended(qtbot, panel)
    session = panel.work.session
    assert session is not None
    features = panel.views.night.view.features
    assert features.shown == session.features[:2]
    features.choose(session.features[3:6])
    assert features.shown == session.features[3:6]
    qtbot.waitUntil(lambda: all(strip.isVisible() for strip in features.strips))


def test_keys_reach_everything(open_device: Opened, window: MainWindow, qtbot: QtBot) -> None:
    panel = open_device()
    assert window.table.action("flash").toolTip() == "This computer needs no flashing."
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert panel.work.staging is not None
    ended(qtbot, panel)
    seen = set()
    for _ in range(12):
        qtbot.keyClick(window, Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.add(focused)
        assert focused.accessibleName() or isinstance(focused, QTabBar)
    assert panel.views.night.view in seen
    assert nameless(window) == []
    panel.views.night.view.setFocus()
    qtbot.keyClick(panel.views.night.view, Qt.Key.Key_Right)
    assert panel.views.night.facts.text().startswith("1 · ")


def test_what_it_does_can_be_copied_as_a_command(open_device: Opened, window: MainWindow) -> None:
    open_device()
    window.table.run("copy_command")
    words = QGuiApplication.clipboard().text().split()
    assert words[words.index("--mode") + 1] == "demo"
    configuration = read_json(Path(words[words.index("--batch") + 1].strip("'")))
    assert configuration["backend"] == "pc"
    assert configuration["board"]["session"] == "rolling"


def test_a_board_without_seggers_library_is_said_with_a_way_out(open_device: Opened, qtbot: QtBot) -> None:
    panel = open_device()
    panel.choose_board("evb")
    qtbot.waitUntil(lambda: panel.views.night.banner.isVisible(), timeout=JOB_MS)
    assert panel.views.night.other.text() == "Use virtual board"
    assert not panel.views.validate.isEnabled()
    assert panel.views.validate.toolTip()
    qtbot.waitUntil(lambda: panel.work.busy is None, timeout=JOB_MS)
    qtbot.mouseClick(panel.views.night.other, Qt.MouseButton.LeftButton)
    assert panel.chosen.backend == "virtual"
    assert panel.views.board.currentData() == "virtual"


def test_plugging_is_noticed_while_the_panel_is_in_front(
    open_device: Opened, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = open_device()
    monkeypatch.setattr(JobClient, "prewarm", lambda _client, **_options: None)
    plugged = {"ttyACM7"}
    monkeypatch.setattr("sleepstudio.desktop.panels.device.port_watch.port_names", lambda: frozenset(plugged))
    panel.choose_board("evb")
    ended_looking = lambda: panel.work.busy is None  # noqa: E731
    qtbot.waitUntil(ended_looking, timeout=JOB_MS)
    looked = panel.work.job
    qtbot.wait(1200)
    plugged.clear()
    qtbot.waitUntil(lambda: panel.work.job is not looked, timeout=10_000)
    qtbot.waitUntil(ended_looking, timeout=JOB_MS)
    looked = panel.work.job
    window.show_panel("recordings")
    plugged.add("ttyACM8")
    qtbot.wait(1500)
    assert panel.work.job is looked


def test_tab_walks_the_panel_in_reading_order(open_device: Opened, window: MainWindow, qtbot: QtBot) -> None:
    panel = open_device()
    panel.views.run.setFocus()
    walked = []
    for _ in range(12):
        focused = QApplication.focusWidget()
        assert focused is not None
        walked.append(focused.accessibleName())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    wanted = ["Run", "Board", "Validate night", "Replay live", "Recording", "The night by expert and board"]
    assert [name for name in walked if name in wanted] == wanted
    assert window.front is panel


def test_a_session_that_ended_is_there_when_the_study_is_opened_again(
    open_device: Opened, window: MainWindow, qtbot: QtBot
) -> None:
    panel = open_device()
    panel.does.validate()
    ended(qtbot, panel)
    first = panel.work.job
    panel.does.validate()
    ended(qtbot, panel)
    session, folder = panel.work.session, window.session.folder
    assert session is not None
    assert folder is not None
    assert first is not None
    assert first.board_events == []
    window.studies.close()
    again = show(qtbot, window, folder, "device")
    assert again is not panel
    assert again.work.session is not None
    assert again.work.session.board.tolist() == session.board.tolist()
    assert again.views.verdict.banner.words.tone == "ok"
