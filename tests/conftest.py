"""Shared fixtures: where real data is, and how its absence is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from corpus_checksums import CorpusWatch

REAL_DATA_REASON = "SLEEPSTUDIO_DATA is not set to a folder of real recordings"


def pytest_configure(config: pytest.Config) -> None:
    """Watches the real data; under xdist in the controller alone, around all workers."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(CorpusWatch(), "corpus-watch")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real recordings; skips the test where there is none."""
    folder = os.environ.get("SLEEPSTUDIO_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip(REAL_DATA_REASON)
    return Path(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Ends the run with how many tests were skipped for want of real data."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(REAL_DATA_REASON in str(report.longrepr) for report in skipped)
    terminalreporter.write_line(
        f"{count} tests skipped for want of real data ({REAL_DATA_REASON})"
        if count
        else "0 tests skipped for want of real data"
    )


@pytest.fixture(scope="session")
def sleepkit_configs(real_data: Path) -> Path:
    """SleepKit's published configurations, beside the real data; skips where they are not."""
    folder = real_data.parent / "sleepkit" / "configs"
    if not folder.is_dir():
        pytest.skip(f"{REAL_DATA_REASON}, with sleepkit/configs beside it")
    return folder
