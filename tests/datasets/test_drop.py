"""What a drop will do is said before it is done, and then is what is done."""

from __future__ import annotations

import builtins
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from catalogue_nights import facts, write_hypnogram, write_night

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.datasets.drop import DropAction, DropPlan, apply_drop, plan_drop
from sleepstudio.errors import Cancelled
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.registry import feature_set
from sleepstudio.features.store import write_table
from sleepstudio.monitor import Monitor
from sleepstudio.study import sha256_of
from sleepstudio.study_folder import Study


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue(Study.create(tmp_path / "study")) as opened:
        yield opened


def actions(plan: DropPlan) -> dict[str, DropAction]:
    return {item.path.name: item.action for item in plan.items}


def folder_of_everything(root: Path) -> Path:
    """One of each thing that may lie in a folder."""
    write_night(root / "a" / "n1.edf")
    write_hypnogram(root / "a" / "n1.csv", [2] * 20)
    write_night(root / "b" / "n2.edf")
    write_hypnogram(root / "scores" / "n2-hypnogram.csv", [3] * 20, "Ben")
    (root / "a" / "broken.edf").write_bytes(b"0       " + b"\xff" * 100)
    (root / "a" / "notes.txt").write_text("call the lab")
    (root / "a" / "table.csv").write_text("name,age\nx,3\n")
    (root / "config.json").write_text(
        json.dumps({"name": "ss-4", "stage_set": 4, "frame_size": 60, "feature": {"name": "FS-W-PA-14"}})
    )
    (root / "typo.json").write_text(json.dumps({"feature": {"name": "FS-W-PA-14"}, "epochz": 3}))
    (root / "store").mkdir()
    for number in range(3):
        with h5py.File(root / "store" / f"{number}.h5", "w") as file:
            file["features"] = [[1.0]]
    (root / "truth").mkdir()
    with h5py.File(root / "truth" / "n1.h5", "w") as file:
        file["beats"] = [1.0]
    (root / "runs" / "ss-4").mkdir(parents=True)
    (root / "runs" / "ss-4" / "manifest.json").write_text('{"stages": {}}')
    (root / "runs" / "ss-4" / "inner.edf").write_bytes(b"0       ")
    (root / "lonely.tflite").write_bytes(b"\x1c\0\0\0TFL3" + b"\0" * 20)
    Study.create(root / "their study")
    write_night(root / "their study" / "theirs.edf")
    return root


def test_a_folder_of_everything(tmp_path: Path, catalogue: Catalogue) -> None:
    root = folder_of_everything(tmp_path / "dropped")
    plan = plan_drop([root], catalogue)
    assert actions(plan) == {
        "n1.edf": DropAction.ADD_RECORDING,
        "n2.edf": DropAction.ADD_RECORDING,
        "n1.csv": DropAction.ATTACH_HYPNOGRAM,
        "n2-hypnogram.csv": DropAction.ATTACH_HYPNOGRAM,
        "broken.edf": DropAction.UNREADABLE,
        "config.json": DropAction.LOAD_CONFIGURATION,
        "typo.json": DropAction.UNREADABLE,
        "dropped": DropAction.OPEN_FEATURES,
        "ss-4": DropAction.OPEN_RUN,
        "lonely.tflite": DropAction.NOT_USED,
        "their study": DropAction.OPEN_STUDY,
    }
    assert (plan.others, plan.truncated, plan.is_empty) == (3, False, False)
    details = {item.path.name: item.detail for item in plan.items}
    assert details["n1.edf"] == "4 channels, 0.2 h"
    assert "epochs" in details["typo.json"]
    assert details["dropped"] == "3 feature tables"
    assert details["config.json"] == "ss-4, FS-W-PA-14"
    by_name = {item.path.name: item for item in plan.items}
    assert by_name["n2-hypnogram.csv"].recording == root / "b" / "n2.edf"
    assert by_name["lonely.tflite"].hint == "Drop the run's folder."


def test_applying_does_what_was_said_and_leaves_files_alone(tmp_path: Path, catalogue: Catalogue) -> None:
    root = folder_of_everything(tmp_path / "dropped")
    before = {path: sha256_of(path) for path in root.rglob("*") if path.is_file()}
    result = apply_drop(plan_drop([root], catalogue), catalogue)
    assert (result.added, result.attached, result.failed) == (("n1", "n2"), ("n1", "n2"), ())
    rows = {row.recording_id: row for row in catalogue.recordings()}
    assert (rows["n1"].scorer, rows["n1"].facts.attached) == ("Expert", ())
    assert (rows["n2"].scorer, rows["n2"].tst_min) == ("Ben", 10.0)
    assert [run.path.name for run in catalogue.study.runs()] == ["ss-4"]
    assert {path: sha256_of(path) for path in root.rglob("*") if path.is_file()} == before
    again = plan_drop([root], catalogue)
    assert set(again.of(DropAction.ADD_RECORDING)) == set()
    assert [item.path.name for item in again.of(DropAction.ALREADY_THERE)] == [
        "n1.edf", "n2.edf", "n1.csv", "n2-hypnogram.csv"
    ]  # fmt: skip


