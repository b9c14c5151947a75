"""Features of a recording, and of whole datasets into a store: resumable, in parallel, faults kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sleepstudio.datasets.dataset import Dataset, RecordingEntry
from sleepstudio.errors import FeatureError, StudioError, StudyError
from sleepstudio.features.channel_match import match_channels
from sleepstudio.features.content_hash import content_hash, input_stamp
from sleepstudio.features.feature_set import FeatureParams, FeatureSet
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.store import read_origin, read_table, table_path, write_table
from sleepstudio.hypnogram import EPOCH_S, Hypnogram, Stage, resample
from sleepstudio.lanes import WorkerDied, run_in_lanes
from sleepstudio.monitor import SILENT, Monitor

STEP = "feature"
_WORTH_PROCESSES_S = 10.0
"""Below this much work in all, starting worker processes costs more than it saves."""
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError, TypeError,
               ValueError)  # fmt: skip
"""What a fault of a library or of ours looks like; it costs the night that met it, and not the others."""


class FailedRecording(NamedTuple):
    recording_id: str
    message: str
    hint: str


@dataclass(frozen=True)
class ExtractionResult:
    """Tables that were computed, tables that were there already, and the recordings that gave none."""

    done: tuple[Path, ...]
    cached: tuple[Path, ...]
    failed: tuple[FailedRecording, ...]

    @property
    def tables(self) -> tuple[Path, ...]:
        return tuple(sorted((*self.done, *self.cached)))


def extract_recording(
    dataset: Dataset,
    entry: RecordingEntry,
    feature_set: FeatureSet,
    params: FeatureParams,
    monitor: Monitor = SILENT,
) -> FeatureTable:
    """The feature table of one recording, in memory; without a hypnogram its stages are UNSCORED.

    A row with a feature that is undefined is masked. Raises what opening, reading and computing raise:
    RecordingError, ChannelError, FeatureError.
    """
    with dataset.open(entry) as recording:
        channels = match_channels(recording, feature_set.needs, params.channels)
        computed = feature_set.compute(recording, channels, params)
        start = recording.start
    features = np.where(np.isfinite(computed.features), computed.features, np.float32(np.nan))
    rows = len(features)
    remarks = list(computed.remarks)
    stages = _stages(dataset.hypnogram(entry), rows, remarks)
    for remark in remarks:
        monitor.warning(remark, item=entry.recording_id)
    return FeatureTable(
        recording_id=entry.recording_id,
        subject_id=entry.subject_id,
        feature_set=feature_set.name,
        version=feature_set.version,
        columns=feature_set.columns,
        features=features,
        mask=computed.mask & np.isfinite(features).all(axis=1),
        stages=stages,
        start=start,
    )


def extract_store(
    datasets: Dataset | Sequence[Dataset],
    feature_set: FeatureSet,
    params: FeatureParams,
    store_folder: Path,
    *,
    workers: int = 1,
    monitor: Monitor = SILENT,
) -> ExtractionResult:
    """Computes the table of each recording that has none yet, or whose content, recipe or version changed.

    ``workers``: processes at most; with one, or with little to do, this process works. A recording that
    fails, or whose worker dies, is in ``failed`` and the others go on. Cancelling (Cancelled, from the
    monitor) leaves complete tables. Raises DatasetError where a dataset is not there, and StudyError where
    the store cannot be written.
    """
    chosen = (datasets,) if isinstance(datasets, Dataset) else tuple(datasets)
    tasks = [
        _Task(dataset, entry, feature_set, params, table_path(store_folder, dataset.name, entry.recording_id))
        for dataset in chosen
        for entry in dataset.entries()
    ]
    _refuse_twins(tasks)
    results: dict[str, list[Path]] = {"done": [], "cached": []}
    failed = []
    outcomes = _outcomes(tasks, workers, monitor)
    for number, (task, outcome) in enumerate(outcomes, 1):
        item = task.entry.recording_id
        for warning in outcome.warnings:
            monitor.warning(warning, item=item)
        if outcome.error is None:
            results["cached" if outcome.cached else "done"].append(task.path)
        elif isinstance(outcome.error, StudyError):
            raise outcome.error
        else:
            message = f"{outcome.error.where}: {outcome.error.message}".removeprefix(": ")
            failed.append(FailedRecording(item, message, outcome.error.hint))
            monitor.error(message, hint=outcome.error.hint, item=item)
        monitor.progress(STEP, number, len(tasks), item)
    return ExtractionResult(tuple(results["done"]), tuple(results["cached"]), tuple(failed))


@dataclass(frozen=True)
class _Task:
    dataset: Dataset
    entry: RecordingEntry
    feature_set: FeatureSet
    params: FeatureParams
    path: Path

    def content_hash(self) -> str:
        return content_hash(self.dataset, self.entry, self.feature_set, self.params)

    def input_stamp(self) -> str:
        return input_stamp(self.dataset, self.entry, self.feature_set, self.params)


@dataclass(frozen=True)
class _Outcome:
    cached: bool = False
    error: StudioError | None = None
    warnings: tuple[str, ...] = ()


class _Warnings(Monitor):
    """Collects warnings in a worker, for the parent to tell."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:  # noqa: ARG002
        self.messages.append(f"{message} {hint}".strip())


