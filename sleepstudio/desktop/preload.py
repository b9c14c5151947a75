"""Imports what the panels need while the user reads the welcome page, so that opening one does not wait."""

from __future__ import annotations

import importlib
import threading
from typing import Final

from sleepstudio.desktop.panel_table import PANELS

USED_WHEN_DRAWN: Final = ("numpy.ma", "sleepstudio.models.tcn")
"""Loaded by the first call of a function that panels call at once."""


def preload() -> threading.Thread:
    """Starts importing the panels, in the rail's order; gives the thread that does.

    In a thread, because an import cannot be split, and the largest takes 100 ms. None of these modules makes
    a widget or any other QObject when it is imported. A panel that is opened meanwhile waits for its own
    modules alone.
    """
    thread = threading.Thread(target=_import_all, name="preload", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    for module in (*(entry.module for entry in PANELS if entry.installed), *USED_WHEN_DRAWN):
        importlib.import_module(module)
