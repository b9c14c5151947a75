"""A process that is ready before its job is: ``python -m sleepstudio.jobs.worker``.

It reads JSON objects from standard input, one a line, and does what they say:

- ``{"warm": ["module", …]}`` imports modules that the job will need;
- ``{"run": ["--batch", …], "log": "path/name.log"}`` runs the batch command with these arguments, in this
  process;
- ``{"control": "pause", …}`` goes to the running job's control channel (``docs/events.md``);
- ``{"cancel": true}`` asks the running job to stop, as Ctrl+C does; twice, to stop at once.

Job events go to what was standard output when it started, and into ``path/name.events``; everything that
is printed goes to the log. Before a job, the end of standard input ends the worker; during one it changes
nothing, so that a job outlives the window that started it. As long as it runs it holds ``path/name.lock``, so
that a later window can tell, and follow the events in the file.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

LIGHT = ("sleepstudio.console", "sleepstudio.jobs.run", "sleepstudio.jobs.feature")
TRAINING = ("sleepstudio.training.train", "sleepstudio.jobs.train", "sleepstudio.jobs.evaluate")
"""Loads TensorFlow."""


def main() -> None:
    """Serves one job and ends with its exit status."""
    events = os.dup(1)
    os.dup2(2, 1)
    _say(events, {"event": "ready"})
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        for module in request.get("warm", ()):
            importlib.import_module(module)
        if request.get("warm"):
            _say(events, {"event": "warm"})
        if "run" in request:
            _run(request["run"], Path(request["log"]), events)
            return


def _run(arguments: list[str], log: Path, events: int) -> None:
    _log_to(log)
    controls, obeyed = os.pipe()
    threading.Thread(target=_listen, args=(sys.stdin, obeyed), daemon=True).start()
    with FileLock(log.with_suffix(".lock")), _recorded(events, log.with_suffix(".events")) as descriptor:
        sys.argv = ["sleepstudio", *arguments, "--events", str(descriptor), "--control", str(controls)]
        runpy.run_module("sleepstudio.cli", run_name="__main__", alter_sys=False)


@contextmanager
def _recorded(events: int, file: Path) -> Iterator[int]:
    """A descriptor whose lines go both to ``events`` and to the end of ``file``.

    Neither a listener that went away nor a full disk stops the other.
    """
    reading, writing = os.pipe()
    record = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    copier = threading.Thread(target=_copy, args=(reading, [events, record]))
    copier.start()
    try:
        yield writing
    finally:
        os.close(writing)
        copier.join()
        os.close(record)


def _copy(source: int, targets: list[int]) -> None:
    with os.fdopen(source, "rb") as lines:
        for line in lines:
            for target in tuple(targets):
                try:
                    os.write(target, line)
                except OSError:
                    targets.remove(target)


def _say(descriptor: int, event: dict[str, object]) -> None:
    os.write(descriptor, (json.dumps(event) + "\n").encode())


def _log_to(path: Path) -> None:
    """From here on, standard output and standard error are the log file."""
    with path.open("ab") as file:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _listen(requests: IO[str], controls: int) -> None:
    for line in requests:
        request = json.loads(line)
        if request.get("cancel"):
            _interrupt()
        elif "control" in request:
            _say(controls, request)


def _interrupt() -> None:
    """Sends SIGTERM to the main thread, so that it also wakes from a system call where that is possible."""
    main_thread = threading.main_thread().ident
    if sys.platform != "win32" and main_thread is not None:
        signal.pthread_kill(main_thread, signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
