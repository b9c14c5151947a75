"""Small EDF nights and a study for them, for tests of what lists, opens and scores recordings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingFacts
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import write_hypnogram_csv

START = datetime(2024, 3, 2, 22, 0, 0)
MONTAGE = {"EEG C4-M1": 8, "Pleth": 16, "SpO2": 1, "Aux 7": 4}
MINUTES = 10
STAGES = [0, 0, 1, 2, 2, 2, 3, 3, 4, 0, -1, -2, 2, 2, 2, 2, 4, 4, 0, -2]
"""What the first of the nights of tests/datasets is scored."""


def write_night(
    path: Path, montage: dict[str, int] = MONTAGE, *, minutes: int = MINUTES, records: int | None = None
) -> Path:
    """A plain EDF of random integers. ``records``: what the header claims, where that is to be wrong."""
    seconds = minutes * 60
    labels = list(montage)

    def columns(values: Iterable[object], width: int) -> bytes:
        return b"".join(str(value).encode("latin-1").ljust(width) for value in values)

    header = b"".join(
        str(value).encode().ljust(width)
        for value, width in (
            ("0", 8), ("X X X X", 80), ("", 80), (f"{START:%d.%m.%y}", 8), (f"{START:%H.%M.%S}", 8),
            (256 * (len(labels) + 1), 8), ("", 44), (seconds if records is None else records, 8), (1, 8),
            (len(labels), 4),
        )
    )  # fmt: skip
    header += columns(labels, 16) + columns([""] * len(labels), 80) + columns(["uV"] * len(labels), 8)
    for value in ("-500", "500", "-32768", "32767"):
        header += columns([value] * len(labels), 8)
    header += columns([""] * len(labels), 80) + columns(montage.values(), 8) + columns([""] * len(labels), 32)
    random = np.random.default_rng(len(path.name))
    samples = random.integers(-2000, 2000, (seconds, sum(montage.values()))).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header + samples.tobytes())
    return path


def write_hypnogram(path: Path, stages: Iterable[int], scorer: str = "") -> Path:
    """A hypnogram on the nights' clock, beginning with them."""
    write_hypnogram_csv(Hypnogram(np.array(list(stages), np.int8), start=START, scorer=scorer), path)
    return path


def facts(*paths: Path) -> list[RecordingFacts]:
    return [RecordingFacts(path.stem, path) for path in paths]


def add_nights(catalogue: Catalogue, nights: Path) -> None:
    """The three nights of tests/datasets, read."""
    catalogue.add(facts(*(nights / f"{name}.edf" for name in ("n1", "n2", "n10"))))
    scan(catalogue)
