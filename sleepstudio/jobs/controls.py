"""What a running job is asked to do differently: pause, resume, another pace (docs/events.md)."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from sleepstudio.errors import StudioError

MAX_LINE_BYTES = 4096


class Controls:
    """Requests in the order they came; made by any thread, taken by the job's."""

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()

    def put(self, request: Mapping[str, Any]) -> None:
        self._requests.put(request)

    def take(self) -> Iterator[Mapping[str, Any]]:
        """Those that came since; never waits."""
        while True:
            try:
                yield self._requests.get_nowait()
            except queue.Empty:
                return

    def listen(self, descriptor: int) -> None:
        """Takes requests from a file descriptor until its end, a JSON object a line; others are ignored.

        Raises StudioError where the descriptor is not open.
        """
        try:
            os.fstat(descriptor)
        except OSError as error:
            raise StudioError(f"file descriptor {descriptor} is not open.", where="--control") from error
        threading.Thread(target=self._read, args=(descriptor,), daemon=True).start()

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as lines:
            while line := lines.readline(MAX_LINE_BYTES):
                try:
                    request = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(request, dict):
                    self.put(request)
