"""What other threads want done by the one thread that may touch the machine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


class Inbox:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._actions: list[Callable[[], None]] = []

    def post(self, action: Callable[[], None]) -> None:
        with self._changed:
            self._actions.append(action)
            self._changed.notify()

    def ask(self, function: Callable[[], Result]) -> Result:
        """Has the machine's thread run ``function``, and waits for what it gives or raises."""
        future: Future[Result] = Future()

        def action() -> None:
            try:
                future.set_result(function())
            except Exception as error:  # noqa: BLE001 -- raised where it was asked
                future.set_exception(error)

        self.post(action)
        return future.result()

    def take(self, wait_s: float | None = 0.0) -> list[Callable[[], None]]:
        """All that is wanted; waits for the first at most ``wait_s``, None without end."""
        with self._changed:
            if not self._actions and wait_s != 0.0:
                self._changed.wait(wait_s)
            actions, self._actions = self._actions, []
            return actions
