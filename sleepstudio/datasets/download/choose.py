"""Which of a source's files are wanted: by kind, by subject."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sleepstudio.datasets.card import Card, FileKind
from sleepstudio.datasets.download.errors import DownloadStoppedError
from sleepstudio.datasets.download.source import RemoteFile
from sleepstudio.errors import ConfigurationError


@dataclass(frozen=True)
class Wish:
    """``subjects``: only theirs, None: everyone's. ``kinds``: by name, None: the usual ones."""

    subjects: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None


def chosen_kinds(card: Card, wish: Wish) -> tuple[FileKind, ...]:
    """The kinds that are wanted. Raises ConfigurationError with the nearest name there is."""
    if wish.kinds is None:
        return tuple(kind for kind in card.kinds if kind.usual)
    by_name = {kind.name: kind for kind in card.kinds}
    for name in wish.kinds:
        if name not in by_name:
            (nearest,) = difflib.get_close_matches(name, by_name, n=1, cutoff=0.0)
            raise ConfigurationError(
                f"{card.name} has no files of kind {name!r}; the nearest is {nearest}.",
                where="kinds",
                hint=f"Kinds: {', '.join(by_name)}.",
            )
    return tuple(by_name[name] for name in dict.fromkeys(wish.kinds))


def is_wanted(kinds: Sequence[FileKind]) -> Callable[[str], bool]:
    """Tells whether a path is of one of the kinds; one that ends in ``/``, whether such may lie below it."""

    def wanted(path: str) -> bool:
        if path.endswith("/"):
            return any(_may_lie_below(kind, path) for kind in kinds)
        return any(kind.match(path) for kind in kinds)

    return wanted


def of_subjects(card: Card, files: Iterable[RemoteFile], wish: Wish) -> tuple[RemoteFile, ...]:
    """Files of the wanted subjects, and those that belong to everyone. Numbers match with or without zeros.

    Raises DownloadStoppedError naming a subject that has no file.
    """
    listed = tuple(files)
    if wish.subjects is None:
        return listed
    subjects = {file.path: _subject(card, file.path) for file in listed}
    present = sorted({subject for subject in subjects.values() if subject})
    if not present:
        raise DownloadStoppedError(
            f"the files of {card.name} hold everyone: subjects are chosen when they are read.",
            where="subjects",
        )
    folded = {_folded(subject) for subject in present}
    for subject in wish.subjects:
        if _folded(subject) not in folded:
            near = ", ".join(difflib.get_close_matches(subject, present, 5, 0.0))
            raise DownloadStoppedError(
                f"there are no such files of subject {subject!r}.",
                where="subjects",
                hint=f"Of the {len(present)} subjects there are, the nearest: {near}.",
            )
    wanted = {_folded(subject) for subject in wish.subjects}
    return tuple(
        file
        for file, subject in zip(listed, subjects.values(), strict=True)
        if subject is None or _folded(subject) in wanted
    )


def _subject(card: Card, path: str) -> str | None:
    kind = card.kind_of(path)
    match = kind.match(path) if kind else None
    return match.groupdict().get("subject") if match else None


def _folded(subject: str) -> str:
    return subject.casefold().lstrip("0")


def _may_lie_below(kind: FileKind, folder: str) -> bool:
    start = f"{kind.folder}/" if kind.folder else ""
    return start.startswith(folder) or folder.startswith(start)
