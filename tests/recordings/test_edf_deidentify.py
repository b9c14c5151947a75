"""De-identified copies: nothing of what was removed is anywhere in the file, and all samples are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from edf_bytes import Signal, edf, night, patched, signal_place
from hypothesis import given
from hypothesis import strategies as st
from test_edf_repair import assert_others_open_it

from sleepstudio.cli import main
from sleepstudio.errors import RecordingError, StudyError
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.edf.deidentify import Scrubbing, deidentify_edf, person_of, secret_shift_days
from sleepstudio.recordings.edf.technical_text import is_filter, is_technical

PATIENT = "MCH-0234567 F 02-MAY-1951 Haagse_Harriet"
RECORDING = "Startdate 02-MAR-2024 PSG-1234/2024 Nightingale Telemetry03"
NOTES = ["Sleep stage W", "Obstructive Apnea", "Called Dr. Vandenberg", "Harriet awake", "Lights off"]
SECRETS = ["MCH-0234567", "0234567", "02-MAY-1951", "Haagse", "Harriet", "PSG-1234", "Nightingale",
           "Telemetry03",
           "Vandenberg", "SN-99887766", "Bed 4 Harriet", "secretly", "MAR-2024", "02.03.24"]  # fmt: skip


def identified(*, bdf: bool = False) -> bytes:
    """A recording with a person in every field that has room for one, and behind the annotations too."""
    tals = [f"+{k}\x14\x14\0+{k}.25\x1530\x14{note}\x14\0".encode() for k, note in enumerate(NOTES)]
    tals[0] += b"\0\0Harriet was here\0"
    signals = [*night(5), Signal("Bed 4 Harriet", np.zeros((5, 4), int)), Signal("DHR", np.ones((5, 1), int))]
    raw = edf(signals, bdf=bdf, tals=tals, tal_bytes=90, reserved=f"{'BDF' if bdf else 'EDF'}+C",
              patient=PATIENT, recording=RECORDING)  # fmt: skip
    raw = patched(raw, signal_place(raw, 0, "transducer"), "AgAgCl SN-99887766")
    raw = patched(raw, signal_place(raw, 1, "prefiltering"), "HP:0.1Hz LP:75Hz")
    raw = patched(raw, signal_place(raw, 2, "prefiltering"), "as Nightingale likes it")
    return patched(raw, signal_place(raw, 2, "reserved"), "secretly Harriet") + b"Harriet's tail"


def scrubbed(tmp_path: Path, scrubbing: Scrubbing, raw: bytes | None = None) -> Path:
    source = tmp_path / "Harriet.edf"
    source.write_bytes(raw or identified())
    copy = tmp_path / "copies" / "one.edf"
    deidentify_edf(source, copy, scrubbing, overwrite=True)
    return copy


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize(
    "scrubbing", [Scrubbing(), Scrubbing(shift_days=-371), Scrubbing(annotations="none")]
)
def test_no_byte_of_what_was_removed_is_in_the_file(tmp_path: Path, scrubbing: Scrubbing, bdf: bool) -> None:
    raw = identified(bdf=bdf)
    content = scrubbed(tmp_path, scrubbing, raw).read_bytes().lower()
    for secret in SECRETS:
        assert secret.lower().encode() in raw.lower() or secret in ("0234567",)
        assert secret.lower().encode() not in content
    assert b"harriet" not in content


@pytest.mark.parametrize("bdf", [False, True])
def test_samples_and_known_texts_stay(tmp_path: Path, bdf: bool) -> None:
    copy = scrubbed(tmp_path, Scrubbing(), identified(bdf=bdf))
    assert_others_open_it(copy)
    before, after = open_edf(tmp_path / "Harriet.edf"), open_edf(copy)
    labels = [channel.label for channel in after.channels]
    assert labels == ["EEG C4-M1", "Pleth", "SpO2", "signal 4", "DHR"]
    for old, new in zip(before.channels, after.channels, strict=True):
        np.testing.assert_array_equal(before.read_digital(old.label), after.read_digital(new.label))
        np.testing.assert_array_equal(before.read(old.label), after.read(new.label))
    assert [(event.onset_s, event.label) for event in after.annotations] == [
        (0.25, "Sleep stage W"), (1.25, "Obstructive Apnea"), (4.25, "Lights off"),
    ]  # fmt: skip
    assert [signal.prefiltering for signal in after.header.signals[:3]] == ["", "HP:0.1Hz LP:75Hz", ""]
    assert after.header.patient == "X X X X"
    assert after.header.recording == "Startdate X X X X"
    assert after.start == dt.datetime(1985, 1, 1, 22, 0, 0)


def test_what_the_user_keeps_stays(tmp_path: Path) -> None:
    after = open_edf(scrubbed(tmp_path, Scrubbing(keep=frozenset({"sex", "equipment"}), coarsen_minutes=60)))
    assert after.header.patient == "X F X X"
    assert after.header.recording == "Startdate X X X Telemetry03"
    late = edf(night(2), time="23.59.58", date="31.12.23")
    coarse = open_edf(scrubbed(tmp_path, Scrubbing(shift_days=1, coarsen_minutes=15), late))
    assert coarse.start == dt.datetime(2024, 1, 1, 23, 45, 0)


def test_shifted_dates_keep_the_time_of_day(tmp_path: Path) -> None:
    copy = scrubbed(tmp_path, Scrubbing(shift_days=-63))
    assert open_edf(copy).start == dt.datetime(2023, 12, 30, 22, 0, 0)
    assert open_edf(copy).header.recording == "Startdate 30-DEC-2023 X X X"
    with pytest.raises(StudyError, match="outside of what EDF can hold"):
        scrubbed(tmp_path, Scrubbing(shift_days=-365 * 60))


def test_a_kept_text_that_has_what_was_removed_is_refused(tmp_path: Path) -> None:
    tals = [b"+0\x14\x14\0+0\x14it is Haagse Harriet\x14\0", b"+1\x14\x14\0"]
    raw = edf(night(2), tals=tals, reserved="EDF+C", patient="Haagse Harriet")
    with pytest.raises(RecordingError, match=r"removed as patient .* stands elsewhere"):
        scrubbed(tmp_path, Scrubbing(annotations="all"), raw)
    assert not (tmp_path / "copies").exists()


@given(st.binary(min_size=16, max_size=40), st.text(min_size=1, max_size=20))
def test_the_secret_shift_is_one_for_a_person_in_whole_weeks(secret: bytes, person: str) -> None:
    shift = secret_shift_days(secret, person)
    assert shift == secret_shift_days(secret, person)
    assert shift % 7 == 0
    assert -1400 <= shift <= -7


def test_secrets_and_people_make_different_shifts() -> None:
    shifts = {secret_shift_days(b"s" * 16, f"person {number}") for number in range(500)}
    assert len(shifts) > 150
    assert secret_shift_days(b"s" * 16, "person") != secret_shift_days(b"t" * 16, "person")
    with pytest.raises(StudyError, match="shorter than 16 bytes"):
        secret_shift_days(b"short", "person")
    with pytest.raises(StudyError, match="unknown person"):
        secret_shift_days(b"s" * 16, "")


@pytest.mark.parametrize(
    ("patient", "person"),
    [
        (PATIENT, "mch-0234567"),
        ("X F X Harriet", "harriet"),
        ("X X X X", ""),
        ("", ""),
        ("Jane Doe", "jane doe"),
    ],
)
def test_people_are_told_by_code_then_name_then_text(tmp_path: Path, patient: str, person: str) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night(1), patient=patient))
    assert person_of(open_edf(path)) == person


def test_which_texts_are_technical() -> None:
    technical = ["Sleep stage N2", "W", "Hypopnea", "Obstructive apnea (12 s)", "Lights off", "Arousal, left",
                 "SpO2 desaturation 88 %", "Recording starts", "C3 Impedance",
                 "Event marker", "Limb movement - left"]  # fmt: skip
    telling = ["Mr. Smith", "nurse called", "02.05.1951", "born 2-5-51", "Smith", "room 4711", "Lights 22:31",
               "1951", "0612345678", "apnea Smith",
               "06 12 34 56 78", "call 06 12 34", "88"]  # fmt: skip
    assert [text for text in technical if not is_technical(text)] == []
    assert [text for text in telling if is_technical(text)] == []
    assert is_filter("HP:0.1Hz LP:75Hz N:50Hz")
    assert is_filter("")
    assert not is_filter("HP:0.1Hz Smith")
    assert not is_filter("HP 19510502")


def test_real_files_lose_their_texts_and_keep_their_samples(real_data: Path, tmp_path: Path) -> None:
    for path in sorted((real_data / "edf").rglob("*.edf")):
        if not open_edf(path).header.records:
            continue
        copy = tmp_path / "copy.edf"
        removed = deidentify_edf(path, copy, Scrubbing(), overwrite=True)
        content = copy.read_bytes()
        for one in removed:
            if len(one.text) > 12:
                assert one.text.encode() not in content
        for old, new in zip(open_edf(path).channels, open_edf(copy).channels, strict=True):
            np.testing.assert_array_equal(
                open_edf(path).read_digital(old.label), open_edf(copy).read_digital(new.label)
            )


def test_from_the_command_line_values_are_told_only_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "Harriet-1.edf").write_bytes(identified())
    (folder / "Harriet-2.edf").write_bytes(identified())
    secret, names = tmp_path / "secret", tmp_path / "names.csv"
    secret.write_bytes(b"0123456789abcdef")
    names.write_text("file,name,person\nHarriet-1.edf,p1n1,\nHarriet-2.edf,p1n2,\n")
    given = ["files", "deidentify", str(folder), "--to", str(tmp_path / "out")]
    assert main([*given, "--shift-secret", str(secret), "--names", str(names)]) == 0
    out = capsys.readouterr().out
    assert "removed patient (code, sex, birth date, name)" in out
    assert "removed annotation, 2 of them" in out
    assert not any(word in line for line in out.splitlines() if "->" not in line for word in SECRETS)
    starts = {open_edf(tmp_path / "out" / name).start for name in ("p1n1.edf", "p1n2.edf")}
    assert len(starts) == 1
    assert starts != {dt.datetime(2024, 3, 2, 22)}
    assert main([*given, "--show-removed"]) == 0
    assert "Vandenberg" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "p1n1.edf", "p1n2.edf", "recording-0001.edf", "recording-0002.edf",
    ]  # fmt: skip
    names.write_text("file,name\nHarriet-1.edf,../escape\n")
    assert main([*given, "--names", str(names)]) == 2
    assert "is no name of a file" in capsys.readouterr().err
