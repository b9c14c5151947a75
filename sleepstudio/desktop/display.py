"""Whether a window can be opened here, asked before Qt is loaded: Qt itself would abort the process."""

from __future__ import annotations

import ctypes
import os
import sys

from sleepstudio.errors import ConfigurationError

_REMEDY = "Start it on a desktop, or use --batch CONFIG, which needs no screen."
_DEBIAN = (
    "libgl1 libegl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"
)


def require_display() -> None:
    """Raises ConfigurationError where there is no screen to open a window on.

    On Windows and macOS there always is one; QT_QPA_PLATFORM says that the user knows better.
    """
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if os.environ.get("WAYLAND_DISPLAY"):
        return
    name = os.environ.get("DISPLAY")
    if not name:
        raise ConfigurationError("there is no display, and the application needs one.", hint=_REMEDY)
    if not _answers(name):
        raise ConfigurationError(f"the display {name} does not answer.", where="DISPLAY", hint=_REMEDY)
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError as error:
        raise ConfigurationError(
            f"a system library for windows is missing ({error}).",
            hint=f"On Debian or Ubuntu: sudo apt-get install {_DEBIAN}",
        ) from error


def cannot_load(error: ImportError) -> ConfigurationError:
    """Why the desktop's modules could not be loaded, and the remedy."""
    missing = (error.name or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and missing in ("PySide6", "pyqtgraph", "platformdirs"):
        return ConfigurationError(
            f"the desktop application needs {missing}, which is not installed.",
            hint="pip install 'sleepstudio[desktop]'",
        )
    return ConfigurationError(
        f"the desktop application cannot be loaded ({error}).",
        hint=f"On Debian or Ubuntu: sudo apt-get install {_DEBIAN}",
    )


def _answers(name: str) -> bool:
    """Whether an X server takes connections; True where that cannot be asked."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(name.encode(), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not failed
