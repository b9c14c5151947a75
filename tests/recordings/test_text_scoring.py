"""Scorings that programs export as text: each form, unknown labels, clocks, and hostile tables."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.errors import ConfigurationError, RecordingError
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import HypnogramMapping, UnknownStagesError, read_hypnogram, read_scoring
from sleepstudio.recordings.align import place_scoring

W, N1, N2, N3, R = Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R


def write(folder: Path, text: str, name: str = "night.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_a_noxturnal_list_as_published(real_data: Path) -> None:
    path = real_data / "edf" / "rsleep" / "noxturnal_events_example_unicode.csv"
    rows = [line.split(",") for line in path.read_text("utf-16").splitlines()[2:]]
    code = {"Éveil": W, "N1": N1, "N2": N2, "N3": N3, "REM": R}
    hypnogram, events = read_scoring(path)
    assert hypnogram.start == datetime(2016, 1, 15, 22, 30)
    assert hypnogram.epoch_s == 30
    scored = np.full(len(hypnogram), int(Stage.UNSCORED))
    for row in rows:
        if row[2] in code:
            begins = datetime.strptime(row[0], "%d/%m/%Y %H:%M:%S")
            scored[round((begins - hypnogram.start).total_seconds() / 30)] = code[row[2]]
    np.testing.assert_array_equal(hypnogram.stages, scored)
    found = Counter(event.label for event in events)
    assert found == Counter(row[2] for row in rows if row[2] not in code)
    arousal = next(event for event in events if event.label == "Micro-éveil")
    published = next(row for row in rows if row[2] == "Micro-éveil")
    start = datetime.strptime(published[0], "%d/%m/%Y %H:%M:%S")
    assert arousal.onset_s == (start - hypnogram.start).total_seconds()
    assert arousal.duration_s == float(published[3])


REMLOGIC = """RemLogic Event Export
Patient:\tX
Patient ID:\t
Recording Date:\t24/03/2009
Events Included:
SLEEP-S0

Sleep Stage\tPosition\tTime [hh:mm:ss]\tEvent\tDuration[s]\tLocation
W\tUnknown Position\t23:59:00\tSLEEP-S0\t30\tROC-LOC
S1\tUnknown Position\t23:59:30\tSLEEP-S1\t30\tROC-LOC
S2\tUnknown Position\t00:00:00\tSLEEP-S2\t30\tROC-LOC
S2\tUnknown Position\t00:00:04\tMCAP-A1\t6\tFp2-F4
R\tUnknown Position\t00:00:30\tSLEEP-REM\t30\tROC-LOC
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("separator", [":", "."])
def test_remlogic_below_its_preamble_over_midnight(tmp_path: Path, encoding: str, separator: str) -> None:
    text = REMLOGIC.replace("00:00", f"00{separator}00").replace("23:59:", f"23{separator}59{separator}")
    text = text.replace(f"00{separator}00:", f"00{separator}00{separator}")
    hypnogram, events = read_scoring(write(tmp_path, text, "n1.txt", encoding))
    assert hypnogram.start == datetime(2009, 3, 24, 23, 59)
    assert hypnogram.stages.tolist() == [W, N1, N2, R]
    assert [(one.onset_s, one.duration_s, one.label, one.channel) for one in events] == [
        (64.0, 6.0, "MCAP-A1", "Fp2-F4")
    ]


def test_a_table_of_times_of_day_without_a_date(tmp_path: Path) -> None:
    text = "Start Time,Duration (seconds),Event\n22:58:00,30, Wake\n22:58:30,30, Stage1\n"
    text += "22:58:41,12.5, Arousal\n22:59:00,30, UnknownStage\n22:59:30,30, REM\n"
    hypnogram, events = read_scoring(write(tmp_path, text))
    assert hypnogram.stages.tolist() == [W, N1, Stage.UNSCORED, R]
    placed, moved, told = place_scoring(hypnogram, events, 600, datetime(2020, 5, 1, 22, 57))
    assert placed.onset_s == 60
    assert placed.start == datetime(2020, 5, 1, 22, 58)
    assert moved[0].onset_s == 101
    assert [one.message for one in told] == [
        "the first 2 epochs of the recording have no scoring",
        "the last 14 epochs of the recording have no scoring",
    ]


def test_after_midnight_of_a_recording_from_the_evening(tmp_path: Path) -> None:
    hypnogram, events = read_scoring(write(tmp_path, "time,event\n00:10:00,W\n00:10:30,N2\n"))
    placed, _, _ = place_scoring(hypnogram, events, 8 * 3600, datetime(2020, 5, 1, 23, 0))
    assert placed.onset_s == 4200
    assert placed.start == datetime(2020, 5, 2, 0, 10)


def test_bids_events_with_levels_in_the_sidecar(tmp_path: Path) -> None:
    text = "onset\tduration\ttrial_type\tchannel\n0\t30\t0\tn/a\n30\t30\t2\tn/a\n60\t30\t4\tn/a\n"
    text += "41.5\t3\tarousal\tC4\n"
    levels = {"0": "Wake", "2": "NREM2", "4": "REM"}
    path = write(tmp_path, text, "sub-1_events.tsv")
    (tmp_path / "sub-1_events.json").write_text(json.dumps({"trial_type": {"Levels": levels}}))
    hypnogram, events = read_scoring(path)
    assert hypnogram.stages.tolist() == [W, N2, R]
    assert [(one.onset_s, one.label) for one in events] == [(41.5, "arousal")]


@pytest.mark.parametrize("text", ["W\nN1\nN2\n", "Stage\nWAKE\nN1\nN2\n", "Epoch,Stage\n1,W\n2,N1\n3,N2\n"])
def test_one_stage_a_line(tmp_path: Path, text: str) -> None:
    assert read_hypnogram(write(tmp_path, text, "h.txt")).stages.tolist() == [W, N1, N2]


