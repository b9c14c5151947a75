"""The interrupt controller as the firmware uses it: all of one priority, so that none interrupts another."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Interrupts:
    """``lines``: number → whether the peripheral asks now."""

    def __init__(self, lines: Mapping[int, Callable[[], bool]]) -> None:
        self._lines = lines
        self._pending: set[int] = set()
        self.enabled = 0
        self.active: int | None = None

    def sample(self) -> None:
        """What asks is pending until it is taken, even where it does not ask any more."""
        self._pending |= {number for number, asks in self._lines.items() if number != self.active and asks()}

    @property
    def pending(self) -> int | None:
        """The first that is enabled and pending."""
        return min((number for number in self._pending if self.enabled >> number & 1), default=None)

    def take(self, number: int) -> None:
        self._pending.discard(number)
        self.active = number

    def end(self) -> None:
        self.active = None
