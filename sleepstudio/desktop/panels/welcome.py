"""Before a study is open: three ways in, recent studies, and a picture of what comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QRectF, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from sleepstudio.desktop import icons, theme
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.actions import ActionTable
from sleepstudio.desktop.regions import KEYBOARD_REASONS
from sleepstudio.desktop.settings import RecentStudy, Settings
from sleepstudio.desktop.widgets.arrangement import width_class
from sleepstudio.desktop.widgets.hypnogram_strip import HypnogramStrip
from sleepstudio.desktop.widgets.key_cap import KeyCap
from sleepstudio.desktop.widgets.labels import Glyph, label
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, row, rule
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView

LEFT_WIDTH, LEFT_NARROW, WAY_HEIGHT, DROP_HEIGHT, STRIP_HEIGHT = 620, 540, 56, 132, 270
SHOWN_RECENT = 6

_WAYS: Final = (
    ("sample_nights", "moon", "Eight simulated nights, scored, ready in a minute"),
    ("new_study", "new", "A folder for recordings, features and models"),
    ("open_study", "open", "Continue where you left off"),
    ("datasets", "recordings", "Public nights: what they hold, on which terms, and their download"),
)
_GUIDE: Final = (
    ("recordings", "Recordings", "Look, clean and score. Signals, events and several scorers side by side."),
    ("features", "Features", "Choose a feature set and see every epoch under its hypnogram."),
    ("training", "Training", "Fit an int8 network of 10–30 K parameters and watch a held-out night improve."),
    ("comparison", "Comparison", "Agreement with confidence intervals, against what the model costs."),
    ("device", "Device", "Flash the Apollo4 Plus, or a virtual board, and stage sleep live."),
)
_RECENT: Final = (
    Column("Study", 220, stretch=True),
    Column("Recordings", 88, "number"),
    Column("Runs", 60, "number"),
    Column("Last opened", 150, "dim"),
)


def day_text(moment: datetime, today: date) -> str:
    """*today, 09:12*, *yesterday*, *3 November*, *3 November 2025*."""
    if moment.date() == today:
        return f"today, {moment:%H:%M}"
    if moment.date() == today - timedelta(days=1):
        return "yesterday"
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment.day} {moment:%B}{year}"


class WayButton(QAbstractButton):
    """One way in: icon, what it is, what it means, its key."""

    def __init__(self, action: str, icon: str, text: str, actions: ActionTable) -> None:
        super().__init__()
        name = actions.specs[action].text.rstrip("…")
        self._by_keyboard = False
        self.setObjectName(f"way_{action}")
        self.setAccessibleName(name)
        self.setAccessibleDescription(text)
        self.setFixedHeight(WAY_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = boxed(QHBoxLayout(self), tk.GAP3, (tk.GAP3, tk.GAP2, tk.GAP3, tk.GAP2))
        layout.addWidget(Glyph(icon, "accent", tk.GAP6))
        layout.addWidget(
            column(label(name, tk.BODY, tk.SEMIBOLD), label(text, tk.SMALL, tone="text2"), spacing=1), 1
        )
        layout.addWidget(KeyCap(actions.action(action).shortcut().toString()))
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(lambda: actions.run(action))

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        self._by_keyboard = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        ground = tokens.selection if self.isDown() or self.underMouse() else tokens.surface
        painter.fillRect(self.rect(), theme.colour(ground))
        if self.hasFocus() and self._by_keyboard:
            painter.setPen(theme.colour(tokens.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class DropTarget(QWidget):
    """Where things may be dropped; the whole window takes them too."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(DROP_HEIGHT)
        self.setAccessibleName("Drop recordings, a folder or a study here")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        tokens, painter = theme.now(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.colour(tokens.control), 1.4)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(theme.colour(tokens.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.drawPixmap(self.width() // 2 - 14, 22, icons.pixmap("recordings", "text2", 28))
        for y, text, size, weight, tone in (
            (58, "Drop recordings, a folder or a study here", tk.BODY, tk.SEMIBOLD, tokens.text),
            (82, "EDF, EDF+, BDF · hypnograms: NSRR and Profusion XML, EDF+, CSV", tk.SMALL, tk.REGULAR, ""),
            (100, "Your files stay where they are.", tk.SMALL, tk.REGULAR, ""),
        ):
            painter.setFont(theme.font(size, weight))
            painter.setPen(theme.colour(tone or tokens.text2))
            painter.drawText(QRectF(0, y, self.width(), 22), int(Qt.AlignmentFlag.AlignCenter), text)


class WelcomePage(QWidget):
    """Sample nights come first."""

    def __init__(
        self, actions: ActionTable, settings: Settings, open_study: Callable[[Path], object]
    ) -> None:
        super().__init__()
        grounded(self, "window")
        self._settings, self._open_study = settings, open_study
        self._recent: tuple[RecentStudy, ...] = ()
        self._model = RowsModel(_RECENT)
        self.recent_table = TableView(_RECENT, name="Recent studies", row_height=tk.ROW_HEIGHT_SPARSE)
        self.recent_table.setModel(self._model)
        self.recent_table.activated.connect(self._open_recent)
        self.recent_table.clicked.connect(self._open_recent)
        self._no_recent = label("Studies that you open are listed here.", tk.SMALL, tone="text3")
        self._strip = HypnogramStrip(tread=4)
        self._strip.setFixedHeight(STRIP_HEIGHT)
        self._left_area = self._scrolled(self._left(actions), "window")
        layout = boxed(QHBoxLayout(self), 0)
        layout.addWidget(self._left_area)
        layout.addWidget(rule(vertical=True))
        layout.addWidget(self._scrolled(self._right(actions), "surface"), 1)
        self.refresh()

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002, N802
        """Narrow windows give the left side less, in width and in margins."""
        wide = width_class(self.window().width()) == "wide"
        side, top = (64, 88) if wide else (tk.GAP6, 48)
        self._left_inside.setFixedWidth(LEFT_WIDTH if wide else LEFT_NARROW)
        self._left_page.setContentsMargins(side, top, 0, tk.GAP6)
        self._right_page.setContentsMargins(
            48 if wide else tk.GAP6, top + 8, 48 if wide else tk.GAP6, tk.GAP6
        )
        self._left_area.setFixedWidth(self._left_inside.width() + side + 48)

    def refresh(self) -> None:
        """Reads the recent studies again."""
        self._recent = self._settings.recent_studies()[:SHOWN_RECENT]
        today = date.today()
        self._model.set_rows(
            [
                (study.name, str(study.recordings), str(study.runs), day_text(study.opened, today))
                for study in self._recent
            ]
        )
        rows = len(self._recent)
        self.recent_table.setVisible(rows > 0)
        self._no_recent.setVisible(rows == 0)
        self.recent_table.setFixedHeight(tk.TABLE_HEADER_HEIGHT + rows * tk.ROW_HEIGHT_SPARSE + 2)

    def draw_night(self) -> None:
        """Fills in the picture at the right; after the first paint, because the simulator takes its time."""
        import numpy as np

        from sleepstudio.recordings.simulate.sleep_cycles import generate_hypnogram

        self._strip.set_clock(datetime(2026, 1, 1, 23, 14))
        self._strip.set_hypnogram(generate_hypnogram(8.0, np.random.default_rng(8)))

    def showEvent(self, event: object) -> None:  # noqa: ARG002, N802
        self.refresh()
        if self._strip.hypnogram is None:
            QTimer.singleShot(0, self, self.draw_night)

    def _open_recent(self, index: QModelIndex) -> None:
        self._open_study(self._recent[index.row()].path)

    @staticmethod
    def _scrolled(content: QWidget, ground: str) -> QScrollArea:
        """The page scrolls where the window is too low for it."""
        area = QScrollArea()
        area.setWidget(grounded(content, ground))
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _left(self, actions: ActionTable) -> QWidget:
        ways = QWidget()
        stacked = boxed(QVBoxLayout(ways), 0)
        for number, (action, icon, text) in enumerate(_WAYS):
            if number:
                stacked.addWidget(rule())
            stacked.addWidget(WayButton(action, icon, text, actions))
        inside = column(
            label("Sleep Studio", tk.DISPLAY, tk.SEMIBOLD),
            2,
            label("From a night of signals to a sleep-staging model on the wrist.", tk.HEADING, tone="text2"),
            28,
            ways,
            20,
            DropTarget(),
            28,
            label("Recent studies", tk.BODY, tk.SEMIBOLD),
            tk.GAP2,
            self.recent_table,
            self._no_recent,
            None,
        )
        self._left_inside = inside
        self._left_page = row(inside, None)
        return self._left_page

    def _right(self, actions: ActionTable) -> QWidget:
        guide = QWidget()
        stacked = boxed(QVBoxLayout(guide), 26)
        for name, title, text in _GUIDE:
            words = column(
                label(title, tk.BODY, tk.SEMIBOLD), label(text, tk.SMALL, tone="text2", wrap=True), spacing=1
            )
            key = KeyCap(actions.action(f"panel_{name}").shortcut().toString())
            stacked.addWidget(row(Glyph(name, "text2", tk.ICON_RAIL), (words, 1), key, spacing=tk.GAP3))
        self._right_page = column(
            label("One night, five steps", tk.HEADING, tk.SEMIBOLD),
            tk.GAP1,
            label("A simulated night of eight hours, as Sleep Studio draws it", tk.SMALL, tone="text2"),
            14,
            self._strip,
            34,
            guide,
            None,
        )
        return self._right_page
