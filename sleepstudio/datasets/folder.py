"""Any folder of EDF or BDF recordings with hypnograms beside them, matched by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import Field, field_validator

from sleepstudio.datasets.dataset import Dataset, DatasetParams, RecordingEntry
from sleepstudio.datasets.listing import existing_folder, files_below, of_subjects
from sleepstudio.datasets.names import (
    HYPNOGRAM_SUFFIXES,
    RECORDING_SUFFIXES,
    is_recording_name,
    is_sleep_edf,
    subject_of,
    without_psg,
)
from sleepstudio.errors import ConfigurationError, DatasetError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import (
    EdfRecording,
    Event,
    HypnogramMapping,
    Recording,
    open_recording,
    place_scoring,
    read_events,
    read_scoring,
)
from sleepstudio.recordings.edf.hypnogram import hypnogram_in_annotations

_REMEDY = "Set the dataset's path to a folder of EDF or BDF recordings."


class FolderParams(DatasetParams):
    """``subject_pattern``: a regular expression; its first group, or else all it matches, is the subject.

    It is searched in the recording's path below the folder, without suffix and with ``/`` between folders.
    Without it every recording is a subject of its own, except in Sleep-EDF, whose names tell people apart
    from nights: two nights of a person must not fall on both sides of a split.

    ``stage_labels``: what the scorings' own words mean, such as ``{"Wach": "W", "Bewegung": "event"}``.
    ``hypnogram_offset_s``: seconds by which the hypnograms lie too early.
    """

    subject_pattern: str | None = None
    stage_labels: dict[str, str] = Field(default_factory=dict)
    hypnogram_offset_s: float = Field(default=0.0, ge=-86400.0, le=86400.0, allow_inf_nan=False)

    @field_validator("stage_labels")
    @classmethod
    def _are_stages(cls, labels: dict[str, str]) -> dict[str, str]:
        try:
            HypnogramMapping.from_names(labels)
        except ConfigurationError as error:
            raise ValueError(f"{error.message} {error.hint}") from None
        return labels

    @field_validator("subject_pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression ({error})") from None
        return pattern


class Folder(Dataset):
    """Every EDF and BDF below ``path``; hypnograms stand beside them and begin with the same name.

    ``night1.edf`` goes with ``night1.xml``, ``night1-nsrr.xml``, ``night1.csv`` … (``HYPNOGRAM_SUFFIXES``),
    and ``SC4001E0-PSG.edf`` with ``SC4001EC-Hypnogram.edf``. A recording without is listed too; the stages
    among its own annotations serve, where it has some.
    """

    name = "folder"
    params_type = FolderParams

    def entries(self) -> tuple[RecordingEntry, ...]:
        """Every recording by its name, with folders where names are not unique. Raises DatasetError."""
        root = existing_folder(self.params.path, hint=_REMEDY)
        found: list[tuple[Path, Path | None]] = []
        for folder, names in files_below(root):
            by_lower = {name.lower(): name for name in names}
            for name in names:
                if is_recording_name(name):
                    hypnogram = _hypnogram_beside(folder, name, by_lower)
                    found.append((folder / name, folder / hypnogram if hypnogram else None))
        if not found:
            sought = ", ".join(f"*{suffix}" for suffix in RECORDING_SUFFIXES)
            raise DatasetError(
                f"no recordings: looked for {sought}, in the folder and below it.",
                where=str(root),
                hint=_REMEDY,
            )
        recordings = [recording.relative_to(root) for recording, _ in found]
        entries = [
            RecordingEntry(
                recording_id, self._subject(recording_id, relative, root), tuple(filter(None, files))
            )
            for recording_id, relative, files in zip(
                _unique_ids(recordings, root), recordings, found, strict=True
            )
        ]
        return of_subjects(entries, self.params.subjects, root)

    def open(self, entry: RecordingEntry) -> Recording:
        """The recording. Raises RecordingError."""
        recording = open_recording(entry.files[0])
        recording.recording_id = entry.recording_id
        return recording

    def hypnogram(self, entry: RecordingEntry) -> Hypnogram | None:
        """The scoring beside the recording, or among its annotations, on its clock. Raises RecordingError."""
        with self.open(entry) as recording:
            if len(entry.files) == 1:
                return hypnogram_in_annotations(recording) if isinstance(recording, EdfRecording) else None
            return self._scoring(entry, recording)[0]

    def events(self, entry: RecordingEntry) -> tuple[Event, ...]:
        """What is scored beside the stages, on the recording's clock. Raises RecordingError."""
        if len(entry.files) == 1:
            is_wfdb = entry.files[0].suffix.lower() == ".hea"
            return () if is_wfdb else read_events(entry.files[0])
        with self.open(entry) as recording:
            return self._scoring(entry, recording)[1]

    def recipe(self, entry: RecordingEntry) -> dict[str, Any]:
        """What decides the stages besides the files; keys that say nothing are left out."""
        return {
            key: value for key, value in super().recipe(entry).items() if value or key == "subject_pattern"
        }

    def _scoring(self, entry: RecordingEntry, recording: Recording) -> tuple[Hypnogram, tuple[Event, ...]]:
        params = cast(FolderParams, self.params)
        hypnogram, events = read_scoring(entry.files[1], HypnogramMapping.from_names(params.stage_labels))
        placed, moved, _ = place_scoring(
            hypnogram, events, recording.duration_s, recording.start, params.hypnogram_offset_s
        )
        return placed, moved

    def _subject(self, recording_id: str, relative: Path, root: Path) -> str:
        pattern = cast(FolderParams, self.params).subject_pattern
        if pattern is None:
            return subject_of(relative.stem) if is_sleep_edf(relative.stem) else recording_id
        match = re.search(pattern, relative.with_suffix("").as_posix())
        subject = match and (match[1] if match.re.groups else match[0])
        if not subject:
            raise DatasetError(
                f"{relative.as_posix()} has no subject: subject_pattern {pattern!r} does not match.",
                where=str(root),
                hint="Make the pattern match every recording, or leave it out.",
            )
        return subject


