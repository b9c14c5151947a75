"""Runs with an int8 model, and which recordings each of them has never seen. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sleepstudio.errors import StudioError
from sleepstudio.run_summary import RunSummary
from sleepstudio.study import read_json

Seen = Literal["held out", "seen in validation", "seen in training"]
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Night:
    """A recording, and whether the run's model learned from it."""

    recording: str
    seen: Seen

    @property
    def words(self) -> str:
        """As it is listed; of held-out ones nothing needs to be said but that."""
        return f"{self.recording}   {self.seen}"


def int8_runs(runs: Iterable[RunSummary]) -> list[RunSummary]:
    """Those that can be flashed, the newest first."""
    listed = [run for run in runs if "export" in run.stages and (run.path / "model.tflite").is_file()]
    return sorted(listed, key=lambda run: run.finished or _NEVER, reverse=True)


def nights_of(run: Path) -> list[Night]:
    """The run's recordings: those never learned from first. Empty where its split cannot be read.

    A model that was trained on everyone after k folds has no held-out recording.
    """
    try:
        fit = read_json(run / "split.json")["fits"][-1]
        parts: tuple[tuple[Seen, list[str]], ...] = (
            ("held out", list(fit["test"])),
            ("seen in validation", list(fit["validation"])),
            ("seen in training", list(fit["train"])),
        )
    except (StudioError, KeyError, IndexError, TypeError):
        return []
    return [Night(str(name), seen) for seen, names in parts for name in names]
