"""Listing a dataset's files quickly, and what adapters say where they are not there."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sleepstudio.datasets.dataset import RecordingEntry
from sleepstudio.errors import DatasetError


def existing_folder(path: Path, *, hint: str) -> Path:
    """The absolute path. Raises DatasetError where there is no folder."""
    absolute = path.expanduser().absolute()
    if not absolute.is_dir():
        problem = "this is a file, not a folder" if absolute.exists() else "there is no such folder"
        raise DatasetError(f"{problem}.", where=str(absolute), hint=hint)
    return absolute


def files_below(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """``folder`` and every folder below it, each with the sorted names of its files; nothing is opened.

    Hidden files and folders are left out, links to folders not followed. Raises DatasetError where a folder
    cannot be listed.
    """
    pending = [folder]
    while pending:
        current = pending.pop()
        names = []
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(Path(entry.path))
                    elif entry.is_file():
                        names.append(entry.name)
        except OSError as error:
            raise DatasetError(
                f"the folder cannot be listed: {error.strerror or error}.",
                where=str(current),
                hint="Check its permissions.",
            ) from error
        yield current, sorted(names)


def of_subjects(
    entries: Iterable[RecordingEntry], subjects: tuple[str, ...] | None, folder: Path
) -> tuple[RecordingEntry, ...]:
    """Entries by id, of the chosen subjects alone. Raises DatasetError naming a subject that is not there."""
    listed = sorted(entries, key=lambda entry: entry.recording_id)
    if subjects is None:
        return tuple(listed)
    present = sorted({entry.subject_id for entry in listed})
    for subject in subjects:
        if subject not in present:
            near = ", ".join(difflib.get_close_matches(subject, present, 5, 0.0))
            raise DatasetError(
                f"there is no recording of subject {subject!r}.",
                where=str(folder),
                hint=f"Of the {len(present)} subjects there are, the nearest: {near}.",
            )
    return tuple(entry for entry in listed if entry.subject_id in subjects)
