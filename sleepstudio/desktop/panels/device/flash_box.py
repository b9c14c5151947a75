"""One button that brings firmware and model onto the board, its five steps, and how it went."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from sleepstudio.desktop import tokens as tk
from sleepstudio.desktop.job import Job
from sleepstudio.desktop.job_words import duration_text
from sleepstudio.desktop.panels.device.offers import first_sentence
from sleepstudio.desktop.widgets.bars import Steps
from sleepstudio.desktop.widgets.buttons import Button
from sleepstudio.desktop.widgets.labels import label, set_tone
from sleepstudio.desktop.widgets.layout import boxed

FLASH_STEPS: Final = ("connect", "build", "flash", "verify", "hello")


class FlashBox(QWidget):
    """*Flash <run>* and what became of it."""

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._refused = False
        self.button = Button("Flash", "primary", "flash")
        self.button.setFixedHeight(tk.PRIMARY_HEIGHT)
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.steps = Steps(tuple(step.capitalize() for step in FLASH_STEPS))
        self.sentence = label("", tk.SMALL, tone="text2", wrap=True)
        self.sentence.setMinimumHeight(tk.FACT_HEIGHT)
        layout = boxed(QVBoxLayout(self), tk.GAP1, (tk.GAP4, tk.GAP3, tk.GAP4, tk.GAP2))
        layout.addWidget(self.button)
        layout.addSpacing(tk.GAP1)
        layout.addWidget(self.steps)
        layout.addWidget(self.sentence)

    def name_run(self, name: str) -> None:
        """The button says what it flashes; a long name is cut, and whole in the tip."""
        text = f"Flash {name}"
        self.button.setText(text if len(text) <= 34 else f"{text[:33]}…")
        self.button.setAccessibleName(text)

    def allow(self, reason: str, *, said: bool = False) -> None:
        """Empty: it can be pressed. ``said``: the reason is worth the line under the steps."""
        self.button.setEnabled(not reason)
        self.button.setToolTip(reason)
        if said:
            self.say(f"{reason.partition('. ')[0]}.")
        elif self._refused:
            self.say("")
        self._refused = said

    def clear(self) -> None:
        """Another board: nothing is known of a flash."""
        self.steps.set_progress(-1)
        self.say("")

    def show_begin(self) -> None:
        self._at = 0
        self.steps.set_progress(0)
        self.say("Starting")

    def show_progress(self, job: Job) -> None:
        """Of a flash: steps are told when they are done; while regions are written, bytes are."""
        if job.step == "write":
            self._at = max(self._at, FLASH_STEPS.index("flash"))
            self.steps.set_progress(self._at, job.share or 0.0)
        elif job.step == "flash" and job.current_item in FLASH_STEPS:
            self._at = max(self._at, FLASH_STEPS.index(job.current_item) + 1)
            self.steps.set_progress(self._at)
        self.say(f"Flashing, {duration_text(job.elapsed_s)}")

    def show_end(self, job: Job) -> None:
        """Of a flash: what it took, or at which step it stopped and why."""
        if job.state == "finished":
            self.steps.set_progress(len(FLASH_STEPS))
            self.say(f"Flashed and verified in {duration_text(job.elapsed_s)}, {datetime.now():%H:%M:%S}")
        elif job.state == "failed" and job.error is not None:
            self.steps.set_progress(self._at, 1.0, failed=True)
            self.say(first_sentence(job.error), "error")
        else:
            self.steps.set_progress(self._at)
            self.say("Cancelled. What was written stays; flash again to complete it.")

    def say(self, text: str, tone: str = "text2") -> None:
        self.sentence.setText(text)
        set_tone(self.sentence, tone)
