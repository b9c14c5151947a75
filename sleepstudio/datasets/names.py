"""What files are called: recordings, the hypnograms that go with them, and the people in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

RECORDING_SUFFIXES = (".edf", ".bdf", ".rec", ".hea")
HYPNOGRAM_SUFFIXES = (
    "-nsrr.xml", "-profusion.xml", ".edf.xml", ".xml", "-hypnogram.edf", "_hypnogram.edf", "-hypnogram.csv",
    "_hypnogram.csv", "-hypnogram.tsv", "_hypnogram.tsv", "_events.tsv", ".csv", ".tsv", ".txt",
)  # fmt: skip
"""What follows a recording's name in its hypnogram's, the first that is there."""

_IS_HYPNOGRAM = re.compile(r".*[-_]hypnogram\.(edf|bdf)", re.IGNORECASE)
_WITH_SCORER = re.compile(r"[-_. ].*hypnogram\.(csv|tsv|edf|xml)")
_PSG = re.compile(r"[-_]psg$", re.IGNORECASE)
_SLEEP_EDF = re.compile(r"((?:sc4|st7)\d\d)\d[a-z]\w?-psg", re.IGNORECASE)
"""Sleep-EDF: study and subject (SC400), night, recorder; the hypnogram's last letter is its scorer's."""
_SLEEP_EDF_HYPNOGRAM = re.compile(r"(?:sc4|st7)\d{3}[a-z]\w?-hypnogram\.edf")
_MESA = re.compile(r"mesa-sleep-(\w+)", re.IGNORECASE)


def is_recording_name(name: str) -> bool:
    """Whether a file is called as recordings are, and not as a hypnogram in EDF+."""
    return name.lower().endswith(RECORDING_SUFFIXES) and not _IS_HYPNOGRAM.fullmatch(name)


def is_sleep_edf(stem: str) -> bool:
    """Whether a recording is called as Sleep-EDF's are (``SC4001E0-PSG``)."""
    return _SLEEP_EDF.fullmatch(stem) is not None


def without_psg(stem: str) -> str:
    """``night-PSG``: ``night``."""
    return _PSG.sub("", stem)


def subject_of(stem: str) -> str:
    """The person, by the names of Sleep-EDF (``SC400``) and MESA; else the recording's own name.

    Two nights of a person must not fall on both sides of a split; where names do not tell, the user does.
    """
    sleep_edf = _SLEEP_EDF.fullmatch(stem)
    if sleep_edf:
        return sleep_edf[1].upper()
    mesa = _MESA.fullmatch(stem)
    return mesa[1] if mesa else stem


class HypnogramOwners:
    """Tells whose a hypnogram is among some recordings, by their names, the longest that fits."""

    def __init__(self, recordings: Iterable[str]) -> None:
        """``recordings``: names with their suffix; what is returned is one of them."""
        self._by_beginning: dict[str, str] = {}
        self._sleep_edf: dict[str, set[str]] = {}
        for name in recordings:
            stem = name.rpartition(".")[0]
            self._by_beginning.setdefault(without_psg(stem).lower(), name)
            self._by_beginning[stem.lower()] = name
            if is_sleep_edf(stem):
                for shared in (stem[:7].lower(), stem[:6].lower()):
                    self._sleep_edf.setdefault(shared, set()).add(name)

    def owner(self, name: str) -> str | None:
        """The recording that a file called ``name`` scores; None where the name does not tell."""
        lower = name.lower()
        for length in range(len(lower), 0, -1):
            recording = self._by_beginning.get(lower[:length])
            if recording is not None and rank_of(lower[length:]) is not None and recording != name:
                return recording
        if _SLEEP_EDF_HYPNOGRAM.fullmatch(lower):
            for shared in (lower[:7], lower[:6]):
                candidates = self._sleep_edf.get(shared, set())
                if len(candidates) == 1:
                    return next(iter(candidates))
        return None


def rank_of(ending: str) -> int | None:
    """How far down a hypnogram is whose name ends so after the recording's; None: it is none."""
    ending = ending.lower()
    if ending in HYPNOGRAM_SUFFIXES:
        return HYPNOGRAM_SUFFIXES.index(ending)
    return len(HYPNOGRAM_SUFFIXES) if _WITH_SCORER.fullmatch(ending) else None


def in_order(hypnograms: Iterable[str], recording: str) -> list[str]:
    """A recording's hypnograms, those that others made before those that name their scorer."""
    stem = recording.rpartition(".")[0].lower()

    def order(name: str) -> tuple[int, str]:
        lower = name.lower()
        endings = [lower.removeprefix(one) for one in (stem, without_psg(stem)) if lower.startswith(one)]
        ranks = [rank for rank in map(rank_of, endings) if rank is not None]
        return (min(ranks, default=0), lower)

    return sorted(hypnograms, key=order)
