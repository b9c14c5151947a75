"""A stand-in for SEGGER's J-Link library, so that the real pylink flashes a virtual board.

Run as the debugger's process: ``python stand_in_jlink.py PORT [MISBEHAVIOUR …]``, PORT that of a
:class:`board_relay.BoardRelay`, or 0 for no board. The entry points are those that pylink calls, written from
pylink's source and SEGGER's UM08002; each misbehaviour is one that the real library has.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from board_relay import Cable

from sleepstudio.board import probe_process
from sleepstudio.errors import BoardError

MISBEHAVIOURS = frozenset(
    [
        "no-library",
        "no-probe",
        "two-probes",
        "in-use",
        "no-target",
        "no-power",
        "unknown-chip",
        "second-name",
        "other-core",
        "locked",
        "verify-fails",
        "wrong-bytes",
        "unplugged",
        "unknown-code",
        "dies",
        "hangs",
        "crashes-on-list",
        "prints",
    ]
)
FIRST_SERIAL, SECOND_SERIAL = 1_160_000_000, 1_161_000_000
NAMES = {"second-name": ["AMAP42KK-KBR"], "unknown-chip": ["STM32F407VG"]}
CORTEX_M33 = 0x410F_D214
CPUID = 0xE000_ED00
LIBRARY_VERSION = 79_600
NO_EMULATOR, COMMUNICATION, NO_POWER, LOW_POWER_MODE, UNKNOWN = -256, -257, -259, -274, -999
VERIFY_FAILED = -4
HANG_S = 3600


class StandIn:
    """Keeps what the library would: open, connected, what is downloaded. ``dll`` has the entry points."""

    def __init__(self, port: int, misbehaviours: frozenset[str]) -> None:
        self._cable = Cable(port) if port else None
        # pylink locks a serial number for the whole machine, where other tests may run
        self._serials = (FIRST_SERIAL + port, SECOND_SERIAL + port)
        self._bad = misbehaviours
        self._open = self._connected = self._halted = False
        self._download: list[tuple[int, bytes]] = []
        self._progress: Callable[[bytes, bytes, int], None] | None = None
        self._unsecure: Callable[[bytes, bytes, int], int] | None = None
        self._error_out: Callable[[bytes], None] | None = None
        self._speed = 0
        chosen = next((names for bad, names in NAMES.items() if bad in misbehaviours), None)
        self._chips = ["Unspecified", *(chosen or ["AMAP42KK-KBR", "AMAP42KP-KBR"])]
        # plain functions, because pylink sets their restype
        self.dll = SimpleNamespace(
            **{
                f"{prefix}_{name}": self._entry(getattr(self, f"_{name}"))
                for prefix, names in _ENTRIES.items()
                for name in names
            }
        )

    def _entry(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def entry(*arguments: Any) -> Any:
            return method(*arguments)

        return entry

    # the library

    def _GetDLLVersion(self) -> int:  # noqa: N802 -- the library's names, here and below
        return LIBRARY_VERSION

    def _GetCompileDateTime(self) -> bytes:  # noqa: N802
        return b"Jan  1 2026 12:00:00"

    def _GetRegisterName(self, _index: int) -> bytes:  # noqa: N802
        return b"R0"

    def _ignored(self, *_arguments: Any) -> int:
        return 0

    _EnableLog = _EnableLogCom = _SetWarnOutHandler = _SetResetDelay = _ignored

    def _SetErrorOutHandler(self, handler: Callable[[bytes], None]) -> None:  # noqa: N802
        self._error_out = handler

    def _SetHookUnsecureDialog(self, hook: Callable[[bytes, bytes, int], int]) -> None:  # noqa: N802
        self._unsecure = hook

    # the debugger

    def _EMU_GetList(self, _host: int, infos: Any, room: int) -> int:  # noqa: N802
        if "crashes-on-list" in self._bad:
            os.abort()
        if "prints" in self._bad:
            print("SEGGER says hello on standard output", flush=True)  # noqa: T201
        if "no-probe" in self._bad:
            return 0
        serials = self._serials if "two-probes" in self._bad else self._serials[:1]
        for info, serial in zip(infos or (), serials, strict=False):
            info.SerialNumber, info.acProduct = serial, b"J-Link EVB"
        return min(len(serials), room) if infos else len(serials)

    def _EMU_SelectByUSBSN(self, serial: int) -> int:  # noqa: N802
        return 0 if serial in self._serials else -1

    def _OpenEx(self, _log: Any, _error: Any) -> ctypes.c_char_p:  # noqa: N802
        if "in-use" in self._bad:
            return ctypes.c_char_p(b"J-Link is already open by another process.")
        self._open = True
        return ctypes.c_char_p(None)

    def _Close(self) -> None:  # noqa: N802
        self._open = self._connected = False

    def _IsOpen(self) -> int:  # noqa: N802
        return int(self._open)

    _EMU_IsConnected = _IsOpen

    def _TIF_GetAvailable(self, mask: Any) -> int:  # noqa: N802
        mask._obj.value = 3
        return 0

    def _TIF_Select(self, _interface: int) -> int:  # noqa: N802
        return 0

    def _SetSpeed(self, khz: int) -> None:  # noqa: N802
        self._speed = khz

    def _GetSpeed(self) -> int:  # noqa: N802
        return self._speed

    # the chip

    def _DEVICE_GetIndex(self, name: bytes) -> int:  # noqa: N802
        return self._chips.index(name.decode()) if name.decode() in self._chips else -1

    def _DEVICE_GetInfo(self, index: int, info: Any) -> int:  # noqa: N802
        if index < 0:
            return len(self._chips)
        info._obj.FlashAddr, info._obj.FlashSize = 0x18000, 0x1E8000
        return 0

    def _ExecCommand(self, _command: bytes, _error: Any, _room: int) -> int:  # noqa: N802
        return 0

    def _Connect(self) -> int:  # noqa: N802
        if "hangs" in self._bad:
            time.sleep(HANG_S)
        if "locked" in self._bad and self._unsecure is not None:
            self._unsecure(b"Unsecure device?", b"It will be erased.", 0)
            return UNKNOWN
        for bad, code in (("no-target", LOW_POWER_MODE), ("no-power", NO_POWER), ("unknown-code", UNKNOWN)):
            if bad in self._bad:
                if self._error_out is not None:
                    self._error_out(b"Could not find core in Coresight setup")
                return code
        self._connected = True
        return 0

    def _IsConnected(self) -> int:  # noqa: N802
        return int(self._connected)

    def _IsHalted(self) -> int:  # noqa: N802
        return int(self._halted)

    def _Halt(self) -> int:  # noqa: N802
        self._chip("halt")
        self._halted = True
        return 1  # pylink sleeps a second where it is 0

    def _Reset(self) -> int:  # noqa: N802
        self._chip("halt")
        return 0

    def _Go(self) -> int:  # noqa: N802
        self._chip("reset")
        self._halted = False
        return 0

    def _ReadMemEx(self, address: int, size: int, buffer: Any, width: int) -> int:  # noqa: N802
        if address == CPUID and "other-core" in self._bad:
            data = CORTEX_M33.to_bytes(4, "little")
        else:
            try:
                data = self._chip("read", address=address, length=size)
            except BoardError:
                return -1
        if "wrong-bytes" in self._bad and address != CPUID:
            data = bytes([data[0] ^ 1]) + data[1:]
        ctypes.memmove(buffer, data, size)
        return size // (width or 1)

    def _EraseChip(self) -> int:  # noqa: N802
        raise AssertionError("the maker's boot loader would be erased too")

    def _SetFlashProgProgressCallback(self, callback: Any) -> None:  # noqa: N802
        self._progress = callback or None

    def _BeginDownload(self, _flags: int) -> int:  # noqa: N802
        self._download = []
        return 0

    def _WriteMem(self, address: int, size: int, data: bytes) -> int:  # noqa: N802
        self._download.append((address, data[:size]))
        return size

    def _EndDownload(self) -> int:  # noqa: N802
        for address, data in self._download:
            half = len(data) // 2 & ~3
            self._write(address, data[:half], 50)
            if "unplugged" in self._bad:
                self._open = self._connected = False
                return COMMUNICATION
            if "dies" in self._bad:
                os._exit(3)
            if "verify-fails" in self._bad:
                return VERIFY_FAILED
            self._write(address + half, data[half:], 100)
        return 0

    def _write(self, address: int, data: bytes, percent: int) -> None:
        self._chip("flash", data, address=address)
        if self._progress is not None:
            self._progress(b"Program", b"Programming", percent)

    def _chip(self, do: str, data: bytes = b"", **fields: int) -> bytes:
        if self._cable is None:
            raise AssertionError("this stand-in has no board")
        return self._cable.call(do, data, **fields)


_ENTRIES = {
    "JLINKARM": [
        "GetDLLVersion",
        "GetCompileDateTime",
        "GetRegisterName",
        "EnableLog",
        "EnableLogCom",
        "SetErrorOutHandler",
        "SetWarnOutHandler",
        "EMU_GetList",
        "EMU_SelectByUSBSN",
        "OpenEx",
        "Close",
        "IsOpen",
        "EMU_IsConnected",
        "TIF_GetAvailable",
        "TIF_Select",
        "SetSpeed",
        "GetSpeed",
        "DEVICE_GetIndex",
        "DEVICE_GetInfo",
        "ExecCommand",
        "Connect",
        "IsConnected",
        "IsHalted",
        "Halt",
        "SetResetDelay",
        "Reset",
        "Go",
        "ReadMemEx",
        "BeginDownload",
        "WriteMem",
        "EndDownload",
    ],
    "JLINK": ["SetHookUnsecureDialog", "EraseChip", "SetFlashProgProgressCallback"],
}


class Library:
    """In place of pylink's."""

    def __init__(self, dll: Any) -> None:
        self._dll = dll

    def dll(self) -> Any:
        return self._dll

    def unload(self) -> bool:
        return True


def main(port: int, misbehaviours: frozenset[str]) -> int:
    unknown = misbehaviours - MISBEHAVIOURS
    if unknown:
        raise ValueError(f"no such misbehaviour: {unknown}")
    dll = None if "no-library" in misbehaviours else StandIn(port, misbehaviours).dll
    return probe_process.main(lambda: Library(dll))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), frozenset(sys.argv[2:])))
