"""Repaired copies: other software opens them, and nothing that was recorded changes."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest
from edf_bytes import FIXED, Signal, edf, night, patched, signal_place
from edf_malformed import MALFORMED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.cli import main
from sleepstudio.errors import RecordingError, StudyError
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.edf.repair import CopyReport, repair_edf
from sleepstudio.recordings.recording import Event


def assert_same_content(source: Path, copy: Path) -> None:
    """Same stored integers, rates, times and annotations; values as far as eight characters tell a range."""
    with open_edf(source) as before, open_edf(copy) as after:
        assert [one.rate_hz for one in before.channels] == [one.rate_hz for one in after.channels]
        assert (before.duration_s, before.gaps) == (after.duration_s, after.gaps)
        for old, new in zip(before.channels, after.channels, strict=True):
            np.testing.assert_array_equal(before.read_digital(old.label), after.read_digital(new.label))
            np.testing.assert_allclose(before.read(old.label), after.read(new.label), rtol=1e-5, atol=1e-5)
        assert rounded(before.annotations) == rounded(after.annotations)
        if before.start is not None:
            assert before.start == after.start
        assert [one for one in after.diagnostics if one.severity == "warning"] == []


def rounded(events: tuple[Event, ...]) -> list[tuple[float, float, str]]:
    return [(round(event.onset_s, 6), event.duration_s, event.label) for event in events]


def assert_others_open_it(copy: Path) -> None:
    """pyEDFlib (which takes no EDF+D with gaps) and edfio without a warning, with the integers we read."""
    with open_edf(copy) as ours, warnings.catch_warnings():
        warnings.simplefilter("error")
        read = edfio.read_bdf if ours.header.sample_bytes == 3 else edfio.read_edf
        theirs = read(copy)
        assert len(theirs.annotations) == len(ours.annotations)
        for channel, signal in zip(ours.channels, theirs.signals, strict=True):
            np.testing.assert_array_equal(ours.read_digital(channel.label), signal.digital)
        if ours.gaps:
            return
        with pyedflib.EdfReader(str(copy)) as other:
            assert len(other.readAnnotations()[0]) == len(ours.annotations)
            for index, channel in enumerate(ours.channels):
                stored = other.readSignal(index, digital=True)
                np.testing.assert_array_equal(ours.read_digital(channel.label), stored)


def repaired(tmp_path: Path, raw: bytes) -> tuple[Path, CopyReport]:
    source = tmp_path / "night.edf"
    source.write_bytes(raw)
    return source, repair_edf(source, tmp_path / "copies" / "night.edf")


@pytest.mark.parametrize("name", MALFORMED)
def test_every_malformed_file_becomes_one_that_others_open(tmp_path: Path, name: str) -> None:
    source, report = repaired(tmp_path, MALFORMED[name].raw)
    assert_same_content(source, report.copy)
    assert_others_open_it(report.copy)
    assert source.read_bytes() == MALFORMED[name].raw
    if MALFORMED[name].changes:
        assert any(MALFORMED[name].changes in change for change in report.changes), report.changes
    else:
        assert report.changes == ()


def test_real_files_become_ones_that_others_open(real_data: Path, tmp_path: Path) -> None:
    files = [path for path in sorted((real_data / "edf").rglob("*")) if path.suffix in (".edf", ".bdf")]
    for number, path in enumerate(files):
        copy = tmp_path / f"{number}.edf"
        if open_edf(path).header.records == 0:
            with pytest.raises(RecordingError, match="holds no data record"):
                repair_edf(path, copy)
            continue
        repair_edf(path, copy)
        assert_same_content(path, copy)
        assert_others_open_it(copy)
    assert len(files) == 27


def test_a_sound_copy_is_the_same_file(tmp_path: Path) -> None:
    source, report = repaired(tmp_path, edf(night(), recording="Startdate 02-MAR-2024 X X X"))
    assert report.changes == ()
    assert report.copy.read_bytes() == source.read_bytes()


def test_a_calibration_that_no_field_can_say_is_kept_by_its_line(tmp_path: Path) -> None:
    """Digital limits beyond 16 bits, and inverted ones: legal fields give the same physical values."""
    raw = edf(night())
    for changes in ({"dmin": "-99999", "dmax": "99999"}, {"dmin": "2000", "dmax": "-2000"}):
        changed = raw
        for name, value in changes.items():
            changed = patched(changed, signal_place(raw, 0, name), value)
        source, report = repaired(tmp_path, changed)
        label = "EEG C4-M1"
        np.testing.assert_allclose(
            open_edf(source).read(label), open_edf(report.copy).read(label), rtol=1e-5, atol=1e-3
        )
        assert_others_open_it(report.copy)
        report.copy.unlink()


def test_never_over_the_source_nor_over_anything_unasked(tmp_path: Path) -> None:
    source = tmp_path / "night.edf"
    source.write_bytes(edf(night()))
    link = tmp_path / "link.edf"
    link.symlink_to(source)
    for target in (source, link):
        with pytest.raises(StudyError, match="never written over"):
            repair_edf(source, target, overwrite=True)
    other = tmp_path / "other.edf"
    other.write_bytes(b"mine")
    with pytest.raises(StudyError, match="that name already"):
        repair_edf(source, other)
    assert other.read_bytes() == b"mine"
    repair_edf(source, other, overwrite=True)
    assert_others_open_it(other)


def test_a_source_cut_short_meanwhile_leaves_no_half_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file ends while its samples are copied: an error, and nothing at the target or beside it."""
    from sleepstudio.recordings.edf import repair

    source = tmp_path / "night.edf"
    source.write_bytes(edf([Signal("EEG", np.zeros((100, 256), int))]))
    rows_of = repair.stored_rows

    def cut_first(recording):  # type: ignore[no-untyped-def]
        rows = rows_of(recording)
        source.write_bytes(source.read_bytes()[:4096])
        return rows

    monkeypatch.setattr(repair, "stored_rows", cut_first)
    copy = tmp_path / "copies" / "night.edf"
    with pytest.raises(RecordingError, match="has become shorter"):
        repair_edf(source, copy)
    assert list(copy.parent.iterdir()) == []


