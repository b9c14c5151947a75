"""The text fields of an EDF header: decoding, numbers as people write them, and what was odd about each."""

from __future__ import annotations

import math
import re
from typing import Final, Literal, NoReturn

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.recording import Diagnostic

FIXED_BYTES = 256
SIGNAL_BYTES = 256

# width in bytes of each per-signal field, in the order in which the header stores them
FIELD_WIDTHS: Final = {
    "label": 16,
    "transducer": 80,
    "physical dimension": 8,
    "physical minimum": 8,
    "physical maximum": 8,
    "digital minimum": 8,
    "digital maximum": 8,
    "prefiltering": 80,
    "samples per record": 8,
    "reserved": 32,
}
_WHOLE = re.compile(r"[+-]?\d+(?:[.,]0*)?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def decode(raw: bytes) -> str:
    """Text of a field: UTF-8 where it is, else Latin-1. A character cut by the field's end is dropped.

    The standard asks for ASCII; recorders write their country's characters in either way.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and len(raw) - error.start < 4 and error.start > 0
        # a cut needs a full field and a character before it that only makes sense as UTF-8
        before = raw[: error.start]
        return before.decode("utf-8") if cut and not before.isascii() else raw.decode("latin-1")


def _encoding(raw: bytes) -> str:
    return "Latin-1" if decode(raw) == raw.decode("latin-1") else "UTF-8"


class HeaderFields:
    """Reads fields out of a header's bytes and collects diagnostics, each naming byte and field."""

    def __init__(self, raw: bytes, where: str) -> None:
        self.where = where
        self.diagnostics: list[Diagnostic] = []
        self.raw = raw
        self._nul_padded: set[int] = set()
        self._indented: set[int] = set()

    def text(self, position: int, width: int, name: str) -> str:
        """The field without padding and control characters."""
        stored = self.raw[position : position + width]
        raw = stored.rstrip(b" \0")
        text = _CONTROL.sub("", decode(raw)).strip()
        if b"\0" in stored[len(raw) :]:
            self._nul_padded.add(position)
        if raw.startswith(b" "):
            self._indented.add(position)
        if not raw.isascii():
            self.note("info", position, name, f"{text!r} is not ASCII: read as {_encoding(raw)}")
        elif _CONTROL.search(raw.decode("ascii")):
            self.note("info", position, name, "holds control characters")
        return text

    def whole(self, position: int, width: int, name: str) -> int | None:
        """The whole number in the field; None where it holds none."""
        text = self.text(position, width, name)
        if not _WHOLE.fullmatch(text):
            return None
        value = int(re.split("[.,]", text)[0])
        if not text.removeprefix("-").isdigit():
            self.note("info", position, name, f"{text!r} is read as {value}")
        return value

    def number(self, position: int, width: int, name: str) -> float | None:
        """The finite number in the field, with a decimal comma or point; None where it holds none."""
        text = self.text(position, width, name)
        if not _NUMBER.fullmatch(text):
            return None
        if "," in text:
            self.note("info", position, name, f"{text!r} has a decimal comma")
        value = float(text.replace(",", "."))
        return value if math.isfinite(value) else None

    def place(self, index: int, count: int, name: str) -> tuple[int, int]:
        """Position and width of a field of the signal at ``index`` of ``count``."""
        before = 0
        for field, width in FIELD_WIDTHS.items():
            if field == name:
                return FIXED_BYTES + count * before + index * width, width
            before += width
        raise KeyError(name)

    def note(self, severity: Literal["info", "warning"], position: int, name: str, message: str) -> None:
        """Records that ``name``, at byte ``position``, was odd."""
        self.diagnostics.append(Diagnostic(severity, f"{name} {message}", f"byte {position} ({name})"))

    def note_habits(self) -> None:
        """Tells once what a recorder does in many fields: padding with NUL, and writing to the right."""
        for positions, habit in (
            (self._nul_padded, "padded with NUL instead of spaces"),
            (self._indented, "not left-justified"),
        ):
            if positions:
                message = f"fields are {habit}: {len(positions)}"
                self.diagnostics.append(Diagnostic("info", message, f"byte {min(positions)} (header)"))

    def refuse(self, position: int, name: str, message: str) -> NoReturn:
        """Raises RecordingError naming the field and its byte."""
        raise RecordingError(
            f"{name} {message}.",
            where=f"{self.where}, byte {position}",
            hint="The header is damaged: copy or export the file again.",
        )
