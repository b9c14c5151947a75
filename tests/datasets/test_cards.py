"""The cards: what they claim of file names, and that the page is made from them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from catalogue_nights import START, write_hypnogram, write_night

from sleepstudio.cli import main
from sleepstudio.datasets.card_text import card_text, page_of
from sleepstudio.datasets.layout import kind_in_entry, recordings_below
from sleepstudio.datasets.registry import (
    card_names,
    dataset_card,
    dataset_class,
    dataset_from_params,
    dataset_names,
    is_readable,
)
from sleepstudio.datasets.sleep_accel_files import RAW
from sleepstudio.datasets.sleep_edf import SleepEdf
from sleepstudio.errors import ConfigurationError, DatasetError
from sleepstudio.hypnogram import Hypnogram, Stage
from sleepstudio.recordings import write_hypnogram_edf
from sleepstudio.recordings.recording import Event

PAGE = Path(__file__).parents[2] / "docs" / "datasets.md"

PATHS = [
    ("mesa", "polysomnography/edfs/mesa-sleep-0001.edf", "psg", "0001", "mesa-sleep-0001"),
    (
        "mesa",
        "polysomnography/annotations-events-nsrr/mesa-sleep-0001-nsrr.xml",
        "scoring",
        "0001",
        "mesa-sleep-0001",
    ),
    ("mesa", "actigraphy/mesa-sleep-6808.csv", "actigraphy", "6808", "mesa-sleep-6808"),
    ("mesa", "overlap/mesa-actigraphy-psg-overlap.csv", "overlap", None, None),
    ("stages", "original/STAGES PSGs/GSSA/GSSA00001.edf", "psg", "GSSA00001", "GSSA00001"),
    ("stages", "original/STAGES PSGs/BOGN/BOGN00004.csv", "scoring", "BOGN00004", "BOGN00004"),
    ("ysyw", "training/tr03-0005/tr03-0005.mat", "psg", "tr03-0005", "tr03-0005"),
    ("ysyw", "training/tr03-0005/tr03-0005.hea", "psg", "tr03-0005", "tr03-0005"),
    ("ysyw", "training/tr03-0005/tr03-0005.arousal", "scoring", "tr03-0005", "tr03-0005"),
    ("ysyw", "training/tr03-0005/tr03-0005-arousal.mat", "scoring-mat", "tr03-0005", "tr03-0005"),
    ("ysyw", "tr03-0005.h5", "sleepkit", "tr03-0005", "tr03-0005"),
    ("ysyw", "training/tr03-0005/tr03-0006.mat", None, None, None),
    ("cmidss", "train_series.parquet", "series", None, None),
    ("cmidss", "038441c925bb.h5", "sleepkit", "038441c925bb", "038441c925bb"),
    ("sleep-accel", "heart_rate/46343_heartrate.txt", "heart-rate", "46343", "46343"),
    ("sleep-accel", "labels/46343_labeled_sleep.txt", "scoring", "46343", "46343"),
    ("sleep-accel", "motion/46343_acceleration.txt", "acceleration", "46343", "46343"),
    ("sleep-edf", "sleep-cassette/SC4001E0-PSG.edf", "psg", "SC400", "SC4001"),
    ("sleep-edf", "sleep-cassette/SC4001EC-Hypnogram.edf", "scoring", "SC400", "SC4001"),
    ("sleep-edf", "sleep-telemetry/ST7241J0-PSG.edf", "psg", "ST724", "ST7241"),
    ("sleep-edf", "SC-subjects.xls", "tables", None, None),
    ("slpdb", "slp01a.dat", "psg", "01", "slp01a"),
    ("slpdb", "slp01b.st", "scoring", "01", "slp01b"),
    ("slpdb", "slp60.rr", "text", "60", "slp60"),
    ("mmash", "MMASH.zip", "archive", None, None),
    ("mmash", "DataPaper/user_12/RR.csv", "beats", "12", "user_12"),
    ("mmash", "user_1/Actigraph.csv", "actigraphy", "1", "user_1"),
    ("zoo", "stage/ss-4-tcn-sm/latest/model.tflite", "tflite", "ss-4-tcn-sm", "ss-4-tcn-sm"),
    ("folder", "a/night 1.edf", "psg", None, "night 1"),
    ("empatica", "p1/night/ACC.csv", "signals", None, None),
    ("empatica", "p1/night/IBI.csv", "beats", None, None),
]


@pytest.mark.parametrize(("card", "path", "kind", "subject", "recording"), PATHS)
def test_a_path_tells_its_kind_and_whose_it_is(
    card: str, path: str, kind: str | None, subject: str | None, recording: str | None
) -> None:
    found = dataset_card(card).kind_of(path)
    assert (found.name if found else None) == kind
    match = found.match(path) if found else None
    groups = match.groupdict() if match else {}
    assert (groups.get("subject"), groups.get("recording")) == (subject, recording)


@pytest.mark.parametrize("name", card_names())
def test_a_card_is_sound(name: str) -> None:
    card = dataset_card(name)
    assert card.name == name
    assert card.holds
    assert card.licence
    assert card.access
    assert len({kind.name for kind in card.kinds}) == len(card.kinds)
    assert len({origin.name for origin in card.origins}) == len(card.origins)
    for kind in card.kinds:
        assert re.compile(kind.pattern)
    assert {path[0] for path in PATHS} == set(card_names())
    assert name in card_text(card) or card.title in card_text(card)


def test_every_dataset_that_is_read_has_a_card() -> None:
    assert set(dataset_names()) - {"study"} <= set(card_names())


def test_the_card_of_sleep_accel_has_the_files_that_its_adapter_reads() -> None:
    card = dataset_card("sleep-accel")
    folders = ("heart_rate", "labels", "motion", "steps")
    for suffix in RAW.suffixes:
        assert [folder for folder in folders if card.kind_of(f"{folder}/46343{suffix}")]


def test_real_names_are_known(real_data: Path) -> None:
    for card, folder in (("slpdb", "slpdb"), ("mmash", "mmash"), ("sleep-edf", "sleep-edf-hypnograms")):
        names = [
            path.relative_to(real_data / folder).as_posix() for path in (real_data / folder).rglob("*.*")
        ]
        assert names
        assert [name for name in names if dataset_card(card).kind_of(name) is None] == []


def test_real_records_of_one_person_are_one_subject(real_data: Path) -> None:
    found = recordings_below(dataset_card("slpdb"), real_data / "slpdb", ("header", "text"))
    assert len(found) == 12
    assert len({one.subject_id for one in found}) == 10
    assert found[0].recording_id == "slp01a"
    assert [path.name for path in found[0].files["text"]] == ["slp01a.an", "slp01a.rr"]
    assert [path.name for path in kind_in_entry(dataset_card("slpdb"), found[0].entry, "header")] == [
        "slp01a.hea"
    ]


def test_the_page_is_made_from_the_cards() -> None:
    assert PAGE.read_text("utf-8") == page_of(card_names()), "run: python -m sleepstudio.datasets.write_cards"


# ---- the command


def test_the_command_lists_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1 : len(card_names()) + 1]] == list(card_names())
    assert main(["datasets", "slpdb"]) == 0
    shown = capsys.readouterr().out
    assert "01a and 01b are one person" in shown
    assert "Ichimaru" in shown


def test_the_command_speaks_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "sleep-edf", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["subjects"], document["nights"], document["readable"]) == (100, 197, True)
    assert document["origins"] == [{"slug": "sleep-edfx", "version": "1.0.0", "name": "physionet"}]
    assert main(["datasets", "--json"]) == 0
    assert [card["name"] for card in json.loads(capsys.readouterr().out)] == list(card_names())


def test_a_misspelt_name_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["datasets", "sleep_edf"]) == 2
    assert "the nearest is sleep-edf" in capsys.readouterr().err


def test_a_dataset_with_a_card_alone_says_so() -> None:
    unread = [name for name in card_names() if not is_readable(name)]
    assert "zoo" in unread
    with pytest.raises(ConfigurationError, match="zoo can be downloaded, but is not read yet"):
        dataset_class("zoo")


# ---- Sleep-EDF


def sleep_edf(path: Path, **params: object) -> SleepEdf:
    dataset = dataset_from_params("sleep-edf", {"path": str(path), **params})
    assert isinstance(dataset, SleepEdf)
    return dataset


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    """PhysioNet's layout: two nights of a person, one of another, one of the other study."""

    stages = np.array([Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R] * 4, np.int8)
    for name in ("SC4001E0", "SC4002E0", "SC4011E0"):
        write_night(tmp_path / "sleep-cassette" / f"{name}-PSG.edf")
    for name in ("SC4001EC", "SC4002EP"):
        path = tmp_path / "sleep-cassette" / f"{name}-Hypnogram.edf"
        write_hypnogram_edf(Hypnogram(stages, start=START), path, [Event(30, 10, "Apnea")])
    write_night(tmp_path / "sleep-telemetry" / "ST7011J0-PSG.edf")
    (tmp_path / "SC-subjects.xls").write_bytes(b"x")
    return tmp_path


