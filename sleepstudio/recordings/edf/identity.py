"""The patient and recording fields of an EDF+ header, as its standard divides them."""

from __future__ import annotations

import re
from datetime import datetime

from sleepstudio.recordings.edf.ascii_text import ascii_text
from sleepstudio.recordings.edf.draft import header_date

WIDTH = 80
ANONYMOUS_PATIENT = "X X X X"
_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_PATIENT = re.compile(rf"\S+ [FMX] (?:X|\d\d-(?:{_MONTHS})-\d{{4}}) \S+(?: \S+)*")
_RECORDING = re.compile(r"Startdate (\S+) (\S+) (\S+) (\S+(?: \S+)*)")


def is_patient_field(text: str) -> bool:
    """Whether a field is divided as EDF+ asks for."""
    return bool(_PATIENT.fullmatch(" ".join(ascii_text(text).split())))


def is_recording_field(text: str) -> bool:
    """Whether a field is divided as EDF+ asks for."""
    return bool(_RECORDING.fullmatch(" ".join(ascii_text(text).split())))


def patient_field(text: str) -> str:
    """``code sex birthdate name``: as it is where it is that, else with all of the text as the name."""
    plain = " ".join(ascii_text(text).split())
    if _PATIENT.fullmatch(plain):
        return plain[:WIDTH]
    return f"X X X {_one_word(plain)}"[:WIDTH]


def recording_field(text: str, start: datetime | None) -> str:
    """``Startdate date administration-code technician equipment``; other text becomes the equipment."""
    plain = " ".join(ascii_text(text).split())
    shown = header_date(start) if start else "X"
    parts = _RECORDING.fullmatch(plain)
    if parts is None:
        rest = plain.removeprefix("Startdate").strip()
        return f"Startdate {shown} X X {_one_word(rest)}"[:WIDTH]
    # "Startdate X" withholds the date: it stays withheld
    kept = "X" if parts[1] == "X" else shown
    return f"Startdate {kept} {parts[2]} {parts[3]} {parts[4]}"[:WIDTH]


def _one_word(text: str) -> str:
    return re.sub(r"\s+", "_", text) or "X"
