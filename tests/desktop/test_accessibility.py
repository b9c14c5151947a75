"""What a keyboard and a screen reader meet: all that takes the focus has a name, and can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QScrollBar,
    QSplitterHandle,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot
from test_jobs import PATIENCE_MS

from sleepstudio.desktop.panel_table import PANELS
from sleepstudio.desktop.window import MainWindow


def nameless(root: QWidget) -> list[str]:
    """Visible widgets that take the focus by Tab and have nothing to be called by."""
    found = []
    for widget in root.findChildren(QWidget):
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()
        if (
            not takes_focus
            or not widget.isVisibleTo(root)
            or isinstance(widget, QScrollBar | QSplitterHandle)
        ):
            continue
        if widget.focusProxy() is not None:
            continue
        if isinstance(widget.parent(), QComboBox) or isinstance(widget, QTabBar):
            continue
        if (
            isinstance(widget, QLineEdit)
            and widget.parent() is not None
            and widget.parent().inherits("QAbstractSpinBox")
        ):
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text):
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


@pytest.mark.parametrize("name", [entry.name for entry in PANELS])
def test_everything_on_a_panel_that_takes_the_focus_has_a_name(
    qtbot: QtBot,
    study_window: MainWindow,
    nights: Path,
    name: str,
) -> None:
    study_window.show_panel(name)
    assert nameless(study_window) == []
    study_window.drops.take(sorted(nights.rglob("*.edf")))
    qtbot.waitUntil(
        lambda: not study_window.drops.busy and not study_window.session.scanning, timeout=PATIENCE_MS
    )
    study_window.show_panel(name)
    assert nameless(study_window) == []


def test_everything_on_the_welcome_page_has_a_name(window: MainWindow) -> None:
    assert nameless(window) == []


@pytest.mark.parametrize("key", ["keys", "preferences", "messages", "about"])
def test_everything_on_a_sheet_has_a_name(window: MainWindow, key: str) -> None:
    window.table.run(key)
    (sheet,) = [each for each in window.findChildren(QDialog) if each.isVisible()]
    assert nameless(sheet) == []


def test_tab_walks_the_welcome_page_and_comes_back(qtbot: QtBot, window: MainWindow) -> None:
    window.stack.setFocus()
    walked: list[QWidget] = []
    for _ in range(40):
        QApplication.focusWidget()
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or now in walked:
            break
        walked.append(now)
    names = [each.accessibleName() for each in walked]
    for name in (
        "Try with sample nights",
        "New study",
        "Open study",
        "Recordings",
        "Device",
        "Keys",
        "Settings",
    ):
        assert name in names, names
    ways = [names.index(name) for name in ("Try with sample nights", "New study", "Open study")]
    assert ways == sorted(ways)


def test_no_widget_keeps_the_focus_from_tab(qtbot: QtBot, study_window: MainWindow) -> None:
    """A table takes one stop, and Tab goes on."""
    study_window.show_panel("recordings")
    seen: list[QWidget] = []
    for _ in range(80):
        now = QApplication.focusWidget()
        qtbot.keyClick(now or study_window, Qt.Key.Key_Tab)
        after = QApplication.focusWidget()
        assert after is not now, f"{now!r} keeps the focus"
        if after is None or after in seen:
            return
        seen.append(after)
    assert not isinstance(seen[-1], QAbstractScrollArea)
