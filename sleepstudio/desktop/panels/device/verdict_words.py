"""The one answer of a session, in words. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sleepstudio.desktop.panels.device.live_session import LiveSession

Tone = Literal["ok", "neutral", "error"]
Icon = Literal["ok", "error", "pause", "play", "info"]


@dataclass(frozen=True)
class VerdictWords:
    tone: Tone
    title: str
    text: str
    icon: Icon


NOT_VALIDATED = VerdictWords("neutral", "Not validated", "Validate a night, or replay one live", "info")


def verdict_words(session: LiveSession | None, *, running: bool, paused: bool) -> VerdictWords:
    """*Bit-exact 960/960*, *5 of 960 differ*, *Paused at 318/960*, *Running*, or *Not validated*."""
    if session is None:
        return NOT_VALIDATED
    total, received, differ = len(session), session.received, session.differing
    on_host = session.backend == "pc"
    if differ:
        of = total if session.complete else received
        rest = "" if session.complete else f", {total - received} to come"
        return VerdictWords(
            "error", f"{differ} of {of} differ", f"Board and host do not compute the same{rest}", "error"
        )
    if session.complete and session.exact_count == total:
        if on_host:
            return VerdictWords(
                "ok", f"Equal {total}/{total}", "Staged again on this computer; no board was involved", "ok"
            )
        return VerdictWords(
            "ok", f"Bit-exact {total}/{total}", "All stages and outputs equal the host's", "ok"
        )
    if running and not paused:
        so_far = "Equal so far" if received else "Waiting for the first stage"
        return VerdictWords(
            "neutral", f"{received}/{total} so far", f"{so_far}; a verdict needs the whole night", "play"
        )
    if received:
        return VerdictWords(
            "neutral",
            f"Paused at {received}/{total}",
            "Bit-exact so far; a verdict needs the whole night",
            "pause",
        )
    return NOT_VALIDATED


def number(value: float | None, digits: int = 3) -> str:
    """Three digits with a real minus; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def kappa_facts(session: LiveSession) -> list[tuple[str, str]]:
    """Caption and value of each line under the verdict."""
    kind = "rolling" if session.kind == "rolling" else "whole frames"
    known = session.received > 0
    slept, expert = session.sleep_minutes
    sleep = f"{slept:.0f} min" + (f", expert {expert:.0f} min" if expert is not None else "")
    accuracy = session.accuracy
    facts = [
        (f"κ, {kind}", number(session.kappa) if known else "–"),
        ("κ, offline", number(session.offline_kappa)),
        ("Accuracy", "–" if math.isnan(accuracy) else f"{100 * accuracy:.1f} %"),
        ("TST", sleep if known else "–"),
        (
            "Not as the host",
            f"{session.differing} of {session.received} epochs" if known else "–",
        ),
    ]
    return facts
