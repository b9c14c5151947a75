"""A dataset's card, to be read."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from sleepstudio.datasets.card import Card
from sleepstudio.datasets.card_text import fields_of
from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.labels import label
from sleepstudio.desktop.widgets.layout import boxed, grounded, row

_CAPTIONS = {
    "holds": "Holds",
    "size": "Size",
    "channels": "Channels",
    "scoring": "Scoring",
    "licence": "Licence",
    "cite": "Cite",
    "access": "Access",
    "quirks": "Mind",
    "origins": "From",
}
_CAPTION = 72


class CardPage(QScrollArea):
    """Holds one card at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setAccessibleName("Card")
        self.setFrameShape(QScrollArea.Shape.NoFrame)

    def set_card(self, card: Card) -> None:
        inside = grounded(QWidget())
        down = boxed(QVBoxLayout(inside), tk.GAP2, (tk.GAP4, tk.GAP3, tk.GAP4, tk.GAP4))
        down.addWidget(label(card.title, tk.HEADING, tk.SEMIBOLD, wrap=True))
        cite, page = Button("Copy citation", icon="copy"), Button("Open its page", "link")
        cite.setVisible(bool(card.citations))
        cite.clicked.connect(lambda: QGuiApplication.clipboard().setText("\n".join(card.citations)))
        page.setVisible(bool(card.url))
        page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(card.url)))
        down.addWidget(row(cite, page, None))
        grid = QGridLayout()
        grid.setHorizontalSpacing(tk.GAP3)
        grid.setVerticalSpacing(tk.GAP2)
        grid.setColumnStretch(1, 1)
        place = 0
        for name, paragraphs in fields_of(card):
            if name not in _CAPTIONS:
                continue
            marked = len(paragraphs) > 1
            for number, paragraph in enumerate(paragraphs):
                caption = label(_CAPTIONS[name] if not number else "", tk.SMALL, tone="text2")
                caption.setFixedWidth(_CAPTION)
                words = label(
                    f"{_mark(name, number)}{paragraph}" if marked else paragraph,
                    tk.SMALL,
                    wrap=True,
                    selectable=True,
                )
                top = caption.alignment().AlignTop
                grid.addWidget(caption, place, 0, top)
                grid.addWidget(words, place, 1)
                place += 1
        down.addLayout(grid)
        down.addStretch(1)
        self.setWidget(inside)
        self.setAccessibleDescription(f"{card.title}. {card.holds}")


def _mark(name: str, number: int) -> str:
    return f"{number + 1}.  " if name == "access" else "·  "
