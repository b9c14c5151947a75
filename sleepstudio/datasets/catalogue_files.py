"""A catalogue's recordings as files: opening them, finding their hypnograms, seeing whether they changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sleepstudio.datasets.catalogue_rows import RecordingFacts
from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.datasets.learned_labels import learned_labels
from sleepstudio.datasets.names import HypnogramOwners, in_order, is_recording_name
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.errors import RecordingError, StudioError
from sleepstudio.recordings import HypnogramMapping, Recording, open_recording
from sleepstudio.recordings.scoring import own_scorers
from sleepstudio.recordings.scoring.own import OwnFiles
from sleepstudio.study_folder import file_name

_SIBLING_FOLDERS = ("annotations-events-nsrr", "annotations-events-profusion")
"""Where the NSRR keeps scorings beside its ``edfs``."""


class FileStamp(NamedTuple):
    """A file as it was when it was read; what is unchanged need not be read again."""

    path: str
    size: int
    mtime_ns: int


class RecordingFiles:
    """Finds and opens recordings; remembers folders and datasets while it lives: make one for each task."""

    def __init__(self, scoring: Path) -> None:
        """``scoring``: the study's folder of own scoring."""
        self._scoring = scoring
        self._beside: dict[Path, Mapping[str, tuple[Path, ...]]] = {}
        self._datasets: dict[tuple[str, Path], tuple[Dataset, Mapping[str, RecordingEntry]]] = {}
        self._labels: HypnogramMapping | None = None

    @property
    def labels(self) -> HypnogramMapping:
        """What the user taught of scorings' labels in this study. Raises StudyError."""
        if self._labels is None:
            self._labels = learned_labels(self._scoring.parent)
        return self._labels

    def open(self, facts: RecordingFacts) -> Recording:
        """The recording under its id in the catalogue. Raises StudioError."""
        if facts.adapter:
            dataset, entry = self.entry(facts)
            recording = dataset.open(entry)
        else:
            recording = open_recording(facts.path)
        recording.recording_id = facts.recording_id
        return recording

    def entry(self, facts: RecordingFacts) -> tuple[Dataset, RecordingEntry]:
        """The dataset and the entry of a recording that belongs to one. Raises StudioError."""
        root = facts.root or facts.path.parent
        if (facts.adapter, root) not in self._datasets:
            dataset = dataset_from_params(facts.adapter, {"path": str(root)})
            listed = {entry.recording_id: entry for entry in dataset.entries()}
            self._datasets[facts.adapter, root] = (dataset, listed)
        dataset, entries = self._datasets[facts.adapter, root]
        if facts.item not in entries:
            raise RecordingError(
                f"{facts.adapter} has no recording {facts.item} any more.",
                where=str(root),
                hint="Restore its files, or remove it from the catalogue.",
            )
        return dataset, entries[facts.item]

    def hypnograms(self, facts: RecordingFacts) -> tuple[Path, ...]:
        """Hypnogram files: those attached by the user, then those beside the recording by name."""
        beside = () if facts.adapter else self._in_folder(facts.path.parent).get(facts.path.name, ())
        return tuple(dict.fromkeys((*facts.attached, *beside)))

    def own(self, facts: RecordingFacts) -> tuple[OwnFiles, ...]:
        """The study's own scorings of the recording, by scorer."""
        folder = self.own_folder(facts)
        return tuple(OwnFiles(folder, scorer) for scorer in own_scorers(folder))

    def own_folder(self, facts: RecordingFacts) -> Path:
        return self._scoring / file_name(facts.recording_id)

    def stamps(self, facts: RecordingFacts) -> tuple[FileStamp, ...]:
        """Every file that the catalogue's row depends on, the recording's first; those missing left out."""
        return tuple(filter(None, map(stamp, self.all(facts))))

    def sources(self, facts: RecordingFacts) -> tuple[Path, ...]:
        """The recording's files and its hypnograms', not the study's own; raises nothing."""
        recording: tuple[Path, ...] = (facts.path,)
        if facts.adapter:
            with suppress(StudioError):  # what is not there is told when it is opened
                recording = self.entry(facts)[1].files
        return (*recording, *self.hypnograms(facts))

    def all(self, facts: RecordingFacts) -> tuple[Path, ...]:
        """Everything that a recording and its scorings are made of, the recording's first."""
        return (*self.sources(facts), *(path for own in self.own(facts) for path in own.all))

    def _in_folder(self, folder: Path) -> Mapping[str, tuple[Path, ...]]:
        """Hypnograms of each recording in a folder, by the recording's name; the folder is listed once."""
        if folder not in self._beside:
            names = _names(folder)
            owners = HypnogramOwners(name for name in names if is_recording_name(name))
            found: dict[str, list[Path]] = {}
            for place in (folder, *(folder.parent / sibling for sibling in _SIBLING_FOLDERS)):
                listed = names if place == folder else _names(place)
                by_owner: dict[str, list[str]] = {}
                for name in listed:
                    owner = None if is_recording_name(name) else owners.owner(name)
                    if owner is not None:
                        by_owner.setdefault(owner, []).append(name)
                for owner, hypnograms in by_owner.items():
                    found.setdefault(owner, []).extend(place / name for name in in_order(hypnograms, owner))
            self._beside[folder] = {owner: tuple(paths) for owner, paths in found.items()}
        return self._beside[folder]


def stamp(path: Path) -> FileStamp | None:
    """The file as it is now; None where it is not there or cannot be asked for."""
    try:
        status = path.stat()
    except OSError:
        return None
    return FileStamp(str(path), status.st_size, status.st_mtime_ns)


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except OSError:
        return []
