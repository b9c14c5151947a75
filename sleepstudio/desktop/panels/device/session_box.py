"""The facts of the session that is shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.panels.device.live_session import KIND_MEANING, KIND_NAMES, LiveSession
from sleepstudio.desktop.widgets.labels import ElidedLabel, label
from sleepstudio.desktop.widgets.layout import boxed, row

_FACTS: Final = ("Recording", "Kind", "Speed", "Round trip")
_CAPTION: Final = 76


class SessionBox(QWidget):
    """Recording, kind, speed, round trip; dashes where there is none."""

    def __init__(self) -> None:
        super().__init__()
        layout = boxed(QVBoxLayout(self), 0, (tk.GAP4, 0, tk.GAP4, tk.GAP2))
        self._values: dict[str, ElidedLabel] = {}
        for name in _FACTS:
            caption = label(name, tk.SMALL, tone="text2")
            caption.setFixedWidth(_CAPTION)
            value = ElidedLabel("–", tk.SMALL, "text", tk.MEDIUM)
            value.setFixedHeight(tk.FACT_HEIGHT)
            self._values[name] = value
            layout.addWidget(row(caption, (value, 1)))
        self._meaning = label("", tk.TICK, tone="text3", wrap=True)
        layout.addWidget(self._meaning)
        layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.show_session(None, "", "")

    def value(self, name: str) -> str:
        return self._values[name].text()

    def show_session(self, session: LiveSession | None, seen: str, pace: str) -> None:
        """``seen``: whether the model learned from the recording; ``pace``: *max* or times the night."""
        if session is None:
            for value in self._values.values():
                value.setText("–")
            self._meaning.setText("")
            return
        self._values["Recording"].setText(", ".join(filter(None, (session.recording, seen))))
        self._values["Kind"].setText(KIND_NAMES[session.kind])
        self._values["Speed"].setText(speed_words(session, pace))
        trip = session.round_trip
        words = "–" if trip is None else f"{_ms(trip[0])} median, {_ms(trip[1])} worst"
        self._values["Round trip"].setText(words)
        meaning = f"{KIND_NAMES[session.kind]}: {KIND_MEANING[session.kind]}."
        self._meaning.setText(meaning)
        self.setToolTip(meaning)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is no room for what the kind means, the tool tip has it."""
        room = self.height() - len(_FACTS) * tk.FACT_HEIGHT - tk.GAP2
        self._meaning.setVisible(room >= self._meaning.heightForWidth(max(1, self.width() - 2 * tk.GAP4)))


def speed_words(session: LiveSession, pace: str) -> str:
    if session.kind == "frames" or pace in ("", "max", "None"):
        return "as fast as the link carries"
    milliseconds = 1000 * session.epoch_s / float(pace)
    each = f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:g} s"
    return f"×{float(pace):g}, one epoch in {each}"


def _ms(value: float) -> str:
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
