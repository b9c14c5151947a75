"""The examples of docs/package.md, run in their order as one program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from e2e_study import tiny, write

DOCUMENT = Path(__file__).parents[2] / "docs" / "package.md"


def test_the_documented_examples_run(
    nights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "nights").symlink_to(nights)
    write(tmp_path, tiny(Path("nights")))
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), flags=re.S)
    assert len(examples) >= 8
    names: dict[str, object] = {"__name__": "examples"}
    for example in examples:
        exec(compile(example, str(DOCUMENT), "exec"), names)
    assert (tmp_path / "study" / "runs" / "tiny" / "report.html").exists()
    assert "people=" in capsys.readouterr().out
