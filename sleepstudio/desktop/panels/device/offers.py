"""What can be done with the board now, and why the rest cannot; what is wrong, and the remedy. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sleepstudio.desktop.panels.device.board_state import BACKEND_NAMES, Backend, BoardState
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.errors import StudioError

LINKED: Final = ("port", "board")
"""What a session needs; a probe is needed to flash alone."""

Remedy = Literal["look", "again", "reconnect", "virtual", "flash", "stop", "log", ""]


@dataclass(frozen=True)
class Offer:
    """Reasons why not; empty where it can be done."""

    flash: str = ""
    stage: str = ""
    look: str = ""
    needs_remedy: bool = False
    """What keeps from flashing is missing on this machine, or not plugged in."""


def offer(
    backend: Backend, state: BoardState, *, run: str, model_id: str, recording: str, doing: str
) -> Offer:
    """``doing``: what has the board now, in words; empty where nothing has. ``model_id``: the run's."""
    if not run:
        reason = "No run has an int8 model."
        return Offer(reason, reason, reason)
    if doing:
        reason = f"{doing}. Stop it first."
        return Offer(reason, reason, reason)
    if backend == "pc":
        return Offer(
            "This computer needs no flashing.", _no_recording(recording), "This computer is always there."
        )
    flash = stage = ""
    if backend == "evb":
        way_out = "Plug it in, or use the virtual board."
        probe = state.parts["probe"]
        flash = f"{_stop(probe.value)} {probe.detail or way_out}" if probe.state in ("error", "warn") else ""
        gone = next((state.parts[each] for each in LINKED if state.parts[each].state == "error"), None)
        stage = f"{_stop(gone.value)} {way_out}" if gone is not None else ""
    if stage or not recording:
        stage = stage or _no_recording(recording)
    elif state.model_id and model_id and state.model_id != model_id:
        stage = differs(state, run)
    elif backend == "virtual" and state.parts["model"].state in ("warn", "error"):
        stage = f"The board has no model. Flash {run}."
    return Offer(flash, stage, needs_remedy=bool(flash))


def _no_recording(recording: str) -> str:
    return "" if recording else "The run names no recording."


def differs(state: BoardState, run: str) -> str:
    """What the board has is not what is chosen."""
    has = state.model_name or "another model"
    if has == run:
        return f"The board runs an earlier {run}. Flash it."
    return f"The board runs {has}; the selected run is {run}. Flash it, or select the other run."


@dataclass(frozen=True)
class Trouble:
    """A banner: what happened, what it means for the data, what to do."""

    title: str
    text: str
    primary: Remedy = ""
    other: Remedy = ""


def lost_trouble(session: LiveSession, state: BoardState, when: datetime) -> Trouble:
    """The board went away while a session runs: the job waits for it."""
    received, total = session.received, len(session)
    at = min(received + 1, total)
    gone = next((state.parts[name] for name in ("probe", "port") if state.parts[name].state == "error"), None)
    what = _sentence(gone.value) if gone is not None else "No stage"
    return Trouble(
        f"The board stopped answering at epoch {at} of {total}",
        f"{what} since {when:%H:%M:%S}. The {received} stages received are kept. Where a cable was pulled,"
        f" plug it in again: the session goes on at epoch {at} by itself, and the board need not be flashed.",
        "stop",
        "log",
    )


def failed_trouble(
    error: StudioError, backend: Backend, session: LiveSession | None, *, staging: bool
) -> Trouble:
    """A job of the board ended in an error."""
    kept = ""
    if staging and session is not None and session.received:
        kept = f"The {session.received} of {len(session)} stages received are shown below."
    text = " ".join(filter(None, (error.hint, kept)))
    primary: Remedy = "again" if staging else ""
    if backend == "evb":
        primary = "reconnect" if staging else "look"
    return Trouble(first_sentence(error), text, primary, _other(backend))


def missing_trouble(backend: Backend, state: BoardState) -> Trouble | None:
    """What a look at the board found missing; None where it is all there."""
    for name in ("probe", "port", "board"):
        part = state.parts[name]
        if part.state == "error":
            return Trouble(_sentence(part.value), part.detail, "look", _other(backend))
    return None


def header_words(backend: Backend, state: BoardState, doing: str) -> str:
    """The panel's one line of facts."""
    if doing:
        return doing
    name = BACKEND_NAMES[backend]
    if backend == "pc":
        return f"{name}: the int8 model without a board"
    if any(part.state == "error" for part in state.parts.values()):
        return f"{name}, not connected"
    if state.connected:
        return f"{name}, by J-Link" if backend == "evb" else f"{name}, emulated"
    return name


def _other(backend: Backend) -> Remedy:
    return "virtual" if backend == "evb" else ""


def first_sentence(error: StudioError) -> str:
    """What an error says, without a trace that may follow it."""
    return _sentence(error.message.splitlines()[0])


def _stop(text: str) -> str:
    return f"{text.rstrip('.')}."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
