"""The columns of the table of runs: what each shows, sorts by and copies. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sleepstudio.run_summary import Figure, RunSummary

Sortable = float | str | None


@dataclass(frozen=True)
class RunColumn:
    """``drops``: goes where there is no room, the highest first. ``shown``: unless chosen otherwise."""

    key: str
    title: str
    width: int
    text: Callable[[RunSummary], str]
    sort: Callable[[RunSummary], Sortable]
    number: bool = True
    shown: bool = True
    drops: int = 0
    tip: str = ""


def state_of(run: RunSummary) -> tuple[str, str]:
    """A state and words: (ok, *Evaluated*), (idle, *Trained*), (error, *Damaged*)."""
    if run.problem:
        return "error", "Damaged"
    if "export" in run.stages:
        return "ok", "Exported"
    if "evaluate" in run.stages:
        return "ok", "Evaluated"
    return ("idle", "Trained") if "train" in run.stages else ("idle", "Not trained")


def comparable(run: RunSummary) -> bool:
    """Whether it has been measured."""
    return not run.problem and "evaluate" in run.stages


def quantity(value: float | None, unit: str = "") -> str:
    """*27,849*, *2.17 M*, *1.2 K* with a unit; empty for None."""
    if value is None:
        return ""
    if unit == "count":
        return f"{value:,.0f}"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if value >= size:
            digits = 2 if value / size < 10 and letter != "K" else 1
            return f"{value / size:.{digits}f} {letter}{unit}"
    return f"{value:.0f} {unit}".strip()


def figure(found: Figure | None, pattern: str = "{:.3f}") -> str:
    """Its value; a dash where it is undefined, empty where there is none."""
    if found is None:
        return ""
    return "–" if found.value is None else pattern.format(found.value).replace("-", "−")


def interval(found: Figure | None, pattern: str = "{:.2f}") -> str:
    """*0.61–0.67*; empty where it is undefined."""
    if found is None or found.ci_low is None or found.ci_high is None:
        return ""
    low, high = (pattern.format(value).replace("-", "−") for value in (found.ci_low, found.ci_high))
    return f"{low} – {high}"


def _value(found: Figure | None) -> float | None:
    return None if found is None else found.value


def _percent(found: Figure | None) -> str:
    return "" if found is None or found.value is None else f"{100 * found.value:.1f} %"


def _finished(run: RunSummary) -> str:
    return "" if run.finished is None else f"{run.finished.astimezone():%Y-%m-%d %H:%M}"


COLUMNS: Final = (
    RunColumn("run", "Run", 180, lambda run: run.name, lambda run: run.name.casefold(), number=False),
    RunColumn(
        "state", "State", 96, lambda run: state_of(run)[1], lambda run: state_of(run)[1],
        number=False, shown=False, drops=8,
    ),
    RunColumn("mode", "Mode", 64, lambda run: run.mode, lambda run: run.mode, number=False, drops=6),
    RunColumn(
        "features", "Feature set", 104, lambda run: run.feature_set, lambda run: run.feature_set,
        number=False, shown=False, drops=9,
    ),
    RunColumn(
        "network", "Network", 80, lambda run: run.architecture, lambda run: run.architecture,
        number=False, shown=False, drops=9,
    ),
    RunColumn(
        "stages", "Stages", 60, lambda run: str(len(run.classes) or ""),
        lambda run: float(len(run.classes)) or None, drops=7, tip="Classes that the model tells apart",
    ),
    RunColumn(
        "parameters", "Parameters", 84, lambda run: quantity(run.parameters, "count"),
        lambda run: run.parameters, drops=4,
    ),
    RunColumn(
        "macs", "MACs", 72, lambda run: quantity(run.macs_per_frame), lambda run: run.macs_per_frame,
        drops=3, tip="Multiply–accumulates a frame, of the int8 model",
    ),
    RunColumn(
        "flash", "Flash", 74, lambda run: quantity(run.model_bytes, "B"), lambda run: run.model_bytes,
        drops=5, tip="Size of the .tflite",
    ),
    RunColumn("kappa", "κ", 56, lambda run: figure(run.kappa), lambda run: _value(run.kappa)),
    RunColumn(
        "interval", "95 % CI", 92, lambda run: interval(run.kappa),
        lambda run: None if run.kappa is None else run.kappa.ci_low, drops=1, tip="Bootstrap over people",
    ),
    RunColumn(
        "accuracy", "Accuracy", 74, lambda run: _percent(run.accuracy), lambda run: _value(run.accuracy),
        drops=2,
    ),
    RunColumn(
        "f1", "F1", 52, lambda run: figure(run.macro_f1, "{:.2f}"), lambda run: _value(run.macro_f1),
        drops=2, tip="Macro: the mean over classes",
    ),
    RunColumn(
        "tst", "TST bias", 92, lambda run: _with_unit(figure(run.tst_bias_min, "{:+.1f}"), "min"),
        lambda run: _value(run.tst_bias_min), drops=6, tip="Total sleep time, model − expert",
    ),
    RunColumn(
        "int8", "κ int8", 64, lambda run: figure(run.int8_kappa), lambda run: _value(run.int8_kappa),
        shown=False, drops=7, tip="Of the int8 model",
    ),
    RunColumn(
        "epochs", "Training epochs", 108,
        lambda run: quantity(run.training_epochs, "count"), lambda run: run.training_epochs,
        shown=False, drops=9,
    ),
    RunColumn(
        "people", "Test people", 84, lambda run: quantity(run.people, "count"), lambda run: run.people,
        shown=False, drops=9,
    ),
    RunColumn(
        "finished", "Finished", 124, _finished,
        lambda run: None if run.finished is None else run.finished.timestamp(), shown=False, drops=9,
    ),
)  # fmt: skip
BY_KEY: Final = {column.key: column for column in COLUMNS}
DEFAULT_COLUMNS: Final = tuple(column.key for column in COLUMNS if column.shown)


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if text and text != "–" else text


def sorted_runs(runs: Sequence[RunSummary], key: str, *, descending: bool = False) -> tuple[RunSummary, ...]:
    """By a column; runs that have no value there come last either way."""
    column = BY_KEY[key]
    with_value = [run for run in runs if column.sort(run) not in (None, "")]
    without = [run for run in runs if column.sort(run) in (None, "")]
    with_value.sort(key=lambda run: column.sort(run), reverse=descending)  # type: ignore[arg-type, return-value]
    return (*with_value, *without)


def matching(runs: Sequence[RunSummary], text: str) -> tuple[RunSummary, ...]:
    """Runs that have every word of ``text`` in their name, network, feature set, mode or state."""
    words = text.casefold().split()
    return tuple(run for run in runs if all(word in _searched(run) for word in words))


def _searched(run: RunSummary) -> str:
    parts = (run.name, run.architecture, run.feature_set, run.mode, state_of(run)[1], run.path.name)
    return " ".join(parts).casefold()
