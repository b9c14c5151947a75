"""Job events: one JSON object a line on a pipe of its own, so that a window can follow a job."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from sleepstudio.errors import StudioError
from sleepstudio.monitor import Monitor

State = Literal["preparing", "running", "cancelling", "finished", "failed", "cancelled"]


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
        line = json.dumps({"event": event, **given}, ensure_ascii=False) + "\n"
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

    def artifact(self, kind: str, path: Path) -> None:
        self._write("artifact", kind=kind, path=str(path))

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:
        self._write("warning", message=message, hint=hint, item=item)

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:
        self._write("error", message=message, hint=hint, item=item)
