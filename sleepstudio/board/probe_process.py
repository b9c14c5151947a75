"""The process of a debugger's probe: SEGGER's library by pylink.

A process of its own because the library may hang, crash or print: the application ends it and goes on
(docs/decisions/0113). Talks on the control pipe (:mod:`sleepstudio.board.control`), and ends with it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from sleepstudio.board.control_server import Answer, ControlServer, Handler, Request
from sleepstudio.board.memory_map import (
    CPUID_ADDRESS,
    CPUID_CORTEX_M4,
    CPUID_PART_MASK,
    FIRMWARE_ADDRESS,
    MAX_FLASH_BYTES,
    MRAM_BYTES,
)
from sleepstudio.errors import BoardError

LIBRARY_VARIABLE = "SLEEPSTUDIO_JLINK_LIBRARY"
_INSTALL_SEGGER = (
    "Install SEGGER's J-Link software (segger.com/downloads/jlink). "
    f"Where it is elsewhere, set {LIBRARY_VARIABLE} to the library's file."
)
_WHERE = "J-Link"
_LAST_ADDRESS = 0xFFFF_FFFF
_PERCENT = 100


def load_library() -> Any:
    """pylink's ``Library``. Raises BoardError where pylink or SEGGER's library is missing."""
    try:
        import pylink
    except ImportError as error:
        raise BoardError(
            "debuggers need pylink, which is not installed.",
            hint="Install it: pip install 'sleepstudio[board]'.",
        ) from error
    path = os.environ.get(LIBRARY_VARIABLE)
    try:
        return pylink.library.Library(dllpath=path)
    except OSError as error:
        raise BoardError(
            f"SEGGER's library cannot be loaded ({error}).", where=path or _WHERE, hint=_INSTALL_SEGGER
        ) from error


def main(load: Callable[[], Any] = load_library) -> int:
    """``load`` gives pylink's ``Library``."""
    server = ControlServer()
    try:
        session = _Session(load())
    except BoardError as error:
        server.failed(error)
        return 1
    server.ready(library=session.library)
    server.serve(session.handlers())
    session.close()
    return 0


