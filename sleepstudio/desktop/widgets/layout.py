"""Rows, columns, rules and grounds: how regions are put together."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk

Margins = int | tuple[int, int, int, int]
Item = QWidget | tuple[QWidget, int] | int | None
"""A widget; a widget with its stretch; pixels of space; None for stretch."""

Layout = TypeVar("Layout", bound=QBoxLayout)
Widget = TypeVar("Widget", bound=QWidget)


def boxed(layout: Layout, spacing: int = tk.GAP2, margins: Margins = 0) -> Layout:
    """Sets spacing and margins (left, top, right, bottom)."""
    layout.setSpacing(spacing)
    layout.setContentsMargins(*(margins if isinstance(margins, tuple) else (margins,) * 4))
    return layout


def fill(layout: QBoxLayout, *items: Item) -> None:
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, tuple):
            layout.addWidget(item[0], item[1])
        else:
            layout.addWidget(item)


def row(*items: Item, spacing: int = tk.GAP2, margins: Margins = 0) -> QWidget:
    made = QWidget()
    fill(boxed(QHBoxLayout(made), spacing, margins), *items)
    return made


def column(*items: Item, spacing: int = 0, margins: Margins = 0) -> QWidget:
    made = QWidget()
    fill(boxed(QVBoxLayout(made), spacing, margins), *items)
    return made


def rule(*, vertical: bool = False) -> QFrame:
    """The hairline between regions."""
    made = QFrame()
    made.setProperty("role", "rule")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def grounded(widget: Widget, ground: str = "surface") -> Widget:
    """Paints the widget's ground in a role of the tokens; children keep theirs."""
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
    widget.setProperty("ground", ground)
    return widget


def restyle(widget: QWidget, **properties: object) -> None:
    """Sets properties that the style sheet reads, and has them read again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
