"""The runs of a study as they are compared: what is known of each, and which are damaged. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sleepstudio.desktop.panels.comparison.paired import compare, comparison_sentence
from sleepstudio.desktop.panels.comparison.run_columns import comparable, sorted_runs
from sleepstudio.desktop.panels.comparison.run_evidence import RunEvidence, files_stamp
from sleepstudio.errors import StudyError
from sleepstudio.run_summary import RunSummary


class ComparedRuns:
    """``runs``: as last taken, those that turned out to be damaged with their problem."""

    def __init__(self) -> None:
        self.runs: tuple[RunSummary, ...] = ()
        self._evidence: dict[Path, RunEvidence] = {}
        self._stamps: dict[Path, tuple[tuple[int, int] | None, ...]] = {}
        self._problems: dict[Path, str] = {}

    def take(self, runs: Sequence[RunSummary]) -> None:
        """The runs that there are now; what a changed run's files said before is forgotten."""
        stamps = {run.path: files_stamp(run.path) for run in runs}
        changed = {path for path, stamp in self._stamps.items() if stamps.get(path) != stamp}
        self._evidence = {path: one for path, one in self._evidence.items() if path not in changed}
        self._problems = {path: one for path, one in self._problems.items() if path not in changed}
        self._stamps = stamps
        self.runs = tuple(self._with_problem(run) for run in runs)

    def evidence(self, run: RunSummary) -> RunEvidence:
        return self._evidence.setdefault(run.path, RunEvidence(run.path))

    def check(self, chosen: Sequence[RunSummary]) -> bool:
        """Whether all of them can be read; where not, ``runs`` says why."""
        found = {}
        for run in chosen:
            try:
                self.evidence(run).check()
            except StudyError as error:
                found[run.path] = f"{error.message} {error.hint}".strip()
        self._problems |= found
        self.runs = tuple(self._with_problem(run) for run in self.runs)
        return not found

    @property
    def damaged(self) -> tuple[RunSummary, ...]:
        """Those that :meth:`check` could not read."""
        return tuple(run for run in self.runs if run.path in self._problems)

    @property
    def measured(self) -> tuple[RunSummary, ...]:
        return tuple(run for run in self.runs if comparable(run))

    def best_two(self) -> tuple[Path, ...]:
        """The two that agree most, of the stage set of the best."""
        ranked = sorted_runs(list(self.measured), "kappa", descending=True)
        alike = [run for run in ranked if run.classes == ranked[0].classes] if ranked else []
        return tuple(run.path for run in alike[:2])

    def facts(self) -> str:
        """*8 runs · stage set 4 · 30 test nights, none of them seen in training*; empty without runs."""
        if not self.runs:
            return ""
        measured, count = self.measured, len(self.runs)
        parts = ["1 run" if count == 1 else f"{count} runs"]
        if len(measured) < count:
            parts.append(f"{len(measured)} evaluated")
        sets = sorted({len(run.classes) for run in measured})
        if sets:
            parts.append(f"stage set {' and '.join(map(str, sets))}")
        nights = sorted({run.recordings for run in measured if run.recordings})
        if nights:
            span = str(nights[0]) if len(nights) == 1 else f"{nights[0]}–{nights[-1]}"
            unit = "night" if span == "1" else "nights"
            parts.append(f"{span} test {unit}, none of them seen in training")
        return " · ".join(parts)

    def _with_problem(self, run: RunSummary) -> RunSummary:
        return replace(run, problem=self._problems[run.path]) if run.path in self._problems else run


def a_against_b(first: RunEvidence, second: RunEvidence) -> str:
    """How A does against B, in a sentence."""
    if first.stage_set != second.stage_set:
        return "A and B tell different stages apart: their κ are not on one scale."
    return comparison_sentence("A", "B", compare(first.kappa_by_person, second.kappa_by_person))
