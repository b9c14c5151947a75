"""A process that is ready before its job is: ``python -m sleepstudio.jobs.worker``.

It reads JSON objects from standard input, one a line, and does what they say:

- ``{"warm": ["module", …]}`` imports modules that the job will need;
- ``{"run": ["--batch", …], "log": "path"}`` runs the batch command with these arguments, in this process;
- ``{"cancel": true}`` asks the running job to stop, as Ctrl+C does; twice, to stop at once.

Job events go to what was standard output when it started; everything that is printed goes to the log. Before
a job, the end of standard input ends the worker; during one it changes nothing, so that a job outlives the
window that started it.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import sys
import threading
from pathlib import Path
from typing import IO, Any

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
            _log_to(Path(request["log"]))
            threading.Thread(target=_listen, args=(sys.stdin,), daemon=True).start()
            sys.argv = ["sleepstudio", *request["run"], "--events", str(events)]
            runpy.run_module("sleepstudio.cli", run_name="__main__", alter_sys=False)
            return


def _say(descriptor: int, event: dict[str, object]) -> None:
    os.write(descriptor, (json.dumps(event) + "\n").encode())


def _log_to(path: Path) -> None:
    """From here on, standard output and standard error are the log file."""
    with path.open("ab") as file:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _listen(requests: IO[str]) -> None:
    for line in requests:
        if json.loads(line).get("cancel"):
            _interrupt()


def _interrupt() -> None:
    """Sends SIGTERM to the main thread, so that it also wakes from a system call where that is possible."""
    main_thread = threading.main_thread().ident
    if sys.platform != "win32" and main_thread is not None:
        signal.pthread_kill(main_thread, signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
