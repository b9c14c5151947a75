"""Files with what recorders and converters get wrong, one fault each, and what repairing tells."""

from __future__ import annotations

from dataclasses import dataclass

from edf_bytes import FIXED, edf, night, patched, signal_place


@dataclass(frozen=True)
class Malformed:
    """``changes``: what stands in the list of changes; empty where the file is as the standard wants it."""

    raw: bytes
    changes: str = ""


_OK = edf(night(10), recording="Startdate 02-MAR-2024 X X X")
_STAGES = [f"+{k}\x14\x14\0+{k}\x1530\x14Sleep stage W\x14\0".encode() for k in range(10)]
_PLUS = edf(night(10), tals=_STAGES, reserved="EDF+C", recording="Startdate 02-MAR-2024 X X X")
_GAP = [f"+{k + 120 * (k >= 5)}\x14\x14\0+{k}\x1530\x14Sleep stage W\x14\0".encode() for k in range(10)]


def _fixed(name: str, value: object, raw: bytes = _OK) -> bytes:
    return patched(raw, FIXED[name], value)


def _signal(index: int, **fields: object) -> bytes:
    raw = _OK
    for name, value in fields.items():
        raw = patched(raw, signal_place(_OK, index, name), value)
    return raw


MALFORMED: dict[str, Malformed] = {
    "sound": Malformed(_OK),
    "sound plus": Malformed(_PLUS),
    "colon time": Malformed(_fixed("time", "22:00:00"), "'22:00:00' is written as '22.00.00'"),
    "date of zeros": Malformed(_fixed("date", "00.00.00"), "'00.00.00' is written as '02.03.24'"),
    "no date at all": Malformed(
        _fixed("date", "00.00.00", _fixed("recording", "")), "'00.00.00' is written as '01.01.85'"
    ),
    "second 75": Malformed(_fixed("time", "22.00.75"), "'22.00.75' is written as '00.00.00'"),
    "not closed": Malformed(_fixed("records", "-1"), "'-1' is written as '10'"),
    "truncated": Malformed(_OK[:-100], "'10' is written as '9'"),
    "extra tail": Malformed(_OK + b"\0" * 99, "the last 99 bytes are no whole data record"),
    "digital range empty": Malformed(_signal(2, dmin="0", dmax="0"), "'0' is written as '-32768'"),
    "physical range empty": Malformed(_signal(2, pmin="0", pmax="0"), "'0' is written as '-32768'"),
    "latin-1 patient": Malformed(
        _fixed("patient", "Müller José".encode("latin-1")), "'Müller José' is written as 'Muller Jose'"
    ),
    "micro": Malformed(_signal(0, dimension=b"\xb5V"), "'µV' is written as 'uV'"),
    "decimal comma": Malformed(_signal(0, pmin="-500,0"), "'-500,0' is written as '-500.0'"),
    "same label twice": Malformed(_signal(1, label="EEG C4-M1"), "is written as 'EEG C4-M1 (2)'"),
    "empty label": Malformed(_signal(1, label=""), "'' is written as 'signal 2'"),
    "vendor's reserved": Malformed(_fixed("reserved", "Hello vendor")),
    "plus without annotations": Malformed(_fixed("reserved", "EDF+C"), "'EDF+C' is written as ''"),
    "record of no duration": Malformed(_fixed("duration", "0"), "'0' is written as '1'"),
    "padded with NUL": Malformed(_fixed("patient", b"X" + b"\0" * 79), "written with spaces"),
    "inverted physical range": Malformed(_signal(0, pmin="500", pmax="-500")),
    "too many records": Malformed(_fixed("records", "99999"), "'99999' is written as '10'"),
    "gap": Malformed(edf(night(10), tals=_GAP, reserved="EDF+D", recording="Startdate 02-MAR-2024 X X X")),
    "gap called continuous": Malformed(
        _fixed("reserved", "EDF+C", edf(night(10), tals=_GAP)), "is written as 'EDF+D'"
    ),
    "annotations without plus": Malformed(_fixed("reserved", "", _PLUS), "is written as 'EDF+C'"),
    "free text in EDF+": Malformed(
        _fixed("patient", "Jane Doe", _PLUS), "'Jane Doe' is written as 'X X X Jane_Doe'"
    ),
    "bdf not closed": Malformed(
        patched(edf(night(10), bdf=True), FIXED["records"], "-1"), "'-1' is written as '10'"
    ),
    "bdf annotations without plus": Malformed(
        edf(night(10), bdf=True, tals=_STAGES), "is written as 'BDF+C'"
    ),
}
"""Every fault of the corpus that this reader was planned with, and some more."""
