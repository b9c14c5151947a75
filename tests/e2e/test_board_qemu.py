"""The night of the virtual board on QEMU's Cortex-M4: another emulator, other peripherals, the same bytes."""

from __future__ import annotations

import json

import pytest
from board_study import Flashed, board
from firmware_builds import build
from qemu_board import QEMU, QemuBoard, is_installed


@pytest.mark.parametrize("arguments", [(), ("--frames",)], ids=["rolling", "frames"])
def test_a_night_on_qemu_is_the_hosts_bit_for_bit(flashed: Flashed, arguments: tuple[str, ...]) -> None:
    if not is_installed():
        pytest.skip(f"{QEMU} is not installed (packaging/environment.sh names the Debian package)")
    before = set(flashed.sessions())
    with QemuBoard(build("mps2") / "firmware.elf", flashed.run / "board_image.bin") as qemu:
        done = board("run", flashed.run, "--port", qemu.port, *arguments, cwd=flashed.folder)
    assert done.status == 0, done.out + done.err
    (folder,) = set(flashed.sessions()) - before
    document = json.loads((folder / "session.json").read_text("utf-8"))
    verdict = document["verdict"]
    assert verdict["exact"] == verdict["total"] == len(flashed.table())
    assert document["costs"]["cpu_hz"] is None, "instructions are never time"
    assert document["counters"]["crc_errors"] == document["counters"]["overruns"] == 0
