"""Names of the serial ports as the system lists them: cheap enough to look every second. No Qt.

Only whether they changed is asked here; what a port is, a job finds out.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_PATTERNS: Final = {
    "linux": ("ttyACM*", "ttyUSB*", "serial/by-id/*"),
    "darwin": ("cu.usb*", "cu.*modem*"),
}


def port_names(devices: Path = Path("/dev")) -> frozenset[str]:
    """Of ports that a USB device may have; empty where there are none."""
    if sys.platform == "win32":
        import winreg

        found: set[str] = set()
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DEVICEMAP\SERIALCOMM") as key:
                for index in range(winreg.QueryInfoKey(key)[1]):
                    found.add(str(winreg.EnumValue(key, index)[1]))
        except OSError:
            return frozenset(found)
        return frozenset(found)
    else:
        patterns = _PATTERNS.get(sys.platform, _PATTERNS["linux"])
        return frozenset(
            str(path.relative_to(devices)) for pattern in patterns for path in devices.glob(pattern)
        )
