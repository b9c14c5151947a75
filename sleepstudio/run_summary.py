"""A run in one row, for tables of runs: read from its JSON files, without its model or predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sleepstudio.errors import StudyError
from sleepstudio.moved import run_configuration_at_present
from sleepstudio.study import RunFolder, read_json


@dataclass(frozen=True)
class Figure:
    """A measure over people with its 95 % interval; None where it is undefined."""

    value: float | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class RunSummary:
    """One run. What a run does not have yet is None or empty; ``problem`` says what is wrong with it."""

    path: Path
    name: str
    stages: tuple[str, ...]
    """Complete stages: train, evaluate, export, report."""
    finished: datetime | None
    """When the newest stage was completed, UTC."""
    feature_set: str = ""
    architecture: str = ""
    """The network's name, as in the configuration."""
    classes: tuple[str, ...] = ()
    mode: str = ""
    """``offline`` or ``live``, of the evaluation."""
    people: int | None = None
    recordings: int | None = None
    training_epochs: int | None = None
    parameters: int | None = None
    macs_per_frame: int | None = None
    model_bytes: int | None = None
    """Size of the ``.tflite``."""
    kappa: Figure | None = None
    """Mean over people of the float model; so are the three below."""
    accuracy: Figure | None = None
    macro_f1: Figure | None = None
    tst_bias_min: Figure | None = None
    """Model − expert."""
    int8_kappa: Figure | None = None
    int8_accuracy: Figure | None = None
    configuration: Mapping[str, Any] | None = None
    """Of the training, complete and replayable; its paths as of where the run is now."""
    problem: str = ""


def summarise_run(path: Path) -> RunSummary:
    """The run in a folder; never raises for what is in it: a damaged run is one with a ``problem``."""
    run = RunFolder(path)
    try:
        return _summary(run)
    except StudyError as error:
        return RunSummary(path, path.name, (), None, problem=str(error))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # files of another version, or edited by hand
        return RunSummary(path, path.name, (), None, problem=f"its files do not fit together ({error!r}).")


def _summary(run: RunFolder) -> RunSummary:
    stages: Mapping[str, Any] = run.manifest()["stages"]
    known = [stage for stage in ("train", "evaluate", "export", "report") if stage in stages]
    configuration = None
    if "train" in stages:
        configuration = run_configuration_at_present(read_json(run.path / "configuration.json"), run.path)
    train = stages["train"]["facts"] if "train" in stages else {}
    fits = list(train.get("fits", {}).values())
    fields: dict[str, Any] = {}
    if "evaluate" in stages:
        fields |= _evaluated(read_json(run.path / "metrics.json"))
    if "export" in stages:
        fields |= _exported(run.path)
    if configuration is not None:
        fields |= {
            "feature_set": str(configuration["feature"]["name"]),
            "architecture": str((configuration.get("architecture") or {}).get("name", "")),
        }
    return RunSummary(
        path=run.path,
        name=str(configuration["name"]) if configuration else run.path.name,
        stages=tuple(known),
        finished=max((datetime.fromisoformat(stages[stage]["finished"]) for stage in known), default=None),
        training_epochs=max((int(fit["training_epochs"]) for fit in fits), default=None),
        parameters=int(fits[-1]["parameters"]) if fits else None,
        configuration=configuration,
        **fields,
    )


def _evaluated(metrics: Mapping[str, Any]) -> dict[str, Any]:
    mean = metrics["agreement"]["mean"]
    return {
        "mode": str(metrics["mode"]),
        "classes": tuple(str(name) for name in metrics["classes"]),
        "people": int(metrics["people"]),
        "recordings": int(metrics["recordings"]),
        "kappa": _figure(mean["cohen_kappa"]),
        "accuracy": _figure(mean["accuracy"]),
        "macro_f1": _figure(mean["f1_macro"]),
        "tst_bias_min": _figure(metrics["sleep_statistics"]["tst_min"]["bias"]),
    }


def _exported(path: Path) -> dict[str, Any]:
    mean = read_json(path / "metrics_int8.json")["agreement"]["mean"]
    model = list(read_json(path / "export.json")["models"].values())[-1]
    return {
        "int8_kappa": _figure(mean["cohen_kappa"]),
        "int8_accuracy": _figure(mean["accuracy"]),
        "macs_per_frame": int(model["macs_per_frame"]),
        "model_bytes": int(model["bytes"]),
    }


def _figure(estimate: Mapping[str, Any]) -> Figure:
    return Figure(estimate["value"], estimate["ci_low"], estimate["ci_high"])
