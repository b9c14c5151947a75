"""Files that recorders and converters get wrong: each opens with what was odd about it, or is refused."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from edf_bytes import FIXED, Signal, edf, night, patched, signal_place
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.errors import RecordingError
from sleepstudio.recordings.edf import EdfRecording, open_edf
from sleepstudio.recordings.recording import Gap

SIGNALS = night()
RAW = edf(SIGNALS)
PLUS = edf(night(), tals=[f"+{second}\x14\x14\0".encode() for second in range(20)], reserved="EDF+C")


def opened(tmp_path: Path, raw: bytes) -> EdfRecording:
    path = tmp_path / "night.edf"
    path.write_bytes(raw)
    return open_edf(path)


def fixed(name: str, value: object) -> bytes:
    return patched(RAW, FIXED[name], value)


def signal(index: int, *changes: tuple[str, object]) -> bytes:
    raw = RAW
    for name, value in changes:
        raw = patched(raw, signal_place(RAW, index, name), value)
    return raw


TOLERATED: dict[str, tuple[bytes, str, str]] = {
    "colon time": (fixed("time", "22:00:00"), "byte 176", "'22:00:00' is not written with points"),
    "slash date": (fixed("date", "02/03/24"), "byte 168", "'02/03/24' is not written with points"),
    "date of zeros": (fixed("date", "00.00.00"), "byte 168", "1 January 1985 stands in"),
    "month 13": (fixed("date", "02.13.24"), "byte 168", "1 January 1985 stands in"),
    "second 75": (fixed("time", "22.00.75"), "byte 176", "the start is unknown"),
    "not closed": (fixed("records", "-1"), "byte 236", "is -1 (not closed); the file holds 20"),
    "too many records": (fixed("records", "99999"), "byte 236", "is 99999; the file holds 20"),
    "too few records": (fixed("records", "7"), "byte 236", "is 7; the file holds 20"),
    "records in words": (fixed("records", "many"), "byte 236", "is no number; the file holds 20"),
    "header size": (fixed("header size", "512"), "byte 184", "is not the 1024 of 3 signals"),
    "tail": (RAW + b"\0" * 17, f"byte {len(RAW)}", "the last 17 bytes are no whole data record"),
    "digital range empty": (signal(2, ("dmin", 0), ("dmax", 0)), "byte 584", "values are the stored"),
    "physical range empty": (signal(2, ("pmin", 0), ("pmax", 0)), "byte 584", "values are the stored"),
    "physical range in words": (signal(2, ("pmin", "low")), "byte 584", "is no pair of numbers"),
    "physical range endless": (signal(2, ("pmax", "1e300")), "byte 584", "is beyond any measurement"),
    "physical range inverted": (signal(0, ("pmin", 500), ("pmax", -500)), "byte 568", "so is the signal"),
    "decimal comma": (signal(0, ("pmin", "-500,0")), "byte 568", "'-500,0' has a decimal comma"),
    "latin-1 patient": (fixed("patient", "Müller".encode("latin-1")), "byte 8", "'Müller' is not ASCII"),
    "utf-8 patient": (fixed("patient", "Müller".encode()), "byte 8", "'Müller' is not ASCII"),
    "micro": (signal(0, ("dimension", b"\xb5V")), "byte 544", "'µV' is not ASCII"),
    "NUL padding": (fixed("patient", b"X\0\0\0Y"), "byte 8", "holds control characters"),
    "same label twice": (signal(1, ("label", "EEG C4-M1")), "byte 272", "it is called 'EEG C4-M1 (2)'"),
    "empty label": (signal(1, ("label", "")), "byte 272", "it is called 'signal 2'"),
    "plus without annotations": (fixed("reserved", "EDF+C"), "byte 192", "there is no annotations signal"),
    "record of no duration": (fixed("duration", "0"), "byte 244", "1 s is assumed"),
    "duration in words": (fixed("duration", "short"), "byte 244", "1 s is assumed"),
    "negative duration": (fixed("duration", "-1"), "byte 244", "1 s is assumed"),
    "vendor's reserved": (fixed("reserved", "Hello vendor"), "byte 192", "taken for plain EDF"),
    "free text in EDF+": (patched(PLUS, FIXED["patient"], "Jane Doe"), "byte 8", "is not EDF+'s code"),
    "equipment in EDF+": (patched(PLUS, FIXED["recording"], "Recorder"), "byte 88", "codes and equipment"),
    "neither C nor D": (patched(PLUS, FIXED["reserved"], "EDF+"), "byte 192", "'EDF+': taken for continuous"),
    "padded with NUL": (fixed("patient", b"X" + b"\0" * 79), "byte 8", "padded with NUL instead"),
    "to the right": (signal(0, ("label", " " * 7 + "EEG C4-M1")), "byte 256", "not left-justified: 1"),
    "a whole number's point": (signal(0, ("samples", "64.0")), "byte 904", "'64.0' is read as 64"),
    "one digit for the month": (fixed("date", "02.3.24"), "byte 168", "not written with two digits each"),
    "more bits than there are": (signal(0, ("dmin", -99999)), "byte 568", "beyond the 16 bits of a sample"),
    "annotations without plus": (patched(PLUS, FIXED["reserved"], ""), "byte 192", "does not say EDF+"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLERATED)
def test_tolerated_and_told(tmp_path: Path, name: str) -> None:
    raw, where, message = TOLERATED[name]
    recording = opened(tmp_path, raw)
    told = [diagnostic for diagnostic in recording.diagnostics if message in diagnostic.message]
    assert [diagnostic.where.split(" (")[0] for diagnostic in told] == [where], recording.diagnostics
    # whatever was odd, all samples are there, and the first signal's are its own
    assert recording.duration_s == 20
    assert len(recording.channels) == 3
    first = recording.channels[0].label
    np.testing.assert_array_equal(recording.read_digital(first), night()[0].samples.reshape(-1))


def plus_at(onsets: list[float], reserved: str = "EDF+C") -> bytes:
    tals = [f"{onset:+.10g}\x14\x14\0".encode() for onset in onsets]
    return edf(night(len(onsets)), tals=tals, reserved=reserved)


def test_a_gap_in_a_file_that_calls_itself_continuous_is_kept(tmp_path: Path) -> None:
    recording = opened(tmp_path, plus_at([0, 1, 62, 63]))
    assert recording.gaps == (Gap(2, 62),)
    told = "says continuous, but the last data record begins 60 s from its place: the records' own times"
    assert [told in diagnostic.message for diagnostic in recording.diagnostics] == [True]
    np.testing.assert_array_equal(recording.read_digital("Pleth"), night(4)[1].samples.reshape(-1))


def test_a_clock_that_drifts_is_told_and_makes_no_gaps(tmp_path: Path) -> None:
    recording = opened(tmp_path, plus_at([0, 1.01, 2.02, 3.03]))
    assert recording.gaps == ()
    assert recording.duration_s == 4
    assert (
        "begins 0.03 s from its place: samples are placed by their rate" in recording.diagnostics[0].message
    )


def test_records_of_events_with_a_checksum_have_no_signal_and_keep_their_times(tmp_path: Path) -> None:
    """What ResMed writes: EDF+D, records of no duration, one sample of a checksum in each."""
    tals = [b"+0\x14\x14\0", b"+0\x14\x14\0+360\x1512\x14Hypopnea\x14\0"]
    raw = edf([Signal("Crc16", np.array([[7], [9]]))], tals=tals, reserved="EDF+D", duration=0)
    recording = opened(tmp_path, raw)
    assert recording.channels == ()
    assert [(one.onset_s, one.duration_s, one.label) for one in recording.annotations] == [
        (360, 12, "Hypopnea")
    ]
    assert ["'Crc16' has no rate: it is left out" in one.message for one in recording.diagnostics] == [True]


def test_texts_that_are_no_utf_8_are_told(tmp_path: Path) -> None:
    tals = [b"+0\x14\x14\0+0\x14\xc3\xbcber\x14\0", b"+1\x14\x14\0+1\x14\xfcber\x14\0"]
    recording = opened(tmp_path, edf(night(2), tals=tals, reserved="EDF+C"))
    assert [event.label for event in recording.annotations] == ["über", "über"]
    assert [(one.message, one.where) for one in recording.diagnostics] == [
        ("1 annotations are not UTF-8: they are read as Latin-1", "annotations of data record 2")
    ]


def test_nothing_is_told_twice(tmp_path: Path) -> None:
    recording = opened(tmp_path, patched(PLUS, FIXED["patient"], "Müller".encode()))
    assert [one.where for one in recording.diagnostics] == ["byte 8 (patient)"] * 2
    assert len({one.message for one in recording.diagnostics}) == 2


def test_a_text_too_long_is_cut_and_told(tmp_path: Path) -> None:
    raw = edf(
        night(1), tals=[b"+0\x14\x14\0+1\x14" + b"x" * 5000 + b"\x14\0"], tal_bytes=5100, reserved="EDF+C"
    )
    recording = opened(tmp_path, raw)
    assert len(recording.annotations[0].label) == 4096
    assert "1 annotations are longer than 4096 bytes" in recording.diagnostics[0].message


def test_a_sound_file_has_no_diagnostics(tmp_path: Path) -> None:
    assert opened(tmp_path, RAW).diagnostics == ()
    assert opened(tmp_path, PLUS).diagnostics == ()


def test_uncalibrated_signals_give_their_integers_without_a_unit(tmp_path: Path) -> None:
    recording = opened(tmp_path, TOLERATED["physical range empty"][0])
    assert recording.channel("SpO2").unit == ""
    np.testing.assert_array_equal(recording.read("SpO2"), night()[2].samples.reshape(-1))


def test_inverted_physical_range_inverts_the_signal(tmp_path: Path) -> None:
    inverted = opened(tmp_path, TOLERATED["physical range inverted"][0]).read("EEG C4-M1")
    upright = opened(tmp_path, RAW).read("EEG C4-M1")
    np.testing.assert_allclose(inverted, -upright, atol=1e-4)


def test_the_start_that_a_damaged_date_or_time_leaves(tmp_path: Path) -> None:
    assert opened(tmp_path, TOLERATED["colon time"][0]).start == dt.datetime(2024, 3, 2, 22, 0, 0)
    assert opened(tmp_path, TOLERATED["date of zeros"][0]).start == dt.datetime(1985, 1, 1, 22, 0, 0)
    assert opened(tmp_path, TOLERATED["second 75"][0]).start is None
    assert opened(tmp_path, fixed("date", "31.12.85")).start == dt.datetime(1985, 12, 31, 22, 0, 0)
    assert opened(tmp_path, fixed("date", "31.12.84")).start == dt.datetime(2084, 12, 31, 22, 0, 0)


def test_the_full_year_of_edf_plus_goes_before_the_short_one(tmp_path: Path) -> None:
    recording = opened(tmp_path, fixed("recording", "Startdate 02-MAR-1924 X X X"))
    assert recording.start == dt.datetime(1924, 3, 2, 22, 0, 0)
    assert recording.diagnostics == ()
    unreadable = opened(
        tmp_path, patched(fixed("recording", "Startdate 02-MAR-2024 X X X"), FIXED["date"], "00.00.00")
    )
    assert unreadable.start == dt.datetime(2024, 3, 2, 22, 0, 0)
    assert (
        "'00.00.00' is no date: the recording field's 2024-03-02 holds" in unreadable.diagnostics[0].message
    )
    differing = opened(tmp_path, fixed("recording", "Startdate 03-MAR-2024 X X X"))
    assert differing.start == dt.datetime(2024, 3, 3, 22, 0, 0)
    assert "is not the recording field's 2024-03-03" in differing.diagnostics[0].message


def test_labels_that_collide_with_the_repair_of_others(tmp_path: Path) -> None:
    ones = np.ones((2, 4), int)
    recording = opened(
        tmp_path, edf([Signal(label, ones) for label in ("A", "A (2)", "A", "", "signal 4", "A")])
    )
    labels = [channel.label for channel in recording.channels]
    assert labels == ["A", "A (2)", "A (3)", "signal 4 (2)", "signal 4", "A (4)"]


def test_a_signal_without_samples_is_left_out(tmp_path: Path) -> None:
    signals = [*night(), Signal("Empty", np.zeros((20, 0), int))]
    recording = opened(tmp_path, edf(signals))
    assert [channel.label for channel in recording.channels] == ["EEG C4-M1", "Pleth", "SpO2"]
    assert "samples per record of 'Empty' is 0" in recording.diagnostics[0].message


def test_no_records_is_an_empty_recording(tmp_path: Path) -> None:
    recording = opened(tmp_path, patched(RAW[:1024], FIXED["records"], "0"))
    assert recording.duration_s == 0
    assert recording.read("Pleth").shape == (0,)
    assert recording.read("Pleth", rate_hz=10).shape == (0,)
    assert recording.read_digital("Pleth").dtype == np.int16
    assert "nothing was recorded" in recording.diagnostics[0].message


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "other": (b"PK\x03\x04 a zip archive", "not an EDF or BDF file"),
    "text": (b"onset,duration,label\n0,30,W\n", "not an EDF or BDF file"),
    "fixed header cut": (RAW[:100], "ends after 100 bytes, inside its header"),
    "signal header cut": (RAW[:600], "ends after 600 bytes, inside the header of its 3 signals"),
    "no signals": (fixed("signals", "0"), r"byte 252: number of signals is no number from 1 to 4096"),
    "negative signals": (fixed("signals", "-3"), r"byte 252: number of signals is no number"),
    "signals in words": (fixed("signals", "all"), r"byte 252: number of signals is no number"),
    "9999 signals": (fixed("signals", "9999"), r"byte 252: number of signals is no number from 1 to 4096"),
    "negative samples": (signal(1, ("samples", -5)), "byte 912: samples per record of signal 2 is no"),
    "samples in words": (signal(1, ("samples", "x")), "byte 912: samples per record of signal 2 is no"),
    "billions of samples": (signal(1, ("samples", 99999999)), r"a data record has 2\d{8} bytes"),
    "no samples": (edf([Signal("A", np.zeros((1, 0), int))]), "samples per record is 0 throughout"),
    "records promised": (RAW[:1024], "but only 0 bytes follow it"),
    "first record cut": (RAW[:1100], "but only 76 bytes follow it"),
    "years": (fixed("duration", "99999999"), r"byte 244: .* 1e\+08 s would make 2.31e\+04 days"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    raw, reason = REFUSED[name]
    with pytest.raises(RecordingError, match=reason) as caught:
        opened(tmp_path, raw)
    assert str(tmp_path / "night.edf") in caught.value.where
    assert caught.value.hint


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no such file"):
        open_edf(tmp_path / "missing.edf")
    with pytest.raises(RecordingError, match="this is a folder"):
        open_edf(tmp_path)


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(RAW)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(RecordingError, match="cannot be read: Permission denied"):
        open_edf(path)


def read_everything(path: Path) -> EdfRecording | None:
    try:
        recording = open_edf(path)
    except RecordingError:
        return None
    for channel in recording.channels[:4]:
        stop = min(recording.duration_s, 10)
        recording.read(channel.label, 0, stop)
        recording.read_digital(channel.label, 0, stop)
    assert recording.annotations is not None
    return recording


def test_cut_at_any_byte_it_is_refused_or_shorter(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    header, record = 5 * 256, (len(PLUS) - 5 * 256) // 20
    for size in [*range(0, header, 11), *range(header, header + 2 * record, 3), len(PLUS) - 1]:
        path.write_bytes(PLUS[:size])
        recording = read_everything(path)
        assert (recording is None) == (size < header + record)
        if recording is not None:
            whole = (size - header) // record
            assert recording.duration_s == whole
            expected = night()[0].samples[:whole].reshape(-1)
            np.testing.assert_array_equal(recording.read_digital("EEG C4-M1"), expected)


HOSTILE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@HOSTILE
@given(st.binary(max_size=2000), st.sampled_from([b"", b"0       ", b"\xffBIOSEMI"]))
def test_arbitrary_bytes_are_read_or_refused(tmp_path: Path, tail: bytes, beginning: bytes) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(beginning + tail)
    read_everything(path)


@HOSTILE
@given(
    st.sampled_from([RAW, PLUS, patched(PLUS, FIXED["reserved"], "EDF+D"), edf(night(), bdf=True)]),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=12)), min_size=1, max_size=6),
)
def test_a_file_with_bytes_changed_is_read_or_refused(
    tmp_path: Path, raw: bytes, changes: list[tuple[int, bytes]]
) -> None:
    for position, value in changes:
        raw = raw[:position] + value + raw[position + len(value) :]
    path = tmp_path / "night.edf"
    path.write_bytes(raw)
    read_everything(path)


@HOSTILE
@given(st.sampled_from(sorted(FIXED)), st.text("0123456789-+.,eE \0nainf", max_size=8))
def test_a_file_with_a_number_changed_is_read_or_refused(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(fixed(name, value))
    read_everything(path)


NAMES: list[Callable[[bytes], bytes]] = [bytes, lambda raw: patched(raw, FIXED["reserved"], "EDF+D")]


@HOSTILE
@given(st.lists(st.binary(max_size=60), min_size=20, max_size=20), st.sampled_from(NAMES))
def test_arbitrary_annotations_are_read_or_told(
    tmp_path: Path, blocks: list[bytes], kind: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(kind(edf(night(), tals=blocks, reserved="EDF+C")))
    read_everything(path)
