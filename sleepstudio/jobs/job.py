"""A job: a configuration brought to real folders, with whoever listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sleepstudio.config import Named, StudyConfiguration
from sleepstudio.datasets.dataset import Dataset
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.errors import ConfigurationError
from sleepstudio.jobs.controls import Controls
from sleepstudio.jobs.monitors import JobMonitor
from sleepstudio.study import RunFolder


@dataclass(frozen=True)
class Job:
    """``store``: the folder of feature tables. ``resume``: go on where a killed job stopped.

    ``controls``: what the running job is asked to do differently.
    """

    configuration: StudyConfiguration
    store: Path
    run: RunFolder
    monitor: JobMonitor
    resume: bool
    controls: Controls = field(default_factory=Controls)


def make_job(
    configuration: StudyConfiguration,
    out: Path | None,
    monitor: JobMonitor,
    *,
    resume: bool = False,
    controls: Controls | None = None,
) -> Job:
    """Makes every path absolute, in the configuration too, so that a run can be replayed from anywhere.

    As in SleepKit, relative paths count from the current folder; with ``out``, those that are written to
    (``job_dir``, ``feature.save_path``) count from there. Without them a run lands in ``runs/<name>`` and
    feature tables in ``features/<feature set>``. Raises ConfigurationError.
    """
    if configuration.feature.label_key != "stage_labels":
        raise ConfigurationError(
            f"{configuration.feature.label_key!r} is not a staging label.",
            where="feature.label_key",
            hint="Only sleep staging is available, with stage_labels.",
        )
    base = (out or Path.cwd()).absolute()
    run = base / (configuration.job_dir or Path("runs") / configuration.name)
    store = base / (configuration.feature.save_path or Path("features") / configuration.feature.name.lower())
    prediction = configuration.prediction
    located = configuration.model_copy(
        update={
            "job_dir": _normal(run),
            "datasets": _located(configuration.datasets),
            "feature": configuration.feature.model_copy(update={"save_path": _normal(store)}),
            "prediction": prediction.model_copy(update={"datasets": _located(prediction.datasets)}),
            "board": configuration.board.model_copy(update={"virtual_memory": _located_file(configuration)}),
            "weights_file": configuration.weights_file and configuration.weights_file.absolute(),
        }
    )
    return Job(
        located,
        _normal(store),
        RunFolder(_normal(run)),
        monitor,
        resume or configuration.resume,
        controls or Controls(),
    )


def open_datasets(named: tuple[Named, ...]) -> tuple[Dataset, ...]:
    """The datasets by name. Raises ConfigurationError, also where a name stands twice: it names a folder."""
    names = [item.name for item in named]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ConfigurationError(f"dataset {twice!r} is given twice.", where="datasets")
    return tuple(
        dataset_from_params(item.name, item.params, where=f"datasets.{index}")
        for index, item in enumerate(named)
    )


def _located_file(configuration: StudyConfiguration) -> Path | None:
    memory = configuration.board.virtual_memory
    return memory and _normal(memory.absolute())


def _located(named: tuple[Named, ...] | None) -> tuple[Named, ...] | None:
    if named is None:
        return None
    return tuple(item.model_copy(update={"params": _located_params(item.params)}) for item in named)


def _located_params(params: dict[str, object]) -> dict[str, object]:
    path = params.get("path")
    return {**params, "path": str(_normal(Path(path).absolute()))} if isinstance(path, str) else params


def _normal(path: Path) -> Path:
    """Without ``.`` and ``..``, symbolic links followed."""
    return path.expanduser().resolve()
