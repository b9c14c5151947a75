"""What is written is what was simulated, in MESA's layout, and the same each time."""

from __future__ import annotations

import warnings
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as Tree

import h5py
import numpy as np
import pyedflib
import pytest

from sleepstudio.errors import RecordingError, StudyError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings.simulate import (
    CHANNELS,
    MONTAGES,
    Montage,
    NightFiles,
    NightSpecification,
    SimulatedNight,
    read_truth,
    render,
    simulate_night,
    write_night,
)

MESA_RATES = {
    "EKG": 256, "EOG-L": 256, "EOG-R": 256, "EMG": 256, "EEG1": 256, "EEG2": 256, "EEG3": 256, "Pres": 32,
    "Flow": 32, "Snore": 32, "Thor": 32, "Abdo": 32, "Leg": 32, "Therm": 32, "Pos": 32, "Pleth": 256,
    "OxStatus": 1, "SpO2": 1, "HR": 1, "DHR": 256,
}  # fmt: skip
"""NSRR's montage and sampling-rate table for MESA; DHR's from a recording's header."""

STAGES = np.repeat(np.array([-2, 0, 1, 2, 3, 4, -1, 2, 4, 0], np.int8), [1, 4, 2, 5, 3, 4, 1, 2, 5, 3])


@pytest.fixture(scope="module")
def short() -> SimulatedNight:
    """A quarter of an hour in which everything happens."""
    hypnogram = Hypnogram(STAGES, start=datetime(2021, 2, 28, 23, 50, 7), scorer="somebody")
    specification = NightSpecification(hypnogram, movement_artefact_fraction=0.1, signal_loss_fraction=0.1)
    return simulate_night(specification, 77)


@pytest.fixture(scope="module")
def written(short: SimulatedNight, tmp_path_factory: pytest.TempPathFactory) -> NightFiles:
    return write_night(short, tmp_path_factory.mktemp("mesa"), 12)


def test_files_stand_where_mesa_has_them(written: NightFiles) -> None:
    inside = sorted(str(p.relative_to(written.folder)) for p in written.folder.rglob("*") if p.is_file())
    assert inside == [
        "polysomnography/annotations-events-nsrr/mesa-sleep-0012-nsrr.xml",
        "polysomnography/edfs/mesa-sleep-0012.edf",
        "truth/mesa-sleep-0012.h5",
    ]


def test_pyedflib_reads_labels_rates_ranges_and_samples(written: NightFiles, short: SimulatedNight) -> None:
    with pyedflib.EdfReader(str(written.edf)) as reader:
        assert dict(zip(reader.getSignalLabels(), reader.getSampleFrequencies(), strict=True)) == MESA_RATES
        assert reader.getStartdatetime() == datetime(2021, 2, 28, 23, 50, 7)
        assert reader.datarecord_duration == 1
        assert reader.getFileDuration() == len(STAGES) * 30
        for i, label in enumerate(reader.getSignalLabels()):
            channel = CHANNELS[label]
            assert (reader.getPhysicalMinimum(i), reader.getPhysicalMaximum(i)) == channel.physical_range
            assert reader.getPhysicalDimension(i) == channel.unit
            expected = np.clip(render(short, label), *channel.physical_range)
            low, high = channel.physical_range
            step = (high - low) / (channel.digital_range[1] - channel.digital_range[0])
            np.testing.assert_allclose(reader.readSignal(i), expected, atol=0.51 * step + 1e-4 * high)


def test_whole_numbers_are_stored_exactly(written: NightFiles, short: SimulatedNight) -> None:
    with pyedflib.EdfReader(str(written.edf)) as reader:
        for label in ("Pos", "OxStatus", "SpO2", "HR"):
            stored = reader.readSignal(reader.getSignalLabels().index(label), digital=True)
            np.testing.assert_array_equal(stored, render(short, label))


