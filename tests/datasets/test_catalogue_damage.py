"""A catalogue that is broken, shared, or cannot be written: nothing that the user said is lost."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from catalogue_nights import add_nights

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingFacts
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import ChannelKind
from sleepstudio.study import sha256_of
from sleepstudio.study_folder import Study

WRITER = """
import sys
from pathlib import Path
from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingFacts
from sleepstudio.study_folder import Study

folder, name = Path(sys.argv[1]), sys.argv[2]
with Catalogue(Study.open(folder)) as catalogue:
    for number in range(25):
        catalogue.add([RecordingFacts(f"{name}-{number}", folder / f"{name}-{number}.edf")])
        catalogue.add_tag(["shared"], f"{name}-{number}")
"""


def _break(study: Study, how: str) -> None:
    path = study.catalogue_path
    if how == "zeros":
        path.write_bytes(b"\0" * path.stat().st_size)
    elif how == "text":
        path.write_text("this is no database")
    elif how == "middle":
        content = bytearray(path.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        path.write_bytes(content)
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()


@pytest.mark.parametrize("how", ["zeros", "text", "middle", "empty", "gone"])
def test_a_broken_catalogue_is_made_again_and_loses_nothing(study: Study, nights: Path, how: str) -> None:
    with Catalogue(study) as catalogue:
        add_nights(catalogue, nights)
        catalogue.add_tag(["n2"], "kept")
        catalogue.set_subject(["n1"], "Jane")
        catalogue.learn("Aux 7", ChannelKind.LEG)
        catalogue.attach("n10", nights / "n1.csv")
        with catalogue.score("n2", "Anna") as session:
            session.score([3], Stage.N3)
        session = catalogue.score("n10", "Anna")
        session.score([4], Stage.R)
        session._lock.release()  # killed
        scan(catalogue)
        expected = [(row.facts, row.tst_min, row.channels) for row in catalogue.recordings()]
    _break(study, how)
    with Catalogue(study) as again:
        assert "made again: 3 recordings" in again.notes[0]
        scan(again)
        assert [(row.facts, row.tst_min, row.channels) for row in again.recordings()] == expected
        anna = again.hypnogram("n10", "Anna")
        assert anna is not None
        assert anna.stages[4] == Stage.R
    kept = list(study.path.glob("catalogue.damaged-*.sqlite"))
    assert len(kept) == (how != "gone")
    with Catalogue(study) as third:
        assert third.notes == ()


def test_damaged_facts_are_refused_with_a_remedy_only_where_they_are_needed(
    study: Study, nights: Path
) -> None:
    with Catalogue(study) as catalogue:
        add_nights(catalogue, nights)
    (study.path / "recordings.json").write_text('{"version": 1, "recordings": [{}]')
    with Catalogue(study) as catalogue:
        assert len(catalogue.recordings()) == 3
    study.catalogue_path.unlink()
    with pytest.raises(StudyError, match=r"recordings\.json.*Restore it from a copy"):
        Catalogue(study)
    (study.path / "recordings.json").write_text('{"version": 9, "recordings": [], "aliases": {}}')
    with pytest.raises(StudyError, match="newer Sleep Studio"):
        Catalogue(study)


def test_a_newer_catalogue_is_refused_and_left_alone(study: Study) -> None:
    Catalogue(study).close()
    with sqlite3.connect(study.catalogue_path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = sha256_of(study.catalogue_path)
    with pytest.raises(StudyError, match="newer Sleep Studio"):
        Catalogue(study)
    assert sha256_of(study.catalogue_path) == before


def test_two_processes_on_one_study_lose_nothing_of_each_other(study: Study, catalogue: Catalogue) -> None:
    catalogue.add([RecordingFacts("shared", study.path / "shared.edf")])
    version = catalogue.version()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(study.path), name]) for name in ("one", "two")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert catalogue.version() != version
    rows = catalogue.recordings()
    expected = {f"{name}-{number}" for name in ("one", "two") for number in range(25)}
    assert {row.recording_id for row in rows} == expected | {"shared"}
    assert set(catalogue.recording("shared").tags) == expected
    stored = json.loads((study.path / "recordings.json").read_text("utf-8"))
    assert {one["id"] for one in stored["recordings"]} == expected | {"shared"}
    assert set(stored["recordings"][0]["tags"]) == expected


def test_a_study_that_is_held_is_said(
    study: Study, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.add([RecordingFacts("n", study.path / "n.edf")])
    monkeypatch.setattr("sleepstudio.datasets.catalogue_store.BUSY_S", 0.05)
    with Catalogue(study) as other:
        with (
            catalogue.store.changing(facts=False),
            pytest.raises(StudyError, match=r"another Sleep Studio window is writing.*again in a moment"),
        ):
            other.add_tag(["n"], "late")
        other.add_tag(["n"], "now")
    assert catalogue.recording("n").tags == ("now",)


def test_a_change_that_fails_half_way_changes_nothing(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    with pytest.raises(StudyError, match="not in the catalogue"):
        catalogue.add_tag(["n1", "nobody"], "half")
    assert catalogue.recording("n1").tags == ()
    with pytest.raises(StudyError, match="at least one character"):
        catalogue.add_tag(["n1"], "  ")
    with pytest.raises(StudyError, match="not in the catalogue"):
        catalogue.recording("nobody")


def test_a_full_disk_changes_nothing_and_is_said(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    before = sha256_of(catalogue.study.path / "recordings.json")
    with catalogue.store.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    many = [RecordingFacts(f"x{number}", nights / f"x{number}.edf") for number in range(2000)]
    with pytest.raises(StudyError, match=r"disk is full; the change was not made.*Free some space"):
        catalogue.add(many)
    assert len(catalogue.recordings()) == 3
    assert sha256_of(catalogue.study.path / "recordings.json") == before


def test_what_cannot_be_kept_in_both_places_is_kept_in_neither(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    path = catalogue.study.path / "recordings.json"
    path.unlink()
    path.mkdir()
    with pytest.raises(StudyError, match="cannot be written"):
        catalogue.add_tag(["n1"], "lost")
    assert catalogue.recording("n1").tags == ()
    path.rmdir()
    catalogue.add_tag(["n1"], "kept")
    assert json.loads(path.read_text("utf-8"))["recordings"][0]["tags"] == ["kept"]


def test_a_row_that_was_tampered_with_is_said(catalogue: Catalogue, nights: Path) -> None:
    add_nights(catalogue, nights)
    with catalogue.store.changing(facts=False) as connection:
        connection.execute("UPDATE recordings SET indexed = '[1]' WHERE id = 'n2'")
    with pytest.raises(StudyError, match=r"n2: .*damaged.*delete catalogue\.sqlite"):
        catalogue.recordings()
