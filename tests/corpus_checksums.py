"""Sources are never touched: the real data has the same bytes after a test run as before it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

BEFORE = pytest.StashKey[dict[str, str]]()


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below ``folder``, by its place there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): _sha256(path) for path in files}


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Files that are gone, new, or have other bytes."""
    names = before.keys() | after.keys()
    return sorted(name for name in names if before.get(name) != after.get(name))


class CorpusWatch:
    """A plugin of the controller (of the one process, without workers): sums before and after the run."""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        folder = corpus()
        if folder is not None:
            session.config.stash[BEFORE] = checksums(folder)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        folder = corpus()
        before = session.config.stash.get(BEFORE, None)
        if folder is None or before is None:
            return
        touched = changed(before, checksums(folder))
        if touched:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            if reporter is not None:
                reporter.write_line(f"CORPUS CHANGED by this run: {', '.join(touched)}", red=True)


def corpus() -> Path | None:
    """The folder of real recordings, where there is one."""
    folder = os.environ.get("SLEEPSTUDIO_DATA")
    return Path(folder) if folder and Path(folder).is_dir() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
