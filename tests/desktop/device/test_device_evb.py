"""The way of a real board from the window: its debugger by the real pylink, its link by a port.

Behind the debugger is the stand-in for SEGGER's library, behind both a virtual board that the window knows
nothing of.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import stand_in_jlink
from board_relay import BoardRelay
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from staged_study import show

from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.panels.device.panel import DevicePanel
from sleepstudio.desktop.window import MainWindow
from sleepstudio.study_folder import Study

JOB_MS = 120_000
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("unicorn") is None, reason="the virtual board's extra is not installed"
)


@dataclass(frozen=True)
class Plugged:
    """A board at the end of two cables. ``stand_in``: the file that says how its debugger behaves."""

    board: VirtualBoard
    relay: BoardRelay
    stand_in: Path

    def behave(self, *misbehaviours: str) -> None:
        self.stand_in.write_text(" ".join([str(self.relay.port), *misbehaviours]), "utf-8")


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugged]:
    with VirtualBoard(tmp_path / "evb.mram") as board, BoardRelay(board) as relay:
        found = Plugged(board, relay, tmp_path / "stand_in")
        found.behave()
        folder = Path(stand_in_jlink.__file__).parent / "with_stand_in"
        path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
        monkeypatch.setenv("STAND_IN", str(found.stand_in))
        yield found


@pytest.fixture
def panel(
    plugged: Plugged,
    window: MainWindow,
    qtbot: QtBot,
    staged_study: Path,
    copy_study: Callable[[Path], Path],
) -> DevicePanel:
    """Over a study whose board is at that port."""
    study = copy_study(staged_study)
    Study.open(study).save_configuration({"board": {"port": plugged.board.port}})
    opened = show(qtbot, window, study, "device")
    assert isinstance(opened, DevicePanel)
    opened.choose_board("evb")
    qtbot.waitUntil(lambda: opened.work.job is not None and opened.work.busy is None, timeout=JOB_MS)
    return opened


def flash(qtbot: QtBot, panel: DevicePanel) -> Job:
    """By its key; the job when it has ended."""
    qtbot.keyClick(panel.window(), Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    job = panel.work.flashing
    assert job is not None
    qtbot.waitUntil(lambda: panel.work.busy is None, timeout=JOB_MS)
    return job


def test_a_probe_pulled_while_it_flashes_then_flashed_and_validated(
    panel: DevicePanel, plugged: Plugged, window: MainWindow, qtbot: QtBot
) -> None:
    side = panel.views.side
    assert side.parts.rows["probe"].value == "J-Link EVB"
    assert side.parts.rows["board"].value == "Not reachable"
    plugged.behave("unplugged")
    job = flash(qtbot, panel)
    assert job.error is not None
    assert job.error.message.startswith("the connection to the debugger was lost")
    assert side.flash.sentence.text().startswith("The connection to the debugger was lost")
    assert plugged.board.probe.read(0x18000, 8) != b"\xff" * 8, "it was pulled in the middle"
    plugged.behave()
    job = flash(qtbot, panel)
    assert job.error is None, f"{job.error}\n{job.log_tail()}"
    assert side.flash.sentence.text().startswith("Flashed and verified in ")
    assert (side.parts.rows["port"].value, side.parts.rows["model"].value) == (plugged.board.port, "wide")
    assert window.rail.buttons["device"].badge == "ok"
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: panel.work.busy is None and panel.work.session is not None, timeout=JOB_MS)
    session = panel.work.session
    assert session is not None
    assert panel.views.verdict.banner.words.title == f"Bit-exact {len(session)}/{len(session)}"
    [saved] = panel.views.before.sessions
    assert saved.bit_exact
