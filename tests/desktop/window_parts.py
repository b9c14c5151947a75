"""What a window shows, by its kind or its words."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QWidget

from sleepstudio.desktop.window import MainWindow


def sheet(window: MainWindow, kind: type[QDialog]) -> QDialog:
    found = [each for each in window.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def button(parent: QWidget, text: str) -> QAbstractButton:
    return next(each for each in parent.findChildren(QAbstractButton) if each.text() == text)


def texts(parent: QWidget) -> str:
    return "\n".join(each.text() for each in parent.findChildren(QLabel))
