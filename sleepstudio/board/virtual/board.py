"""The virtual board as the application sees it: a child process with a probe and a port."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sleepstudio.board.control_client import ControlClient
from sleepstudio.board.probe import FlashRegion, Probe, ProbeDescription
from sleepstudio.board.probe_client import (
    RESET_LIMIT_S,
    erase_regions,
    flash_regions,
    read_memory,
)
from sleepstudio.errors import BoardError
from sleepstudio.monitor import Monitor

READY_LIMIT_S = 20.0
ANSWER_LIMIT_S = 10.0
_WHAT = "the virtual board"


@dataclass(frozen=True)
class VirtualFacts:
    """``state``: running, sleeping, halted, no firmware, fault. Counts are since the last reset.

    ``instructions``: all that were executed; ``foreground``: without those of interrupt handlers.
    """

    state: str
    fault: str | None
    instructions: int
    foreground: int
    resets: int
    received: int
    transmitted: int
    overruns: int


class VirtualBoard:
    """Runs from the start, with the firmware that ``mram`` holds; ends when closed, or with this process.

    Flashing it and using it are separate, as with a real board: the file keeps what was flashed.
    """

    def __init__(self, mram: Path) -> None:
        """Raises BoardError: no unicorn, the file is another process's or no MRAM."""
        if find_spec("unicorn") is None:
            raise BoardError(
                "the virtual board needs unicorn, which is not installed.",
                hint="Install it: pip install 'sleepstudio[virtual]'.",
            )
        self.fault: str | None = None
        self._client = ControlClient(
            [sys.executable, "-m", "sleepstudio.board.virtual.process", str(mram)],
            what=_WHAT,
            remedy="Start it again.",
            ready_limit_s=READY_LIMIT_S,
            on_notice=self._hear,
        )
        self.port: str = self._client.ready["port"]
        self.probe: Probe = _VirtualProbe(self)

    @property
    def facts(self) -> VirtualFacts:
        """Raises BoardError."""
        fields = self.call("facts").copy()
        return VirtualFacts(**{name: fields[name] for name in VirtualFacts.__dataclass_fields__})

    def halt(self) -> None:
        """The chip stands still until it is reset. Raises BoardError."""
        self.call("halt")

    def reset(self) -> None:
        """Restarts the chip. Raises BoardError."""
        self.fault = None
        self.call("reset", limit_s=RESET_LIMIT_S)

    def call(self, do: str, *, limit_s: float = ANSWER_LIMIT_S, **fields: Any) -> dict[str, Any]:
        """One request on the control pipe. Raises BoardError."""
        return self._client.call(do, limit_s=limit_s, **fields).fields

    @property
    def client(self) -> ControlClient:
        """The control pipe."""
        return self._client

    def close(self) -> None:
        """Switches it off. Twice is once; never raises."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _hear(self, fields: dict[str, Any]) -> None:
        self.fault = fields.get("fault", self.fault)


class _VirtualProbe:
    """Closing it leaves the board running, as pulling a debugger's cable does."""

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board

    @property
    def description(self) -> ProbeDescription:
        try:
            library = f"unicorn {version('unicorn')}"
        except PackageNotFoundError:
            library = "unicorn"
        return ProbeDescription(_WHAT, None, library, chip="virtual Apollo4 Plus")

    @property
    def fault(self) -> str | None:
        return self._board.fault

    def connect(self) -> None:
        self._board.call("facts")

    def flash(self, regions: Sequence[FlashRegion], *, monitor: Monitor) -> tuple[str, ...]:
        return flash_regions(lambda: self._board.client, regions, monitor)

    def read(self, address: int, length: int) -> bytes:
        return read_memory(self._board.client, address, length)

    def erase(self) -> None:
        erase_regions(self._board.client)

    def reset(self) -> None:
        self._board.reset()

    def close(self) -> None:
        """Nothing to let go of."""
