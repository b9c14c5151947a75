"""What flashes a board: the contract that the debugger's probe and the virtual board's share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sleepstudio.monitor import Monitor


@dataclass(frozen=True)
class ProbeDescription:
    """A debugger that is plugged in, or the virtual board's.

    ``serial``: None for the virtual board. ``library``: version of what talks to it. ``speed_khz`` and
    ``chip`` (the device name that the probe was told) are known once it is connected.
    """

    name: str
    serial: int | None
    library: str
    speed_khz: int | None = None
    chip: str | None = None


@dataclass(frozen=True)
class ProbeSupport:
    """Whether debuggers can be used on this machine; where not, why, and what to do."""

    available: bool
    library: str = ""
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True)
class FlashRegion:
    """``content`` belongs at ``address``; ``name`` is what the user calls it (``firmware``, ``model``)."""

    name: str
    address: int
    content: bytes

    @property
    def end(self) -> int:
        return self.address + len(self.content)


class Probe(Protocol):
    """Every call ends within a time limit, and raises BoardError with the remedy where it fails."""

    @property
    def description(self) -> ProbeDescription: ...

    @property
    def fault(self) -> str | None:
        """What ended the program, where the probe can tell: the virtual board's can."""

    def connect(self) -> None:
        """Reaches the chip. Twice is once."""

    def flash(self, regions: Sequence[FlashRegion], *, monitor: Monitor) -> tuple[str, ...]:
        """Writes the regions whose content differs, and reads them back; names of those that were written.

        The chip is halted where something was written, until it is reset.

        Progress is of step ``write``, in bytes, with the region's name as item. Cancelled between regions
        only.
        """

    def read(self, address: int, length: int) -> bytes:
        """Memory of the chip."""

    def erase(self) -> None:
        """The regions of firmware and model, and nothing else. The chip is halted until it is reset."""

    def reset(self) -> None:
        """Restarts the chip, and lets it run."""

    def close(self) -> None:
        """Leaves the chip running. Twice is once; never raises."""
