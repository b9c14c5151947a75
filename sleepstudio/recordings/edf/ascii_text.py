"""Text as an EDF header may hold it: printable ASCII."""

from __future__ import annotations

import unicodedata

_SPELT: dict[str, str] = {
    **{"µ": "u", "μ": "u", "Ω": "Ohm", "°": "deg", "ß": "ss", "ø": "o", "Ø": "O"},
    **{"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"},
    **{"Δ": "d", "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'"},
}


def ascii_text(text: str) -> str:
    """Letters without their accents, signs spelt out; ``_`` for what has no counterpart."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else ""
    if character in _SPELT:
        return _SPELT[character]
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain if plain and plain.isprintable() else "_"
