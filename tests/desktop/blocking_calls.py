"""Notes calls that can hold the window's thread for as long as something else takes.

How long a turn of the event loop takes depends on the computer; that nothing in it waits for a process, a
thread or a whole file does not. The benchmarks measure the rest.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import h5py
import pytest

_BLOCKING: tuple[tuple[Any, str], ...] = (
    (time, "sleep"),
    (threading.Thread, "join"),
    (subprocess.Popen, "wait"),
    (subprocess.Popen, "communicate"),
    (h5py.File, "__init__"),
)


@pytest.fixture
def blocking(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what the main thread called, from now on; the calls themselves go on as ever."""
    called: list[str] = []

    def noted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                called.append(name)
            return real(*arguments, **options)

        return call

    for owner, attribute in _BLOCKING:
        name = f"{owner.__name__}.{attribute}"
        monkeypatch.setattr(owner, attribute, noted(name, getattr(owner, attribute)))
    return called
