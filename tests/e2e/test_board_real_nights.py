"""Real nights: every held-out one of a short sleep-accel run, staged on the board, bit for bit.

The board is the virtual one, reached as a real one is: the real pylink, over a stand-in for SEGGER's library,
flashes it, and the command stages over a port. And QEMU's Cortex-M4, another emulator with other peripherals.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from board_relay import BoardRelay
from board_study import BOARD_TESTS, NO_VIRTUAL_BOARD, board
from e2e_study import command, tiny, write
from firmware_builds import build
from qemu_board import QEMU, QemuBoard, is_installed

from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.flash import flash_board
from sleepstudio.board.link import open_link
from sleepstudio.board.probe_jlink import JLinkProbe
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.monitor import SILENT
from sleepstudio.recordings import read_hypnogram

STAND_IN = BOARD_TESTS / "stand_in_jlink.py"


@dataclass(frozen=True)
class RealRun:
    path: Path
    held_out: frozenset[str]


@pytest.fixture(scope="module")
def real_run(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> RealRun:
    """Not to be changed, but for what sessions add."""
    folder = tmp_path_factory.mktemp("real")
    configuration = tiny(folder, name="real", frame_size=240, feature={"name": "FS-W-SA-4"})
    configuration["datasets"] = [
        {"name": "sleep-accel", "params": {"path": str(real_data / "sleep-accel-features")}}
    ]
    configuration["architecture"] = {"name": "tcn-10k"}
    config = write(folder, configuration)
    trained = subprocess.run(
        command(config, ["--out", str(folder)]), capture_output=True, text=True, timeout=600, check=False
    )
    assert trained.returncode == 0, trained.stdout + trained.stderr
    run = folder / "runs" / "real"
    (fit,) = json.loads((run / "split.json").read_text())["fits"]
    assert len(fit["test"]) >= 5
    return RealRun(run, frozenset(fit["test"]))


def staged(run: RealRun, port: str, *arguments: str) -> str:
    """What the command said that staged on the board at ``port``; it did so without an error."""
    done = board("run", run.path, "--port", port, *arguments, cwd=run.path, timeout=500)
    assert done.status == 0, done.out + done.err
    return done.out


def sessions(run: RealRun) -> set[Path]:
    return set(run.path.glob("sessions/*"))


def assert_exact(run: RealRun, folders: set[Path]) -> None:
    """They are of every held-out night, whole, and equal to the host's to the bit."""
    documents = {folder: json.loads((folder / "session.json").read_text()) for folder in folders}
    assert sorted(document["recording"] for document in documents.values()) == sorted(run.held_out)
    for folder, document in documents.items():
        verdict = document["verdict"]
        assert (verdict["exact"], verdict["complete"]) == (verdict["total"], True)
        assert verdict["kappa"] == verdict["offline_kappa"]
        assert document["held_out"]
        assert len(read_hypnogram(folder / "hypnogram.edf")) == verdict["total"]


@pytest.mark.skipif(find_spec("unicorn") is None, reason=NO_VIRTUAL_BOARD)
def test_every_held_out_night_is_bit_exact(real_run: RealRun, tmp_path: Path) -> None:
    before = sessions(real_run)
    with VirtualBoard(tmp_path / "board.mram") as virtual, BoardRelay(virtual) as relay:
        probe = JLinkProbe(command=(sys.executable, str(STAND_IN), str(relay.port)))
        flash_board(
            probe,
            lambda: open_link(virtual.port),
            firmware_image(),
            (real_run.path / "board_image.bin").read_bytes(),
            monitor=SILENT,
        )
        probe.close()
        staged(real_run, virtual.port, "--frames")
        assert_exact(real_run, sessions(real_run) - before)
        assert "90 of 90 epochs bit-exact" in staged(real_run, virtual.port, "--epochs", "90")


def test_every_held_out_night_is_bit_exact_on_qemu(real_run: RealRun) -> None:
    if not is_installed():
        pytest.skip(f"{QEMU} is not installed (packaging/environment.sh names the Debian package)")
    before = sessions(real_run)
    with QemuBoard(build("mps2") / "firmware.elf", real_run.path / "board_image.bin") as qemu:
        staged(real_run, qemu.port, "--frames")
        assert_exact(real_run, sessions(real_run) - before)
        assert "90 of 90 epochs bit-exact" in staged(real_run, qemu.port, "--epochs", "90")
