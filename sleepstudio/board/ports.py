"""Serial ports, and what is behind each; quick, and without the debugger's library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sleepstudio.errors import BoardError

SEGGER_VID = 0x1366
SLEEPKIT_DEMO = (0xCAFE, 0x4001)

PortKind = Literal["J-Link VCOM", "SleepKit demo", "other"]


@dataclass(frozen=True)
class PortDescription:
    """``device``: what it is opened as. ``serial``: of the USB device behind it, empty where unknown."""

    device: str
    kind: PortKind
    title: str
    serial: str = ""
    vid: int | None = None
    pid: int | None = None


def list_ports() -> tuple[PortDescription, ...]:
    """The serial ports there are, debuggers first. Raises BoardError where pyserial is not installed."""
    try:
        from serial.tools import list_ports as pyserial_ports
    except ImportError as error:
        raise BoardError(
            "serial ports need pyserial.", hint="Install it: pip install 'sleepstudio[board]'."
        ) from error
    found = [
        describe_port(port.device, port.description, port.vid, port.pid, port.serial_number)
        for port in pyserial_ports.comports()
    ]
    return tuple(sorted(found, key=lambda port: (port.kind == "other", port.kind, port.device)))


def describe_port(
    device: str, description: str | None, vid: int | None, pid: int | None, serial: str | None
) -> PortDescription:
    """What the USB numbers say that a port is."""
    kind: PortKind = "other"
    if vid == SEGGER_VID:
        kind = "J-Link VCOM"
    elif (vid, pid) == SLEEPKIT_DEMO:
        kind = "SleepKit demo"
    title = description if description and description != "n/a" else device
    return PortDescription(device, kind, title, serial or "", vid, pid)


def debugger_port(ports: tuple[PortDescription, ...], probe: int | None = None) -> PortDescription:
    """The debugger's virtual COM port; of several, that of the ``probe`` with this serial number.

    Raises BoardError with the remedy where there is none, or more than one to choose from.
    """
    debuggers = [port for port in ports if port.kind == "J-Link VCOM"]
    if probe is not None:
        debuggers = [port for port in debuggers if port.serial.lstrip("0") == str(probe)]
    # a debugger with two ports has the board's UART on the first
    serials = {port.serial for port in debuggers}
    if len(serials) == 1:
        return debuggers[0]
    if debuggers:
        listed = ", ".join(f"{port.device} ({port.serial})" for port in debuggers)
        raise BoardError(
            f"several debuggers are plugged in: {listed}.",
            where="board.port",
            hint="Choose one by its port, or by its serial number (board.probe).",
        )
    demo = next((port for port in ports if port.kind == "SleepKit demo"), None)
    if demo is not None:
        raise BoardError(
            f"{demo.device} is SleepKit's demo firmware, which does not speak this protocol.",
            where=demo.device,
            hint="Connect the board's debugger port (J-Link USB), and flash the board.",
        )
    raise BoardError(
        "no board is connected: there is no virtual COM port of a J-Link.",
        where="board.port",
        hint="Plug the board's J-Link USB in, or use the virtual board (--backend virtual).",
    )