def test_a_folder_of_files_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for place, name in (("a.edf", "colon time"), ("deep/a.edf", "not closed")):
        (folder / place).write_bytes(MALFORMED[name].raw)
    (folder / "b.edf").write_bytes(b"no such thing")
    (folder / "notes.txt").write_text("not looked at")
    hashes = {path: hashlib.sha256(path.read_bytes()).digest() for path in folder.rglob("*.*")}
    assert main(["files", "repair", str(folder), "--to", str(tmp_path / "out")]) == 1
    out, err = capsys.readouterr()
    assert "'22:00:00' is written as '22.00.00'" in out
    assert "2 of 3 files copied" in out
    assert "b.edf" in err
    assert "not an EDF or BDF file" in err
    assert_others_open_it(tmp_path / "out" / "a.edf")
    assert_others_open_it(tmp_path / "out" / "deep" / "a.edf")
    assert not (tmp_path / "out" / "b.edf").exists()
    assert hashes == {path: hashlib.sha256(path.read_bytes()).digest() for path in folder.rglob("*.*")}
    assert main(["files", "repair", str(tmp_path / "out"), "--to", str(tmp_path / "out")]) == 1
    assert main(["files", "repair", str(folder / "a.edf"), str(folder / "deep" / "a.edf"), "--to", "x"]) == 2


PLUS = edf(night(3), tals=[f"+{k}\x14\x14\0+{k}.5\x1530\x14Sleep stage W\x14\0".encode() for k in range(3)],
           reserved="EDF+C")  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([edf(night(3)), PLUS, edf(night(3), bdf=True)]),
    st.lists(
        st.tuples(st.sampled_from(sorted(set(FIXED) - {"version", "signals"})), st.binary(max_size=12)),
        max_size=4,
    ),
)
def test_whatever_opens_is_repaired_to_what_others_open(
    tmp_path: Path, raw: bytes, changes: list[tuple[str, bytes]]
) -> None:
    for name, value in changes:
        raw = patched(raw, FIXED[name], value)
    source, copy = tmp_path / "night.edf", tmp_path / "copy.edf"
    source.write_bytes(raw)
    try:
        open_edf(source)
    except RecordingError:
        return
    repair_edf(source, copy, overwrite=True)
    assert_same_content(source, copy)
    assert_others_open_it(copy)
