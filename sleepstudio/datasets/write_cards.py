"""Writes ``docs/datasets.md`` from the cards: ``python -m sleepstudio.datasets.write_cards [FILE]``."""

from __future__ import annotations

import sys
from pathlib import Path

from sleepstudio.datasets.card_text import page_of
from sleepstudio.datasets.registry import card_names
from sleepstudio.study import write_atomic


def main(file: Path) -> None:
    """Raises StudyError where it cannot be written."""
    write_atomic(file, page_of(card_names()))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/datasets.md"))
