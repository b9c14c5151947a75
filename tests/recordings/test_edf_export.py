"""Recordings written as EDF+: integers, annotations, gaps and the start come back as they were."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from edf_bytes import Signal, edf, night
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_edf_repair import assert_others_open_it

from sleepstudio.cli import main
from sleepstudio.errors import RecordingError, StudyError
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings import write_hypnogram_csv
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.edf.export import export_edf
from sleepstudio.recordings.edf.hypnogram import edf_hypnogram, events_beside_stages
from sleepstudio.recordings.recording import Channel, ChannelKind, Event, Gap, Recording

HYPNOGRAM = Hypnogram(np.array([0, 1, 2, 3, 4, -1, -2], np.int8), epoch_s=30.0)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip()
)
EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(0, 10**7).map(lambda k: k / 1000),
        st.integers(0, 10**6).map(lambda k: k / 1000),
        TEXTS,
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bdf=st.booleans(), events=EVENTS, seed=st.integers(0, 99), records=st.integers(1, 9),
    gap=st.sampled_from([0, 0, 1, 7.5, 3600]), fraction=st.sampled_from([0.0, 0.25, 0.394531]),
)  # fmt: skip
def test_written_and_read_back_it_is_the_same(
    tmp_path: Path, bdf: bool, events: list[Event], seed: int, records: int, gap: float, fraction: float
) -> None:
    onsets = [fraction + k + (gap if k >= records / 2 else 0) for k in range(records)]
    tals = [f"{onset:+.10g}\x14\x14\0".encode() for onset in onsets]
    kind = "BDF" if bdf else "EDF"
    source, copy = tmp_path / "night.edf", tmp_path / "copy.edf"
    source.write_bytes(edf(night(records, seed=seed), bdf=bdf, tals=tals, reserved=f"{kind}+D"))
    before = open_edf(source)
    export_edf(before, copy, events=events, overwrite=True)
    after = open_edf(copy)
    assert (after.start, after.duration_s) == (before.start, before.duration_s)
    assert after.gaps == before.gaps
    for channel in before.channels:
        np.testing.assert_array_equal(before.read_digital(channel.label), after.read_digital(channel.label))
        np.testing.assert_array_equal(before.read(channel.label), after.read(channel.label))
    ordered = sorted(events, key=lambda event: event.onset_s)
    assert [(round(e.onset_s, 6), e.duration_s, e.label) for e in after.annotations] == [
        (e.onset_s, e.duration_s, e.label) for e in ordered
    ]
    assert_others_open_it(copy)
    # a copy of the copy is the same file
    export_edf(after, tmp_path / "again.edf", overwrite=True)
    assert (tmp_path / "again.edf").read_bytes() == copy.read_bytes()


@pytest.mark.parametrize("bdf", [False, True])
def test_a_scoring_goes_with_the_signals_and_takes_the_place_of_another(tmp_path: Path, bdf: bool) -> None:
    tals = [b"+0\x14\x14\0+0\x15240\x14Sleep stage W\x14\0+5\x14Lights off\x14\0"]
    tals += [f"+{k}\x14\x14\0".encode() for k in range(1, 240)]
    source, copy = tmp_path / "night.edf", tmp_path / "copy.edf"
    source.write_bytes(edf(night(240), bdf=bdf, tals=tals, reserved="EDF+C"))
    apnea = Event(31.5, 12.0, "Obstructive apnea")
    told = export_edf(open_edf(source), copy, HYPNOGRAM, [apnea])
    assert "1 annotations of stages give way to the hypnogram" in told
    after = open_edf(copy)
    assert after.header.sample_bytes == (3 if bdf else 2)
    np.testing.assert_array_equal(edf_hypnogram(after).stages, HYPNOGRAM.stages)
    assert events_beside_stages(after) == (Event(5, 0, "Lights off"), apnea)
    assert_others_open_it(copy)


class Floats(Recording):
    """Values of no EDF, held in memory."""

    recording_id = "floats"
    start = dt.datetime(2024, 3, 2, 22, 0, 0, 125_000)

    def __init__(
        self, values: dict[str, tuple[float, NDArray[np.float32]]], gaps: tuple[Gap, ...] = ()
    ) -> None:
        self._values, self.gaps = values, gaps
        self.channels = tuple(
            Channel(label, ChannelKind.OTHER, "mV", rate) for label, (rate, _) in values.items()
        )
        self.duration_s = max(len(kept) / rate for rate, kept in values.values())

    def read(
        self, label: str, start_s: float = 0.0, stop_s: float | None = None, rate_hz: float | None = None
    ) -> NDArray[np.float32]:
        assert rate_hz is None
        rate, kept = self._values[label]
        return kept[round(start_s * rate) : None if stop_s is None else round(stop_s * rate)]


def test_other_recordings_are_within_half_a_step(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    wave = random.normal(3, 40, 40 * 100).astype(np.float32)
    wave[500:1500] = np.nan
    slow = random.integers(-3, 100, 20).astype(np.float32)
    slow[3:7] = np.nan
    recording = Floats({"wave": (100.0, wave), "status": (0.5, slow)}, (Gap(5, 15),))
    told = export_edf(recording, tmp_path / "night.edf")
    after = open_edf(tmp_path / "night.edf")
    assert after.start == recording.start
    assert after.duration_s == 40
    assert after.gaps == (Gap(6, 14),)
    np.testing.assert_array_equal(after.read("status")[:3], slow[:3])
    np.testing.assert_array_equal(after.read("status")[7:], slow[7:])
    step = (np.nanmax(wave) - np.nanmin(wave)) / 65000
    recorded = np.isfinite(wave)
    np.testing.assert_allclose(after.read("wave")[recorded], wave[recorded], atol=step)
    assert (after.read_digital("wave", 5, 6) == -32768).all()
    assert any("'wave' is written in steps of" in one for one in told)
    assert not any("status" in one for one in told)


def test_what_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    odd = Floats({"a": (np.pi, np.zeros(100, np.float32))})
    with pytest.raises(RecordingError, match="no data record of up to a minute"):
        export_edf(odd, tmp_path / "night.edf")
    source = tmp_path / "night.edf"
    source.write_bytes(edf([Signal("A", np.zeros((1, 4), int))]))
    with pytest.raises(StudyError, match="never written over"):
        export_edf(open_edf(source), source, overwrite=True)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, scoring = tmp_path / "night.rec", tmp_path / "night.csv"
    source.write_bytes(edf(night(240), bdf=True))
    write_hypnogram_csv(HYPNOGRAM, scoring)
    given = ["files", "export", str(source), "--to", str(tmp_path / "out"), "--format", "edf"]
    assert main([*given, "--scoring", str(scoring)]) == 0
    after = open_edf(tmp_path / "out" / "night.bdf")
    np.testing.assert_array_equal(edf_hypnogram(after).stages, HYPNOGRAM.stages)
    assert main(given) == 1
    assert "a file of that name already" in capsys.readouterr().err
    assert main([*given[:3], str(tmp_path / "out" / "night.bdf"), *given[3:], "--scoring", str(scoring)]) == 2
