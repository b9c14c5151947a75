"""The job that downloads a dataset, and what its dry run says. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sleepstudio.datasets.card import Card, FileKind, KaggleOrigin, NsrrOrigin, Origin
from sleepstudio.desktop.job import Metric
from sleepstudio.desktop.job_client import JobRequest

JOURNAL_FOLDER = ".sleepstudio"
"""In the dataset's folder: where a download keeps what it needs to go on tomorrow."""


@dataclass(frozen=True)
class Wanted:
    """What to bring of a dataset, and where to. Empty ``subjects`` and ``kinds``: all, and the usual."""

    card: Card
    folder: Path
    subjects: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    origin: str = ""
    address: str = ""


@dataclass(frozen=True)
class Planned:
    """What a dry run found."""

    files: int
    complete: int
    size: int
    unsized: int
    free: int

    @classmethod
    def of(cls, metrics: Sequence[Metric]) -> Planned | None:
        """None where the plan was not told to its end."""
        known = {metric.name: int(metric.value) for metric in metrics}
        if "download_free_bytes" not in known:
            return None
        return cls(
            known["download_files"],
            known["download_complete_files"],
            known["download_bytes"],
            known["download_files_of_unknown_size"],
            known["download_free_bytes"],
        )

    @property
    def fits(self) -> bool:
        return self.size < self.free

    def text(self) -> str:
        """*394 files, 8.1 GB to come; 12 files are there; 210 GB free.*"""
        there = f"{_files(self.complete)} {'is' if self.complete == 1 else 'are'} there"
        free = f"{size_text(self.free)} free"
        if not self.files:
            return f"Everything is there: {_files(self.complete)}. {free}."
        unsized = f" and {self.unsized:,} of unknown size" if self.unsized else ""
        come = f"{_files(self.files)}, {size_text(self.size)}{unsized} to come"
        return f"{'; '.join([come, *([there] if self.complete else []), free])}."


def download_request(wanted: Wanted, study: Path, *, dry_run: bool = False) -> JobRequest:
    """The job. A dry run leaves nothing in the dataset's folder."""
    card = wanted.card
    params: dict[str, Any] = {"path": str(wanted.folder)}
    if wanted.subjects:
        params["subjects"] = list(wanted.subjects)
    section: dict[str, Any] = {"dry_run": dry_run}
    if wanted.kinds:
        section["kinds"] = list(wanted.kinds)
    if wanted.origin:
        section["origin"] = wanted.origin
    if wanted.address:
        section["address"] = wanted.address
    folder = study / "jobs" / "plans" if dry_run else wanted.folder / JOURNAL_FOLDER
    title = f"Looking up {card.name}" if dry_run else f"Downloading {card.name}"
    return JobRequest(
        title,
        {
            "name": f"download-{card.name}",
            "job_dir": str(folder),
            "modes": ["download"],
            "datasets": [{"name": card.name, "params": params}],
            "download": section,
        },
        ("download",),
        item=card.name,
        panel="recordings",
        resume=True,
        quiet=dry_run,
    )


def subjects_of(text: str) -> tuple[str, ...]:
    """What was typed, parted by blanks and commas."""
    return tuple(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))


def usual_kinds(card: Card) -> tuple[FileKind, ...]:
    return tuple(kind for kind in card.kinds if kind.usual)


def token_source(origin: Origin | None) -> str:
    """Whose token an origin asks for: ``nsrr``, ``kaggle``, or empty where it is open."""
    if isinstance(origin, NsrrOrigin):
        return "nsrr"
    return "kaggle" if isinstance(origin, KaggleOrigin) else ""


def size_text(count: int) -> str:
    """*8.1 GB*."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count} bytes"


def _files(count: int) -> str:
    return f"{count:,} {'file' if count == 1 else 'files'}"
