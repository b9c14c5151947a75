"""The feature tables that a job works on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from sleepstudio.errors import StudioError, StudyError
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.registry import feature_set
from sleepstudio.features.store import read_table, table_path
from sleepstudio.jobs.job import Job, open_datasets


def load_tables(job: Job, only: Collection[str] | None = None) -> dict[str, FeatureTable]:
    """Feature tables of the job's recordings, by recording id; without datasets, all in the store.

    ``only``: ids of those that are wanted.

    A recording without a table is that recording's error. Where several datasets are given, ids carry the
    dataset's name, so that two people numbered alike stay two. Raises StudyError where there is none.
    """
    tables = {}
    for recording_id, prefix, path in _table_paths(job):
        job.monitor.check_cancelled()
        key = f"{prefix}{recording_id}"
        if only is not None and key not in only:
            continue
        try:
            table = _read(path, job)
        except StudioError as error:
            job.monitor.error(error.message, hint=error.hint, item=recording_id)
            continue
        tables[key] = replace(table, recording_id=key, subject_id=f"{prefix}{table.subject_id}")
    if not tables and only is None:
        raise StudyError("there are no feature tables.", where=str(job.store), hint="Run mode feature first.")
    return tables


def training_tables(job: Job) -> dict[str, FeatureTable]:
    """The tables that can be learned from or tested on: scored, and usable in at least one scored row."""
    stage_set = job.configuration.resolved_stage_set()
    usable = {}
    for recording_id, table in load_tables(job).items():
        counted = stage_set.classes(table.stages) >= 0
        if not counted.any():
            job.monitor.error(
                "no scored epochs.", hint="Put a hypnogram beside it, or use mode predict.", item=recording_id
            )
        elif not (counted & table.mask).any():
            job.monitor.error("every scored epoch is masked.", hint="Look at its signals.", item=recording_id)
        else:
            usable[recording_id] = table
    if not usable:
        raise StudyError("no recording has both usable features and scored epochs.", where=str(job.store))
    return usable


def _table_paths(job: Job) -> Iterator[tuple[str, str, Path]]:
    named = job.configuration.datasets
    if not named:
        yield from ((path.stem, "", path) for path in sorted(job.store.rglob("*.h5")))
        return
    for dataset in open_datasets(named):
        prefix = f"{dataset.name}/" if len(named) > 1 else ""
        for entry in dataset.entries():
            yield entry.recording_id, prefix, table_path(job.store, dataset.name, entry.recording_id)


def _read(path: Path, job: Job) -> FeatureTable:
    if not path.exists():
        raise StudyError("has no feature table.", where=str(path), hint="Run mode feature first.")
    chosen = feature_set(job.configuration.feature.name)
    table = read_table(path, chosen.columns)
    if table.feature_set not in ("", chosen.name):
        raise StudyError(
            f"holds {table.feature_set}, not {chosen.name}.",
            where=str(path),
            hint="Give each feature set a save_path of its own.",
        )
    return table
