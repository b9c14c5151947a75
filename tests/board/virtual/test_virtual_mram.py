"""The file that is the virtual board's MRAM."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sleepstudio.board.memory_map import FIRMWARE_ADDRESS, MRAM_BYTES
from sleepstudio.board.virtual.mram import HEAD_BYTES, Mram
from sleepstudio.errors import BoardError

ERASED = b"\xff"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "board" / "virtual.mram"


def test_a_new_one_is_erased_and_keeps_what_is_written(path: Path) -> None:
    mram = Mram(path)
    assert mram.content[:] == ERASED * MRAM_BYTES
    content = bytes(range(250)) * 7
    mram.write(FIRMWARE_ADDRESS, content)
    mram.close()
    again = Mram(path)
    assert again.content[FIRMWARE_ADDRESS : FIRMWARE_ADDRESS + len(content)] == content
    again.write(FIRMWARE_ADDRESS, ERASED * len(content))
    again.close()
    assert path.read_bytes() == ERASED * MRAM_BYTES


@pytest.mark.parametrize("size", [0, 5, MRAM_BYTES - 1, MRAM_BYTES + 1])
def test_another_file_is_refused_and_left_alone(path: Path, size: int) -> None:
    path.parent.mkdir()
    path.write_bytes(bytes(size))
    with pytest.raises(BoardError, match=f"{size} bytes instead of {MRAM_BYTES}"):
        Mram(path)
    assert path.read_bytes() == bytes(size)


def test_a_folder_is_no_mram(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(BoardError, match="cannot be opened"):
        Mram(path)


WRITER = """
import sys
from pathlib import Path
from sleepstudio.board.virtual.mram import Mram
mram = Mram(Path(sys.argv[1]))
turn = 0
while True:
    turn = turn % 200 + 1
    mram.write(0x18000, bytes([turn]) * 300_000)
    print(turn, flush=True)
"""
TRIALS = 12


def test_what_a_killed_writer_left_half_has_no_beginning(path: Path) -> None:
    """It has no vector table, so that it is not started; two thirds of the trials end in the middle."""
    halves = 0
    for trial in range(TRIALS):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"1\n"
            time.sleep(trial * 0.0003)
            writer.kill()
        mram = Mram(path)
        head = mram.content[FIRMWARE_ADDRESS : FIRMWARE_ADDRESS + HEAD_BYTES]
        rest = mram.content[FIRMWARE_ADDRESS + HEAD_BYTES : FIRMWARE_ADDRESS + 300_000]
        mram.close()
        if head[:8] == ERASED * 8:
            halves += 1
        else:
            assert set(rest) == {head[0]}
    assert halves > 0
