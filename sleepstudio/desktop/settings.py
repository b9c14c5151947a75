"""What the application remembers between sessions, and what the user chose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

MAX_RECENT = 12


@dataclass(frozen=True)
class Preference:
    """One row of the preferences: it generates its own field in the dialog.

    ``choices`` are (value, text) pairs; without them the type of ``default`` decides: bool a check box, int a
    number within ``bounds``, str a text.
    """

    key: str
    caption: str
    default: str | int | bool
    choices: tuple[tuple[str, str], ...] = ()
    bounds: tuple[int, int] = (0, 0)
    aside: str = ""
    section: str = "Appearance"


PREFERENCES: Final = (
    Preference(
        "appearance", "Colours", "system", (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
    ),
    Preference("reduce_motion", "Reduce motion", False, aside="live strips step by epoch"),
    Preference(
        "time_axis",
        "Time axis",
        "clock",
        (("clock", "Wall clock"), ("elapsed", "Elapsed")),
        section="Recordings",
    ),
    Preference("scorer", "Scorer", "Expert", aside="stands with every epoch you score", section="Recordings"),
    Preference("advance", "After scoring", True, aside="go on to the next epoch", section="Recordings"),
    Preference("mains_hz", "Mains", "50", (("50", "50 Hz"), ("60", "60 Hz")), section="Recordings"),
    Preference(
        "workers", "Processes", 0, bounds=(0, 64), aside="for features; 0: one for each core", section="Jobs"
    ),
    Preference(
        "parallel_jobs",
        "Jobs at once",
        2,
        bounds=(1, 8),
        aside="one of them training; others wait",
        section="Jobs",
    ),
)
_PREFERENCES: Final = MappingProxyType({row.key: row for row in PREFERENCES})


@dataclass(frozen=True)
class RecentStudy:
    """``recordings`` and ``runs`` as they were when the study was last open."""

    path: Path
    name: str
    opened: datetime
    recordings: int
    runs: int


class Settings(QObject):
    """An INI file of geometry, sizes, recent studies and preferences.

    ``preference_changed(key)`` follows each change of a preference. Values that cannot be read count as never
    written.
    """

    preference_changed = Signal(str)

    def __init__(self, file: Path, documents: Path | None = None, parent: QObject | None = None) -> None:
        """``documents``: where new studies are proposed; by default the home folder."""
        super().__init__(parent)
        self.file = file
        self.documents = documents or Path.home()
        self._store = QSettings(str(file), QSettings.Format.IniFormat, self)

    @classmethod
    def of_user(cls) -> Settings:
        """The settings of the person at the computer."""
        import platformdirs

        folder = Path(platformdirs.user_config_dir("sleepstudio", appauthor=False))
        return cls(folder / "desktop.ini", Path(platformdirs.user_documents_dir()))

    def preference(self, key: str) -> str | int | bool:
        """The chosen value, or the default; of the default's type. Raises KeyError for an unknown key."""
        row = _PREFERENCES[key]
        stored = self._store.value(f"preferences/{key}", None)
        if stored is None:
            return row.default
        text = str(stored)
        if isinstance(row.default, bool):
            return text.lower() in ("true", "1")
        if isinstance(row.default, int):
            return int(text) if text.lstrip("-").isdigit() else row.default
        if row.choices and text not in (value for value, _ in row.choices):
            return row.default
        return text

    def set_preference(self, key: str, value: str | int | bool) -> None:
        if self.preference(key) == value:
            return
        self._store.setValue(f"preferences/{key}", value)
        self.preference_changed.emit(key)

    def document(self, key: str) -> dict[str, Any]:
        """A JSON object kept under ``key``; empty where there is none."""
        text = self._store.value(f"state/{key}", "")
        try:
            document = json.loads(str(text)) if text else {}
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def set_document(self, key: str, document: Mapping[str, Any]) -> None:
        self._store.setValue(f"state/{key}", json.dumps(document, ensure_ascii=False))

    def blob(self, key: str) -> QByteArray:
        """Bytes that Qt made: geometry, splitter and header states; empty where there are none."""
        value = self._store.value(f"blob/{key}", QByteArray())
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, key: str, value: QByteArray) -> None:
        self._store.setValue(f"blob/{key}", value)

    def recent_studies(self) -> tuple[RecentStudy, ...]:
        """The newest first; entries whose folder is gone are left out."""
        return tuple(study for study in self._all_recent() if study.path.is_dir())

    def remember_study(self, path: Path, name: str, *, recordings: int, runs: int) -> None:
        """Puts a study at the head of the recent ones."""
        entry = RecentStudy(path, name, datetime.now(), recordings, runs)
        others = [study for study in self._all_recent() if study.path != path]
        self._write_recent([entry, *others][:MAX_RECENT])

    def forget_study(self, path: Path) -> None:
        self._write_recent([study for study in self._all_recent() if study.path != path])

    def _all_recent(self) -> list[RecentStudy]:
        found = []
        for entry in self.document("recent").get("studies", []):
            try:
                found.append(
                    RecentStudy(
                        Path(entry["path"]),
                        str(entry["name"]),
                        datetime.fromisoformat(entry["opened"]),
                        int(entry["recordings"]),
                        int(entry["runs"]),
                    )
                )
            except (KeyError, TypeError, ValueError):
                continue
        return found

    def _write_recent(self, studies: list[RecentStudy]) -> None:
        rows = [
            {
                "path": str(study.path),
                "name": study.name,
                "opened": study.opened.isoformat(timespec="seconds"),
                "recordings": study.recordings,
                "runs": study.runs,
            }
            for study in studies
        ]
        self.set_document("recent", {"studies": rows})

    def sync(self) -> None:
        """Writes to disk now."""
        self._store.sync()
