"""Where the data records of a file stand in time: runs without interruption, and the gaps between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sleepstudio.recordings.recording import Diagnostic, Gap

TOLERANCE_S = 1e-3
"""Record times are written with few decimals; a smaller step is rounding, not a gap."""


@dataclass(frozen=True)
class Run:
    """Data records [first, last) that follow one another; ``onset_s`` from the recording's start."""

    first: int
    last: int
    onset_s: float

    def __len__(self) -> int:
        return self.last - self.first


@dataclass(frozen=True)
class Timeline:
    """All runs in order of time."""

    runs: tuple[Run, ...]
    record_s: float
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def duration_s(self) -> float:
        return self._end(self.runs[-1]) if self.runs else 0.0

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What lies between the runs."""
        return tuple(
            Gap(self._end(run), after.onset_s) for run, after in zip(self.runs, self.runs[1:], strict=False)
        )

    @property
    def gaps_s(self) -> float:
        """Length of all gaps."""
        return sum(gap.stop_s - gap.start_s for gap in self.gaps)

    def _end(self, run: Run) -> float:
        return run.onset_s + len(run) * self.record_s


def continuous(records: int, record_s: float) -> Timeline:
    """One run of all records."""
    return Timeline((Run(0, records, 0.0),) if records else (), record_s)


def by_onsets(onsets_s: NDArray[np.float64], record_s: float) -> Timeline:
    """Runs of records that keep their own times; ``onsets_s`` (records,) from the recording's start.

    A record without a time (NaN) follows the one before. A record that claims to begin before that one ended
    is placed at its end: samples stay in the order in which they were stored.
    """
    runs: list[Run] = []
    first, onset = 0, 0.0
    overlapping = 0
    for record, claimed in enumerate(onsets_s.tolist()):
        expected = onset + (record - first) * record_s
        if np.isnan(claimed) or abs(claimed - expected) <= TOLERANCE_S:
            continue
        if claimed < expected:
            overlapping += 1
            continue
        if record > first:
            runs.append(Run(first, record, onset))
        first, onset = record, claimed
    if len(onsets_s) > first:
        runs.append(Run(first, len(onsets_s), onset))
    diagnostics = []
    if overlapping:
        message = (
            f"{overlapping} records claim to begin before the one before them ends; they follow it instead"
        )
        diagnostics.append(Diagnostic("warning", message, "times of data records"))
    untimed = int(np.isnan(onsets_s).sum())
    if untimed:
        message = f"{untimed} records keep no time; they follow the one before them"
        diagnostics.append(Diagnostic("warning", message, "times of data records"))
    return Timeline(tuple(runs), record_s, tuple(diagnostics))
