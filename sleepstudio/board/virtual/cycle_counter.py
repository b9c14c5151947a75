"""DWT's cycle counter, which counts instructions here: those of the program, not of its interrupt handlers.

When an interrupt comes depends on the host's speed; what the program executes does not.
"""

from __future__ import annotations

from collections.abc import Callable

TRACE_ENABLED = 1 << 24
COUNTER_ENABLED = 1 << 0


class CycleCounter:
    """``executed``: instructions of the program and its handlers since reset."""

    def __init__(self, executed: Callable[[], int]) -> None:
        self._executed = executed
        self._handlers = 0
        self._handler_from: int | None = None
        self._stopped_at = 0
        self._origin: int | None = None
        self.trace = 0
        self.control = 0

    @property
    def foreground(self) -> int:
        """Instructions of the program since reset."""
        until = self._executed() if self._handler_from is None else self._handler_from
        return until - self._handlers

    def handler_began(self) -> None:
        self._handler_from = self._executed()

    def handler_ended(self) -> None:
        if self._handler_from is not None:
            self._handlers += self._executed() - self._handler_from
            self._handler_from = None

    @property
    def value(self) -> int:
        counted = self._stopped_at if self._origin is None else self.foreground - self._origin
        return counted & 0xFFFF_FFFF

    def set_value(self, value: int) -> None:
        self._stopped_at = value
        if self._origin is not None:
            self._origin = self.foreground - value

    def set_trace(self, value: int) -> None:
        self.trace = value
        self._switch()

    def set_control(self, value: int) -> None:
        self.control = value
        self._switch()

    def _switch(self) -> None:
        runs = bool(self.trace & TRACE_ENABLED and self.control & COUNTER_ENABLED)
        if runs and self._origin is None:
            self._origin = self.foreground - self._stopped_at
        elif not runs and self._origin is not None:
            self._stopped_at = self.value
            self._origin = None
