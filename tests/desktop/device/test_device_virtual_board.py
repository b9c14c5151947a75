"""The whole way on the virtual board, from the window: flash, replay, pull the cable, flash again."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from staged_study import edit_json, show

from sleepstudio.desktop.panels.device.panel import DevicePanel
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.window import MainWindow
from sleepstudio.study import read_json

JOB_MS = 120_000
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("unicorn") is None, reason="the virtual board's extra is not installed"
)


@pytest.fixture
def panel(
    window: MainWindow, qtbot: QtBot, staged_study: Path, copy_study: Callable[[Path], Path]
) -> DevicePanel:
    """Over a study of its own whose virtual board was never flashed."""
    opened = show(qtbot, window, copy_study(staged_study), "device")
    assert isinstance(opened, DevicePanel)
    opened.choose_board("virtual")
    return opened


def ended(qtbot: QtBot, panel: DevicePanel) -> None:
    qtbot.waitUntil(lambda: panel.work.busy is None, timeout=JOB_MS)
    job = panel.work.job
    assert job is not None
    assert job.error is None, f"{job.error}\n{job.log_tail()}"


def flashed(qtbot: QtBot, panel: DevicePanel) -> None:
    qtbot.keyClick(panel.window(), Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert panel.work.flashing is not None
    ended(qtbot, panel)


def test_nothing_is_staged_before_the_board_was_flashed(panel: DevicePanel, window: MainWindow) -> None:
    views = panel.views
    assert not views.validate.isEnabled()
    assert views.validate.toolTip() == "The board has no model. Flash wide."
    assert views.side.flash.button.text() == "Flash wide"
    assert not views.night.banner.isVisible()
    assert window.rail.buttons["device"].badge == ""


def test_flashed_and_validated_bit_for_bit(panel: DevicePanel, window: MainWindow, qtbot: QtBot) -> None:
    flashed(qtbot, panel)
    views = panel.views
    assert views.side.flash.sentence.text().startswith("Flashed and verified in ")
    assert views.side.parts.rows["model"].value == "wide"
    assert window.rail.buttons["device"].badge == "ok"
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    ended(qtbot, panel)
    session = panel.work.session
    assert session is not None
    assert views.verdict.banner.words.title == f"Bit-exact {len(session)}/{len(session)}"
    facts = views.verdict.facts()
    assert facts["κ, whole frames"] == facts["κ, offline"]
    assert session.costs is not None
    assert session.costs.unit == "instructions"
    assert views.cost.unit.text() == "Instructions"
    assert not views.cost.switch.isVisible()
    assert session.costs.total > 1000
    assert views.log.log.toPlainText().count("equal to the host's int8 result") == 1


def test_a_run_that_was_exported_anew_is_not_what_is_on_the_board(panel: DevicePanel, qtbot: QtBot) -> None:
    flashed(qtbot, panel)
    assert panel.views.validate.isEnabled()
    run = Path(panel.views.run.currentData())
    sha = read_json(run / "manifest.json")["stages"]["export"]["files"]["model.tflite"]
    edit_json(
        run / "manifest.json",
        lambda document: document["stages"]["export"]["files"].update({"model.tflite": sha[::-1]}),
    )
    panel.reload()
    assert not panel.views.validate.isEnabled()
    assert panel.views.validate.toolTip() == "The board runs an earlier wide. Flash it."
    assert panel.views.side.flash.button.isEnabled()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the board's process in /proc")
def test_a_board_that_goes_away_pauses_the_session_and_what_came_is_kept(
    panel: DevicePanel, window: MainWindow, qtbot: QtBot
) -> None:
    flashed(qtbot, panel)
    panel.work.set_pace("600")
    qtbot.mouseClick(panel.views.replay, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: panel.work.session is not None and panel.work.session.received > 5, timeout=JOB_MS
    )
    session, job = panel.work.session, panel.work.job
    assert session is not None
    assert job is not None
    assert job.child is not None
    for pid in boards_of(job.child.pid):
        os.kill(pid, signal.SIGKILL)
    banner = panel.views.night.banner
    qtbot.waitUntil(lambda: banner.isVisible() or panel.work.busy is None, timeout=20_000)
    received = session.received
    assert 5 < received < len(session)
    assert panel.views.verdict.banner.words.title == f"Paused at {received}/{len(session)}"
    assert window.rail.buttons["device"].badge == "error"
    if panel.work.busy is not None:
        stop: Button = panel.views.night.primary
        assert stop.text() == "Stop and keep"
        qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.work.busy is None, timeout=JOB_MS)
    [saved] = panel.views.before.sessions
    assert (saved.exact, saved.total, saved.bit_exact) == (received, len(session), False)
    panel.work.set_pace("max")
    panel.does.validate()
    ended(qtbot, panel)
    assert panel.views.verdict.banner.words.tone == "ok"
    assert not banner.isVisible()


def boards_of(job: int) -> list[int]:
    """Processes of virtual boards that a job started."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == job and any(b"board.virtual" in word for word in words):
            found.append(int(entry.name))
    return found
