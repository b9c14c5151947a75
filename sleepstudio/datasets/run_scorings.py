"""What runs of a study predicted for a recording, as scorings beside the human ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from sleepstudio.datasets.catalogue_rows import HypnogramSource
from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import read_hypnogram
from sleepstudio.study_folder import Study, file_name

DATASET = "study"
"""The dataset under whose name predictions of a study's recordings are kept."""


def run_scorings(study: Study, recording_id: str, taken: Collection[str]) -> Iterator[HypnogramSource]:
    """One source for each run that has staged the recording, under the run's name, or numbered if taken."""
    names = set(taken)
    for run in _runs(study):
        path = run / "predictions" / DATASET / f"{file_name(recording_id)}.csv"
        if path.is_file():
            name, number = run.name, 2
            while name in names:
                name = f"{run.name} {number}"
                number += 1
            names.add(name)
            yield HypnogramSource(name, "run", path)


def read_run_scoring(source: HypnogramSource) -> Hypnogram:
    """The hypnogram with its probabilities. Raises RecordingError, or StudyError where there is no file."""
    if source.path is None:
        raise StudyError("this is no run's scoring.", where=source.scorer)
    return read_hypnogram(source.path)


def _runs(study: Study) -> Iterator[Path]:
    if study.runs_folder.is_dir():
        yield from sorted(path for path in study.runs_folder.iterdir() if path.is_dir())
    yield from study.linked_runs
