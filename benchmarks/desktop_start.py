"""How long the window takes to open: process start to first paint, beside a bare PySide6 + pyqtgraph window.

    python -m benchmarks.desktop_start [--repeats 7]

Both are started in turn, each in a process of its own, so that what else the computer does meets both. The
clock starts before the process is made and stops when the window, with all in it, was painted once. The bare
window has an empty plot: the least that an application of this kind can show. Without QT_QPA_PLATFORM it is
painted off screen.

Budget: 1.0 s.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

BUDGET_S = 1.0

_BARE = """
import time
import pyqtgraph
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

class Plot(pyqtgraph.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, done)

def done():
    print(time.monotonic())
    application.quit()

application = QApplication([])
window = QMainWindow()
window.setCentralWidget(Plot())
window.resize(1600, 1000)
window.show()
application.exec()
"""

_OURS = """
import time
import sleepstudio.cli
from pathlib import Path
from sleepstudio.desktop.app import make_application, open_window
from sleepstudio.desktop.settings import Settings

def done():
    print(time.monotonic())
    application.quit()

application = make_application()
window = open_window(application, Settings(Path({folder!r}) / "settings.ini", Path({folder!r})))
window.painted.connect(done)
application.exec()
window.jobs.shutdown()
"""


def main(arguments: list[str] | None = None) -> int:
    """Prints medians and their ratio; returns 1 where the budget is exceeded."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.desktop_start", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args(arguments).repeats
    with tempfile.TemporaryDirectory() as folder:
        cases = {"bare PySide6 + pyqtgraph": _BARE, "sleepstudio": _OURS.format(folder=folder)}
        times: dict[str, list[float]] = {name: [] for name in cases}
        for repeat in range(repeats + 1):
            for name, code in cases.items():
                seconds = _start_to_paint(code)
                if repeat:
                    times[name].append(seconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        print(f"{name:26} {medians[name]:5.2f} s   ({min(values):.2f}–{max(values):.2f}, {repeats} starts)")
    ratio = medians["sleepstudio"] / medians["bare PySide6 + pyqtgraph"]
    kept = medians["sleepstudio"] <= BUDGET_S
    print(f"{'ratio':26} {ratio:5.2f}     budget {BUDGET_S:.1f} s {'kept' if kept else 'EXCEEDED'}")
    return 0 if kept else 1


def _start_to_paint(code: str) -> float:
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    start = time.monotonic()
    finished = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True, env=environment
    )
    return float(finished.stdout.split()[-1]) - start


if __name__ == "__main__":
    sys.exit(main())
