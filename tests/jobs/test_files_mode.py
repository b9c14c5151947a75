"""Copies of recordings as a job: what is made, listed, refused, and never touched."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from catalogue_nights import write_night

from sleepstudio.cli import main
from sleepstudio.recordings import open_edf


def run(folder: Path, **files: object) -> int:
    configuration = folder / "copies.json"
    configuration.write_text(
        json.dumps({"name": "copies", "job_dir": str(folder / "job"), "files": files}), "utf-8"
    )
    return main(["--batch", str(configuration), "--mode", "files"])


def named_night(path: Path) -> Path:
    write_night(path)
    content = bytearray(path.read_bytes())
    content[8:88] = b"007 F 02-MAY-1951 Haagse_Harry".ljust(80)
    path.write_bytes(content)
    return path


def test_cut_files_are_repaired_and_what_cannot_be_is_an_error(tmp_path: Path) -> None:
    cut, also = write_night(tmp_path / "a" / "n.edf"), write_night(tmp_path / "b" / "n.edf")
    cut.write_bytes(cut.read_bytes()[:-1234])
    (tmp_path / "text.edf").write_text("no recording")
    before = {path: path.read_bytes() for path in (cut, also)}
    sources = [str(cut), str(also), str(tmp_path / "text.edf")]
    assert run(tmp_path, action="repair", sources=sources, target=str(tmp_path / "out")) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["copies.csv", "n-2.edf", "n.edf"]
    with open_edf(tmp_path / "out" / "n.edf") as copy, open_edf(cut) as source:
        assert copy.duration_s == source.duration_s
        assert (copy.read("Pleth") == source.read("Pleth")).all()
        assert not [one for one in copy.diagnostics if one.severity == "warning"]
    assert {path: path.read_bytes() for path in before} == before
    assert not (tmp_path / "job" / "names.csv").exists()


def test_scrubbed_copies_have_numbers_and_the_key_is_elsewhere(tmp_path: Path) -> None:
    night = named_night(tmp_path / "Harry.edf")
    out = tmp_path / "out"
    assert run(tmp_path, action="deidentify", sources=[str(night)], target=str(out)) == 0
    assert sorted(path.name for path in out.iterdir()) == ["copies.csv", "recording-0001.edf"]
    with open_edf(out / "recording-0001.edf") as copy, open_edf(night) as source:
        assert "Harry" not in copy.header.patient
        assert (copy.read("Pleth") == source.read("Pleth")).all()
    written = b"".join(path.read_bytes() for path in out.iterdir())
    assert b"Harry" not in written
    assert b"1951" not in written
    rows = list(csv.reader((tmp_path / "job" / "names.csv").read_text().splitlines()))
    assert rows == [["file", "copy"], [str(night), "recording-0001.edf"]]


def test_nothing_to_copy_is_said(tmp_path: Path) -> None:
    assert run(tmp_path, action="repair") == 2
