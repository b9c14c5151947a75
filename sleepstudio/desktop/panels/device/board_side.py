"""The left column's head: what is connected, Flash, memory."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from sleepstudio.desktop.panels.device.flash_box import FlashBox
from sleepstudio.desktop.panels.device.memory_box import MemoryBox
from sleepstudio.desktop.panels.device.part_row import PartRows
from sleepstudio.desktop.widgets.layout import boxed, column, rule
from sleepstudio.desktop.widgets.sections import SectionTitle


class BoardSide(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.parts = PartRows()
        self.flash = FlashBox()
        self.memory = MemoryBox()
        inside = column(self.parts, self.flash, rule(), SectionTitle("Memory"), self.memory, None)
        scrolled = QScrollArea()
        scrolled.setWidget(inside)
        scrolled.setWidgetResizable(True)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        boxed(QVBoxLayout(self), 0).addWidget(scrolled)
        self.setAccessibleName("Board")
