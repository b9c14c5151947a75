"""Tables of text as people save them, in any usual delimiter, encoding and decimal sign."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.reading import read_limited

MAX_TABLE_BYTES = 64 << 20
_DELIMITERS = "\t;,"
_SAMPLED_LINES = 200
_NOT_NAME = re.compile(r"[^\w?]+")


@dataclass(frozen=True)
class Row:
    """One line's fields; ``line`` counts from 1."""

    line: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows below a header; ``columns`` are its names as :func:`column_name` has them, () without header.

    ``first_line``: the header's number, or the first row's.
    """

    path: Path
    first_line: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def place(self, names: Iterable[str]) -> int | None:
        """Where the first of ``names`` that is a column stands."""
        return next((self.columns.index(name) for name in names if name in self.columns), None)

    def where(self, row: Row) -> str:
        return f"{self.path}, line {row.line}"


def read_table(path: Path, *, hint: str) -> Table:
    """The table in a file of at most 64 MB; ``hint`` says what it should hold, should it hold nothing.

    A first row that begins with a number is no header. Lines that begin with ``#`` are left out. Raises
    RecordingError.
    """
    text = _decoded(read_limited(path, MAX_TABLE_BYTES)).replace("\0", "")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    delimiter = _delimiter(lines[:_SAMPLED_LINES])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows = []
    try:
        for fields in reader:
            stripped = tuple(field.strip() for field in fields)
            if any(stripped) and not stripped[0].startswith("#"):
                rows.append(Row(reader.line_num, stripped))
    except csv.Error as error:
        raise RecordingError(
            f"it is no table ({error}).", where=f"{path}, line {reader.line_num}", hint=hint
        ) from error
    if not rows:
        raise RecordingError("the table is empty.", where=str(path), hint=hint)
    if number(rows[0].fields[0]) is not None:
        return Table(path, rows[0].line, (), tuple(rows))
    return Table(path, rows[0].line, tuple(column_name(field) for field in rows[0].fields), tuple(rows[1:]))


def _delimiter(lines: Sequence[str]) -> str:
    """What the first line is divided by; where nothing divides it, as in a title, what most lines are."""
    of_first = max(_DELIMITERS, key=lines[0].count) if lines else ","
    if lines and of_first in lines[0]:
        return of_first
    return max(_DELIMITERS, key=lambda mark: sum(mark in line for line in lines))


def field_at(fields: Sequence[str], place: int | None) -> str:
    """The field, empty where the column or the row's end is missing."""
    return fields[place] if place is not None and place < len(fields) else ""


def number(text: str) -> float | None:
    """The finite number, with a decimal point or comma; None where there is none."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def column_name(text: str) -> str:
    """A name as a header's: lower case, punctuation as single spaces (``Onset (s)``: ``onset s``)."""
    return " ".join(_NOT_NAME.sub(" ", text.lower().replace("_", " ")).split())


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
