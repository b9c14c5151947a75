"""A child process that a job runs in, and the thread that listens to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid


class JobChild(QObject):
    """A pre-warmed worker (:mod:`sleepstudio.jobs.worker`).

    ``said(event)`` brings each of its events, ``ended(status)`` its end (negative: the signal that ended
    it), both in the thread of this object. The process has a session of its own: it survives the window, and
    its own children go with it when it is killed.
    """

    said = Signal(object)
    ended = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sleepstudio.jobs.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self._given = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def idle(self) -> bool:
        """Ready for a job: alive, and none was given to it."""
        return self.alive and not self._given

    def warm(self, modules: Sequence[str]) -> None:
        self._send({"warm": list(modules)})

    def run(self, arguments: Sequence[str], log: Path) -> None:
        self._given = True
        self._send({"run": list(arguments), "log": str(log)})

    def cancel(self) -> None:
        self._send({"cancel": True})

    def control(self, what: str, **fields: object) -> None:
        """A line of the control channel (docs/events.md) for the job that runs."""
        self._send({"control": what, **fields})

    def let_go(self) -> None:
        """Stops listening and speaking: an idle worker ends, a running job goes on without us."""
        if self._process.stdin is not None:
            # what could not be said to a process that has ended is still to be said
            with suppress(BrokenPipeError):
                self._process.stdin.close()

    def kill(self) -> None:
        """Ends the process and those that it started, at once."""
        if not self.alive:
            return
        if sys.platform == "win32":
            self._process.kill()
        else:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def join(self, timeout_s: float) -> None:
        """Waits for the end of the process, at most so long."""
        self._reader.join(timeout_s)

    def _send(self, request: dict[str, object]) -> None:
        if self._process.stdin is None or self._process.stdin.closed:
            return
        try:
            self._process.stdin.write((json.dumps(request) + "\n").encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            return

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                event = event_of(line)
                if event is not None and isValid(self):
                    self.said.emit(event)
        status = self._process.wait()
        # where the application is leaving, nobody is there to be told
        if isValid(self):
            self.ended.emit(status)


def event_of(line: bytes) -> dict[str, Any] | None:
    """An event; None for a line that was cut by a crash."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
