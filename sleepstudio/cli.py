"""The command line: parses, runs jobs, prints. The library never prints."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, get_args

import sleepstudio
from sleepstudio.errors import ConfigurationError, StudioError

if TYPE_CHECKING:
    from sleepstudio.config import Mode, StudyConfiguration
    from sleepstudio.jobs.run import JobOutcome
    from sleepstudio.monitor import Monitor

ALL_DONE, SOME_FAILED, BAD_USAGE, FAILED, CANCELLED = 0, 1, 2, 3, 130
PIPE_CLOSED = 141
"""As the shell says of a command that SIGPIPE ended."""

SUBCOMMANDS = {
    "board": "sleepstudio.cli_board",
    "datasets": "sleepstudio.cli_datasets",
    "files": "sleepstudio.cli_files",
}
"""Commands with arguments of their own: ``main(arguments)`` of the module returns the exit status."""

_BATCH_ONLY = ("mode", "set", "out", "events", "control", "resume")

_EPILOG = """\
Without --batch the desktop application opens: on the study whose folder is given, or with the recordings,
folders or configurations that are given as if they had been dropped on it.

commands: sleepstudio board --help: flash a run, stage nights on the board, virtual or real
          sleepstudio datasets --help: what public datasets there are, and how to download them
          sleepstudio files --help: copies of recordings: repaired, de-identified, exported

modes: simulate, feature, train, evaluate, export, predict, flash, demo, board, download, files; without
--mode, those of the configuration (feature, train, evaluate, export where it names none). Several:
--mode feature,train

exit status: 0 all done; 1 some recordings failed, the others are done; 2 bad usage or configuration;
3 failed; 130 cancelled

Ctrl+C once stops and keeps what is complete (in training, the best model so far); twice stops at once.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The console command. Returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in SUBCOMMANDS:
        command = importlib.import_module(SUBCOMMANDS[given[0]]).main
        return _guarded(lambda: command(given[1:]), debug="--debug" in given)
    options = _parser().parse_args(given)
    return _guarded(
        lambda: _desktop(options) if options.batch is None else _batch(options), debug=options.debug
    )


def _guarded(command: Callable[[], int], *, debug: bool) -> int:
    """The exit status of a command; what goes wrong is said in words, unless ``debug``."""
    try:
        status = command()
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read what is printed has gone (`| head`): that is no fault. Nothing may be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except StudioError as error:
        if debug:
            raise
        print(f"sleepstudio: {error}", file=sys.stderr)
        return BAD_USAGE if isinstance(error, ConfigurationError) else FAILED
    except KeyboardInterrupt:
        print("sleepstudio: stopped at once.", file=sys.stderr)
        return CANCELLED
    except Exception as error:
        # The outermost boundary: no traceback reaches a user without --debug.
        if debug:
            raise
        print(
            f"sleepstudio: unexpected {type(error).__name__}: {error}. This is a fault of the program; "
            "run again with --debug and report what it prints.",
            file=sys.stderr,
        )
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sleepstudio",
        description="From nights of recorded signals to a verified int8 sleep-staging model.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="what the window opens with")
    parser.add_argument("--version", action="version", version=f"sleepstudio {sleepstudio.__version__}")
    parser.add_argument(
        "--batch", metavar="CONFIG", type=Path, help="run a study configuration without a window"
    )
    parser.add_argument("--mode", metavar="MODE", help="what to do: one mode, or several with commas")
    parser.add_argument(
        "--set",
        metavar="KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="override keys of the configuration, for example epochs=10",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="study folder for runs and features (default: the current folder)",
    )
    parser.add_argument(
        "--events", metavar="FD", type=int, help="write job events, a JSON object a line, to FD"
    )
    parser.add_argument(
        "--control", metavar="FD", type=int, help="obey control lines, a JSON object a line, from FD"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a killed or cancelled job stopped")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _desktop(options: argparse.Namespace) -> int:
    """Opens the window; where there can be none, raises ConfigurationError with the remedy."""
    batch_only = [name for name in _BATCH_ONLY if getattr(options, name)]
    if batch_only:
        raise ConfigurationError(
            "is of use with --batch only.", where=f"--{batch_only[0]}", hint="Add --batch CONFIG."
        )
    # by name, since nothing may depend on the desktop
    display = importlib.import_module("sleepstudio.desktop.display")
    display.require_display()
    try:
        app = importlib.import_module("sleepstudio.desktop.app")
    except ImportError as error:
        raise display.cannot_load(error) from error
    status: int = app.main(options.paths, debug=options.debug)
    return status


def _batch(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if options.paths:
        raise ConfigurationError(f"{options.paths[0]} is not an option.", where="command line")
    from sleepstudio.config import Mode, load_configuration
    from sleepstudio.console import summary

    modes = tuple(options.mode.split(",")) if options.mode else ()
    unknown = [mode for mode in modes if mode not in get_args(Mode)]
    if unknown:
        raise ConfigurationError(
            f"unknown mode {unknown[0]!r}.", where="--mode", hint=f"Modes: {', '.join(get_args(Mode))}."
        )
    # what SleepKit downloads by names datasets and no task, and copies of files need none
    alone = [f'modes=["{modes[0]}"]'] if modes in (("download",), ("files",)) else []
    configuration = load_configuration(options.batch, [*options.set, *alone])
    outcome = run_configuration(configuration, modes, options)
    summary(outcome)
    return exit_status(outcome)


def run_configuration(
    configuration: StudyConfiguration,
    modes: Sequence[Mode],
    options: argparse.Namespace,
    listeners: Sequence[Monitor] = (),
) -> JobOutcome:
    """Runs a job on the terminal: bars and messages, events where asked for, Ctrl+C once or twice.

    ``options``: ``out``, ``events``, ``control``, ``resume`` and ``debug``. Raises what ``run_job`` raises.
    """
    from sleepstudio.console import Console, quiet_libraries
    from sleepstudio.jobs.controls import Controls
    from sleepstudio.jobs.events import EventWriter
    from sleepstudio.jobs.monitors import Cancellation
    from sleepstudio.jobs.run import run_job

    events = EventWriter(options.events) if options.events is not None else None
    controls = Controls()
    if options.control is not None:
        controls.listen(options.control)
    cancellation = Cancellation()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if cancellation.requested:
            raise KeyboardInterrupt
        cancellation.request()
        if events:
            events.state("cancelling")
        print("sleepstudio: stopping; what is complete is kept. Again: stop at once.", file=sys.stderr)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    if events:
        events.state("running")
    try:
        with nullcontext() if options.debug or events else quiet_libraries(), Console() as console:
            outcome = run_job(
                configuration,
                modes=modes,
                out=options.out,
                resume=options.resume,
                listeners=[console, *listeners, *([events] if events else ())],
                cancellation=cancellation,
                controls=controls,
            )
    except StudioError as error:
        if events:
            events.error(error.message, hint=error.hint, item=error.where)
            events.state("failed")
        raise
    if events:
        events.state("cancelled" if outcome.cancelled else "finished")
    return outcome


def exit_status(outcome: JobOutcome) -> int:
    if outcome.cancelled:
        return CANCELLED
    return SOME_FAILED if outcome.failed else ALL_DONE


if __name__ == "__main__":
    sys.exit(main())
