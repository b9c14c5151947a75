"""Work over processes: each item once, a death costs one item, nobody outlives the parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sleepstudio.errors import Cancelled
from sleepstudio.lanes import WorkerDied, run_in_lanes


def square(number: int) -> int:
    if number < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def never() -> None:
    pass


def test_every_item_comes_back_once_and_a_death_costs_its_own() -> None:
    items = [3, -1, 4, -2, 5, 6]
    results = dict(run_in_lanes(square, items, 2, never))
    assert results == {3: 9, -1: WorkerDied(), 4: 16, -2: WorkerDied(), 5: 25, 6: 36}


def test_more_lanes_than_items() -> None:
    assert dict(run_in_lanes(square, [2], 4, never)) == {2: 4}
    assert dict(run_in_lanes(square, [], 4, never)) == {}


def test_what_the_work_raises_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(run_in_lanes(reciprocal, [1, 0], 1, never))


def reciprocal(number: int) -> float:
    return 1 / number


def test_cancelling_ends_the_work() -> None:
    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(run_in_lanes(square, [1, 2, 3], 1, cancel))


PARENT = """
import os, sys, time
from pathlib import Path
from sleepstudio.lanes import run_in_lanes

def work(folder):
    Path(folder, str(os.getpid())).touch()
    time.sleep(60)

if __name__ == "__main__":
    list(run_in_lanes(work, [sys.argv[1]] * 2, 2, lambda: None))
"""


def _is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script, folder = tmp_path / "parent.py", tmp_path / "workers"
    script.write_text(PARENT, encoding="utf-8")
    folder.mkdir()
    with subprocess.Popen([sys.executable, str(script), str(folder)]) as parent:
        _wait_until(lambda: len(list(folder.iterdir())) == 2)
        parent.kill()
    workers = [int(file.name) for file in folder.iterdir()]
    _wait_until(lambda: not any(_is_alive(pid) for pid in workers))


def _wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
