"""The table of runs as text for other programs. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sleepstudio.desktop.panels.comparison.run_columns import BY_KEY, RunColumn
from sleepstudio.run_summary import RunSummary


def as_csv(runs: Sequence[RunSummary], keys: Sequence[str]) -> str:
    """One line a run; numbers as numbers without units, a dot for the decimals, undefined ones empty."""
    columns = [BY_KEY[key] for key in keys]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([title for column in columns for title in _csv_titles(column)])
    for run in runs:
        writer.writerow([cell for column in columns for cell in _csv_cells(column, run)])
    return text.getvalue()


def as_markdown(runs: Sequence[RunSummary], keys: Sequence[str]) -> str:
    """A table as it is shown, numbers to the right."""
    columns = [BY_KEY[key] for key in keys]
    lines = [
        _markdown_line([column.title for column in columns]),
        _markdown_line(["---:" if column.number else "---" for column in columns]),
        *(_markdown_line([column.text(run) for column in columns]) for run in runs),
    ]
    return "\n".join(lines) + "\n"


def _csv_titles(column: RunColumn) -> tuple[str, ...]:
    return ("κ CI low", "κ CI high") if column.key == "interval" else (column.title,)


def _csv_cells(column: RunColumn, run: RunSummary) -> tuple[str, ...]:
    if column.key == "interval":
        bounds = (None, None) if run.kappa is None else (run.kappa.ci_low, run.kappa.ci_high)
        return tuple("" if bound is None else f"{bound:.6g}" for bound in bounds)
    if not column.number:
        return (column.text(run),)
    if column.key == "finished":
        return ("" if run.finished is None else run.finished.isoformat(),)
    value = column.sort(run)
    return ("" if value is None else f"{value:.10g}" if isinstance(value, (int, float)) else value,)


def _markdown_line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
