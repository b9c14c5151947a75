"""PySide6 6.12.0 aborts CPython 3.11 after thousands of void calls; a one-shot smoke test passes on it."""

from __future__ import annotations

import subprocess
import sys

LOOP = """
from PySide6.QtCore import QObject, QTimer
timer = QTimer()
for _ in range(200_000):
    timer.setInterval(5)
    timer.blockSignals(False)
print("sound")
"""


def test_void_calls_by_the_hundred_thousand() -> None:
    finished = subprocess.run([sys.executable, "-c", LOOP], capture_output=True, text=True, check=False)
    assert finished.stdout.strip() == "sound", finished.stderr[-2000:]