def test_ends_instead_of_durations_and_decimal_commas(tmp_path: Path) -> None:
    text = "Startzeit;Endzeit;Ereignis\n22:00:00,000;22:00:20,000;Wach\n22:00:20,000;22:00:40,000;N1\n"
    hypnogram = read_hypnogram(write(tmp_path, text))
    assert (hypnogram.epoch_s, hypnogram.stages.tolist()) == (20.0, [W, N1])


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (("3/4/2020", "4/4/2020"), datetime(2020, 4, 3, 23, 59, 30)),
        (("12/31/2020", "1/1/2021"), datetime(2020, 12, 31, 23, 59, 30)),
        (("2020-04-03", "2020-04-04"), datetime(2020, 4, 3, 23, 59, 30)),
    ],
)
def test_the_order_of_a_date_is_the_one_that_makes_a_night(
    tmp_path: Path, dates: tuple[str, str], expected: datetime
) -> None:
    first, second = dates
    text = f"start,event\n{first} 11:59:30 PM,W\n{second} 12:00:00 AM,N1\n"
    hypnogram = read_hypnogram(write(tmp_path, text))
    assert (hypnogram.start, hypnogram.stages.tolist()) == (expected, [W, N1])


UNKNOWN = "onset,duration,event\n0,30,Vakenhet\n30,30,N1\n60,90,Djup\n150,30,N2\n155,9,Mikro\n"


def test_unknown_labels_that_could_be_stages_are_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, UNKNOWN)
    with pytest.raises(UnknownStagesError) as raised:
        read_hypnogram(path)
    assert raised.value.labels == ("Vakenhet", "Djup")
    assert 'stage_labels={"Vakenhet": "?", "Djup": "?"}' in raised.value.hint
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (copy.labels, str(copy)) == (raised.value.labels, str(raised.value))
    mapping = HypnogramMapping.from_names({"vakenhet": "W", "DJUP": "N3"})
    hypnogram, events = read_scoring(path, mapping)
    assert hypnogram.stages.tolist() == [W, N1, N3, N3, N3, N2]
    assert [one.label for one in events] == ["Mikro"]


def test_a_label_may_be_said_to_be_an_event(tmp_path: Path) -> None:
    mapping = HypnogramMapping.from_names({"Vakenhet": "UNSCORED", "Djup": "event"})
    hypnogram, events = read_scoring(write(tmp_path, UNKNOWN), mapping)
    assert hypnogram.stages.tolist() == [-2, N1, -2, -2, -2, N2]
    assert [(one.onset_s, one.duration_s, one.label) for one in events] == [
        (60, 90, "Djup"), (155, 9, "Mikro"),
    ]  # fmt: skip
    assert HypnogramMapping.from_names(mapping.names()) == mapping


def test_bare_numbers_are_never_guessed(tmp_path: Path) -> None:
    path = write(tmp_path, "0\n0\n2\n5\n", "codes.txt")
    with pytest.raises(UnknownStagesError, match="one column of numbers") as raised:
        read_hypnogram(path)
    assert raised.value.labels == ("0", "2", "5")
    mapping = HypnogramMapping.from_names({"0": "W", "2": "N2", "5": "R"})
    assert read_hypnogram(path, mapping).stages.tolist() == [W, W, N2, R]


def test_a_mapping_to_no_stage_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'Wach' is said to be 'awake', which is no stage"):
        HypnogramMapping.from_names({"Wach": "awake"})


def test_leftovers_and_offsets_are_told(tmp_path: Path) -> None:
    text = "onset,duration,label\n" + "".join(f"{30 * i},30,N2\n" for i in range(10)) + "35,5,arousal\n"
    hypnogram, events = read_scoring(write(tmp_path, text))
    placed, moved, told = place_scoring(hypnogram, events, 250.0, None, -40.0)
    assert placed.onset_s == -40
    assert moved[0].onset_s == -5
    assert [one.message for one in told] == [
        "moved by -40 s, as you said", "its epochs begin -10.0 s off the recording's grid",
        "1 epochs lie before the recording", "of its last epoch 20 s were recorded",
    ]  # fmt: skip


TABLES = st.lists(
    st.lists(
        st.sampled_from(["onset", "start time", "event", "stage", "duration", "end", "0", "30", "22:00:00",
                         "31/12/2020 23:59:59", "W", "N2", "x", "", "[s]", "1e308", "-1", "24:61:00"])
        | st.text(max_size=12),
        min_size=1, max_size=5,
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLES, delimiter=st.sampled_from(",;\t"))
def test_no_table_crashes_the_reader(tmp_path: Path, rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in rows)
    path = tmp_path / "night.tsv"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        hypnogram, events = read_scoring(path)
    except RecordingError:
        return
    assert np.isin(hypnogram.stages, list(Stage)).all()
    assert all(event.duration_s >= 0 for event in events)


def test_what_yasa_writes(tmp_path: Path) -> None:
    yasa = pytest.importorskip("yasa")
    names = ["WAKE", "N1", "N2", "N2", "N3", "REM", "ART", "UNS"]
    scored = yasa.Hypnogram(names, n_stages=5, freq="30s")
    expected = [W, N1, N2, N2, N3, R, Stage.ARTIFACT, Stage.UNSCORED]
    events = tmp_path / "events.tsv"
    scored.as_events().to_csv(events, sep="\t", index=False)
    assert read_hypnogram(events).stages.tolist() == expected
    series = tmp_path / "series.csv"
    scored.hypno.to_csv(series)
    assert read_hypnogram(series).stages.tolist() == expected
