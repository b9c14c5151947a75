"""Imports what the panels need while the user reads the welcome page, so that opening one does not wait."""

from __future__ import annotations

import importlib
import threading
from typing import Final

from sleepstudio.desktop.panel_table import PANELS

USED_WHEN_DRAWN: Final = ("numpy.ma", "sleepstudio.models.tcn")
"""Loaded by the first call of a function that panels call at once."""


class Preloading:
    """Imports the panels in a thread, in the rail's order.

    In a thread, because an import cannot be split, and the largest takes 100 ms. None of these modules makes
    a widget or any other QObject when it is imported. A panel that is opened meanwhile waits for its own
    modules alone.
    """

    def __init__(self) -> None:
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._import_all, name="preload", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        """Returns when all are imported."""
        self._thread.join()

    def stop(self) -> None:
        """Returns when the module that is being imported is done.

        A library that is loaded while the interpreter ends would crash it.
        """
        self._enough.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _import_all(self) -> None:
        for module in (*(entry.module for entry in PANELS if entry.installed), *USED_WHEN_DRAWN):
            if self._enough.is_set():
                return
            importlib.import_module(module)
