"""Processes as the system sees them."""

from __future__ import annotations

import os
import time
from pathlib import Path


def children_of(pid: int) -> set[int]:
    """Every process below ``pid``, at any depth; zombies too."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    layer = {pid}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer} - found
        found |= layer
    return found


def running(pid: int) -> bool:
    """Whether the process still does something: it is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(pids: set[int], timeout_s: float = 30) -> bool:
    """Waits until none of them runs; False where one still does."""
    deadline = time.monotonic() + timeout_s
    while any(running(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def mapped(pid: int | None = None) -> str:
    """The files that are mapped into a process."""
    return Path(f"/proc/{pid or os.getpid()}/maps").read_text()
