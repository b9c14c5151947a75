"""The application: Qt, theme, window. Nothing heavy is imported before the first paint."""

from __future__ import annotations

import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

import sleepstudio
from sleepstudio.desktop.preload import Preloading
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.window import MainWindow

PREWARM_AFTER_MS = 300


def main(paths: Sequence[Path], *, debug: bool = False) -> int:
    """Opens the window and runs until it is closed; returns the exit status.

    ``paths``: what it opens with, as if dropped. ``debug``: says where the window is; faults of the program
    end it with a traceback.
    """
    application = make_application()
    window = open_window(application, Settings.of_user())
    if debug:
        window.painted.connect(lambda: _tell(window))
    else:
        sys.excepthook = _Faults(window).report
    interrupts = _Interrupts(window)
    preloading = Preloading()
    window.painted.connect(preloading.start)
    window.painted.connect(lambda: QTimer.singleShot(PREWARM_AFTER_MS, window.jobs.prewarm))
    if paths:
        window.drops.take([path.absolute() for path in paths])
    status: int = application.exec()
    interrupts.stop()
    preloading.stop()
    return status


def open_window(application: QApplication, settings: Settings) -> MainWindow:
    """Shows a window in the appearance that was chosen, and follows that choice."""
    theme = Theme(application, settings.preference("appearance"))
    settings.preference_changed.connect(
        lambda key: theme.choose(settings.preference(key)) if key == "appearance" else None
    )
    window = MainWindow(settings)
    window.show()
    return window


def make_application() -> QApplication:
    """The QApplication with the names that the desktop knows it by."""
    application = QApplication(["sleepstudio"])
    application.setApplicationName("Sleep Studio")
    application.setApplicationVersion(sleepstudio.__version__)
    application.setDesktopFileName("sleepstudio")
    return application


def _tell(window: MainWindow) -> None:
    """Says on standard error where the window is: what a report of a fault in drawing needs."""
    scale = round(100 * window.devicePixelRatioF())
    size = f"{window.width()}×{window.height()}"
    sys.stderr.write(f"sleepstudio: window on {QApplication.platformName()}, {size} at {scale} %\n")
    sys.stderr.flush()


class _Faults:
    """A fault of the program is said in the window, which goes on; no traceback reaches the user."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        where = traceback.extract_tb(trace)[-1] if trace else None
        place = f" ({Path(where.filename).name}, line {where.lineno})" if where else ""
        self._window.messages.error(
            f"Unexpected {kind.__name__}: {error}{place}. This is a fault of the program; your study is "
            "as it was last saved. Start with --debug and report what is printed."
        )


class _Interrupts(QObject):
    """Ctrl+C and SIGTERM close the window as its own button does, which saves what is open."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._ends = socket.socketpair()
        for end in self._ends:
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._ends[0].fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(window.close)
        self._before = signal.set_wakeup_fd(self._ends[1].fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

    def stop(self) -> None:
        signal.set_wakeup_fd(self._before)
        self._notifier.setEnabled(False)
        for end in self._ends:
            end.close()