def test_nights_of_a_person_are_one_subject(cassette: Path) -> None:
    entries = sleep_edf(cassette).entries()
    assert [(entry.recording_id, entry.subject_id, len(entry.files)) for entry in entries] == [
        ("SC4001", "SC400", 2), ("SC4002", "SC400", 2), ("SC4011", "SC401", 1), ("ST7011", "ST701", 1)
    ]  # fmt: skip


def test_a_night_is_read_with_its_scoring(cassette: Path) -> None:
    dataset = sleep_edf(cassette)
    first, _, unscored, _ = dataset.entries()
    with dataset.open(first) as recording:
        assert recording.recording_id == "SC4001"
        assert recording.start == START
    hypnogram = dataset.hypnogram(first)
    assert hypnogram is not None
    assert hypnogram.onset_s == 0
    assert hypnogram.stages[:5].tolist() == [Stage.W, Stage.N1, Stage.N2, Stage.N3, Stage.R]
    assert dataset.hypnogram(unscored) is None


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"study": "telemetry"}, ["ST7011"]),
        ({"study": "cassette", "subjects": ["SC400"]}, ["SC4001", "SC4002"]),
    ],
)
def test_one_study_and_some_people(cassette: Path, params: dict[str, object], ids: list[str]) -> None:
    assert [entry.recording_id for entry in sleep_edf(cassette, **params).entries()] == ids