def test_no_file_is_opened_twice_or_read_beyond_its_beginning(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder_of_everything(tmp_path / "dropped")
    big = write_night(root / "big.edf", {"Pleth": 256}, minutes=60)
    opened: Counter[str] = Counter()
    read: Counter[str] = Counter()
    real = io.open

    def counting(file: object, *arguments: object, **options: object) -> object:
        opened[str(file)] += 1
        stream = real(file, *arguments, **options)  # type: ignore[call-overload]
        inner = getattr(stream, "read", None)

        class Counted:
            def __getattr__(self, name: str) -> object:
                return getattr(stream, name)

            def __enter__(self) -> Counted:
                return self

            def __exit__(self, *_error: object) -> None:
                stream.close()

            def read(self, *size: int) -> bytes:
                content: bytes = inner(*size)
                read[str(file)] += len(content)
                return content

        return Counted()

    monkeypatch.setattr(io, "open", counting)
    monkeypatch.setattr(builtins, "open", counting)
    plan = plan_drop([root, root / "a", root / "a" / "n1.edf"], catalogue)
    monkeypatch.undo()
    assert opened[str(big)] == 1
    assert {path: times for path, times in opened.items() if times > 1 and str(root) in path} == {}
    assert max(read.values()) < 70_000
    assert len(plan.of(DropAction.ADD_RECORDING)) == 3


def test_a_hypnogram_goes_to_a_recording_in_the_catalogue(tmp_path: Path, catalogue: Catalogue) -> None:
    night = write_night(tmp_path / "nights" / "SC4001E0-PSG.edf")
    catalogue.add(facts(night))
    scan(catalogue)
    scored = write_hypnogram(tmp_path / "desk" / "SC4001E0-PSG-anna-hypnogram.csv", [1] * 20, "Anna")
    plan = plan_drop([scored], catalogue)
    assert [(item.action, item.recording) for item in plan.items] == [(DropAction.ATTACH_HYPNOGRAM, night)]
    apply_drop(plan, catalogue)
    assert catalogue.recording("SC4001E0-PSG").scorer == "Anna"


def test_a_hypnogram_of_another_name_goes_to_the_selected_recording_alone(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    catalogue.add(facts(write_night(tmp_path / "n1.edf"), write_night(tmp_path / "n2.edf")))
    scan(catalogue)
    scored = write_hypnogram(tmp_path / "desk" / "scoring final.csv", [1] * 20)
    (item,) = plan_drop([scored], catalogue).items
    assert (item.action, item.detail) == (
        DropAction.NOT_USED, "no recording is called as this hypnogram is."
    )  # fmt: skip
    (item,) = plan_drop([scored], catalogue, selected="n2").items
    assert (item.action, item.recording) == (DropAction.ATTACH_HYPNOGRAM, tmp_path / "n2.edf")
    other = write_hypnogram(tmp_path / "desk" / "another.csv", [1] * 20)
    plan = plan_drop([scored, other], catalogue, selected="n2")
    assert {item.action for item in plan.items} == {DropAction.NOT_USED}


def test_recordings_of_one_name_in_many_folders_keep_their_own_hypnograms(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    for person in ("ann", "bob"):
        write_night(tmp_path / "lab" / person / "psg.edf")
        write_hypnogram(tmp_path / "lab" / person / "psg.csv", [1 if person == "ann" else 2] * 20)
    write_hypnogram(tmp_path / "lab" / "psg.csv", [3] * 20)
    plan = plan_drop([tmp_path / "lab"], catalogue)
    (unclear,) = plan.of(DropAction.NOT_USED)
    assert "2 recordings are called psg.edf" in unclear.detail
    apply_drop(plan, catalogue)
    found = {row.path.parent.name: row.thumbnail_stages[0] for row in catalogue.recordings()}
    assert found == {"ann": 1, "bob": 2}


def test_feature_tables_that_jobs_wrote_are_a_store(tmp_path: Path, catalogue: Catalogue) -> None:
    table = FeatureTable(
        "n1", "n1", "FS-W-PA-14", 1, feature_set("FS-W-PA-14").columns,
        np.zeros((20, 14), np.float32), np.ones(20, np.bool_), np.zeros(20, np.int8),
    )  # fmt: skip
    write_table(tmp_path / "store" / "study" / "n1.h5", table)
    (item,) = plan_drop([tmp_path / "store"], catalogue).items
    assert (item.action, item.path) == (DropAction.OPEN_FEATURES, tmp_path / "store")


def test_real_files(tmp_path: Path, catalogue: Catalogue, real_data: Path) -> None:
    root = tmp_path / "real"
    shutil.copytree(real_data / "edf", root / "edf")
    shutil.copytree(real_data / "sleep-edf-hypnograms", root / "hypnograms")
    plan = plan_drop([root], catalogue)
    found = actions(plan)
    assert found["SC4001EC-Hypnogram.edf"] is DropAction.NOT_USED
    assert found["learn-nsrr01-profusion.xml"] is DropAction.NOT_USED
    assert found["subject1.edf"] is DropAction.ADD_RECORDING
    assert found["short_psg.bdf"] is DropAction.ADD_RECORDING
    recordings = [path for path in (root / "edf").rglob("*.[eb]df") if "Hypnogram" not in path.name]
    assert len(plan.of(DropAction.ADD_RECORDING)) == len(recordings)
    result = apply_drop(plan, catalogue)
    assert len(result.added) == len(recordings)
    assert result.scan.unreadable == ()


def test_sleep_accel_in_its_published_layouts(tmp_path: Path, catalogue: Catalogue, real_data: Path) -> None:
    plan = plan_drop([real_data / "sleep-accel-features", real_data / "sleep-accel-raw"], catalogue)
    assert [(item.action, item.detail) for item in plan.items] == [
        (DropAction.ADD_DATASET, "sleep-accel, 24 subjects"),
        (DropAction.ADD_DATASET, "sleep-accel, 2 subjects"),
    ]  # fmt: skip
    physionet = tmp_path / "physionet"
    for part, name in (("heart_rate", "46343_heartrate.txt"), ("labels", "46343_labeled_sleep.txt")):
        (physionet / part).mkdir(parents=True)
        shutil.copy(real_data / "sleep-accel-raw" / name, physionet / part)
    plan = plan_drop([physionet], catalogue)
    assert [item.path for item in plan.of(DropAction.ADD_DATASET)] == [physionet]
    assert apply_drop(plan, catalogue).added == ("46343",)
    assert catalogue.recording("46343").state_word == "Scored"


def test_a_walk_is_bounded_and_can_be_cancelled(tmp_path: Path, catalogue: Catalogue) -> None:
    root = tmp_path / "many"
    for number in range(30):
        write_night(root / str(number % 3) / f"{number}.edf", {"SpO2": 1}, minutes=1)
    (root / "loop").symlink_to(root, target_is_directory=True)
    assert len(plan_drop([root], catalogue).items) == 30
    plan = plan_drop([root], catalogue, max_files=12)
    assert (len(plan.items), plan.truncated) == (12, True)

    class Impatient(Monitor):
        def __init__(self) -> None:
            self.seen = 0

        def progress(self, step: str, done: int, total: int, item: str = "") -> None:  # noqa: ARG002
            self.seen = done

        def check_cancelled(self) -> None:
            if self.seen >= 5:
                raise Cancelled

    impatient = Impatient()
    with pytest.raises(Cancelled):
        plan_drop([root], catalogue, monitor=impatient)
    assert impatient.seen == 5


@pytest.mark.parametrize(
    ("name", "content", "action"),
    [
        ("gone.edf", None, DropAction.UNREADABLE),
        ("empty.edf", b"", DropAction.UNREADABLE),
        ("noise.edf", bytes(range(256)) * 4, DropAction.UNREADABLE),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", DropAction.NOT_USED),
        ("half.json", b'{"feature": ', DropAction.UNREADABLE),
        ("list.json", b"[1, 2]", DropAction.NOT_USED),
        ("deep.json", b'{"feature":' * 50_000, DropAction.UNREADABLE),
        ("other.xml", b"<?xml version='1.0'?><!-- PSGAnnotation --><svg/>", DropAction.NOT_USED),
        ("table.tsv", "\ufeffOnset\tDuration\tStage\n0\t30\tW\n".encode("utf-16"), DropAction.NOT_USED),
        ("events.csv", b"onset,duration,label\n0,3,Apnea\n", DropAction.NOT_USED),
    ],
)
def test_a_file_dropped_by_itself_is_answered(
    tmp_path: Path, catalogue: Catalogue, name: str, content: bytes | None, action: DropAction
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    (item,) = plan_drop([path], catalogue).items
    assert (item.path, item.action) == (path, action)
    assert item.detail
    assert item.hint
    assert plan_drop([path], None).is_empty


def test_a_known_collections_folder_is_added_with_its_people(catalogue: Catalogue, real_data: Path) -> None:
    plan = plan_drop([real_data / "slpdb", real_data / "mmash"], catalogue)
    assert sorted((item.action, item.adapter, item.path.name) for item in plan.items) == [
        (DropAction.ADD_DATASET, "mmash", "mmash"),
        (DropAction.ADD_DATASET, "slpdb", "slpdb"),
    ]
    plan = plan_drop([real_data / "slpdb"], catalogue)
    result = apply_drop(plan, catalogue)
    rows = {row.recording_id: row for row in catalogue.recordings()}
    assert len(result.added) == len(rows) == 12
    assert rows["slp01a"].subject == rows["slp01b"].subject == "01"
    assert len({row.subject for row in rows.values()}) == 10
    hypnogram = catalogue.hypnogram("slp04")
    assert hypnogram is not None
    assert len(hypnogram) == 720
    assert len(catalogue.events("slp04")) == 382
    again = plan_drop([real_data / "slpdb"], catalogue)
    assert [item.action for item in again.items] == [DropAction.ALREADY_THERE]
