"""Log, differences and counters of a session, under the night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from sleepstudio.desktop import theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.layout import boxed, grounded, row, rule
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.desktop.widgets.time_strip import time_text

MOST_LINES: Final = 2000
_LOG, _DIFFERENCES, _COUNTERS = range(3)
_DIFFERENCE_COLUMNS: Final = (
    Column("Epoch", 80, "number"),
    Column("Time", 76),
    Column("Host", 90),
    Column("Board", 90),
    Column("What differs", 120, "dim", stretch=True),
)
_COUNTER_COLUMNS: Final = (
    Column("Counter", 190),
    Column("Value", 110, "number"),
    Column("Means", 120, "dim", stretch=True),
)
COUNTERS: Final[Mapping[str, tuple[str, str]]] = {
    "frames_received": ("Frames received", "whole messages that the board understood"),
    "frames_sent": ("Frames sent", "messages of the board"),
    "crc_errors": ("CRC errors", "messages that arrived damaged and were dropped"),
    "framing_errors": ("Framing errors", "bytes that were no message, and messages that were too long"),
    "overruns": ("Overruns", "bytes lost because the board could not keep up"),
    "refused": ("Refused", "requests that the board answered with a reason instead"),
    "inferences": ("Inferences", "since the board started"),
    "watchdog_resets": ("Watchdog resets", "restarts because the firmware stood still"),
    "stack_free_bytes": ("Stack left", "bytes never used, the least since the start"),
    "uptime_ms": ("Uptime", "ms since the board started"),
    "host_crc_errors": ("CRC errors, host", "messages of the board that arrived damaged"),
    "host_framing_errors": ("Framing errors, host", "bytes of the board that were no message"),
    "repeats": ("Repeats", "requests that were sent again for want of an answer"),
    "fetched_stages": ("Stages asked for", "stages that were lost on the way and asked for again"),
    "restarts": ("Restarts", "of the board while the session ran; it went on"),
    "reconnects": ("Reconnects", "times that the board was lost and found again"),
}
TROUBLE: Final = frozenset(
    {
        *("crc_errors", "framing_errors", "overruns", "watchdog_resets"),
        *("host_crc_errors", "host_framing_errors", "repeats", "restarts", "reconnects"),
    }
)


class SessionTabs(QWidget):
    """``epoch_wanted(epoch)`` comes when a difference is chosen; ``copy`` is *Copy as command*."""

    epoch_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        grounded(self)
        self._shown_differences = 0
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("About the session")
        self.tabs.setFont(theme.font(tk.SMALL))
        for name in ("Log", "Differences", "Counters"):
            self.tabs.addTab(name)
        self.copy = Button("Copy as command", "quiet", "copy")
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(MOST_LINES)
        self.log.setFont(theme.font(tk.TICK, mono=True))
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.log.document().setDocumentMargin(tk.GAP3)
        self.log.setAccessibleName("Log of the board")
        self.log.setTabChangesFocus(True)
        self._differences = RowsModel(_DIFFERENCE_COLUMNS)
        self.differences = TableView(_DIFFERENCE_COLUMNS, name="Epochs that differ from the host")
        self.differences.setModel(self._differences)
        self.differences.clicked.connect(self._choose)
        self.differences.activated.connect(self._choose)
        self._counters = RowsModel(_COUNTER_COLUMNS)
        self.counters = TableView(_COUNTER_COLUMNS, name="Counters of board and link")
        self.counters.setModel(self._counters)
        self.pages = QStackedWidget()
        for page in (self.log, self.differences, self.counters):
            self.pages.addWidget(page)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        layout = boxed(QVBoxLayout(self), 0)
        layout.addWidget(row(self.tabs, None, self.copy, margins=(tk.GAP4, 2, tk.GAP2, 0)))
        layout.addWidget(rule())
        layout.addWidget(self.pages, 1)

    def add_lines(self, lines: Sequence[str]) -> None:
        """Appends to the log; it follows its end unless the user looks further up."""
        bar = self.log.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        self.log.appendPlainText("\n".join(lines))
        if at_end:
            bar.setValue(bar.maximum())

    def set_lines(self, lines: Sequence[str]) -> None:
        self.log.setPlainText("\n".join(lines))
        self.log.verticalScrollBar().setValue(self.log.verticalScrollBar().maximum())

    def show_session(self, session: LiveSession | None) -> None:
        differences = session.differences if session is not None else ()
        words = f"Differences {session.differing}" if session is not None else "Differences"
        if session is not None and len(differences) != self._shown_differences:
            names = session.stage_set.class_names

            def named(value: int) -> str:
                return names[value] if 0 <= value < len(names) else "–"

            self._differences.set_rows(
                [
                    (
                        str(each.epoch + 1),
                        time_text(each.epoch * session.epoch_s, session.start),
                        named(each.host),
                        (named(each.board), "error"),
                        "stage" if each.host != each.board else "outputs, not the stage",
                    )
                    for each in differences
                ]
            )
        elif not differences:
            self._differences.set_rows([])
        self._session_epochs = [each.epoch for each in differences]
        self._shown_differences = len(differences)
        self.tabs.setTabText(_DIFFERENCES, words)
        counters = session.counters if session is not None else {}
        self._counters.set_rows(
            [
                (
                    COUNTERS.get(key, (key.replace("_", " ").capitalize(), ""))[0],
                    (f"{value:,.0f}", "warn" if key in TROUBLE and value else "text"),
                    COUNTERS.get(key, ("", ""))[1],
                )
                for key, value in counters.items()
            ]
        )

    def open_differences(self) -> None:
        self.tabs.setCurrentIndex(_DIFFERENCES)

    def open_log(self) -> None:
        self.tabs.setCurrentIndex(_LOG)

    def _choose(self, index: QModelIndex) -> None:
        self.epoch_wanted.emit(self._session_epochs[index.row()])