def test_files_in_one_folder_and_a_folder_above_are_found(cassette: Path, tmp_path: Path) -> None:
    assert len(sleep_edf(cassette / "sleep-cassette").entries()) == 3
    above = tmp_path / "above"
    above.mkdir()
    (above / "sleep-edf").symlink_to(cassette / "sleep-cassette")
    assert len(sleep_edf(above).entries()) == 3


def test_what_is_not_there_is_said(tmp_path: Path, cassette: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(
        DatasetError, match=r"no recordings of sleep-edf: looked for .*datasets download sleep-edf"
    ):
        sleep_edf(empty).entries()
    write_hypnogram(cassette / "sleep-cassette" / "x.csv", [0])
    (cassette / "sleep-cassette" / "SC4001EH-Hypnogram.edf").write_bytes(
        (cassette / "sleep-cassette" / "SC4001EC-Hypnogram.edf").read_bytes()
    )
    with pytest.raises(DatasetError, match=r"SC4001 is there twice: SC4001EC-Hypnogram\.edf, SC4001EH-Hyp"):
        sleep_edf(cassette).entries()


def test_a_real_pair(real_data: Path, tmp_path: Path) -> None:
    """The first 300 s of SC4001E0 with the whole night's hypnogram."""
    (tmp_path / "SC4001E0-PSG.edf").write_bytes((real_data / "edf/edfio/short_psg.edf").read_bytes())
    (tmp_path / "SC4001EC-Hypnogram.edf").write_bytes(
        (real_data / "sleep-edf-hypnograms/SC4001EC-Hypnogram.edf").read_bytes()
    )
    dataset = sleep_edf(tmp_path)
    (entry,) = dataset.entries()
    with dataset.open(entry) as recording:
        assert "EEG Fpz-Cz" in [channel.label for channel in recording.channels]
        assert recording.duration_s == 300
    hypnogram = dataset.hypnogram(entry)
    assert hypnogram is not None
    assert hypnogram.onset_s == 0
    assert set(hypnogram.stages[:10].tolist()) == {Stage.W}
