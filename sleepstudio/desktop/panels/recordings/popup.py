"""A small panel over the view that closes with Esc or a click beside it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.layout import boxed, grounded


class Popup(QFrame):
    """Fill ``body``; the popup deletes itself when it closes."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(name)
        grounded(self, "raised")
        self.body = boxed(QVBoxLayout(self), tk.GAP2, (tk.GAP3, tk.GAP3, tk.GAP3, tk.GAP3))

    def open_over(self, widget: QWidget) -> None:
        """At the right end of the widget's top."""
        self.adjustSize()
        corner = QPoint(widget.width() - self.width() - tk.GAP2, tk.GAP2)
        self.move(widget.mapToGlobal(corner))
        self.show()
