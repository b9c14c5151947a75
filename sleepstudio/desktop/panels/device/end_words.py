"""What is said when a job of the board has ended. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sleepstudio.desktop.job import Job
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.desktop.panels.device.offers import first_sentence
from sleepstudio.desktop.panels.device.verdict_words import VerdictWords


@dataclass(frozen=True)
class Said:
    """``folder``: of the session that was saved; empty where none was."""

    kind: Literal["ok", "info", "error"]
    text: str
    folder: str = ""


def end_words(job: Job, session: LiveSession | None, verdict: VerdictWords) -> Said | None:
    """None where nothing is worth a message: somebody only looked."""
    if "board" in job.request.modes:
        return None
    if job.state == "failed" and job.error is not None:
        return Said("error", " ".join(filter(None, (first_sentence(job.error), job.error.hint))))
    if "flash" in job.request.modes:
        if job.state == "finished":
            return Said("ok", f"{job.request.item} is on the board.")
        return Said("info", "Flashing was cancelled. Flash again before the next session.")
    if session is None:
        return None
    ended = "finished" if session.complete else "stopped"
    folder = session.verdict.folder if session.verdict is not None else ""
    saved = " Saved in the run folder." if folder else ""
    kind: Literal["ok", "info", "error"] = "info" if verdict.tone == "neutral" else verdict.tone
    return Said(kind, f"Session {ended}: {session.received} stages. {verdict.title}.{saved}", folder)
