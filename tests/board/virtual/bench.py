"""A machine on the test's own thread: it never waits, and does what it is told between two slices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from thumb import FIRMWARE

from sleepstudio.board.virtual.inbox import Inbox
from sleepstudio.board.virtual.machine import SLICE, Machine, State
from sleepstudio.board.virtual.mram import Mram

MOST_STEPS = 200_000


class _NeverWaits(Inbox):
    def take(self, wait_s: float | None = 0.0) -> list[Callable[[], None]]:
        if wait_s is not None and wait_s < 0:
            raise AssertionError("no wait is negative")
        return super().take(0.0)


class Bench:
    def __init__(self, folder: Path, firmware: bytes, *, slice_limit: int = SLICE) -> None:
        self.sent = bytearray()
        self.faults: list[str] = []
        self.mram = Mram(folder / "bench.mram")
        if firmware:
            self.mram.write(FIRMWARE, firmware)
        self.machine = Machine(
            self.mram,
            _NeverWaits(),
            transmit=self.sent.extend,
            on_fault=self.faults.append,
            slice_limit=slice_limit,
        )

    def run_until(self, done: Callable[[], bool]) -> None:
        for _ in range(MOST_STEPS):
            if done():
                return
            self.machine.step()
        raise AssertionError(f"not within {MOST_STEPS} steps: {self.machine.facts}")

    def run_to_sleep(self) -> None:
        """Until the program sleeps, or is over."""
        self.run_until(lambda: self.machine.state is not State.RUNNING)

    def word(self, address: int) -> int:
        return int.from_bytes(self.machine.load(address, 4), "little")

    def close(self) -> None:
        self.mram.close()
