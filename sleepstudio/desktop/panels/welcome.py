"""Before a study is open: three ways in, recent studies, and a picture of what comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.actions import ActionTable
from sleepstudio.desktop.settings import Settings
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, column, grounded


class WelcomePage(QWidget):
    """Sample nights come first."""

    def __init__(self, actions: ActionTable, settings: Settings, open_study: Callable[[Path], None]) -> None:
        super().__init__()
        grounded(self, "window")
        layout = boxed(QHBoxLayout(self), 0)
        layout.addWidget(
            column(label("Sleep Studio", tk.DISPLAY, tk.SEMIBOLD), None, margins=(64, 88, 48, 24))
        )