def _outcomes(tasks: Iterable[_Task], workers: int, monitor: Monitor) -> Iterator[tuple[_Task, _Outcome]]:
    remaining = []
    for task in tasks:
        monitor.check_cancelled()
        if _is_trusted(task):
            yield task, _Outcome(cached=True)
        else:
            remaining.append(task)
    seconds = sum(task.feature_set.seconds_per_night for task in remaining)
    lanes = min(workers, len(remaining))
    if lanes > 1 and seconds > _WORTH_PROCESSES_S:
        for task, outcome in run_in_lanes(_extract_into_store, remaining, lanes, monitor.check_cancelled):
            yield task, _death() if isinstance(outcome, WorkerDied) else outcome
        return
    for task in remaining:
        monitor.check_cancelled()
        yield task, _extract_into_store(task)


def _is_trusted(task: _Task) -> bool:
    """Whether the table is there and its inputs have the sizes and times that they had."""
    try:
        origin = read_origin(task.path)
        return origin is not None and origin.input_stamp == task.input_stamp()
    except StudioError:
        return False


def _extract_into_store(task: _Task) -> _Outcome:
    """Makes the table at ``task.path`` current: found so by content, or computed."""
    collected = _Warnings()
    try:
        cached = _make_current(task, collected)
    except StudioError as error:
        return _Outcome(error=error, warnings=tuple(collected.messages))
    except _UNFORESEEN as error:
        fault = FeatureError(
            f"features could not be computed ({type(error).__name__}: {error}).",
            where=task.entry.recording_id,
            hint="This is a fault of Sleep Studio: please report it with this message.",
        )
        return _Outcome(error=fault, warnings=tuple(collected.messages))
    return _Outcome(cached=cached, warnings=tuple(collected.messages))


def _make_current(task: _Task, monitor: Monitor) -> bool:
    stamp, content = task.input_stamp(), task.content_hash()
    if task.path.exists():
        try:
            origin = read_origin(task.path)
            if origin is None:
                raise StudyError(
                    "Sleep Studio did not write this feature table, and leaves it as it is.",
                    where=str(task.path),
                    hint="Set feature.save_path to another folder, or move the table away.",
                )
            if origin.content_hash == content:
                write_table(task.path, read_table(task.path), input_stamp=stamp)
                return True
        except FeatureError as error:
            monitor.warning(f"the stored table was damaged and is computed again ({error.message}).")
        # a table of other inputs must not be taken for this one's, should computing fail
        task.path.unlink()
    table = extract_recording(task.dataset, task.entry, task.feature_set, task.params, monitor)
    write_table(task.path, replace(table, content_hash=content), input_stamp=stamp)
    return False


def _stages(hypnogram: Hypnogram | None, rows: int, remarks: list[str]) -> NDArray[np.int8]:
    """(rows,) stages on the table's grid; says where scoring and signals do not lie upon each other."""
    if hypnogram is None:
        return np.full(rows, Stage.UNSCORED, np.int8)
    stages = resample(hypnogram, EPOCH_S, onset_s=0.0, n_epochs=rows).stages
    beyond_s = max(-hypnogram.onset_s, hypnogram.stop_s - rows * EPOCH_S)
    if beyond_s > EPOCH_S:
        remarks.append(
            f"the hypnogram lies {beyond_s / 60:.1f} min outside the signals; that part is left out."
        )
    elif hypnogram.scored.any() and not (stages >= Stage.W).any():
        remarks.append("no scored epoch lies within the signals.")
    return stages


def _refuse_twins(tasks: Sequence[_Task]) -> None:
    seen: set[Path] = set()
    for task in tasks:
        if task.path in seen:
            raise FeatureError(
                f"two recordings would share the table {task.path.name}.",
                where=task.dataset.name,
                hint="Give each dataset of the configuration once, or other folders.",
            )
        seen.add(task.path)


def _death() -> _Outcome:
    return _Outcome(
        error=FeatureError(
            "the process that worked on it was killed.",
            hint="Memory may have run out: run again with fewer workers.",
        )
    )
