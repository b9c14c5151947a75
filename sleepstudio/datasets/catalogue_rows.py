"""What the catalogue knows of a recording: what the user said, and what the files say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.recording import ChannelKind, Diagnostic

Origin = Literal["file", "annotations", "dataset", "own", "run"]
"""Where a hypnogram comes from: a file beside the recording or attached to it, the recording's own
annotations, the dataset it belongs to, the study's own scoring, or a run's predictions."""


@dataclass(frozen=True)
class RecordingFacts:
    """What the user said of a recording: kept in ``recordings.json``, never computed.

    ``adapter``: empty for a file that is a recording by itself, else the dataset (as in its registry) that
    ``root`` is the path of and ``item`` a recording in. ``path``: the recording's file, or its first one.
    ``subject`` and ``scorer`` are None where the user left them to the names and files. ``attached``:
    hypnograms that the user put to it, wherever they lie. ``hypnogram_offset_s``: seconds by which the user
    moved hypnograms of files later.
    """

    recording_id: str
    path: Path
    adapter: str = ""
    root: Path | None = None
    item: str = ""
    subject: str | None = None
    scorer: str | None = None
    tags: tuple[str, ...] = ()
    attached: tuple[Path, ...] = ()
    hypnogram_offset_s: float = 0.0


class RecordingState(StrEnum):
    """How a recording's files are."""

    OK = "ok"
    WARNINGS = "warnings"
    UNREADABLE = "unreadable"
    MISSING = "missing"


@dataclass(frozen=True)
class CatalogueChannel:
    """A channel as it is used: ``kind`` after learned aliases; ``learned``: the user said so."""

    label: str
    kind: ChannelKind
    unit: str
    rate_hz: float | None
    learned: bool = False

    @property
    def unmapped(self) -> bool:
        """Whether nobody knows what it measures: neither its label tells nor did the user."""
        return self.kind is ChannelKind.OTHER and not self.learned


@dataclass(frozen=True)
class HypnogramSource:
    """One scoring of a recording. ``scorer`` is its key: no two sources of a recording share one.

    ``path``: its file; the table of an own scoring; None for annotations and datasets. ``problem``: why it
    cannot be used, or empty. ``events``: how many are scored beside the stages.
    """

    scorer: str
    origin: Origin
    path: Path | None = None
    events: int = 0
    problem: str = ""


@dataclass(frozen=True, eq=False)
class CatalogueRecording:
    """A row of the catalogue.

    Figures are of the scoring in use (``scorer``), None without one: ``scored_percent`` of the recording's
    epochs, ``tst_min``, ``se_percent``. ``thumbnail``: its stages as bytes, int8 of Stage, over the whole
    recording, at most 2,880. ``reason`` and ``hint`` say what a state other than ok is about;
    ``state_word`` is that in a word or two. ``indexed`` is False until its files were read.
    """

    facts: RecordingFacts
    subject: str
    state: RecordingState
    state_word: str
    reason: str = ""
    hint: str = ""
    indexed: bool = False
    start: datetime | None = None
    duration_s: float = 0.0
    channels: tuple[CatalogueChannel, ...] = ()
    sources: tuple[HypnogramSource, ...] = ()
    scorer: str = ""
    scored_percent: float | None = None
    tst_min: float | None = None
    se_percent: float | None = None
    thumbnail: bytes = b""
    diagnostics: tuple[Diagnostic, ...] = field(default=(), repr=False)

    @property
    def recording_id(self) -> str:
        return self.facts.recording_id

    @property
    def path(self) -> Path:
        return self.facts.path

    @property
    def tags(self) -> tuple[str, ...]:
        return self.facts.tags

    @property
    def thumbnail_stages(self) -> NDArray[np.int8]:
        """(at most 2,880,) stages over the whole recording; empty without a hypnogram."""
        return np.frombuffer(self.thumbnail, np.int8)

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Labels of channels of which nobody knows what they measure."""
        return tuple(channel.label for channel in self.channels if channel.unmapped)

    @property
    def source(self) -> HypnogramSource | None:
        """The scoring in use."""
        return next((source for source in self.sources if source.scorer == self.scorer), None)
