"""A dataset's recordings by its card: which files below a folder belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sleepstudio.datasets.card import Card
from sleepstudio.datasets.dataset import RecordingEntry
from sleepstudio.datasets.listing import files_below
from sleepstudio.errors import DatasetError


@dataclass(frozen=True)
class LaidOut:
    """One recording's files by kind, in the card's order of kinds."""

    recording_id: str
    subject_id: str
    files: Mapping[str, tuple[Path, ...]]

    @property
    def entry(self) -> RecordingEntry:
        every = tuple(path for paths in self.files.values() for path in paths)
        return RecordingEntry(self.recording_id, self.subject_id, every)


def recordings_below(card: Card, root: Path, needs: Sequence[str]) -> tuple[LaidOut, ...]:
    """The recordings below ``root`` that have a file of each kind in ``needs``, by id.

    ``root`` is the dataset's folder or one above it that holds a folder of the dataset's name. Nothing is
    opened. Raises DatasetError where there is none, with what was looked for.
    """
    below = root / card.name
    found = _recordings(card, root) or (_recordings(card, below) if below.is_dir() else {})
    complete = [one for one in found.values() if all(kind in one.files for kind in needs)]
    if not complete:
        sought = ", ".join(f"{kind.summary} ({kind.pattern})" for kind in card.kinds if kind.name in needs)
        raise DatasetError(
            f"no recordings of {card.name}: looked for {sought}.",
            where=str(root),
            hint=f"Set the path to the dataset's folder, or run: sleepstudio datasets download {card.name}",
        )
    return tuple(sorted(complete, key=lambda one: one.recording_id))


def kind_in_entry(card: Card, entry: RecordingEntry, kind: str) -> tuple[Path, ...]:
    """An entry's files of a kind, told by the ends of their paths."""
    return tuple(path for path in entry.files if _kind_by_end(card, path) == kind)


def _recordings(card: Card, root: Path) -> dict[str, LaidOut]:
    found: dict[str, tuple[str, str, dict[str, list[Path]]]] = {}
    for folder, names in files_below(root):
        for name in names:
            path = folder / name
            for kind in card.kinds:
                match = kind.match(path.relative_to(root).as_posix())
                if match is None:
                    continue
                groups = match.groupdict()
                if "recording" in groups:
                    key = groups["recording"].casefold()
                    first: tuple[str, str, dict[str, list[Path]]] = (
                        groups["recording"],
                        groups.get("subject") or groups["recording"],
                        {},
                    )
                    found.setdefault(key, first)[2].setdefault(kind.name, []).append(path)
                break
    order = [kind.name for kind in card.kinds]
    return {
        key: LaidOut(
            recording, subject, {name: tuple(sorted(files[name])) for name in order if name in files}
        )
        for key, (recording, subject, files) in found.items()
    }


def _kind_by_end(card: Card, path: Path) -> str | None:
    """The kind of a file, by as much of its path's end as its kind's pattern has folders."""
    for length in range(1, len(path.parts)):
        kind = card.kind_of("/".join(path.parts[-length:]))
        if kind:
            return kind.name
    return None
