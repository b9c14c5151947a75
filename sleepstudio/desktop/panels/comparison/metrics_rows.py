"""Every figure of the chosen runs side by side, each with its interval. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from sleepstudio.desktop.panels.comparison.run_columns import figure
from sleepstudio.desktop.panels.comparison.run_evidence import RunEvidence, metric_figures
from sleepstudio.run_summary import Figure


def metric_rows(chosen: Sequence[RunEvidence]) -> tuple[tuple[str, ...], ...]:
    """Name, then a figure with its interval for each run; empty where a run's stage set lacks it.

    Raises StudyError.
    """
    by_run = [metric_figures(run) for run in chosen]
    names = dict.fromkeys(name for figures in by_run for name in figures)
    rows = [(name, *(_text(figures.get(name)) for figures in by_run)) for name in names]
    biases = [
        {f"{title}, bias in {unit}": run.limits(key).bias for key, title, unit in run.statistic_names()}
        for run in chosen
    ]
    for name in dict.fromkeys(name for figures in biases for name in figures):
        rows.append((name, *(_text(figures.get(name), "{:+.1f}", "{:.1f}") for figures in biases)))
    return tuple(rows)


def _text(found: Figure | None, pattern: str = "{:.3f}", bounds: str = "{:.2f}") -> str:
    if found is None or found.ci_low is None or found.ci_high is None:
        return figure(found, pattern)
    low, high = (bounds.format(value).replace("-", "−") for value in (found.ci_low, found.ci_high))
    return f"{figure(found, pattern)} ({low}–{high})"