def test_mne_reads_the_same(written: NightFiles) -> None:
    mne = pytest.importorskip("mne")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        raw = mne.io.read_raw_edf(written.edf, preload=False, verbose="error")
    assert raw.ch_names == list(MESA_RATES)
    assert raw.info["sfreq"] == 256
    assert raw.n_times == len(STAGES) * 30 * 256
    assert raw.info["meas_date"].replace(tzinfo=None) == datetime(2021, 2, 28, 23, 50, 7)


def test_the_wrist_montage_has_the_same_samples_in_fewer_channels(
    short: SimulatedNight, written: NightFiles, tmp_path: Path
) -> None:
    wrist = write_night(short, tmp_path, 12, "wrist")
    with pyedflib.EdfReader(str(wrist.edf)) as small, pyedflib.EdfReader(str(written.edf)) as whole:
        assert small.getSignalLabels() == ["Leg", "Pleth", "OxStatus", "SpO2", "HR"]
        for i, label in enumerate(small.getSignalLabels()):
            j = whole.getSignalLabels().index(label)
            np.testing.assert_array_equal(
                small.readSignal(i, digital=True), whole.readSignal(j, digital=True)
            )


@pytest.mark.parametrize(("montage", "most_bytes"), [(Montage.MESA, 150e6), (Montage.WRIST, 25e6)])
def test_eight_hours_stay_within_their_bytes(
    short: SimulatedNight, tmp_path: Path, montage: Montage, most_bytes: float
) -> None:
    files = write_night(short, tmp_path, 1, montage)
    channels = MONTAGES[montage]
    per_second = 2 * sum(channel.rate_hz for channel in channels)
    header = 256 * (len(channels) + 1)
    assert files.edf.stat().st_size == header + per_second * len(STAGES) * 30
    assert header + per_second * 8 * 3600 <= most_bytes


def _scored(path: Path) -> list[tuple[str, str, float, float]]:
    events = Tree.parse(path).getroot().iter("ScoredEvent")
    return [
        (
            event.findtext("EventType") or "",
            event.findtext("EventConcept") or "",
            float(event.findtext("Start") or "nan"),
            float(event.findtext("Duration") or "nan"),
        )
        for event in events
    ]


def test_the_scoring_is_the_hypnogram(written: NightFiles) -> None:
    """Concepts end in the code of NSRR: 0 W, 1, 2, 3, 5 R, 6 movement, 9 unscored."""
    code = {"0": Stage.W, "1": Stage.N1, "2": Stage.N2, "3": Stage.N3, "5": Stage.R, "6": Stage.ARTIFACT,
            "9": Stage.UNSCORED}  # fmt: skip
    read: list[int] = []
    for event_type, concept, start, duration in _scored(written.annotations):
        if event_type == "Stages|Stages":
            assert start == 30 * len(read)
            read += [code[concept.rsplit("|", 1)[1]]] * round(duration / 30)
    np.testing.assert_array_equal(read, STAGES)


def test_the_scoring_begins_with_the_clock(written: NightFiles) -> None:
    root = Tree.parse(written.annotations).getroot()
    first = next(root.iter("ScoredEvent"))
    assert root.findtext("EpochLength") == "30"
    assert first.findtext("EventConcept") == "Recording Start Time"
    assert first.findtext("ClockTime") == "00.00.00 23.50.07"
    assert float(first.findtext("Duration") or 0) == len(STAGES) * 30


def test_respiratory_events_and_desaturations_are_scored(tmp_path: Path) -> None:
    night = simulate_night(NightSpecification(duration_h=3.0), 5)
    assert len(night.truth.respiratory_events) > 3
    files = write_night(night, tmp_path, 1, Montage.WRIST)
    scored = [event for event in _scored(files.annotations) if event[0] == "Respiratory|Respiratory"]
    apneas = [event for event in scored if not event[1].startswith("SpO2")]
    truth = night.truth.respiratory_events
    np.testing.assert_allclose([event[2] for event in apneas], truth.start_s, atol=0.051)
    np.testing.assert_allclose([event[3] for event in apneas], truth.stop_s - truth.start_s, atol=0.051)
    assert len(scored) - len(apneas) == len(night.truth.desaturations)


