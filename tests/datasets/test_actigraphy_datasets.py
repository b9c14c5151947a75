"""Actigraphy: MMASH, MESA's wrist, Empatica's folders, CMIDSS; tiny layouts as published, and real files."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from catalogue_nights import write_night
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sleepstudio.datasets.cmidss import Cmidss
from sleepstudio.datasets.cmidss_files import Night, hypnogram_of_nights, read_nights
from sleepstudio.datasets.empatica import Empatica
from sleepstudio.datasets.mesa import Mesa
from sleepstudio.datasets.mmash import Mmash
from sleepstudio.datasets.mmash_files import read_columns, read_sleep
from sleepstudio.errors import DatasetError, RecordingError, StudioError
from sleepstudio.features.extract import extract_recording
from sleepstudio.features.registry import feature_set
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import ChannelKind

UNSCORED, W, N2 = Stage.UNSCORED, Stage.W, Stage.N2


def test_mmash_as_published(real_data: Path) -> None:
    mmash = Mmash.from_params({"path": real_data / "mmash"})
    entries = mmash.entries()
    assert [entry.subject_id for entry in entries] == ["1", "12", "16", "2", "5", "8"]
    for entry in entries:
        with mmash.open(entry) as recording:
            assert 20 < recording.duration_s / 3600 < 30
            time_s, length_s = recording.series("RR")
            counts = recording.read("Axis1")
            rate = recording.series("HR")[1]
        with (real_data / "mmash" / f"user_{entry.subject_id}" / "RR.csv").open() as file:
            published = [float(row["ibi_s"]) for row in csv.DictReader(file)]
        np.testing.assert_allclose(length_s, np.float32(published)[np.array(published) > 0])
        assert (np.diff(time_s) >= 0).all()
        # laid end to end, intervals agree with the clock: the rate by beats is the watch's own
        plausible = length_s[(length_s > 0.4) & (length_s < 1.5)]
        assert 60 / np.median(plausible) == pytest.approx(np.median(rate[rate > 0]), rel=0.1)
        assert np.nansum(counts) > 10_000
        slept = [event for event in mmash.events(entry) if event.label == "Sleep"]
        assert slept
        assert all(event.onset_s > 0 and event.duration_s < 16 * 3600 for event in slept)
        assert max(event.onset_s + event.duration_s for event in slept) < recording.duration_s + 3600
        assert mmash.hypnogram(entry) is None


def test_hearts_of_mmash_are_slower_in_logged_sleep(real_data: Path) -> None:
    mmash = Mmash.from_params({"path": real_data / "mmash"})
    features = feature_set("FS-W-RR-12")
    for entry in mmash.entries():
        table = extract_recording(mmash, entry, features, features.parse_params({}))
        middles = (np.arange(len(table)) + 0.5) * 30
        asleep = np.zeros(len(table), np.bool_)
        for event in mmash.events(entry):
            if event.label == "Sleep":
                asleep |= (middles >= event.onset_s) & (middles < event.onset_s + event.duration_s)
        mean_nn = table.features[:, 0]
        assert table.mask.mean() > 0.8
        assert np.nanmedian(mean_nn[asleep]) > np.nanmedian(mean_nn[~asleep]) + 100, entry.recording_id


def test_mmash_over_midnight_with_a_wrong_day_and_missed_beats(tmp_path: Path) -> None:
    folder = tmp_path / "user_3"
    folder.mkdir()
    (folder / "RR.csv").write_text(
        ",ibi_s,day,time\n1,1.0,1,23:59:58\n2,1.0,1,23:59:59\n3,1.0,-29,00:00:00\n4,0.9,2,00:01:00\n"
    )
    (folder / "sleep.csv").write_text(
        ",In Bed Date,In Bed Time,Out Bed Date,Out Bed Time,Onset Date,Onset Time\n"
        "0,1,23:56,1,06:42,1,23:58\n"
    )
    mmash = Mmash.from_params({"path": tmp_path})
    (entry,) = mmash.entries()
    with mmash.open(entry) as recording:
        np.testing.assert_allclose(recording.series("RR")[0], [0, 1, 2, 62])
        assert recording.channel("RR").kind is ChannelKind.RR_INTERVAL
        assert any("23:59:58" in one.message for one in recording.diagnostics)
    in_bed, asleep = mmash.events(entry)
    assert (in_bed.label, in_bed.onset_s, in_bed.duration_s) == ("In bed", -238.0, 406 * 60)
    assert (asleep.label, asleep.duration_s) == ("Sleep", 404 * 60)


def write_mesa(root: Path) -> Path:
    write_night(root / "polysomnography" / "edfs" / "mesa-sleep-0021.edf", minutes=3)
    rows = [f"21,{line},00:00:00,0,{line * 10 if line != 103 else ''},0" for line in range(95, 120)]
    (root / "actigraphy").mkdir()
    (root / "actigraphy" / "mesa-sleep-0021.csv").write_text(
        "mesaid,line,linetime,offwrist,activity,wake\n" + "\n".join(rows) + "\n"
    )
    (root / "overlap").mkdir()
    (root / "overlap" / "mesa-actigraphy-psg-overlap.csv").write_text(
        "mesaid,line,timeactigraphy,timepsg\n7,3,20:00:00,20:00:10\n21,101,22:00:00,22:00:10\n"
    )
    return root


def test_mesas_wrist_stands_where_the_overlap_says(tmp_path: Path) -> None:
    mesa = Mesa.from_params({"path": write_mesa(tmp_path), "actigraphy": True})
    (entry,) = mesa.entries()
    with mesa.open(entry) as recording:
        counts = recording.read("Activity")
        np.testing.assert_array_equal(counts, [1010, 1020, np.nan, 1040, 1050, 1060])
        assert recording.channel("Activity").kind is ChannelKind.ACTIVITY_COUNT
        assert recording.channel("Pleth").rate_hz == 16
    assert mesa.hypnogram(entry) is None
    plain = Mesa.from_params({"path": tmp_path})
    assert plain.open(plain.entries()[0]).channels[-1].label == "Aux 7"
    assert plain.recipe(plain.entries()[0]) == {}
    overlap = tmp_path / "overlap" / "mesa-actigraphy-psg-overlap.csv"
    overlap.write_text("mesaid,line\n7,3\n")
    with pytest.raises(RecordingError, match="where the night of 0021 stands"):
        mesa.open(entry)
    overlap.unlink()
    with pytest.raises(DatasetError, match="overlap"):
        mesa.entries()


def write_empatica(folder: Path) -> Path:
    folder.mkdir(parents=True)
    start = 1_600_000_000
    (folder / "ACC.csv").write_text(
        f"{start}.0, {start}.0, {start}.0\n32.0, 32.0, 32.0\n" + "64,-32,0\n" * 64
    )
    (folder / "BVP.csv").write_text(f"{start + 1}.0\n64.0\n" + "".join(f"{i}.5\n" for i in range(64)))
    (folder / "HR.csv").write_text(f"{start + 10}.0\n1.0\n61.0\n62.0\n")
    (folder / "IBI.csv").write_text(f"{start}.0, IBI\n1.25,0.9\n2.0,0.75\n")
    (folder / "tags.csv").write_text("")
    return folder


def test_a_wristbands_folder(tmp_path: Path) -> None:
    write_empatica(tmp_path / "p1" / "night")
    empatica = Empatica.from_params({"path": tmp_path, "utc_offset_h": 2})
    (entry,) = empatica.entries()
    assert entry.recording_id == "p1-night"
    with empatica.open(entry) as recording:
        assert recording.start == datetime(2020, 9, 13, 14, 26, 40)
        assert recording.duration_s == 12.0
        np.testing.assert_array_equal(recording.read("ACC Y", 0, 1), np.full(32, -0.5))
        bvp = recording.read("BVP", 0.5, 2.0)
        assert np.isnan(bvp[:32]).all()
        np.testing.assert_array_equal(bvp[32:], np.arange(64) + 0.5)
        np.testing.assert_allclose(recording.series("IBI"), [[1.25, 2.0], [0.9, 0.75]], rtol=1e-6)
        assert recording.channel("BVP").kind is ChannelKind.PPG
        np.testing.assert_array_equal(recording.series("HR")[0], [10, 11])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("ACC.csv", "", "empty"),
        ("ACC.csv", "soon\n32\n", "line 1: 'soon' is no start"),
        ("BVP.csv", "1600000000\n0\n1\n", "line 2: 0 is no rate"),
        ("BVP.csv", "1600000000\n64\nx\n", "line 3: 'x' is no row"),
        ("BVP.csv", "1600000000\n64\nnan\n", "no number"),
        ("BVP.csv", "1600000000\n", "no samples"),
        ("HR.csv", "9\n1\n60\n", "different sessions"),
    ],
)
def test_a_damaged_wristband_file_is_named(tmp_path: Path, name: str, content: str, reason: str) -> None:
    write_empatica(tmp_path / "a")
    (tmp_path / "a" / name).write_text(content)
    empatica = Empatica.from_params({"path": tmp_path})
    with pytest.raises(RecordingError, match=reason):
        empatica.open(empatica.entries()[0])


EVENTS = (
    "series_id,night,event,step,timestamp\n"
    "aaaaaaaaaaaa,1,onset,12,2018-08-14T22:01:00-0400\naaaaaaaaaaaa,1,wakeup,24,x\n"
    "aaaaaaaaaaaa,2,onset,,\naaaaaaaaaaaa,2,wakeup,,\n"
    "bbbbbbbbbbbb,1,onset,,\nbbbbbbbbbbbb,1,wakeup,,\n"
)


def test_cmidss_as_kaggle_has_it(tmp_path: Path) -> None:
    steps = np.arange(40)
    table = {
        "series_id": ["aaaaaaaaaaaa"] * 40 + ["bbbbbbbbbbbb"] * 10,
        "step": np.concatenate([steps, steps[:10]]).astype(np.uint32),
        "timestamp": [f"2018-08-14T22:00:{i % 60:02d}-0400" for i in range(50)],
        "anglez": np.float32(np.arange(50)),
        "enmo": np.float32(np.arange(50) / 100),
    }
    pq.write_table(pa.table(table), tmp_path / "train_series.parquet")
    (tmp_path / "train_events.csv").write_text(EVENTS)
    cmidss = Cmidss.from_params({"path": tmp_path})
    first, second = cmidss.entries()
    with cmidss.open(first) as recording:
        assert recording.start == datetime(2018, 8, 14, 22, 0)
        assert recording.duration_s == 200
        np.testing.assert_array_equal(recording.read("enmo"), np.float32(np.arange(40) / 100))
    hypnogram = cmidss.hypnogram(first)
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == [W, W, N2, N2, W, W]
    assert len(hypnogram.stage_set) == 2
    unlogged = cmidss.hypnogram(second)
    assert unlogged is not None
    assert unlogged.stages.tolist() == [UNSCORED]
    (tmp_path / "train_series.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(RecordingError, match="Parquet"):
        cmidss.open(first)


def test_a_night_that_was_not_logged_is_unscored_with_what_is_around_it() -> None:
    per_hour = 720
    nights = (
        Night(1, 20 * per_hour, 28 * per_hour),
        Night(2, None, None),
        Night(3, 68 * per_hour, 76 * per_hour),
    )
    hypnogram = hypnogram_of_nights(nights, 100 * per_hour, None)
    hours = hypnogram.stages[60::120]
    assert (
        hours.tolist()
        == [UNSCORED] * 8 + [W] * 12 + [N2] * 8 + [UNSCORED] * 40 + [N2] * 8 + [W] * 12 + [UNSCORED] * 12
    )


def test_cmidss_in_sleepkits_form(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "0123456789ab.h5", "w") as file:
        file["data"] = np.stack([np.arange(24.0), np.arange(24) / 10, np.arange(24) * 2]).astype(np.float32)
        file["sleep_stages"] = np.repeat([0, 1, 1, 0], 6).astype(np.int32)
    cmidss = Cmidss.from_params({"path": tmp_path})
    (entry,) = cmidss.entries()
    with cmidss.open(entry) as recording:
        np.testing.assert_allclose(recording.read("enmo", 10, 20), [0.2, 0.3], rtol=1e-6)
        np.testing.assert_array_equal(recording.read("anglez", 115), [46])
    hypnogram = cmidss.hypnogram(entry)
    assert hypnogram is not None
    assert hypnogram.stages.tolist() == [W, N2, N2, W]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.lists(
        st.sampled_from(["time", "day", "ibi_s", "series_id", "night", "event", "step", "onset", "23:59:59",
                         "in bed date", "in bed time", "1e999", "-1", "2"])
        | st.text(max_size=8),
        max_size=24,
    ),
    width=st.integers(1, 6),
)  # fmt: skip
def test_no_table_crashes_the_readers(tmp_path: Path, text: list[str], width: int) -> None:
    path = tmp_path / "t.csv"
    rows = [",".join(text[at : at + width]) for at in range(0, len(text), width)]
    path.write_text("\n".join(rows), encoding="utf-8", errors="surrogatepass")
    for read in (lambda: read_columns(path, ("ibi s",)), lambda: read_sleep(path), lambda: read_nights(path)):
        try:
            read()
        except StudioError:
            continue
