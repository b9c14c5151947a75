"""What a job looks like on a terminal: progress with rate and time left; plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console as RichConsole
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from sleepstudio.console_board import board_lines
from sleepstudio.monitor import Monitor
from sleepstudio.study import read_json

if TYPE_CHECKING:
    from sleepstudio.jobs.run import JobOutcome

PLAIN_INTERVAL_S = 5.0
"""Without a terminal, a step tells of itself at most this often."""


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="dim")


class Console(Monitor):
    """Shows progress on standard output, warnings and errors on standard error."""

    def __init__(self) -> None:
        self._out = RichConsole()
        self._err = RichConsole(stderr=True)
        self._progress = (
            Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=28),
                MofNCompleteColumn(),
                _Rate(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=self._out,
            )
            if self._out.is_terminal
            else None
        )
        self._tasks: dict[str, Any] = {}
        self._last_plain = 0.0
        self._started: dict[str, float] = {}

    def __enter__(self) -> Self:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def progress(self, step: str, done: int, total: int, item: str = "") -> None:
        if self._progress is None:
            self._plain(step, done, total, item)
            return
        key = _bar_of(step, item)
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(escape(key), total=total)
        self._progress.update(self._tasks[key], completed=done, total=total)

    def _plain(self, step: str, done: int, total: int, item: str) -> None:
        now = time.monotonic()
        started = self._started.setdefault(_bar_of(step, item), now)
        if done < total and now - self._last_plain < PLAIN_INTERVAL_S:
            return
        self._last_plain = now
        elapsed = now - started
        left = f", {elapsed / done * (total - done):.0f} s left" if 0 < done < total and elapsed > 1 else ""
        self._out.print(
            f"{step}: {done}/{total}{f' {item}' if item else ''}{left}", markup=False, highlight=False
        )

    def board_event(self, event: str, fields: Mapping[str, Any]) -> None:
        for line in board_lines(event, fields):
            self._out.print(line, markup=False, highlight=False, soft_wrap=True)

    def artifact(self, kind: str, path: Path) -> None:
        if kind == "recording":
            return
        self._out.print(f"{kind}: [bold]{escape(str(path))}[/]", soft_wrap=True, highlight=False)

    def warning(self, message: str, *, hint: str = "", item: str = "") -> None:
        self._say("warning", "yellow", message, hint, item)

    def error(self, message: str, *, hint: str = "", item: str = "") -> None:
        self._say("error", "red", message, hint, item)

    def _say(self, kind: str, style: str, message: str, hint: str, item: str) -> None:
        console = self._progress.console if self._progress else self._err
        text = f"{item}: {message}" if item else message
        console.print(
            f"[{style}]{kind}[/] {escape(' '.join(filter(None, (text, hint))))}",
            soft_wrap=True,
            highlight=False,
        )


def _bar_of(step: str, item: str) -> str:
    """What a progress bar counts: training counts each fit anew, other steps go over their items."""
    return f"{step} {item}" if step == "train" else step


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keeps what native libraries write to standard error out of the terminal, ours in it.

    Theirs goes to a temporary file, which is left where the process dies with it.
    """
    handle, name = tempfile.mkstemp(prefix="sleepstudio-", suffix=".log")
    ours, before = os.dup(2), sys.stderr
    os.dup2(handle, 2)
    os.close(handle)
    with os.fdopen(ours, "w", buffering=1, encoding="utf-8", errors="replace") as terminal:
        sys.stderr = terminal
        try:
            yield
        finally:
            sys.stderr = before
            os.dup2(ours, 2)
    Path(name).unlink(missing_ok=True)


def summary(outcome: JobOutcome) -> None:
    """A short table of what came out: figures of the run, its files, what failed."""
    console = RichConsole(width=None if sys.stdout.isatty() else 200)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("done", ", ".join(outcome.modes) or "nothing")
    for name, text in _figures(outcome.run):
        table.add_row(name, escape(text))
    table.add_row("run", escape(str(outcome.run)))
    if outcome.warnings:
        table.add_row("warnings", str(outcome.warnings))
    if outcome.failed:
        shown = [f"{item}: {message}" for item, message in list(outcome.failed.items())[:10]]
        more = [f"and {len(outcome.failed) - 10} more"] if len(outcome.failed) > 10 else []
        table.add_row("[red]failed[/]", escape("\n".join(shown + more)))
    if outcome.cancelled:
        table.add_row("[yellow]cancelled[/]", "what is complete is kept; --resume goes on")
    console.print()
    console.print(table, highlight=False)


def _figures(run: Path) -> list[tuple[str, str]]:
    """The figures in the run's summary file, if it has got that far."""
    path = run / "summary.json"
    if not path.exists():
        return []
    return [(name, str(text)) for name, text in read_json(path).items()]
