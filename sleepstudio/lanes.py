"""Work on many items over processes, where a process that dies takes only its own item with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_POLL_S = 0.2


@dataclass(frozen=True)
class WorkerDied:
    """The process that worked on the item ended without an answer: killed, or out of memory."""


def run_in_lanes(
    work: Callable[[_Item], _Result],
    items: Sequence[_Item],
    lanes: int,
    check_cancelled: Callable[[], None],
) -> Iterator[tuple[_Item, _Result | WorkerDied]]:
    """Each item with its result, in the order of completion.

    A lane is a pool of one process: where it breaks, the item to blame is known, and a new process takes the
    next one. ``work`` and the items must pickle; what ``work`` raises is raised here. ``check_cancelled`` is
    called several times a second, and by its exception ends the work once the running items are complete.
    """
    waiting = deque(items)
    running: dict[Future[_Result], tuple[_Item, ProcessPoolExecutor]] = {}
    try:
        for _ in range(min(lanes, len(items))):
            item = waiting.popleft()
            future, lane = _submit(_new_lane(), work, item)
            running[future] = item, lane
        while running:
            complete, _ = wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            check_cancelled()
            for future in complete:
                item, lane = running.pop(future)
                if waiting:
                    following = waiting.popleft()
                    new, lane = _submit(lane, work, following)
                    running[new] = following, lane
                else:
                    lane.shutdown()
                died = isinstance(future.exception(), BrokenProcessPool)
                yield item, WorkerDied() if died else future.result()
    finally:
        for _, lane in running.values():
            lane.shutdown(cancel_futures=True)


def _submit(
    lane: ProcessPoolExecutor, work: Callable[[_Item], _Result], item: _Item
) -> tuple[Future[_Result], ProcessPoolExecutor]:
    """Gives the item to the lane, or to a new one where its process has died."""
    try:
        return lane.submit(work, item), lane
    except BrokenProcessPool:
        lane.shutdown()
        lane = _new_lane()
        return lane.submit(work, item), lane


def _new_lane() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin_worker)


def _begin_worker() -> None:
    """Ctrl-C is the parent's to handle; a worker whose parent is gone has nobody to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
