"""What the panel asks of jobs. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sleepstudio.desktop.job_client import JobRequest
from sleepstudio.desktop.panels.device.board_state import Backend
from sleepstudio.desktop.panels.device.live_session import Kind
from sleepstudio.run_summary import RunSummary

PANEL: Final = "device"
WAIT_FOR_BOARD_S: Final = 600
"""How long a session waits for a cable to be plugged in again, unless the study says otherwise."""


@dataclass(frozen=True)
class BoardChoice:
    """Which board, and the keys of section ``board`` that the study's defaults give it (port, probe, …)."""

    backend: Backend
    section: Mapping[str, Any] = field(default_factory=dict)


def flash_request(run: RunSummary, choice: BoardChoice) -> JobRequest:
    return JobRequest(
        f"Flashing {run.name}", _document(run, choice), ("flash",), item=run.name, panel=PANEL, quiet=True
    )


def session_request(
    run: RunSummary, choice: BoardChoice, kind: Kind, recording: str, pace: str
) -> JobRequest:
    """``pace``: *max*, or how many times faster than the night."""
    verb = "Validating" if kind == "frames" else "Replaying"
    board = {
        "reconnect_s": WAIT_FOR_BOARD_S,
        **choice.section,
        "session": kind,
        "pace": "max" if pace == "max" or kind == "frames" else int(pace),
        "recordings": [recording] if recording else None,
    }
    document = _document(run, choice, **board)
    return JobRequest(f"{verb} {recording}", document, ("demo",), item=run.name, panel=PANEL, quiet=True)


def look_request(run: RunSummary, choice: BoardChoice) -> JobRequest:
    """Asks what is connected."""
    return JobRequest(
        "Looking for the board", _document(run, choice), ("board",), item=run.name, panel=PANEL, quiet=True
    )


def _document(run: RunSummary, choice: BoardChoice, **board: Any) -> dict[str, Any]:
    """The run's own configuration, at the run's folder."""
    document = dict(run.configuration or {})
    document["job_dir"] = str(run.path)
    document["backend"] = choice.backend
    document["board"] = {**choice.section, **board}
    return document
