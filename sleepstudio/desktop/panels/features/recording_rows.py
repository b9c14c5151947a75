"""Each recording in the table of the Features panel: what it has, and what the running job does. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sleepstudio.desktop.panels.features.stored_tables import StoredTable
from sleepstudio.desktop.panels.features.words import percent_text

State = Literal["ok", "cached", "warn", "error", "run", "idle"]


@dataclass(frozen=True)
class RecordingRow:
    """``tip``: what the words leave out. ``rows`` and ``masked`` are empty without a table."""

    recording: str
    subject: str
    rows: str
    masked: str
    state: State
    words: str
    tip: str = ""


@dataclass
class RunProgress:
    """What is known of one feature job. ``waiting``: its recordings still to come, in their order."""

    waiting: list[str]
    current_before: frozenset[str]
    """Recordings whose tables were current when it began: they are not computed again."""
    done: set[str] = field(default_factory=set)
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)
    """(message, hint) by recording."""
    running: bool = True

    def take(self, recording: str) -> None:
        """A recording is through."""
        if recording in self.waiting:
            self.waiting.remove(recording)
        self.done.add(recording)

    def fail(self, recording: str, message: str, hint: str) -> None:
        self.failed[recording] = (message, hint)

    @property
    def at(self) -> str:
        """The recording that is being worked on, for sure: the first that waits; empty where none does."""
        return self.waiting[0] if self.running and self.waiting else ""


def recording_row(
    recording: str, subject: str, stored: StoredTable | None, progress: RunProgress | None
) -> RecordingRow:
    """The row of a recording; ``stored`` is None before the disk was looked at."""
    rows = masked = ""
    if stored is not None and stored.table is not None:
        table = stored.table
        rows = f"{len(table):,}"
        masked = percent_text(float((~table.mask).sum()) / max(len(table), 1))
    state, words, tip = _state(recording, stored, progress)
    if state == "error":
        rows = masked = ""
    return RecordingRow(recording, subject, rows, masked, state, words, tip)


def _state(
    recording: str, stored: StoredTable | None, progress: RunProgress | None
) -> tuple[State, str, str]:
    if progress is not None:
        if recording in progress.failed:
            message, hint = progress.failed[recording]
            return "error", short_reason(message, recording), f"{message} {hint}".strip()
        if recording in progress.done:
            if recording in progress.current_before:
                return "cached", "Unchanged", "The table was current and was not computed again."
            return "ok", "Computed", ""
        if progress.running and recording in progress.waiting:
            return ("run", "Computing…", "") if recording == progress.at else ("idle", "Waiting", "")
    if stored is None:
        return "idle", "", ""
    if stored.problem:
        return "error", short_reason(stored.problem), stored.problem
    if stored.table is None:
        return "idle", "Not computed", ""
    if not stored.current:
        return "warn", "Outdated", "Computed with other settings, or from files that have changed since."
    return "cached", "Computed", ""


def short_reason(message: str, recording: str = "") -> str:
    """The head of a message, for a cell: *No channel for ppg* of *no channel for ppg (PPG): tried …*.

    A recording or a file that the message begins with is left out.
    """
    parts = [part for part in message.split(": ") if part != recording and not re.search(r"[/\\]", part)]
    head = re.split(r" \(|; |\. ", parts[0] if parts else message, maxsplit=1)[0].strip().rstrip(".")
    return head[:1].upper() + head[1:]


def counts_text(rows: Sequence[RecordingRow]) -> str:
    """*17 of 31 recordings · 1 failed · 2 outdated*."""
    computed = sum(row.state in ("ok", "cached") for row in rows)
    failed = sum(row.state == "error" for row in rows)
    outdated = sum(row.state == "warn" for row in rows)
    parts = [f"{computed} of {len(rows)} recordings"]
    if failed:
        parts.append(f"{failed} failed")
    if outdated:
        parts.append(f"{outdated} outdated")
    return " · ".join(parts)
