"""What opens over the window: settings, keys, messages, logs, about. None of them blocks anything."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

import sleepstudio
from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.actions import MENUS, ActionSpec, ActionTable
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_words import progress_text
from sleepstudio.desktop.messages import Message, Messages
from sleepstudio.desktop.settings import PREFERENCES, Preference, Settings
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.forms import FieldSpec, Form
from sleepstudio.desktop.widgets.key_cap import KeyCap
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, row, rule
from sleepstudio.desktop.widgets.sections import SectionTitle
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView

KEYS_SIZE, SETTINGS_WIDTH, TABLE_SIZE = QSize(1180, 640), 520, QSize(820, 480)
KEYS_COLUMNS = 4


class Sheet(QDialog):
    """A window of its own that leaves the main one usable; Esc closes it."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.body = boxed(QVBoxLayout(self), 0)


class KeysSheet(Sheet):
    """Every action that has a key, from the same table as menus and keys."""

    def __init__(self, actions: ActionTable, parent: QWidget) -> None:
        super().__init__("Keys", parent)
        lines = [line for menu in MENUS for line in self._group(menu, actions)]
        inside = grounded(QWidget())
        columns = boxed(QHBoxLayout(inside), tk.GAP6 + tk.GAP2, tk.GAP6)
        height = -(-len(lines) // KEYS_COLUMNS)
        for first in range(0, len(lines), height):
            stacked = boxed(QVBoxLayout(), 2)
            for line in lines[first : first + height]:
                stacked.addWidget(line)
            stacked.addStretch(1)
            columns.addLayout(stacked, 1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setAccessibleName("Keys")
        self.body.addWidget(area)
        self.resize(KEYS_SIZE)

    @staticmethod
    def _group(menu: str, actions: ActionTable) -> list[QWidget]:
        shown = [spec for spec in actions.specs.values() if spec.menu == menu and spec.keys]
        if not shown:
            return []
        heading = label(menu, tk.BODY, tk.SEMIBOLD)
        heading.setFixedHeight(tk.ROW_HEIGHT_SPARSE)
        lines = [heading, *(_key_line(_name_of(spec), actions.action(spec.id).shortcuts()) for spec in shown)]
        if any(spec.keys and not spec.menu for spec in actions.specs.values()) and menu == "Recording":
            lines.append(_key_line("Score and stay", ["Shift + a stage key"]))
        return lines


def _name_of(spec: ActionSpec) -> str:
    return spec.text.rstrip("…")


def _key_line(name: str, keys: Sequence[QKeySequence | str]) -> QWidget:
    texts = [
        key if isinstance(key, str) else key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys
    ]
    caps = [KeyCap(_ARROWS.get(text, text).replace("-", "−"), small=True) for text in texts[:2]]
    line = row((ElidedLabel(name), 1), *caps, spacing=tk.GAP1)
    line.setFixedHeight(tk.ROW_HEIGHT)
    line.setAccessibleName(f"{name}: {' or '.join(texts)}")
    return line


_ARROWS = {
    "Left": "←",
    "Right": "→",
    "Shift+Left": "Shift+←",
    "Shift+Right": "Shift+→",
    "Alt+Up": "Alt+↑",
    "Alt+Down": "Alt+↓",
}


class SettingsSheet(Sheet):
    """Generated from the rows of :data:`PREFERENCES`; each change holds at once."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("Settings", parent)
        self.forms: dict[str, Form] = {}
        for section in dict.fromkeys(each.section for each in PREFERENCES):
            rows = [each for each in PREFERENCES if each.section == section]
            form = Form(tuple(_field(each, settings) for each in rows))
            form.edited.connect(lambda key, form=form: settings.set_preference(key, form.value(key)))
            self.forms |= {each.key: form for each in rows}
            self.body.addWidget(SectionTitle(section))
            self.body.addWidget(row((form, 1), margins=(tk.GAP4, 0, tk.GAP4, tk.GAP2)))
            self.body.addWidget(rule())
        close = Button("Close")
        close.clicked.connect(self.close)
        note = label("Changes hold at once.", tk.SMALL, tone="text3")
        self.body.addWidget(row(note, None, close, margins=(tk.GAP4, tk.GAP3, tk.GAP4, tk.GAP3)))
        self.setFixedWidth(SETTINGS_WIDTH)


def _field(preference: Preference, settings: Settings) -> FieldSpec:
    kind = (
        ("segmented" if len(preference.choices) <= 4 else "choice")
        if preference.choices
        else "check"
        if isinstance(preference.default, bool)
        else "integer"
        if isinstance(preference.default, int)
        else "text"
    )
    return FieldSpec(
        preference.key,
        preference.caption,
        kind,
        settings.preference(preference.key),
        preference.choices,
        preference.bounds,
        aside=preference.aside,
    )


_MESSAGE_COLUMNS = (
    Column("Time", 92, "dim"),
    Column("", 34, "state"),
    Column("Message", 480, stretch=True),
)
_MESSAGE_STATES = {"ok": "ok", "info": "idle", "warn": "warn", "error": "error"}


class MessagesSheet(Sheet):
    """Everything that was said in this sitting, newest first."""

    def __init__(self, messages: Messages, parent: QWidget) -> None:
        super().__init__("Messages", parent)
        self._messages = messages
        self.model = RowsModel(_MESSAGE_COLUMNS)
        table = TableView(_MESSAGE_COLUMNS, name="Messages")
        table.setModel(self.model)
        copy = Button("Copy all", icon="copy")
        copy.clicked.connect(self._copy)
        self.body.addWidget(table, 1)
        self.body.addWidget(rule())
        self.body.addWidget(row(None, copy, margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)))
        self.resize(TABLE_SIZE)
        messages.shown.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        self.model.set_rows(
            [
                (f"{said.at:%H:%M:%S}", (_MESSAGE_STATES[said.kind], ""), " ".join(said.text.split()))
                for said in reversed(self._messages.history)
            ]
        )

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(_line_of(said) for said in self._messages.history))


def _line_of(said: Message) -> str:
    return f"{said.at:%Y-%m-%d %H:%M:%S} {said.kind}: {said.text}"


class LogSheet(Sheet):
    """The end of a job's log, growing while it runs, over the command that does the same."""

    def __init__(self, job: Job, parent: QWidget) -> None:
        super().__init__(f"Log of {job.request.title}", parent)
        self._job = job
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(theme.font(tk.SMALL, mono=True))
        self.text.setAccessibleName("Log")
        self._state = label("", tk.SMALL, tone="text2")
        copy = Button("Copy as command", icon="copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(job.command_line()))
        self.body.addWidget(row((self._state, 1), copy, margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2)))
        self.body.addWidget(rule())
        self.body.addWidget(self.text, 1)
        self.resize(TABLE_SIZE)
        clock = QTimer(self)
        clock.setInterval(1000)
        clock.timeout.connect(self._refresh)
        clock.start()
        self._refresh()

    def _refresh(self) -> None:
        self._state.setText(progress_text(self._job))
        tail = self._job.log_tail(400) or "Nothing was printed yet."
        if tail == self.text.toPlainText():
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self.text.setPlainText(tail)
        if at_end:
            bar.setValue(bar.maximum())


class AboutSheet(Sheet):
    """Name, versions, licence; versions can be copied for a report."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("About Sleep Studio", parent)
        versions = {"sleepstudio": sleepstudio.__version__, **installed_versions()}
        grid = QGridLayout()
        grid.setHorizontalSpacing(tk.GAP6)
        grid.setVerticalSpacing(tk.GAP1)
        for number, (name, version) in enumerate(versions.items()):
            grid.addWidget(label(name, tk.SMALL, tone="text2"), number, 0)
            grid.addWidget(label(version, tk.SMALL, selectable=True), number, 1)
        copy = Button("Copy versions", icon="copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(_as_lines(versions)))
        close = Button("Close")
        close.clicked.connect(self.close)
        self.body.setContentsMargins(tk.GAP6, tk.GAP6, tk.GAP6, tk.GAP4)
        self.body.addWidget(
            column(
                label("Sleep Studio", tk.TITLE, tk.SEMIBOLD),
                label("From a night of signals to a sleep-staging model on the wrist.", tone="text2"),
                label("BSD 3-clause licence. Not a medical device.", tk.SMALL, tone="text3"),
                spacing=tk.GAP1,
            )
        )
        self.body.addSpacing(tk.GAP4)
        self.body.addLayout(grid)
        self.body.addSpacing(tk.GAP4)
        self.body.addWidget(row(None, copy, close))


def installed_versions() -> dict[str, str]:
    """What a report of a fault needs: Python, system, and the libraries that are installed."""
    from sleepstudio.study import installed_versions as libraries

    found = {"Python": platform.python_version(), "System": platform.platform(), **_qt_versions()}
    return found | {name: version for name, version in libraries().items() if name != "sleepstudio"}


def _qt_versions() -> dict[str, str]:
    import PySide6
    from PySide6.QtCore import qVersion

    return {"PySide6": PySide6.__version__, "Qt": qVersion()}


def _as_lines(versions: dict[str, str]) -> str:
    return "\n".join(f"{name} {version}" for name, version in versions.items())