def _hypnogram_beside(folder: Path, name: str, by_lower: dict[str, str]) -> str | None:
    """The name of a recording's hypnogram; ``by_lower``: all files of the folder. Raises DatasetError."""
    stem = name.rpartition(".")[0]
    for beginning in dict.fromkeys((stem.lower(), without_psg(stem).lower())):
        for suffix in HYPNOGRAM_SUFFIXES:
            if beginning + suffix in by_lower:
                return by_lower[beginning + suffix]
    if not is_sleep_edf(stem):
        return None
    for shared in (stem[:7].lower(), stem[:6].lower()):
        candidates = [
            by_lower[lower]
            for lower in by_lower
            if lower.startswith(shared) and lower.endswith("-hypnogram.edf")
        ]
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise DatasetError(
                f"{name} has several hypnograms: {', '.join(sorted(candidates))}.",
                where=str(folder),
                hint="Keep the one to use in this folder.",
            )
    return None


def _unique_ids(recordings: Sequence[Path], root: Path) -> list[str]:
    """Names without suffix; those that are not unique with their folders, then with their suffix too."""
    ids = [path.stem for path in recordings]
    with_folders = ["-".join(path.with_suffix("").parts) for path in recordings]
    whole = ["-".join(path.parts) for path in recordings]
    for longer in (with_folders, whole):
        counts = Counter(recording_id.casefold() for recording_id in ids)
        ids = [
            recording_id if counts[recording_id.casefold()] == 1 else long_id
            for recording_id, long_id in zip(ids, longer, strict=True)
        ]
    most_common, count = Counter(recording_id.casefold() for recording_id in ids).most_common(1)[0]
    if count > 1:
        raise DatasetError(
            f"two recordings would be called {most_common!r}.", where=str(root), hint="Rename one of them."
        )
    return ids
