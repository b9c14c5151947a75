"""The answer to: does the board compute what the host computes, and how good is that?"""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.live_session import KIND_MEANING, KIND_NAMES, LiveSession
from sleepstudio.desktop.panels.device.verdict_words import (
    NOT_VALIDATED,
    VerdictWords,
    kappa_facts,
    verdict_words,
)
from sleepstudio.desktop.widgets.labels import ElidedLabel, Glyph, label, set_tone
from sleepstudio.desktop.widgets.layout import boxed, column, grounded, restyle, row
from sleepstudio.desktop.widgets.sections import SectionTitle

_LOOK: Final = {
    "ok": ("ok_ground", "ok"),
    "neutral": ("alt", "text"),
    "error": ("error_ground", "error"),
}
_GLYPH, _TITLE, _CAPTION, _FACTS = 28, 18, 108, 5


class VerdictBanner(QWidget):
    def __init__(self) -> None:
        super().__init__()
        grounded(self, "alt")
        self._glyph = Glyph("pause", "text", _GLYPH)
        self._title = label("", _TITLE, tk.SEMIBOLD)
        self._text = label("", tk.SMALL, tone="text2", wrap=True)
        layout = boxed(QHBoxLayout(self), tk.GAP3, (tk.GAP4, tk.GAP3, tk.GAP4, tk.GAP3))
        layout.addWidget(self._glyph)
        layout.addWidget(column(self._title, self._text, spacing=1), 1)
        self.words = NOT_VALIDATED
        self.say(NOT_VALIDATED)

    def say(self, words: VerdictWords) -> None:
        ground, tone = _LOOK[words.tone]
        if self.property("ground") != ground:
            restyle(self, ground=ground)
        self.words = words
        self._glyph.show_icon(words.icon, "text3" if words == NOT_VALIDATED else tone)
        self._title.setText(words.title)
        set_tone(self._title, tone)
        self._text.setText(words.text)
        self.setAccessibleName(f"Verdict: {words.title}. {words.text}")


class VerdictBox(QWidget):
    """Title, banner, facts."""

    def __init__(self) -> None:
        super().__init__()
        self.title = SectionTitle("Validation")
        self.banner = VerdictBanner()
        self._facts = [
            (label("", tk.SMALL, tone="text2"), ElidedLabel("", tk.SMALL, "text", tk.MEDIUM))
            for _ in range(_FACTS)
        ]
        lines = []
        for caption, value in self._facts:
            caption.setFixedWidth(_CAPTION)
            value.setFixedHeight(tk.FACT_HEIGHT)
            lines.append(row(caption, (value, 1)))
        self._lines = column(*lines, margins=(tk.GAP4, tk.GAP2, tk.GAP4, tk.GAP2))
        grounded(self)
        layout = boxed(QVBoxLayout(self), 0)
        for part in (self.title, self.banner, self._lines):
            layout.addWidget(part)
        layout.addStretch(1)
        self.show_session(None, running=False, paused=False)

    def show_session(self, session: LiveSession | None, *, running: bool, paused: bool) -> None:
        self.banner.say(verdict_words(session, running=running, paused=paused))
        self._lines.setVisible(session is not None)
        if session is None:
            self.title.set_detail("")
            return
        self.title.set_detail(KIND_NAMES[session.kind])
        self.title.setToolTip(f"{KIND_NAMES[session.kind]}: {KIND_MEANING[session.kind]}")
        for (caption, value), (name, words) in zip(self._facts, kappa_facts(session), strict=True):
            caption.setText(name)
            value.setText(words)
            value.setAccessibleName(f"{name}: {words}")

    def facts(self) -> dict[str, str]:
        """What is shown, by caption."""
        return {caption.text(): value.text() for caption, value in self._facts}
