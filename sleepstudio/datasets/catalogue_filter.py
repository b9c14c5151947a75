"""Filtering and sorting a catalogue's rows in memory: what the filter box understands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from sleepstudio.datasets.catalogue_rows import CatalogueRecording

SortKey = Literal["id", "subject", "start", "duration", "channels", "scored", "tst", "se", "state"]

_FIELDS: Final[Mapping[str, Callable[[CatalogueRecording], str]]] = MappingProxyType(
    {
        "id": lambda row: row.recording_id,
        "subject": lambda row: row.subject,
        "file": lambda row: str(row.path),
        "tag": lambda row: "\n".join(row.tags),
        "state": lambda row: f"{row.state.value}\n{row.state_word}",
        "channel": lambda row: "\n".join(f"{one.label} {one.kind.value}" for one in row.channels),
        "scorer": lambda row: "\n".join(source.scorer for source in row.sources),
        "date": lambda row: f"{row.start:%Y-%m-%d}" if row.start else "",
        "is": lambda row: "".join(f"\n{condition}" for condition in _conditions(row)),
    }
)
FILTER_FIELDS: Final = tuple(_FIELDS)
"""What may stand before a colon in a filter."""
_NUMBERS = re.compile(r"([0-9]+)")
_EVERYWHERE: Final = ("id", "subject", "file", "tag", "state", "date")

_SORT_KEYS: Final[Mapping[SortKey, Callable[[CatalogueRecording], object]]] = MappingProxyType(
    {
        "id": lambda row: natural(row.recording_id),
        "subject": lambda row: natural(row.subject),
        "start": lambda row: _plain(row.start),
        "duration": lambda row: row.duration_s if row.indexed else None,
        "channels": lambda row: len(row.channels) if row.indexed else None,
        "scored": lambda row: row.scored_percent,
        "tst": lambda row: row.tst_min,
        "se": lambda row: row.se_percent,
        "state": lambda row: (row.state.value, row.state_word),
    }
)


class CatalogueFilter:
    """Filters as a user types; remembers each row's text, so that the next key costs next to nothing.

    Words must all be found, in any case and anywhere in id, subject, file, tags, state or date.
    ``tag:x``, ``subject:x``, ``channel:pleth``, ``scorer:x``, ``state:warnings``, ``date:2024-05``,
    ``is:scored``, ``is:unscored``, ``is:unmapped`` look in one place; ``-`` before a word: where it is not.
    """

    def __init__(self) -> None:
        self._texts: dict[tuple[int, str], str] = {}
        self._montages: dict[int, str] = {}
        self._rows: Sequence[CatalogueRecording] = ()

    def matching(self, rows: Sequence[CatalogueRecording], text: str) -> list[CatalogueRecording]:
        """The rows that the filter lets through, in their order; all for an empty one."""
        if rows is not self._rows:
            self._rows, self._texts, self._montages = rows, {}, {}
        words = [_word(word) for word in text.casefold().split()]
        return [
            row
            for index, row in enumerate(rows)
            if all((part in self._text(index, row, field)) is wanted for field, part, wanted in words)
        ]

    def _text(self, index: int, row: CatalogueRecording, field: str) -> str:
        if field == "channel":
            # recordings of one montage share its object, which lives as long as the rows do
            montage = id(row.channels)
            if montage not in self._montages:
                self._montages[montage] = _FIELDS[field](row).casefold()
            return self._montages[montage]
        text = self._texts.get((index, field))
        if text is None:
            fields = (field,) if field else _EVERYWHERE
            text = "\n".join(_FIELDS[one](row) for one in fields).casefold()
            self._texts[index, field] = text
        return text


def in_order(
    rows: Sequence[CatalogueRecording], key: SortKey, *, descending: bool = False
) -> list[CatalogueRecording]:
    """Rows by a column; those without a value come last either way, equals stay as they were."""
    value = _SORT_KEYS[key]
    valued = [(value(row), row) for row in rows]
    present = [pair for pair in valued if pair[0] is not None]
    present.sort(key=lambda pair: pair[0], reverse=descending)  # type: ignore[arg-type,return-value]
    return [row for _, row in present] + [row for found, row in valued if found is None]


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Orders as people do: ``n2`` before ``n10``."""
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part)
        for part in _NUMBERS.split(text.casefold())
        if part
    )


def _word(word: str) -> tuple[str, str, bool]:
    """Field (empty: everywhere), text, and whether it is to be there."""
    wanted = not (word.startswith("-") and len(word) > 1)
    word = word if wanted else word[1:]
    field, colon, part = word.partition(":")
    if not colon or field not in _FIELDS:
        return "", word, wanted
    # a condition from its beginning: "scored" is within "unscored"
    return field, f"\n{part}" if field == "is" else part, wanted


def _conditions(row: CatalogueRecording) -> list[str]:
    conditions = ["scored" if row.scorer else "unscored"]
    if row.unmapped:
        conditions.append("unmapped")
    return conditions


def _plain(start: datetime | None) -> datetime | None:
    return start.replace(tzinfo=None) if start else None
