"""Job events: one JSON object a line on a pipe of its own, so that a window can follow a job.

``docs/events.md`` has them all, field by field.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor, StagedNight

State = Literal["preparing", "running", "cancelling", "finished", "failed", "cancelled"]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """An event ``snapshot`` as its reader wants it. ``confusion``: (classes, classes), rows the expert."""

    training_epoch: int
    confusion: NDArray[np.int64]
    nights: tuple[StagedNight, ...]
    item: str


def read_snapshot(event: Mapping[str, Any]) -> Snapshot:
    """What :class:`EventWriter` wrote; probabilities to a percent."""
    nights = tuple(
        StagedNight(
            recording_id=night["recording"],
            start=datetime.fromisoformat(night["start"]) if night["start"] else None,
            epoch_s=night["epoch_s"],
            expert=np.array(night["expert"], np.int8),
            model=np.array(night["model"], np.int8),
            probabilities=np.array(night["percent"], np.float32) / np.float32(100),
        )
        for night in event["nights"]
    )
    confusion = np.array(event["confusion"], np.int64)
    return Snapshot(event["training_epoch"], confusion, nights, event.get("item", ""))


class EventWriter(Monitor):
    """Writes what a job tells to a file descriptor. A listener that went away stops nothing."""

    def __init__(self, descriptor: int) -> None:
        try:
            os.fstat(descriptor)
        except OSError as error:
            raise StudioError(f"file descriptor {descriptor} is not open.", where="--events") from error
        self._descriptor: int | None = descriptor

    def _write(self, event: str, **fields: object) -> None:
        if self._descriptor is None:
            return
        given = {key: value for key, value in fields.items() if value not in ("", None)}
        line = json.dumps({"event": event, **given}, ensure_ascii=False, separators=(",", ":")) + "\n"
        data = line.encode()
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._descriptor = None

    def state(self, state: State) -> None:
        self._write("state", state=state)

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        self._write("progress", step=step, done=done, total=total, item=item)

    def metric(self, name: str, value: float, *, training_epoch: int | None = None, item: str = "") -> None:
        self._write("metric", name=name, value=value, training_epoch=training_epoch, item=item)

    def snapshot(
        self,
        training_epoch: int,
        confusion: NDArray[np.int64],
        nights: Sequence[StagedNight] = (),
        *,
        item: str = "",
    ) -> None:
        self._write(
            "snapshot",
            training_epoch=training_epoch,
            confusion=confusion.tolist(),
            nights=[_night(night) for night in nights],
            item=item,
        )

    def board_event(self, event: str, fields: Mapping[str, object]) -> None:
        self._write(event, **fields)

    def artifact(self, kind: str, path: Path) -> None:
        self._write("artifact", kind=kind, path=str(path))

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:
        self._write("warning", message=message, hint=hint, item=item)

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:
        self._write("error", message=message, hint=hint, item=item)


def _night(night: StagedNight) -> dict[str, Any]:
    """Probabilities as whole percents: a picture shows no more, and the line stays short."""
    return {
        "recording": night.recording_id,
        "start": night.start.isoformat() if night.start else None,
        "epoch_s": night.epoch_s,
        "expert": night.expert.tolist(),
        "model": night.model.tolist(),
        "percent": np.rint(100 * night.probabilities).astype(np.int64).tolist(),
    }
