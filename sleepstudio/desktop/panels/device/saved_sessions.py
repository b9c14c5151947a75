"""Sessions that jobs saved in the run's folder: listed, and opened again. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sleepstudio.desktop.panels.device.board_state import BACKEND_NAMES
from sleepstudio.desktop.panels.device.live_session import LiveSession
from sleepstudio.errors import StudioError, StudyError
from sleepstudio.study import read_json

FOLDER: Final = "sessions"
MOST_LISTED: Final = 100
MAX_CSV_BYTES: Final = 64 << 20
_DAMAGE = (AttributeError, KeyError, TypeError, ValueError, IndexError)


@dataclass(frozen=True)
class SavedSession:
    """One folder below ``<run>/sessions``. ``problem``: why it cannot be read; empty where it can."""

    folder: Path
    run: str
    when: datetime | None = None
    recording: str = ""
    kind: str = ""
    backend: str = ""
    exact: int = 0
    total: int = 0
    """Epochs of the night, also where the session was stopped before its end."""
    differs: bool = False
    problem: str = ""

    @property
    def bit_exact(self) -> bool:
        return self.total > 0 and self.exact == self.total

    @property
    def backend_name(self) -> str:
        return BACKEND_NAMES.get(self.backend, self.backend)


def saved_sessions(runs: Iterable[tuple[str, Path]], most: int = MOST_LISTED) -> list[SavedSession]:
    """Of all runs (name, folder), the newest first; folders are named by when they were saved."""
    found = [(file.parent, name) for name, run in runs for file in (run / FOLDER).glob("*/session.json")]
    newest = sorted(found, key=lambda pair: pair[0].name, reverse=True)[:most]
    return [_summary(folder, name) for folder, name in newest]


def open_session(saved: SavedSession) -> LiveSession:
    """The whole session, as it was when it ended. Raises StudyError where its files are damaged."""
    document = read_json(saved.folder / "session.json")
    file = saved.folder / "stages.csv"
    try:
        if file.stat().st_size > MAX_CSV_BYTES:
            raise _damaged(saved.folder, "stages.csv is larger than 64 MiB.")
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _damaged(saved.folder, f"stages.csv cannot be read ({error}).") from error
    try:
        return _session(document, rows)
    except _DAMAGE as error:
        raise _damaged(saved.folder, f"its files do not fit together ({error!r}).") from error


def _session(document: Mapping[str, Any], rows: list[dict[str, str]]) -> LiveSession:
    session = LiveSession(document)
    for key in ("costs", "counters"):
        if isinstance(found := document.get(key), Mapping):
            session.take({**found, "event": key})
    session.take({"event": "stages", "items": [_item(row, session) for row in rows]})
    if isinstance(verdict := document.get("verdict"), Mapping):
        session.take({**verdict, "event": "verdict"})
    return session


def _item(row: Mapping[str, str], session: LiveSession) -> dict[str, Any]:
    """A row of ``stages.csv`` as the event ``stages`` has it."""
    cost, trip = row.get("cost"), row.get("round_trip_ms")
    columns = [f"feature {name}" for name in session.features]
    return {
        "epoch": int(row["epoch"]),
        "stage": int(row["class"]),
        "host_stage": int(row["host_class"]),
        "exact": row["exact"] == "1",
        "percent": [float(row[f"percent {name}"]) for name in session.stage_set.class_names],
        "cost": float(cost) if cost else None,
        "round_trip_ms": float(trip) if trip else None,
        "row": [float(row[name]) if row.get(name) else None for name in columns],
    }


def _summary(folder: Path, run: str) -> SavedSession:
    try:
        document = read_json(folder / "session.json")
        verdict = document.get("verdict") or {}
        exact, staged = int(verdict.get("exact", 0)), int(verdict.get("total", 0))
        return SavedSession(
            folder,
            run,
            datetime.fromisoformat(document["saved"]) if document.get("saved") else None,
            str(document.get("recording", "")),
            str(document.get("kind", "")),
            str(document.get("backend", "")),
            exact,
            int(document.get("epochs", staged)),
            staged > exact,
        )
    except (StudioError, *_DAMAGE) as error:
        return SavedSession(folder, run, problem=str(error))


def _damaged(folder: Path, problem: str) -> StudyError:
    return StudyError(problem, where=str(folder), hint="Validate the night again.")
