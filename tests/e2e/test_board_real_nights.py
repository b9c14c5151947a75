"""Real nights: every held-out one of a short sleep-accel run, staged on the board, bit for bit.

The board is the virtual one, reached as a real one is: the real pylink, over a stand-in for SEGGER's library,
flashes it, and the command stages over a port.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from board_relay import BoardRelay
from board_study import BOARD_TESTS, NO_VIRTUAL_BOARD, board
from e2e_study import command, tiny, write

from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.flash import flash_board
from sleepstudio.board.link import open_link
from sleepstudio.board.probe_jlink import JLinkProbe
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.monitor import SILENT
from sleepstudio.recordings import read_hypnogram

STAND_IN = BOARD_TESTS / "stand_in_jlink.py"


@pytest.mark.skipif(find_spec("unicorn") is None, reason=NO_VIRTUAL_BOARD)
def test_every_held_out_night_is_bit_exact(real_data: Path, tmp_path: Path) -> None:
    configuration = tiny(tmp_path, name="real", frame_size=240, feature={"name": "FS-W-SA-4"})
    configuration["datasets"] = [
        {"name": "sleep-accel", "params": {"path": str(real_data / "sleep-accel-features")}}
    ]
    configuration["architecture"] = {"name": "tcn-10k"}
    config = write(tmp_path, configuration)
    trained = subprocess.run(
        command(config, ["--out", str(tmp_path)]), capture_output=True, text=True, timeout=600, check=False
    )
    assert trained.returncode == 0, trained.stdout + trained.stderr
    run = tmp_path / "runs" / "real"
    (fit,) = json.loads((run / "split.json").read_text())["fits"]
    assert len(fit["test"]) >= 5
    with VirtualBoard(tmp_path / "board.mram") as virtual, BoardRelay(virtual) as relay:
        probe = JLinkProbe(command=(sys.executable, str(STAND_IN), str(relay.port)))
        flash_board(
            probe,
            lambda: open_link(virtual.port),
            firmware_image(),
            (run / "board_image.bin").read_bytes(),
            monitor=SILENT,
        )
        probe.close()
        done = board("run", run, "--port", virtual.port, "--frames", cwd=tmp_path, timeout=500)
        rolling = board("run", run, "--port", virtual.port, "--epochs", "90", cwd=tmp_path, timeout=300)
    assert done.status == 0, done.out + done.err
    assert rolling.status == 0, rolling.out + rolling.err
    assert "90 of 90 epochs bit-exact" in rolling.out
    sessions = [
        (folder, json.loads((folder / "session.json").read_text())) for folder in (run / "sessions").iterdir()
    ]
    assert {document["recording"] for _, document in sessions} == set(fit["test"])
    for folder, document in sessions:
        verdict = document["verdict"]
        assert (verdict["exact"], verdict["complete"]) == (verdict["total"], True)
        assert verdict["kappa"] == verdict["offline_kappa"]
        assert document["held_out"]
        assert len(read_hypnogram(folder / "hypnogram.edf")) == verdict["total"]
