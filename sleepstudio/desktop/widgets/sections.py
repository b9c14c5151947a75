"""Panel header, section title, fact and figure: the lines that say what something is."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.labels import ElidedLabel, label, set_tone
from sleepstudio.desktop.widgets.layout import Margins, boxed, column, row


class PanelHeader(QWidget):
    """The 48 px line at the top of a panel: its name, one line of facts, at most one primary action."""

    def __init__(self, title: str, detail: str = "", *actions: QWidget) -> None:
        super().__init__()
        self._detail = ElidedLabel(detail)
        layout = boxed(QHBoxLayout(self), tk.GAP2, (tk.GAP4, 0, tk.GAP4, 0))
        layout.addWidget(label(title, tk.HEADING, tk.SEMIBOLD))
        layout.addWidget(self._detail, 1)
        for action in actions:
            layout.addWidget(action)
        self.setFixedHeight(tk.HEADER_HEIGHT)

    def set_detail(self, text: str) -> None:
        self._detail.setText(text)


class SectionTitle(QWidget):
    """The 38 px line over a region: title, aside, ways to go on at the right."""

    def __init__(
        self,
        title: str,
        detail: str = "",
        *actions: QWidget,
        margins: Margins = (tk.GAP4, tk.GAP1, tk.GAP4, tk.GAP1),
    ) -> None:
        super().__init__()
        self._title = label(title, tk.BODY, tk.SEMIBOLD)
        self._detail = ElidedLabel(detail, tk.SMALL, "text3")
        layout = boxed(QHBoxLayout(self), tk.GAP2, margins)
        layout.addWidget(self._title)
        layout.addWidget(self._detail, 1)
        for action in actions:
            layout.addWidget(action)
        self.setFixedHeight(tk.SECTION_HEIGHT)

    def set_title(self, text: str) -> None:
        self._title.setText(text)

    def set_detail(self, text: str) -> None:
        self._detail.setText(text)


class Fact(QWidget):
    """A caption and its value on one line."""

    def __init__(
        self,
        caption: str,
        value: str = "",
        *,
        tone: str = "text",
        width: int = tk.CAPTION_WIDTH,
        mono: bool = False,
    ) -> None:
        super().__init__()
        self._caption = label(caption, tk.SMALL, tone="text2")
        self._caption.setFixedWidth(width)
        self._value: QLabel = label(value, tk.SMALL, tk.MEDIUM, tone, mono=mono, selectable=True)
        layout = boxed(QHBoxLayout(self), tk.GAP2)
        layout.addWidget(self._caption)
        layout.addWidget(self._value)
        layout.addStretch(1)
        self.setFixedHeight(tk.FACT_HEIGHT)

    def set_caption(self, caption: str) -> None:
        self._caption.setText(caption)

    def set_value(self, value: str, tone: str = "text") -> None:
        self._value.setText(value)
        set_tone(self._value, tone)


class Figure(QWidget):
    """One number that matters: value large, caption small beneath it."""

    def __init__(self, value: str, caption: str, detail: str = "", tone: str = "text") -> None:
        super().__init__()
        self._value = label(value, tk.FIGURE, tk.SEMIBOLD, tone)
        self._detail = label(detail, tk.SMALL, tone="text2")
        layout = boxed(QHBoxLayout(self), 0)
        layout.addWidget(
            column(row(self._value, self._detail, None, spacing=6), label(caption, tk.SMALL, tone="text2"))
        )

    def set_value(self, value: str, detail: str = "", tone: str = "text") -> None:
        self._value.setText(value)
        self._detail.setText(detail)
        set_tone(self._value, tone)
