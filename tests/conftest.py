"""Shared fixtures: where real data is, and how its absence is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from corpus_checksums import CorpusWatch

MISSING_TOOL = "not installed"
"""In the reason of every test that is skipped because a compiler, an emulator or a package is not there."""
NO_TOOL_MISSING = "SLEEPSTUDIO_TEST_EVERYTHING"
"""Where this is set, a test that is skipped for that fails the run: continuous integration sets it."""
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
    """Ends the run with how many tests were skipped for want of real data, and for want of a tool."""
    if tools := _skipped(terminalreporter, MISSING_TOOL):
        terminalreporter.write_line(
            f"{tools} tests skipped for want of a tool", red=NO_TOOL_MISSING in os.environ
        )
    count = _skipped(terminalreporter, REAL_DATA_REASON)
    terminalreporter.write_line(
        f"{count} tests skipped for want of real data ({REAL_DATA_REASON})"
        if count
        else "0 tests skipped for want of real data"
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if NO_TOOL_MISSING in os.environ and reporter is not None and _skipped(reporter, MISSING_TOOL):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(reporter: pytest.TerminalReporter, reason: str) -> int:
    """How many tests were skipped for a reason that has these words."""
    return sum(reason in str(report.longrepr) for report in reporter.stats.get("skipped", []))


@pytest.fixture(scope="session")
def sleepkit_configs(real_data: Path) -> Path:
    """SleepKit's published configurations, beside the real data; skips where they are not."""
    folder = real_data.parent / "sleepkit" / "configs"
    if not folder.is_dir():
        pytest.skip(f"{REAL_DATA_REASON}, with sleepkit/configs beside it")
    return folder
