"""What is written of a running job beside its configuration, so that a later window finds it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sleepstudio.errors import StudioError

SUFFIX = ".job"


@dataclass(frozen=True)
class JobRecord:
    """``log``: its log; events and lock lie beside it. ``started``: seconds since 1970."""

    log: Path
    pid: int
    started: float
    title: str
    item: str
    panel: str
    modes: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def events(self) -> Path:
        return self.log.with_suffix(".events")

    @property
    def lock(self) -> Path:
        return self.log.with_suffix(".lock")

    def write(self) -> None:
        """Raises StudyError."""
        from sleepstudio.study import write_json

        document = {
            "pid": self.pid,
            "started": self.started,
            "title": self.title,
            "item": self.item,
            "panel": self.panel,
            "modes": list(self.modes),
            "arguments": list(self.arguments),
        }
        write_json(self.log.with_suffix(SUFFIX), document)

    def remove(self) -> None:
        """The job ended, and somebody heard of it: configuration and log stay."""
        for suffix in (SUFFIX, ".events", ".lock"):
            self.log.with_suffix(suffix).unlink(missing_ok=True)


def records(folder: Path) -> Iterator[JobRecord]:
    """Jobs whose end no window has heard of, oldest first. What cannot be read is left out."""
    from sleepstudio.study import read_json

    for file in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        try:
            document = read_json(file)
            yield JobRecord(
                file.with_suffix(".log"),
                int(document["pid"]),
                float(document["started"]),
                str(document["title"]),
                str(document["item"]),
                str(document["panel"]),
                tuple(map(str, document["modes"])),
                tuple(map(str, document["arguments"])),
            )
        except (StudioError, KeyError, TypeError, ValueError):
            continue


def configuration_of(record: JobRecord) -> dict[str, object]:
    """The configuration that the job runs with; empty where it cannot be read."""
    try:
        document = json.loads(record.log.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
