"""Time on the virtual chip: a cycle an instruction while the core works, the host's clock while it sleeps."""

from __future__ import annotations

from collections.abc import Callable

from sleepstudio.board.memory_map import CPU_HZ

BIT_CYCLES = CPU_HZ / 115_200


class Clock:
    """Cycles since power-on. What is due by it in a computation is due at the same instruction each time."""

    def __init__(self) -> None:
        self._before = 0
        self._executed: Callable[[], int] = lambda: 0

    def follow(self, executed: Callable[[], int]) -> None:
        """A core begins to count from 0."""
        self._before = self.now
        self._executed = executed

    @property
    def now(self) -> int:
        return self._before + self._executed()

    def slept(self, cycles: int) -> None:
        """While the core did nothing."""
        self._before += cycles
