"""Hypnograms as files have them: Sleep-EDF, NSRR, Profusion and tables, sound and damaged."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyedflib
import pytest
from edf_bytes import edf, night
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.errors import RecordingError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings import Event, read_events, read_hypnogram

SLEEP_EDF_STAGES = {
    "Sleep stage W": Stage.W, "Sleep stage 1": Stage.N1, "Sleep stage 2": Stage.N2, "Sleep stage 3": Stage.N3,
    "Sleep stage 4": Stage.N3, "Sleep stage R": Stage.R, "Sleep stage ?": Stage.UNSCORED,
    "Movement time": Stage.ARTIFACT,
}  # fmt: skip
HOSTILE = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(tmp_path: Path, content: str | bytes, name: str = "scoring.txt") -> Hypnogram:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_hypnogram(path)


def names(hypnogram: Hypnogram) -> list[str]:
    return list(hypnogram.as_strings())


def test_sleep_edf_hypnograms_agree_with_pyedflib(real_data: Path) -> None:
    paths = sorted((real_data / "sleep-edf-hypnograms").glob("*.edf"))
    assert len(paths) == 20
    for path in paths:
        hypnogram = read_hypnogram(path)
        with pyedflib.EdfReader(str(path)) as reader:
            onsets, durations, texts = reader.readAnnotations()
            assert hypnogram.start == reader.getStartdatetime()
        expected = np.repeat([SLEEP_EDF_STAGES[text] for text in texts], np.rint(durations / 30).astype(int))
        assert onsets[0] == hypnogram.onset_s == 0
        np.testing.assert_array_equal(hypnogram.stages, expected)
        assert hypnogram.epoch_s == 30


def test_a_profusion_night(real_data: Path) -> None:
    path = real_data / "edf" / "nsrr-profusion" / "learn-nsrr01-profusion.xml"
    stages = [stage.text for stage in ElementTree.parse(path).getroot().iter("SleepStage")]
    codes = {"0": "W", "1": "N1", "2": "N2", "3": "N3", "4": "N3", "5": "R"}
    hypnogram = read_hypnogram(path)
    assert names(hypnogram) == [codes[stage or ""] for stage in stages]
    assert len(hypnogram) == 1364
    events = read_events(path)
    assert Counter(event.label for event in events)["Hypopnea"] == 361
    assert events[0] == Event(380, 4, "SpO2 artifact", "SaO2")
    assert [event.onset_s for event in events] == sorted(event.onset_s for event in events)


def nsrr(*events: tuple[str, str, object, object]) -> str:
    body = "".join(
        f"<ScoredEvent><EventType>{kind}</EventType><EventConcept>{concept}</EventConcept><Start>{start}</Start>"
        f"<Duration>{duration}</Duration><SignalLocation>Flow</SignalLocation></ScoredEvent>\n"
        for kind, concept, start, duration in events
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<PSGAnnotation><EpochLength>30</EpochLength><ScoredEvents>\n{body}</ScoredEvents></PSGAnnotation>'  # noqa: E501


STAGES, RESPIRATORY = "Stages|Stages", "Respiratory|Respiratory"
NIGHT = nsrr(
    ("", "Recording Start Time", 0, 299),
    (STAGES, "Wake|0", 0.0, 60.0),
    (STAGES, "Stage 1 sleep|1", 60.0, 30.0),
    (RESPIRATORY, "Obstructive apnea|Obstructive Apnea", 95.5, 12.3),
    ("Arousals|Arousals", "Arousal|Arousal ()", 80, 5),
    (STAGES, "Stage 2 sleep|2", 90.0, 30.0),
    (STAGES, "Stage 3 sleep|3", 120.0, 30.0),
    (STAGES, "Stage 4 sleep|4", 150.0, 30.0),
    (STAGES, "REM sleep|5", 210.0, 30.0),
    (STAGES, "Movement|6", 240.0, 30.0),
    (STAGES, "Unscored|9", 270.0, 29.0),
)


def test_nsrr_stages_and_what_they_leave_out(tmp_path: Path) -> None:
    hypnogram = read(tmp_path, NIGHT)
    expected = ["W", "W", "N1", "N2", "N3", "N3", "UNSCORED", "R", "ARTIFACT", "UNSCORED"]
    assert names(hypnogram) == expected
    assert hypnogram.start is None
    assert read_events(tmp_path / "scoring.txt") == (
        Event(80, 5, "Arousal", "Flow"),
        Event(95.5, 12.3, "Obstructive apnea", "Flow"),
    )


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (nsrr((STAGES, "Wake|7", 0, 30)), r"ScoredEvent 1: 'Wake\|7' is no sleep stage"),
        (nsrr((STAGES, "Wake", 0, 30)), "ScoredEvent 1: 'Wake' is no sleep stage"),
        (nsrr((STAGES, "Wake|0", "soon", 30)), "ScoredEvent 1: Start is 'soon', no time"),
        (nsrr((STAGES, "Wake|0", 0, "nan")), "ScoredEvent 1: Duration is 'nan', no time"),
        (nsrr((STAGES, "Wake|0", 0, 30), (STAGES, "Wake|0", 30, -30)), "ScoredEvent 2: .* nowhere in"),
        (nsrr((STAGES, "Wake|0", 1e12, 30)), "nowhere in a night"),
        (nsrr(), "holds no scored sleep stage"),
        ("<PSGAnnotation>\n<ScoredEvents>\n</PSGAnnotation>", r"line 3, column \d+: malformed XML"),
        ("<Other/>", "its root is 'Other'"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type or entities"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "malformed XML|encoding cannot be read"),
        ("<CMPStudyConfig/>", "it has 0 sleep stages"),
        ("<CMPStudyConfig><SleepStages><SleepStage>0</SleepStage><SleepStage>8</SleepStage></SleepStages></CMPStudyConfig>", "SleepStage 2: '8' is no sleep stage"),  # noqa: E501
        ("<CMPStudyConfig><EpochLength>0</EpochLength></CMPStudyConfig>", "EpochLength is 0 s"),
    ],
)  # fmt: skip
def test_damaged_xml_is_refused_with_its_place(tmp_path: Path, xml: str, reason: str) -> None:
    with pytest.raises(RecordingError, match=reason):
        read(tmp_path, xml)


def test_xml_cut_anywhere_is_refused(tmp_path: Path) -> None:
    for size in range(0, len(NIGHT) - 1, 13):
        with pytest.raises(RecordingError):
            read(tmp_path, NIGHT[:size])


def test_edf_plus_annotations_in_the_standards_own_texts(tmp_path: Path) -> None:
    texts = [
        "Sleep stage W",
        "Sleep stage N1",
        "R",
        "Lights off",
        "Sleep stage N2",
        "Sleep stage N3",
        "Sleep stage R",
    ]
    onsets = [0, 30, 35, 36, 60, 90, 150]
    tals = [f"+{second}\x14\x14\0+{onset}\x15{20 if text in 'R' else 30}\x14{text}\x14\0".encode()
            for second, (onset, text) in enumerate(zip(onsets, texts, strict=True))]  # fmt: skip
    path = tmp_path / "night.edf"
    path.write_bytes(
        edf(night(records=7), tals=tals, reserved="EDF+C", recording="Startdate 02-MAR-2024 X Jo_D X")
    )
    hypnogram = read_hypnogram(path)
    # "R" is a remark here: the file spells its stages out
    assert names(hypnogram) == ["W", "N1", "N2", "N3", "UNSCORED", "R"]
    assert hypnogram.start == dt.datetime(2024, 3, 2, 22, 0, 0)
    assert hypnogram.scorer == "Jo D"
    assert [event.label for event in read_events(path)] == ["R", "Lights off"]


def test_edf_plus_annotations_of_a_word_and_without_durations(tmp_path: Path) -> None:
    tals = [f"+{second}\x14\x14\0+{300 * second}\x14{text}\x14\0".encode()
            for second, text in enumerate(["Wake", "N2", "arousal", "REM"])]  # fmt: skip
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night(records=4), tals=tals, reserved="EDF+C"))
    assert names(read_hypnogram(path)) == ["W"] * 10 + ["N2"] * 20 + ["R"]


def test_an_edf_without_stages_says_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "night.edf"
    path.write_bytes(edf(night(records=1), tals=[b"+0\x14\x14\0+1\x14Lights off\x14\0"], reserved="EDF+C"))
    with pytest.raises(RecordingError, match="no sleep stages: its annotations are Lights off"):
        read_hypnogram(path)
    path.write_bytes(edf(night()))
    with pytest.raises(RecordingError, match="no sleep stages: it has no annotations"):
        read_hypnogram(path)


TABLE = ["W", "W", "N1", "N2", "N3", "UNSCORED", "R"]


@pytest.mark.parametrize(
    "text",
    [
        "onset,duration,label\n0,60,W\n60,30,N1\n90,30,N2\n120,30,N3\n180,30,REM\n",
        "\ufeffOnset (s);Duration (s);Sleep Stage\r\n"
        "0,0;60,0;Wake\r\n60;30;S1\r\n90;30;S2\r\n120;30;S4\r\n180;30;R\r\n",
        "stage\tstart\tduration\tsure\n"
        "W\t0\t60\t.9\nR\t180\t30\t1\nN1\t60\t30\t1\nN2\t90\t30\t1\nN3\t120\t30\t1\n",
        "0,60,W\n60,30,N1\n90,30,N2\n120,30,N3\n180,30,R\n",
        "# by hand\nonset,duration,label\n\n0,60,W\n60,30,N1\n90,30,N2\n120,30,N3\n150,30,?\n180,30,R\n",
        "time,event\n0,W\n60,N1\n90,N2\n120,N3\n150,unscored\n180,R\n",
    ],
)
def test_tables_as_people_save_them(tmp_path: Path, text: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        hypnogram = read(tmp_path, text.lstrip("\ufeff" if encoding == "utf-16" else "").encode(encoding))
        assert names(hypnogram) == TABLE
        assert (hypnogram.epoch_s, hypnogram.onset_s, hypnogram.start) == (30, 0, None)


def test_epochs_that_are_not_thirty_seconds(tmp_path: Path) -> None:
    twenty = read(tmp_path, "0,20,W\n20,40,N1\n60,100,N2\n")
    assert (twenty.epoch_s, names(twenty)) == (20, ["W", "N1", "N1", "N2", "N2", "N2", "N2", "N2"])
    ten = read(tmp_path, "5,10,W\n15,10,N1\n35,10,N2\n")
    assert (ten.epoch_s, ten.onset_s, names(ten)) == (10, 5, ["W", "N1", "UNSCORED", "N2"])
    ragged = read(tmp_path, "0,44,W\n44,46,N2\n90,31,R\n")
    assert (ragged.epoch_s, names(ragged)) == (30, ["W", "N2", "N2", "R"])


def test_the_span_that_began_last_holds_where_they_overlap(tmp_path: Path) -> None:
    assert names(read(tmp_path, "0,120,N2\n60,30,W\n")) == ["N2", "N2", "W", "N2"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("onset,duration,label\n0,30,W\n30,30,deep\n", "line 3: 'deep' is no sleep stage"),
        ("onset,duration,label\n0,30,2\n", "line 2: '2' is no sleep stage"),
        ("onset,duration,label\n22h,30,W\n", "line 2: onset '22h' is no time"),
        ("onset,duration,label\n0,long,W\n", "line 2: duration 'long' is no time"),
        ("onset,duration,label\n0,-30,W\n", "line 2: .* nowhere in a night"),
        ("onset,duration,label\n0,30\n", "line 2: '' is no sleep stage"),
        ("onset,duration,label\n", "no row below the header"),
        ("begin,end\n0,30\n", "line 1: no columns onset and label, but begin, end"),
        ("0\n1\n2\n", "no columns onset and label, but one column of numbers"),
        ("   \n", "the file is empty"),
        ("# nothing\n", "the table is empty"),
        ("onset,duration,label,clock\n0,30,W,late\n", "line 2: clock 'late' is no date"),
        ("onset,duration,label,p_WAKE,p_SLEEP\n0,30,W,2,0\n", "line 2: p_WAKE '2' is no probability"),
        ("onset,duration,label,p_WAKE,p_SLEEP\n0,60,W,1,0\n60,90,N2,1,0\n", "2 rows have .* there are 5"),
    ],
)  # fmt: skip
def test_tables_that_are_no_hypnogram_are_refused_by_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(RecordingError, match=reason):
        read(tmp_path, text)


def test_other_files_are_refused_with_what_is_readable(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no text.*NSRR XML"):
        read(tmp_path, b"\x89PNG\r\n\x1a\n\0\0\0")
    with pytest.raises(RecordingError, match="there is no such file"):
        read_hypnogram(tmp_path / "missing.xml")
    with pytest.raises(RecordingError, match="this is a folder"):
        read_hypnogram(tmp_path)


BEGINNINGS = [
    b"",
    b"<PSGAnnotation>",
    b"<CMPStudyConfig><SleepStages>",
    b"onset,duration,label\n",
    b"0,30,W\n",
    b"\xff\xfe",
]


@HOSTILE
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(tmp_path: Path, beginning: bytes, rest: bytes) -> None:
    try:
        hypnogram = read(tmp_path, beginning + rest)
    except RecordingError:
        return
    assert len(hypnogram) > 0


@HOSTILE
@given(st.text("0123456789,;.-+eE\n\tWNR?on", max_size=200))
def test_tables_of_chance_are_read_or_refused(tmp_path: Path, text: str) -> None:
    try:
        hypnogram = read(tmp_path, text)
    except RecordingError:
        return
    assert len(hypnogram) > 0