def test_the_truth_comes_back_whole(written: NightFiles, short: SimulatedNight) -> None:
    truth = read_truth(written.truth)
    assert truth.duration_s == short.truth.duration_s
    for name in ("stages", "driving_stages", "r_peak_s", "pulse_peak_s", "breath_s", "breath_depth"):
        np.testing.assert_array_equal(getattr(truth, name), getattr(short.truth, name))
    for group, columns in {
        "movements": ("start_s", "stop_s", "strength", "kind"),
        "arousals": ("start_s", "stop_s"),
        "respiratory_events": ("start_s", "stop_s", "kind"),
        "desaturations": ("start_s", "nadir_s", "stop_s", "baseline_percent", "nadir_percent", "event"),
        "artefacts": ("start_s", "stop_s"),
        "gaps": ("start_s", "stop_s"),
    }.items():
        for column in columns:
            np.testing.assert_array_equal(
                getattr(getattr(truth, group), column), getattr(getattr(short.truth, group), column)
            )


@pytest.mark.parametrize("damage", ["missing", "text", "format", "column", "shape"])
def test_a_damaged_truth_file_is_named(written: NightFiles, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "night.h5"
    if damage == "text":
        path.write_text("beats")
    elif damage != "missing":
        path.write_bytes(written.truth.read_bytes())
        with h5py.File(path, "r+") as file:
            if damage == "format":
                file.attrs["format"] = 99
            elif damage == "column":
                del file["movements/kind"]
            else:
                del file["r_peak_s"]
                file["r_peak_s"] = np.zeros((3, 3))
    with pytest.raises(RecordingError) as caught:
        read_truth(path)
    assert caught.value.where == str(path)


def test_the_same_seed_gives_the_same_bytes(
    short: SimulatedNight, written: NightFiles, tmp_path: Path
) -> None:
    again = write_night(simulate_night(short.specification, 77), tmp_path, 12)
    for one, other in zip(
        (written.edf, written.annotations, written.truth),
        (again.edf, again.annotations, again.truth),
        strict=True,
    ):
        assert one.read_bytes() == other.read_bytes()


def test_other_seeds_give_other_nights_of_the_same_stages(short: SimulatedNight) -> None:
    other = simulate_night(short.specification, 78)
    np.testing.assert_array_equal(other.truth.stages, short.truth.stages)
    assert not np.array_equal(other.truth.r_peak_s, short.truth.r_peak_s)
    assert other.subject != short.subject
    assert not np.array_equal(render(other, "EEG3"), render(short, "EEG3"))


def test_unscored_epochs_stay_unscored_and_go_on_as_before(short: SimulatedNight) -> None:
    assert short.truth.stages[0] == Stage.UNSCORED
    assert short.truth.driving_stages[0] == Stage.W
    assert short.truth.stages[19] == Stage.ARTIFACT
    assert short.truth.driving_stages[19] == short.truth.driving_stages[18] == Stage.R
    scored = short.truth.stages >= 0
    np.testing.assert_array_equal(short.truth.stages[scored], short.truth.driving_stages[scored])


def test_a_night_that_cannot_be_written_leaves_nothing(short: SimulatedNight, tmp_path: Path) -> None:
    (tmp_path / "polysomnography").mkdir()
    (tmp_path / "polysomnography" / "edfs").write_text("a file in the way")
    with pytest.raises(StudyError) as caught:
        write_night(short, tmp_path, 1)
    assert "mesa-sleep-0001.edf" in caught.value.where
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["edfs"]


def test_nights_begin_late_in_the_evening() -> None:
    starts = [simulate_night(NightSpecification(duration_h=0.1), seed).start for seed in range(40)]
    assert all(start.hour in (22, 23) for start in starts)
    assert len({start.date() for start in starts}) > 20
