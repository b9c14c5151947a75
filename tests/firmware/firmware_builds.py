"""Builds of the firmware for tests, under build/firmware unless said otherwise."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]


def build(board: str, *, into: Path | None = None, source: Path = ROOT) -> Path:
    """The folder of a build; skips the test where a tool is missing. Workers build one after another."""
    needed = ["cmake", "ninja", "cc" if board.startswith("host") else "arm-none-eabi-gcc"]
    missing = [tool for tool in needed if shutil.which(tool) is None]
    if missing:
        pytest.skip(
            f"{', '.join(missing)} not installed (packaging/environment.sh names the Debian packages)"
        )
    folder = into or ROOT / "build" / "firmware"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        done = subprocess.run(
            ["sh", str(source / "firmware" / "build.sh"), board],
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "FIRMWARE_BUILD": str(folder)},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / board
