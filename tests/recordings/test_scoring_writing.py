"""What is written of a scoring reads back the same: BIDS events and NSRR XML, by property and by oracle."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.errors import StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings import Event, read_scoring
from sleepstudio.recordings.bids_events import write_bids_events
from sleepstudio.recordings.nsrr_xml_file import write_nsrr_scoring

TEXT = st.text(
    st.characters(
        blacklist_categories=("Cs", "Cc", "Cn", "Zs", "Zl", "Zp"), blacklist_characters="|\ufffe\uffff"
    ),
    min_size=1,
    max_size=12,
)
EVENTS = st.lists(
    st.builds(
        Event,
        st.floats(-1e5, 1e5, allow_subnormal=False).map(lambda value: value + 0.0),
        st.floats(0, 1e4, allow_subnormal=False),
        st.one_of(
            TEXT, st.sampled_from(["W", "N2", "Sleep stage R", "n/a of it", "Obstructive apnea", "30"])
        ),
        st.one_of(st.just(""), TEXT.filter(lambda text: text.lower() not in ("n/a", "na", "nan"))),
    ),
    max_size=6,
)
HYPNOGRAMS = st.builds(
    Hypnogram,
    st.lists(st.sampled_from(list(Stage)), min_size=1, max_size=30).map(lambda one: np.array(one, np.int8)),
    st.sampled_from([30.0, 20.0, 10.0, 4.0]),
    st.sampled_from([0.0, 12.25, -30.0, 86399.5]),
    st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    st.one_of(st.just(""), TEXT),
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(hypnogram=HYPNOGRAMS, events=EVENTS)
def test_bids_events_read_back_equal(tmp_path: Path, hypnogram: Hypnogram, events: list[Event]) -> None:
    path, sidecar = write_bids_events(hypnogram, events, tmp_path / "sub-1_events.tsv")
    read, read_events = read_scoring(path)
    np.testing.assert_array_equal(read.stages, hypnogram.stages)
    assert (read.epoch_s, read.onset_s) == (hypnogram.epoch_s, hypnogram.onset_s)
    assert (read.start, read.scorer) == (hypnogram.start, hypnogram.scorer)
    assert read_events == tuple(sorted(events, key=lambda event: event.onset_s))
    assert json.loads(sidecar.read_text("utf-8"))["onset"]["Units"] == "s"


@QUICK
@given(hypnogram=HYPNOGRAMS, events=EVENTS)
def test_nsrr_xml_reads_back_equal(tmp_path: Path, hypnogram: Hypnogram, events: list[Event]) -> None:
    path = tmp_path / "night-nsrr.xml"
    write_nsrr_scoring(hypnogram, events, path)
    read, read_events = read_scoring(path)
    np.testing.assert_array_equal(read.stages, hypnogram.stages)
    assert (read.epoch_s, read.onset_s) == (hypnogram.epoch_s, hypnogram.onset_s)
    assert read_events == tuple(sorted(events, key=lambda event: event.onset_s))


def test_the_table_is_what_bids_asks_for(tmp_path: Path) -> None:
    hypnogram = Hypnogram(np.array([0, 2], np.int8))
    path, _ = write_bids_events(hypnogram, [Event(3.5, 2, "Arousal", "C4")], tmp_path / "e.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert list(rows[0])[:3] == ["onset", "duration", "trial_type"]
    assert [row["trial_type"] for row in rows] == ["Sleep stage W", "Arousal", "Sleep stage N2"]
    assert [float(row["onset"]) for row in rows] == [0.0, 3.5, 30.0]


def test_a_hypnogram_without_an_epoch_is_not_written(tmp_path: Path) -> None:
    empty = Hypnogram(np.zeros(0, np.int8))
    with pytest.raises(StudyError, match="without an epoch"):
        write_bids_events(empty, [], tmp_path / "e.tsv")
    with pytest.raises(StudyError, match="without an epoch"):
        write_nsrr_scoring(empty, [], tmp_path / "e.xml")
    assert not list(tmp_path.iterdir())
