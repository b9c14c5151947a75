"""The watch over the real data fails a run that changes it, with workers and without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DATA = "import os, pathlib\nDATA = pathlib.Path(os.environ['SLEEPSTUDIO_DATA'])\n"
TESTS = {
    "harmless": "def test_it(): pass\n",
    "touching": f"{DATA}def test_it(): (DATA / 'a.edf').write_text('b')\n",
    "removing": f"{DATA}def test_it(): (DATA / 'a.edf').unlink()\n",
    "adding": f"{DATA}def test_it(): (DATA / 'c').write_text('b')\n",
}


@pytest.mark.parametrize("workers", ["0", "1"])
@pytest.mark.parametrize("name", TESTS)
def test_a_run_that_changes_the_corpus_fails(tmp_path: Path, name: str, workers: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.edf").write_text("a")
    for helper in ("conftest.py", "corpus_checksums.py"):
        shutil.copy(HERE / helper, tmp_path)
    (tmp_path / "test_one.py").write_text(TESTS[name])
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, "-p", "no:cacheprovider", str(tmp_path)]
    environment = {**os.environ, "SLEEPSTUDIO_DATA": str(data)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert done.returncode == (0 if name == "harmless" else 1), done.stdout
    assert ("CORPUS CHANGED" in done.stdout) == (name != "harmless")
