"""Tokens brought onto Qt: palette, fonts and the style sheet on top of Fusion, by the system or by choice.

There is one appearance for the whole application, as there is one ``QApplication.palette``. Widgets never
keep a colour: they paint with :func:`now` or carry a ``tone`` or ``ground`` property that the style sheet
reads, so that a change of appearance reaches everything.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.tokens import DARK, LIGHT, Tokens

Appearance = Literal["system", "light", "dark"]

TONES = ("text", "text2", "text3", "accent", "ok", "warn", "error", "link", "on_accent")
GROUNDS = (
    "window",
    "rail",
    "surface",
    "alt",
    "raised",
    "selection",
    "ok_ground",
    "warn_ground",
    "error_ground",
)

_TABULAR = QFont.Tag("tnum")
_MONOSPACE = ["SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono", "monospace"]


class Theme(QObject):
    """Applies an appearance and follows the system where that is chosen. ``changed`` follows each change."""

    changed = Signal()

    def __init__(self, application: QApplication, appearance: object = "system") -> None:
        super().__init__(application)
        self._application = application
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._follow_system)
        self.choose(appearance)

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    def choose(self, appearance: object) -> None:
        """``appearance``: one of Appearance; anything else counts as system."""
        self._appearance: Appearance = (
            "light" if appearance == "light" else "dark" if appearance == "dark" else "system"
        )
        self._apply()

    def _follow_system(self) -> None:
        if self._appearance == "system" and _current.tokens is not self._wanted():
            self._apply()

    def _wanted(self) -> Tokens:
        if self._appearance == "system":
            dark = self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
            return DARK if dark else LIGHT
        return DARK if self._appearance == "dark" else LIGHT

    def _apply(self) -> None:
        tokens = _current.tokens = self._wanted()
        self._application.setPalette(_palette(tokens))
        self._application.setFont(font())
        self._application.setStyleSheet(style_sheet(tokens))
        self.changed.emit()


class _Current:
    tokens: Tokens = LIGHT


_current = _Current()


def now() -> Tokens:
    """The tokens of the present appearance. Ask when painting; do not keep them."""
    return _current.tokens


def font(size: int = tk.BODY, weight: int = tk.REGULAR, *, mono: bool = False) -> QFont:
    """The system's font at ``size`` logical pixels, with figures of one width where the font has them."""
    made = QFont(QApplication.font())
    if mono:
        made.setFamilies(_MONOSPACE)
    made.setPixelSize(size)
    made.setWeight(QFont.Weight(weight))
    made.setFeature(_TABULAR, 1)
    return made


def colour(value: str, alpha: int = 255) -> QColor:
    """A token as a QColor, ``alpha`` 0–255."""
    made = QColor(value)
    made.setAlpha(alpha)
    return made


def mix(ground: str, ink: str, share: float) -> QColor:
    """``share`` of ``ink`` over ``ground``, opaque."""
    below, above = QColor(ground), QColor(ink)
    return QColor(
        *(
            round(low + (high - low) * share)
            for low, high in zip(
                (below.red(), below.green(), below.blue()),
                (above.red(), above.green(), above.blue()),
                strict=True,
            )
        )
    )


def _palette(t: Tokens) -> QPalette:
    role = QPalette.ColorRole
    made = QPalette()
    for which, value in (
        (role.Window, t.window),
        (role.WindowText, t.text),
        (role.Base, t.surface),
        (role.AlternateBase, t.alt),
        (role.Text, t.text),
        (role.Button, t.raised),
        (role.ButtonText, t.text),
        (role.Highlight, t.accent_fill),
        (role.HighlightedText, t.on_accent),
        (role.PlaceholderText, t.text3),
        (role.Link, t.link),
        (role.Mid, t.hairline),
        (role.Light, t.raised),
        (role.Dark, t.control),
        (role.ToolTipBase, t.raised),
        (role.ToolTipText, t.text),
        (role.Accent, t.accent_fill),
    ):
        made.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(t.text3))
    return made


