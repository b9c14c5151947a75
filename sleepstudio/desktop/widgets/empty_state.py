"""Nothing here yet: what would be here, one way to get it, one quieter way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.labels import Glyph, label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row

TEXT_WIDTH = 440


class EmptyState(QWidget):
    """Stands a third down its region."""

    def __init__(self, icon: str, title: str, text: str, *actions: QWidget) -> None:
        super().__init__()
        grounded(self)
        words = label(text, tk.BODY, tone="text2", wrap=True)
        words.setFixedWidth(TEXT_WIDTH)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setMinimumHeight(words.heightForWidth(TEXT_WIDTH))
        middle = Qt.AlignmentFlag.AlignHCenter
        layout = boxed(QVBoxLayout(self), tk.GAP2)
        layout.addStretch(2)
        layout.addWidget(Glyph(icon, "text3", tk.ICON_EMPTY), 0, middle)
        layout.addSpacing(tk.GAP2)
        layout.addWidget(label(title, tk.EMPTY_HEADING, tk.SEMIBOLD), 0, middle)
        layout.addWidget(words, 0, middle)
        layout.addSpacing(tk.GAP2)
        if actions:
            layout.addWidget(row(None, *actions, None))
        layout.addStretch(3)
