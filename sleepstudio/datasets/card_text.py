"""Cards as text: in a line, on a terminal, and as a page of the documentation."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sleepstudio.datasets.card import Card, KaggleOrigin, NsrrOrigin, Origin, PhysioNetOrigin, S3Origin
from sleepstudio.datasets.registry import is_readable

_WIDTH: Final = 100
_INDENT: Final = " " * 12


def listing_text(cards: Sequence[Card]) -> str:
    """A line a dataset, those of models last."""
    rows = [("name", "people", "nights", "size", "read", "what")]
    rows += [
        (
            card.name,
            _number(card.subjects),
            _number(card.nights),
            card.size or "–",
            _readable(card),
            card.title,
        )
        for card in sorted(cards, key=lambda card: card.of == "models")
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[5]])
        for row in rows
    ]
    return "\n".join(
        [
            *lines,
            "",
            "A card: sleepstudio datasets NAME. To download: sleepstudio datasets download NAME --to DIR",
        ]
    )


def card_text(card: Card) -> str:
    """Everything that the card says."""
    lines = [card.title, ""]
    for title, paragraphs in fields_of(card):
        for number, paragraph in enumerate(paragraphs):
            first = f"{title:<12}" if number == 0 else _INDENT
            lines += textwrap.wrap(
                paragraph, _WIDTH, initial_indent=first, subsequent_indent=_INDENT, break_on_hyphens=False
            )
    if card.kinds:
        lines += ["", "kinds of files (--kinds; * unless others are named)"]
        width = max(len(kind.name) for kind in card.kinds)
        lines += [
            f"  {'*' if kind.usual else ' '} {kind.name:<{width}}  {kind.summary}" for kind in card.kinds
        ]
    return "\n".join(lines)


def cards_page(cards: Sequence[Card]) -> str:
    """``docs/datasets.md``."""
    parts = [_PAGE]
    parts.append("| name | people | nights | size | read | what |\n|---|---|---|---|---|---|\n")
    for card in cards:
        parts.append(
            f"| [`{card.name}`](#{card.name}) | {_number(card.subjects)} | {_number(card.nights)} | "
            f"{card.size or '–'} | {_readable(card)} | {card.title} |\n"
        )
    for card in cards:
        parts.append(f"\n## {card.name}\n**{card.title}**\n\n")
        for title, paragraphs in fields_of(card):
            if len(paragraphs) == 1:
                parts.append(f"- *{title}*: {paragraphs[0]}\n")
            else:
                parts.append(f"- *{title}*:\n" + "".join(f"  - {paragraph}\n" for paragraph in paragraphs))
        if card.kinds:
            parts.append("\n| kind | files | usual |\n|---|---|---|\n")
            parts += [
                f"| `{kind.name}` | {kind.summary} | {'yes' if kind.usual else ''} |\n" for kind in card.kinds
            ]
    return "".join(parts)


def fields_of(card: Card) -> Iterator[tuple[str, Sequence[str]]]:
    """What the card says, as (name, paragraphs)."""
    people = [f"{card.subjects:,} people"] if card.subjects else []
    nights = [f"{card.nights:,} recordings"] if card.nights else []
    yield "holds", [card.holds]
    if people or nights:
        yield "size", [", ".join([*people, *nights, *([card.size] if card.size else [])])]
    if card.channels:
        yield "channels", ["; ".join(card.channels)]
    if card.scoring:
        yield "scoring", [card.scoring]
    yield "licence", [card.licence]
    if card.citations:
        yield "cite", card.citations
    yield "access", card.access
    if card.quirks:
        yield "quirks", card.quirks
    if card.origins:
        yield "origins", [f"{origin.name}: {_where(origin)}" for origin in card.origins]
    if card.of == "recordings":
        yield "read here", [_reading(card)]
    if card.url:
        yield "page", [card.url]


def _reading(card: Card) -> str:
    if is_readable(card.name):
        return f'yes, as dataset {{"name": "{card.name}", "params": {{"path": …}}}}'
    return "not yet: it can be downloaded only"


def _readable(card: Card) -> str:
    if card.of == "models":
        return "–"
    return "yes" if is_readable(card.name) else "no"


def _where(origin: Origin) -> str:
    match origin:
        case NsrrOrigin(slug):
            return f"sleepdata.org/datasets/{slug}, with a token"
        case PhysioNetOrigin(slug, version):
            return f"physionet.org/content/{slug}/{version}"
        case KaggleOrigin(competition):
            return f"kaggle.com/competitions/{competition}, with a token"
        case S3Origin(bucket, prefix):
            return f"the public bucket {bucket}, {prefix}"
    return origin.address.removeprefix("https://")


def _number(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def page_of(names: Iterable[str]) -> str:
    """The page of these datasets' cards."""
    from sleepstudio.datasets.registry import dataset_card

    return cards_page([dataset_card(name) for name in names])


_PAGE: Final = """\
# Datasets
Made from the cards in `sleepstudio/datasets/cards/` by `python -m sleepstudio.datasets.write_cards`.
On a terminal: `sleepstudio datasets`, `sleepstudio datasets NAME`, with `--json` for programs.

## Downloading
```
sleepstudio datasets download sleep-edf --to sleep-edf --subjects SC400 SC401 --dry-run
```
- Before anything comes, the number of files, their size and the free disk are told; `--dry-run` stops there.
- A few connections at once. What is half there is gone on with by the same command, today or tomorrow, where
  the server still has the same file. Each file is checked against the published size and checksum, and
  appears whole or not at all. What is complete is neither fetched nor summed again.
- A file that cannot be had is told with what to do, and the others go on; the exit status is then 1.
- A file of yours with the name of a published one is left alone and told.
- Tokens come from the environment (`NSRR_TOKEN`; `KAGGLE_API_TOKEN`, or `KAGGLE_USERNAME` and `KAGGLE_KEY`)
  or from the system's keyring (`pip install 'sleepstudio[keyring]'`, then `sleepstudio datasets token nsrr`).
  They go to the origin's own server alone, not to where it redirects, and are written nowhere.
- `--address` names the same thing elsewhere, such as a mirror: for PhysioNet the folder that holds
  `SHA256SUMS.txt`, for a bucket its address.
- As a job: mode `download` of any configuration brings its `datasets` to their paths; see
  [configuration](configuration.md).

## Cards
"""
