"""Feature tables on disk: round trip, SleepKit's own layout both ways, and hostile files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from sleepstudio.errors import FeatureError, StudyError
from sleepstudio.features.feature_table import Column, FeatureTable
from sleepstudio.features.store import MAX_EPOCHS, read_origin, read_table, table_path, write_table
from sleepstudio.hypnogram import Stage

STAGES = np.array([Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R, Stage.UNSCORED], np.int8)


def table(**changed: object) -> FeatureTable:
    features = np.arange(12, dtype=np.float32).reshape(6, 2)
    features[3, 1] = np.nan
    values: dict[str, object] = {
        "recording_id": "0012",
        "subject_id": "Jön",
        "feature_set": "FS-X-2",
        "version": 3,
        "columns": (Column("a", "bpm", "first"), Column("b", "1", "second")),
        "features": features,
        "mask": np.array([1, 1, 0, 0, 1, 1], bool),
        "stages": STAGES,
        "start": datetime(2024, 2, 29, 22, 15, 30),
        "content_hash": "abc",
    }
    return FeatureTable(**(values | changed))  # type: ignore[arg-type]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = table(apneas=np.array([0, 1, 2, 3, 4, 0], np.int8))
    path = table_path(tmp_path, "mesa", "0012")
    write_table(path, written, input_stamp="def")
    read = read_table(path)
    for name in ("recording_id", "subject_id", "feature_set", "version", "columns", "start", "epoch_s"):
        assert getattr(read, name) == getattr(written, name)
    for name in ("features", "mask", "stages", "apneas"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
        assert getattr(read, name).dtype == getattr(written, name).dtype
    origin = read_origin(path)
    assert origin is not None
    assert (origin.content_hash, origin.input_stamp) == ("abc", "def")
    assert [file.name for file in path.parent.iterdir()] == ["0012.h5"]


def test_the_layout_is_sleepkits(tmp_path: Path) -> None:
    path = tmp_path / "0012.h5"
    write_table(path, table())
    with h5py.File(path) as file:
        assert file["features"].dtype == np.float32
        assert file["mask"][:].tolist() == [1, 1, 0, 0, 1, 1]
        assert file["mask"].dtype == file["stage_labels"].dtype == np.int32
        assert file["stage_labels"][:].tolist() == [0, 1, 2, 3, 5, 6]
        assert file.attrs["feature_units"].tolist() == [b"bpm", b"1"]


def test_sleepkits_own_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "0034.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("/features", data=np.ones((4, 2), np.float32), compression="gzip")
        file.create_dataset("/stage_labels", data=np.array([0, 4, 5, 6], np.int32), compression="gzip")
        file.create_dataset("/apnea_labels", data=np.zeros(4, np.int32), compression="gzip")
        file.create_dataset("/mask", data=np.array([1, 0, 1, 1], np.int32), compression="gzip")
    read = read_table(path)
    assert read.stages.tolist() == [Stage.W, Stage.N3, Stage.R, Stage.UNSCORED]
    assert read.mask.tolist() == [True, False, True, True]
    assert [column.name for column in read.columns] == ["f0", "f1"]
    assert (read.recording_id, read.subject_id) == ("0034", "0034")
    named = (Column("hr_bpm", "bpm", ""), Column("spo2_mu", "%", ""))
    assert read_table(path, named).columns == named
    assert read_origin(path) is None


def test_no_rows_are_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "empty.h5"
    nothing = table(
        features=np.empty((0, 2), np.float32), mask=np.empty(0, bool), stages=np.empty(0, np.int8)
    )
    write_table(path, nothing)
    assert len(read_table(path)) == 0


def test_names_that_are_no_text_can_be_stored(tmp_path: Path) -> None:
    path = table_path(tmp_path, "mesa", "a\udcff")
    assert path.name == "a%FF.h5"
    write_table(path, table(recording_id="a\udcff"))
    assert read_table(path).recording_id == "a?"


def test_ids_cannot_leave_the_store(tmp_path: Path) -> None:
    inside = table_path(tmp_path, "mesa", "../../etc/passwd")
    assert inside.parent == tmp_path / "mesa"
    assert table_path(tmp_path, "mesa", "a/b") != table_path(tmp_path, "mesa", "a_b")
    with pytest.raises(FeatureError):
        table_path(tmp_path, "..", "0012")


@pytest.mark.parametrize(
    "fault", ["link", "text", "virtual", "rows", "code", "shape", "wide", "missing", "names", "heap"]
)
def test_a_hostile_file_is_refused_by_field(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "bad.h5"
    write_table(path, table())
    secret = tmp_path / "other.h5"
    write_table(secret, table())
    with h5py.File(path, "r+") as file:
        if fault == "names":
            file.attrs["feature_names"] = np.array([b"a"])
        elif fault == "heap":
            file.attrs["feature_names"] = np.array(["a", "b"], h5py.string_dtype())
        elif fault == "rows":
            del file["mask"]
            file["mask"] = np.ones(5, np.int32)
        elif fault == "code":
            file["stage_labels"][0] = 9
        else:
            del file["features"]
        if fault == "link":
            file["features"] = h5py.ExternalLink(str(secret), "/features")
        elif fault == "text":
            file["features"] = np.array([["a", "b"]], dtype=object).astype(h5py.string_dtype())
        elif fault == "virtual":
            layout = h5py.VirtualLayout((6, 2), np.float32)
            layout[:] = h5py.VirtualSource(str(secret), "features", (6, 2))
            file.create_virtual_dataset("features", layout)
        elif fault == "shape":
            file["features"] = np.ones(6, np.float32)
        elif fault == "wide":
            file.create_dataset("features", (MAX_EPOCHS + 1, 2), np.float32, chunks=(1000, 2))
    with pytest.raises(FeatureError) as caught:
        read_table(path)
    assert str(path) in caught.value.where
    assert "extract the features again" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n" + b"\xff" * 200, b"not hdf5"])
def test_what_is_no_hdf5_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.h5"
    path.write_bytes(content)
    with pytest.raises(FeatureError, match="cannot be read as HDF5"):
        read_table(path)


def test_every_truncation_is_refused_or_whole(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.h5", tmp_path / "cut.h5"
    write_table(whole, table())
    content = whole.read_bytes()
    for length in range(0, len(content), 97):
        cut.write_bytes(content[:length])
        with pytest.raises(FeatureError):
            read_table(cut)


def test_flipped_bytes_are_noticed_never_believed(tmp_path: Path) -> None:
    whole, flipped = tmp_path / "whole.h5", tmp_path / "flipped.h5"
    write_table(whole, table())
    content = whole.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= 1 << rng.integers(8)
        flipped.write_bytes(damaged)
        try:
            read = read_table(flipped)
        except FeatureError:
            refused += 1
        else:
            np.testing.assert_array_equal(read.features, table().features)
            np.testing.assert_array_equal(read.stages, STAGES)
            assert read.columns == table().columns
    assert refused > 50


def test_undefined_values_in_anothers_usable_rows_mask_them(tmp_path: Path) -> None:
    path = tmp_path / "0034.h5"
    with h5py.File(path, "w") as file:
        file["features"] = np.array([[1.0, np.inf], [1.0, 2.0], [np.nan, 2.0]])
        file["mask"] = np.ones(3, np.int32)
    read = read_table(path)
    assert read.mask.tolist() == [False, True, False]
    assert np.isnan(read.features[0, 1])


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "mesa").write_text("a file in the way")
    with pytest.raises(StudyError, match="cannot be written"):
        write_table(table_path(tmp_path, "mesa", "0012"), table())
