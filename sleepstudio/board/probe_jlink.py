"""The debugger's probe (SEGGER J-Link, which is on the evaluation board), and those that are plugged in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sleepstudio.board.control_client import ControlClient
from sleepstudio.board.probe import FlashRegion, ProbeDescription, ProbeSupport
from sleepstudio.board.probe_client import RESET_LIMIT_S, erase_regions, flash_regions, read_memory
from sleepstudio.errors import BoardError
from sleepstudio.monitor import Monitor

CHIPS = ("AMAP42KP-KBR", "AMAP42KK-KBR")
"""SEGGER's name of the Apollo4 Plus; sources disagree, so the second is tried after the first."""
SPEED_KHZ = 4000
PROCESS = (sys.executable, "-m", "sleepstudio.board.probe_process")
READY_LIMIT_S = 20.0
LIST_LIMIT_S = 15.0
CONNECT_LIMIT_S = 60.0
"""The library may update the debugger's own firmware first."""
_WHAT = "the debugger"
_REMEDY = "Unplug the debugger, connect it again, and try again."


@dataclass(frozen=True)
class ProbeSurvey:
    """Debuggers that are plugged in; where they cannot be used on this machine, ``support`` says why."""

    probes: tuple[ProbeDescription, ...]
    support: ProbeSupport


def survey_probes(command: Sequence[str] | None = None) -> ProbeSurvey:
    """Looks for debuggers, in a process of its own. Never raises BoardError: ``support`` has it."""
    try:
        client = _start(command)
    except BoardError as error:
        return ProbeSurvey(
            (), ProbeSupport(False, problem=str(error).removesuffix(error.hint).strip(), hint=error.hint)
        )
    library = str(client.ready["library"])
    try:
        found = client.call("list", limit_s=LIST_LIMIT_S).fields["probes"]
    except BoardError as error:
        return ProbeSurvey((), ProbeSupport(False, library, error.message, error.hint))
    finally:
        client.close()
    probes = tuple(ProbeDescription(name, serial, library) for serial, name in found)
    return ProbeSurvey(probes, ProbeSupport(True, library))


def list_probes() -> tuple[ProbeDescription, ...]:
    """Debuggers that are plugged in; none where they cannot be used, for which see :func:`survey_probes`."""
    return survey_probes().probes


class JLinkProbe:
    """A debugger. ``serial`` None: the only one; ``chip`` None: the names of the Apollo4 Plus."""

    def __init__(
        self,
        serial: int | None = None,
        chip: str | None = None,
        speed_khz: int = SPEED_KHZ,
        *,
        command: Sequence[str] | None = None,
    ) -> None:
        self._serial = serial
        self._chips = CHIPS if chip is None else (chip,)
        self._speed_khz = speed_khz
        self._command = command
        self._client: ControlClient | None = None
        self._description = ProbeDescription("J-Link", serial, "")

    @property
    def description(self) -> ProbeDescription:
        return self._description

    @property
    def fault(self) -> str | None:
        return None

    def connect(self) -> None:
        if self._client is not None and self._client.alive:
            return
        client = _start(self._command)
        try:
            said = client.call(
                "connect",
                limit_s=CONNECT_LIMIT_S,
                serial=self._serial,
                chips=list(self._chips),
                speed_khz=self._speed_khz,
            ).fields
        except BoardError:
            client.close()
            raise
        self._client = client
        self._description = replace(
            self._description,
            name=said["name"],
            serial=said["serial"],
            library=client.ready["library"],
            speed_khz=said["speed_khz"],
            chip=said["chip"],
        )

    def flash(self, regions: Sequence[FlashRegion], *, monitor: Monitor) -> tuple[str, ...]:
        return flash_regions(self._connected, regions, monitor)

    def read(self, address: int, length: int) -> bytes:
        return read_memory(self._connected(), address, length)

    def erase(self) -> None:
        erase_regions(self._connected())

    def reset(self) -> None:
        self._connected().call("reset", limit_s=RESET_LIMIT_S)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> ControlClient:
        self.connect()
        if self._client is None:
            raise AssertionError("connect() connects or raises")
        return self._client


def _start(command: Sequence[str] | None) -> ControlClient:
    return ControlClient(command or PROCESS, what=_WHAT, remedy=_REMEDY, ready_limit_s=READY_LIMIT_S)
