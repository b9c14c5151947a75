"""The application as it is started, on a real X server: the window comes up, says so, and ends in order."""

from __future__ import annotations

import ctypes
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

XCB = ("libxcb-cursor.so.0", "libxkbcommon-x11.so.0", "libxcb-icccm.so.4", "libxcb-keysyms.so.1")
PATIENCE_S = 60


def _library_is_missing(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return True
    return False


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of its own; skips, saying what is missing, where there can be none."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed")
    missing = [name for name in XCB if _library_is_missing(name)]
    if missing:
        pytest.skip(f"Qt's xcb platform lacks {', '.join(missing)}")
    ready, told = os.pipe()
    with subprocess.Popen(
        [server, "-displayfd", str(told), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=(told,),
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(told)
        with os.fdopen(ready) as answer:
            number = answer.readline().strip()
        try:
            if not number:
                pytest.skip("Xvfb does not start here")
            yield f":{number}"
        finally:
            process.terminate()


def _line_with(process: subprocess.Popen[str], words: str) -> str:
    """The first line on standard error that has these words; everything it said where none comes."""
    assert process.stderr is not None
    said = []
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stderr, selectors.EVENT_READ)
        while waiting.select(PATIENCE_S):
            line = process.stderr.readline()
            said.append(line)
            if words in line:
                return line
            if not line:
                break
    raise AssertionError("".join(said) or "it said nothing")


@pytest.mark.skipif(sys.platform != "linux", reason="X servers are Linux's here")
@pytest.mark.parametrize(("scale", "size"), [("1", "1280×800"), ("2", "1024×700")])
def test_the_window_comes_up_on_an_x_server_and_a_signal_ends_it(
    display: str, tmp_path: Path, scale: str, size: str
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    process = subprocess.Popen(
        [sys.executable, "-m", "sleepstudio.cli", "--debug"],
        env={
            **environment,
            "DISPLAY": display,
            "QT_SCALE_FACTOR": scale,
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert f"window on xcb, {size} at {100 * int(scale)} %" in _line_with(process, "window on ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()
    assert "geometry=" in (tmp_path / "config" / "sleepstudio" / "desktop.ini").read_text()
