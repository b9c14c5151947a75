"""What pylink raises, in the user's words and with the remedy. Imported by the debugger's process only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pylink.enums import JLinkFlashErrors, JLinkGlobalErrors
from pylink.errors import JLinkException, JLinkFlashException

from sleepstudio.board.probe_client import ERASE_BY_HAND
from sleepstudio.errors import BoardError

WHERE = "J-Link"
UNSUPPORTED = "Unsupported device selected."

_UNPLUGGED = (
    "the connection to the debugger was lost",
    "Check the USB cable, then try again; a region that was being flashed is incomplete until it is.",
)
_NO_ANSWER = (
    "the chip does not answer the debugger",
    "Is the board powered, and is it its debug port that is connected? Press its reset button and try again.",
)
_NOT_WRITTEN = (
    "the flash could not be written",
    f"Try again; if it stays so, press the board's reset button, or {ERASE_BY_HAND}.",
)
_BY_CODE = {
    JLinkGlobalErrors.EMU_NO_CONNECTION: _UNPLUGGED,
    JLinkGlobalErrors.EMU_COMM_ERROR: _UNPLUGGED,
    JLinkGlobalErrors.DLL_NOT_OPEN: _UNPLUGGED,
    JLinkGlobalErrors.VCC_FAILURE: ("the board has no power", "Switch it on, or connect its USB cable."),
    JLinkGlobalErrors.NO_CPU_FOUND: _NO_ANSWER,
    JLinkGlobalErrors.TIF_STATUS_ERROR: _NO_ANSWER,
    JLinkGlobalErrors.CPU_IN_LOW_POWER_MODE: _NO_ANSWER,
    JLinkGlobalErrors.FLASH_PROG_COMPARE_FAILED: _NOT_WRITTEN,
    JLinkGlobalErrors.FLASH_PROG_PROGRAM_FAILED: _NOT_WRITTEN,
    JLinkGlobalErrors.FLASH_PROG_VERIFY_FAILED: _NOT_WRITTEN,
    JLinkGlobalErrors.WRITE_TARGET_MEMORY_FAILED: _NOT_WRITTEN,
}
_BY_FLASH_CODE = {
    JLinkFlashErrors.COMPARE_ERROR: _NOT_WRITTEN,
    JLinkFlashErrors.PROGRAM_ERASE_ERROR: _NOT_WRITTEN,
    JLinkFlashErrors.VERIFICATION_ERROR: _NOT_WRITTEN,
}
_BY_TEXT = {
    "Could not connect to default emulator": (
        "no debugger was found",
        "Connect the board's debug USB port; `sleepstudio board list` shows what is there.",
    ),
    "No emulator with serial number": (
        "the debugger with that serial number is not there",
        "`sleepstudio board list` shows those that are; choose one with board.probe.",
    ),
    "J-Link is already open": ("another program uses the debugger", "Close that program, then try again."),
    "connection has been lost": _UNPLUGGED,
    "DLL is not open": _UNPLUGGED,
    "Target is not connected": _NO_ANSWER,
    UNSUPPORTED: (
        "SEGGER's library does not know the chip",
        "Install a newer version of SEGGER's J-Link software, or name the chip with board.chip.",
    ),
}
_OTHERWISE = ("the debugger reports an error", "Unplug the debugger, connect it again, and try again.")


@contextmanager
def in_words() -> Iterator[None]:
    """Raises BoardError for what pylink raises, which is ValueError for codes that it does not know."""
    try:
        yield
    except JLinkException as error:
        message, hint = _explained(error)
        raise BoardError(f"{message} ({str(error).rstrip('.')}).", where=WHERE, hint=hint) from error
    except ValueError as error:
        message, hint = _OTHERWISE
        raise BoardError(f"{message} ({error}).", where=WHERE, hint=hint) from error


def _explained(error: JLinkException) -> tuple[str, str]:
    if isinstance(error, JLinkFlashException) and error.code in _BY_FLASH_CODE:
        return _BY_FLASH_CODE[error.code]
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    for text, explained in _BY_TEXT.items():
        if text in str(error):
            return explained
    return _OTHERWISE