def style_sheet(t: Tokens) -> str:
    """Everything that Fusion and the palette do not draw as the design asks."""
    tones = "".join(f'QLabel[tone="{tone}"] {{ color: {getattr(t, tone)}; }}\n' for tone in TONES)
    grounds = "".join(
        f'*[ground="{ground}"] {{ background-color: {getattr(t, ground)}; }}\n' for ground in GROUNDS
    )
    return f"""
    QMainWindow, QMenuBar, QDialog {{ background: {t.window}; }}
    QMenuBar {{ padding: 1px 6px; border-bottom: 1px solid {t.hairline}; color: {t.text}; }}
    QMenuBar::item {{ padding: 4px 9px; background: transparent; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {t.selection}; }}
    QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.control}; padding: 4px 0; }}
    QMenu::item {{ padding: 5px 28px 5px 24px; }}
    QMenu::item:selected {{ background: {t.selection}; color: {t.text}; }}
    QMenu::item:disabled {{ color: {t.text3}; }}
    QMenu::separator {{ height: 1px; background: {t.hairline}; margin: 4px 0; }}
    QLabel {{ background: transparent; }}
    {tones}
    QFrame[role="rule"] {{ background: {t.hairline}; border: none; }}
    QPushButton {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.control};
        border-radius: {tk.RADIUS}px; padding: 0 12px; min-height: {tk.CONTROL_HEIGHT - 2}px; }}
    QPushButton:hover {{ border-color: {t.text3}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:pressed {{ background: {t.alt}; }}
    QPushButton:disabled {{ color: {t.text3}; background: {t.window}; border-color: {t.hairline}; }}
    QPushButton[role="primary"] {{ background: {t.accent_fill}; border-color: {t.accent_fill};
        color: {t.on_accent}; font-weight: 600; }}
    QPushButton[role="primary"]:focus {{ border-color: {t.text}; }}
    QPushButton[role="primary"]:disabled {{ color: {t.text3}; background: {t.window};
        border-color: {t.hairline}; }}
    QPushButton[role="quiet"] {{ background: transparent; border-color: transparent; color: {t.text2};
        padding: 0 8px; }}
    QPushButton[role="quiet"]:focus {{ border-color: {t.accent}; }}
    QPushButton[role="link"] {{ background: transparent; border: 1px solid transparent; color: {t.link};
        padding: 0 3px; font-weight: 600; min-height: 20px; }}
    QPushButton[role="link"]:hover {{ text-decoration: underline; }}
    QPushButton[role="link"]:focus {{ border-color: {t.accent}; }}
    QPushButton[role="danger"] {{ color: {t.error}; }}
    QPushButton[role="danger"]:disabled {{ color: {t.text3}; }}
    QPushButton[role="segment"] {{ border-radius: 0; margin-left: -1px; padding: 0 11px; color: {t.text2}; }}
    QPushButton[role="segment"][place="first"] {{ margin-left: 0;
        border-top-left-radius: {tk.RADIUS}px; border-bottom-left-radius: {tk.RADIUS}px; }}
    QPushButton[role="segment"][place="last"] {{
        border-top-right-radius: {tk.RADIUS}px; border-bottom-right-radius: {tk.RADIUS}px; }}
    QPushButton[role="segment"]:checked {{ background: {t.selection}; color: {t.text}; font-weight: 600; }}
    QPushButton[bare="true"] {{ padding: 0; }}
    QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateTimeEdit {{ background: {t.surface}; color: {t.text};
        border: 1px solid {t.control}; border-radius: {tk.RADIUS}px; padding: 0 8px;
        min-height: {tk.CONTROL_HEIGHT - 4}px;
        selection-background-color: {t.accent_fill}; selection-color: {t.on_accent}; }}
    QAbstractSpinBox > QLineEdit {{ border: none; background: transparent; padding: 0; min-height: 0; }}
    QLineEdit[bare="true"] {{ border: none; background: transparent; }}
    QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border: 1px solid {t.accent}; }}
    QLineEdit[state="error"], QSpinBox[state="error"], QDoubleSpinBox[state="error"],
    QComboBox[state="error"] {{ border: 1px solid {t.error}; }}
    QLineEdit:read-only {{ background: {t.alt}; border-color: {t.hairline}; }}
    QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {{ color: {t.text3};
        background: {t.window}; border-color: {t.hairline}; }}
    QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{
        width: 0; border: none; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox::down-arrow {{ image: none; }}
    QComboBox QAbstractItemView {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.control};
        selection-background-color: {t.selection}; selection-color: {t.text}; outline: none; }}
    QTableView, QTreeView, QListView {{ background: {t.surface}; color: {t.text}; border: none;
        selection-background-color: {t.selection}; selection-color: {t.text}; outline: none; }}
    QHeaderView {{ background: {t.surface}; border: none; }}
    QHeaderView::section {{ background: {t.surface}; color: {t.text2}; border: none;
        border-bottom: 1px solid {t.hairline}; padding: 0 8px; }}
    QHeaderView::section:first {{ padding-left: 16px; }}
    QHeaderView::section:last {{ padding-right: 16px; }}
    QTabBar {{ qproperty-drawBase: 0; background: transparent; }}
    QTabBar::tab {{ background: transparent; color: {t.text2}; padding: 7px 2px 6px 2px; margin: 0 14px 0 0;
        border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; font-weight: 600; }}
    QTabBar::tab:focus {{ color: {t.accent}; }}
    QTabBar::tab:disabled {{ color: {t.text3}; }}
    QTabWidget::pane {{ border: none; }}
    QProgressBar {{ background: {t.hairline}; border: none; border-radius: {tk.RADIUS_SMALL}px;
        max-height: 6px; min-height: 6px; }}
    QProgressBar::chunk {{ background: {t.accent_fill}; border-radius: {tk.RADIUS_SMALL}px; }}
    QScrollArea {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {t.control}; border-radius: 3px; margin: 2px;
        min-height: 28px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle:horizontal {{ background: {t.control}; border-radius: 3px; margin: 2px;
        min-width: 28px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    QSplitter::handle {{ background: {t.hairline}; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.control}; padding: 4px 6px; }}
    QPlainTextEdit {{ background: {t.surface}; border: none; color: {t.text2}; }}
    {grounds}
    """
