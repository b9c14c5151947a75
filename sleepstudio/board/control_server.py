"""The helper process's end of a control pipe."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from sleepstudio.board.control import Message, read_message, write_message
from sleepstudio.errors import BoardError

LAST_REQUEST_S = 5.0
"""What is being done when the pipe ends may take so long."""


@dataclass(frozen=True)
class Request:
    fields: Mapping[str, Any]
    data: bytes
    progress: Callable[[int, int], None]

    def whole_number(self, name: str, low: int, high: int) -> int:
        """A field between ``low`` and ``high``, both allowed. Raises BoardError."""
        value = self.fields.get(name)
        if isinstance(value, int) and low <= value <= high:
            return value
        raise BoardError(f"{value!r} is not between {low:#x} and {high:#x}.", where=name)


@dataclass(frozen=True)
class Answer:
    fields: Mapping[str, Any]
    data: bytes = b""


Handler = Callable[[Request], Answer]


class ControlServer:
    """Takes over standard input and output: what a library prints goes to standard error instead.

    Ctrl+C in a terminal reaches this process too, and is left to the one that it works for.
    """

    def __init__(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._requests: IO[bytes] = os.fdopen(os.dup(0), "rb")
        self._answers: IO[bytes] = os.fdopen(os.dup(1), "wb")
        self._received: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        sys.stdout.flush()
        os.dup2(2, 1)
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 -- a file descriptor is meant
            os.dup2(nothing.fileno(), 0)

    def ready(self, **fields: Any) -> None:
        self._send({"answer": 0, **fields})

    def failed(self, error: BoardError) -> None:
        """Says why it will never be ready."""
        self._send({"answer": 0, "error": _described(error)})

    def notice(self, **fields: Any) -> None:
        """Tells what nobody asked."""
        self._send(fields)

    def serve(self, handlers: Mapping[str, Handler]) -> None:
        """Answers requests until the other end closes the pipe or dies."""
        threading.Thread(target=self._receive, daemon=True).start()
        while (message := self._received.get()) is not None:
            number = message.fields["number"]

            def progress(done: int, total: int, number: int = number) -> None:
                self._send({"answer": number, "progress": [done, total]})

            try:
                answer = handlers[message.fields["do"]](Request(message.fields, message.data, progress))
            except BoardError as error:
                self._send({"answer": number, "error": _described(error)})
            else:
                self._send({"answer": number, **answer.fields}, answer.data)

    def _receive(self) -> None:
        """Beside the handlers: one that hangs does not keep the process alive when nobody waits for it."""
        try:
            while (message := read_message(self._requests)) is not None:
                self._received.put(message)
        finally:
            self._received.put(None)
            time.sleep(LAST_REQUEST_S)
            os._exit(1)

    def _send(self, fields: Mapping[str, Any], data: bytes = b"") -> None:
        with self._lock:
            write_message(self._answers, Message(dict(fields), data))


def _described(error: BoardError) -> dict[str, str]:
    return {"message": error.message, "where": error.where, "hint": error.hint}
