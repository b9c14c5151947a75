"""A file system of some megabytes that tests fill up or make read-only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """Mounted at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"
        self._locked: list[Path] = []

    def fill(self) -> None:
        """Leaves no byte free."""
        with self._filler.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def free(self, size: int | None = None) -> None:
        """Gives so many bytes back, or all."""
        if size is None:
            self._filler.unlink()
        else:
            os.truncate(self._filler, self._filler.stat().st_size - size)

    def lock(self) -> None:
        """From now on it is read-only; nothing on it may be open for writing."""
        subprocess.run(["mount", "-o", "remount,ro", str(self.path)], check=True)

    def lock_folder(self, folder: Path) -> None:
        """From now on nothing can be written in this folder, which is empty or not there yet."""
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)], check=True)
        self._locked.append(folder)

    def unmount(self) -> None:
        for folder in (*self._locked, self.path):
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    """Skips the test where no file system can be mounted."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(path)], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    disk = SmallDisk(path)
    try:
        yield disk
    finally:
        disk.unmount()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """With nothing on it."""
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted


@pytest.fixture
def study_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Where *study_window* puts its study: to be asked for before it."""
    with small_disk(tmp_path / "study") as mounted:
        yield mounted