class _Session:
    """One probe, from its being chosen to its being let go."""

    def __init__(self, library: Any) -> None:
        """Raises BoardError where there is no library of SEGGER's."""
        import pylink

        self._locked = False
        self._said: list[str] = []
        try:
            self._jlink = pylink.JLink(
                lib=library, error=self._hear, warn=self._hear, unsecure_hook=self._refuse_to_unlock
            )
        except TypeError as error:
            # pylink's way to say that it found no library
            raise BoardError(
                "SEGGER's J-Link library was not found.", where=_WHERE, hint=_INSTALL_SEGGER
            ) from error
        self.library = f"J-Link {self._jlink.version}"

    def handlers(self) -> dict[str, Handler]:
        return {
            name: self._bounded(handler)
            for name, handler in (
                ("list", self._list),
                ("connect", self._connect),
                ("flash", self._flash),
                ("read", self._read),
                ("reset", self._reset),
            )
        }

    def close(self) -> None:
        self._jlink.close()

    def _bounded(self, handler: Handler) -> Handler:
        """pylink's errors in words, with what SEGGER's library said of them."""
        from sleepstudio.board.probe_errors import in_words

        def handle(request: Request) -> Answer:
            self._said.clear()
            try:
                with in_words():
                    return handler(request)
            except BoardError as error:
                if self._locked:
                    raise BoardError(
                        "the chip is locked against debuggers.",
                        where=_WHERE,
                        hint="Unlocking erases it: do that with SEGGER's or Ambiq's tools, then flash again.",
                    ) from error
                if not self._said:
                    raise
                said = "; ".join(self._said[-3:])
                raise BoardError(
                    f"{error.message} It said: {said}", where=error.where, hint=error.hint
                ) from error

        return handle

    def _list(self, _request: Request) -> Answer:
        return Answer({"probes": [[serial, name] for serial, name in self._probes()]})

    def _probes(self) -> list[tuple[int, str]]:
        return [
            (int(found.SerialNumber), found.acProduct.decode(errors="replace") or "J-Link")
            for found in self._jlink.connected_emulators()
        ]

    def _connect(self, request: Request) -> Answer:
        import pylink

        serial, name = self._chosen(request.fields["serial"])
        self._jlink.open(serial_no=serial)
        self._jlink.disable_dialog_boxes()
        self._jlink.set_tif(pylink.enums.JLinkInterfaces.SWD)
        chip = self._connect_chip(request.fields["chips"], request.whole_number("speed_khz", 5, 50_000))
        (part,) = self._jlink.memory_read32(CPUID_ADDRESS, 1)
        if part & CPUID_PART_MASK != CPUID_CORTEX_M4:
            raise BoardError(
                f"the chip is not an Apollo4 Plus: its processor says {part:#010x}, which is no Cortex-M4.",
                where=name,
                hint="Connect the Apollo4 Plus board, or choose its debugger with board.probe.",
            )
        return Answer({"serial": serial, "name": name, "chip": chip, "speed_khz": self._jlink.speed})

    def _chosen(self, serial: int | None) -> tuple[int, str]:
        probes = dict(self._probes())
        if not probes:
            raise BoardError(
                "no debugger was found.",
                where=_WHERE,
                hint="Connect the board's debug USB port; on Linux, SEGGER's udev rules must be installed.",
            )
        listed = ", ".join(f"{number} ({name})" for number, name in probes.items())
        if serial is None and len(probes) > 1:
            raise BoardError(
                f"several debuggers are connected: {listed}.",
                where=_WHERE,
                hint="Choose one by its serial number with board.probe.",
            )
        chosen = next(iter(probes)) if serial is None else serial
        if chosen not in probes:
            raise BoardError(
                f"the debugger {serial} is not connected; there is {listed}.",
                where=_WHERE,
                hint="Connect it, or choose another with board.probe.",
            )
        return chosen, probes[chosen]

    def _connect_chip(self, chips: Sequence[str], speed_khz: int) -> str:
        """By the first of the names that SEGGER's library knows."""
        import pylink

        from sleepstudio.board.probe_errors import UNSUPPORTED

        for chip in chips:
            try:
                self._jlink.connect(chip, speed=speed_khz)
            except pylink.errors.JLinkException as error:
                if str(error) != UNSUPPORTED:
                    raise
            else:
                return chip
        raise BoardError(
            f"SEGGER's library ({self.library}) does not know the chip as {' or '.join(chips)}.",
            where=_WHERE,
            hint="Install a newer version of SEGGER's J-Link software, or name the chip with board.chip.",
        )

    def _flash(self, request: Request) -> Answer:
        address = request.whole_number("address", FIRMWARE_ADDRESS, MRAM_BYTES)
        size = len(request.data)

        def on_progress(_action: bytes, _text: bytes, percentage: int) -> None:
            request.progress(size * percentage // _PERCENT, size)

        # after a reset the watchdog of the firmware that ran does not; it would bark while the core is held
        self._jlink.reset(halt=True)
        self._jlink.flash(request.data, address, on_progress=on_progress)
        return Answer({})

    def _read(self, request: Request) -> Answer:
        address = request.whole_number("address", 0, _LAST_ADDRESS)
        length = request.whole_number("length", 1, MAX_FLASH_BYTES)
        return Answer({}, bytes(self._jlink.memory_read(address, length)))

    def _reset(self, _request: Request) -> Answer:
        self._jlink.reset(halt=False)
        return Answer({})

    def _hear(self, text: str) -> None:
        self._said.append(text.strip())

    def _refuse_to_unlock(self, _title: bytes, _message: bytes, _flags: int) -> int:
        """Unlocking erases the chip, which nobody asked for."""
        import pylink

        self._locked = True
        return int(pylink.enums.JLinkFlags.DLG_BUTTON_NO)


if __name__ == "__main__":
    sys.exit(main())
