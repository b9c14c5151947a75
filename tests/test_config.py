"""Configurations load as SleepKit's do; everything unknown is refused with the nearest known key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sleepstudio.config import MAIN_JOB, StudyConfiguration, load_configuration, parse_configuration
from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import STAGE_SETS, Stage

SMALL = {"feature": {"name": "FS-W-SA-4"}, "stage_set": 4, "frame_size": 240}


def small(**changes: object) -> dict[str, object]:
    return {**SMALL, **changes}


@pytest.mark.parametrize(
    ("name", "names", "sleep_class"),
    [
        ("ss-2", ("WAKE", "SLEEP"), 1),
        ("ss-3", ("WAKE", "SLEEP", "REM"), 1),
        ("ss-4", ("WAKE", "CORE", "DEEP", "REM"), 1),
        ("ss-5", ("WAKE", "N1", "N2", "N3", "REM"), 2),
    ],
)
def test_sleepkit_configurations_load_unchanged(
    sleepkit_configs: Path, name: str, names: tuple[str, ...], sleep_class: int
) -> None:
    path = sleepkit_configs / f"{name}-tcn-sm.json"
    configuration = load_configuration(path)
    document = json.loads(path.read_text())
    stage_set = configuration.resolved_stage_set()
    assert stage_set.class_names == names
    assert stage_set.classes([Stage.N2, Stage.UNSCORED, Stage.ARTIFACT]).tolist() == [sleep_class, -1, -1]
    assert configuration.modes == MAIN_JOB
    for key in (
        "epochs",
        "batch_size",
        "steps_per_epoch",
        "lr_rate",
        "class_weights",
        "val_size",
        "frame_size",
    ):
        assert getattr(configuration, key) == document[key]
    assert configuration.architecture is not None
    assert configuration.architecture.params == document["architecture"]["params"]


def test_a_dumped_configuration_loads_as_the_same(sleepkit_configs: Path) -> None:
    configuration = load_configuration(sleepkit_configs / "ss-5-tcn-sm.json")
    assert parse_configuration(json.loads(configuration.model_dump_json())) == configuration


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("epocs=3", "unknown key epocs; the nearest known key is epochs"),
        ("feature.nmae=x", "unknown key feature.nmae; the nearest known key is feature.name"),
        ("quantization.io_typ=int8", "the nearest known key is quantization.io_type"),
        ("split.fold=3", "the nearest known key is split.folds"),
        ("epochs=many", "epochs: "),
        ("epochs", "is not key=value"),
        ("datasets.2.name=x", "2 in datasets.2.name is not one of the 0 entries"),
        ("name.x=1", "name in name.x holds a plain value"),
        ("sampling_rate=1", "0.03333 is the only rate"),
        ("quantization.qat=true", "not available"),
        ("model_file=other.keras", "always model.keras"),
        ("stage_set=6", "stage_set"),
        ("num_classes=3", "there are 4 classes"),
        ("name=a/b", "name"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, override: str, said: str) -> None:
    path = tmp_path / "study.json"
    path.write_text(json.dumps({**SMALL, "name": "x", "datasets": []}))
    with pytest.raises(ConfigurationError, match="(?s)" + said.replace("(", r"\(")):
        load_configuration(path, [override])


def test_overrides_reach_inside_and_keep_text_that_is_not_json(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    path.write_text(json.dumps(small(datasets=[{"name": "folder", "params": {"path": "a"}}])))
    configuration = load_configuration(
        path, ["datasets.0.params.path=nächte/1", "epochs=7", "split.method=kfold", "feature.feat_cols=[0,2]"]
    )
    assert configuration.datasets[0].params["path"] == "nächte/1"
    assert configuration.epochs == 7
    assert configuration.split.method == "kfold"
    assert configuration.feature.feat_cols == (0, 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b" " * (1 << 20) + b"{}", "larger than 1 MiB"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "study.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        load_configuration(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_configuration(tmp_path / "nowhere.json")


def test_stage_set_by_name_and_by_class_map_are_the_same() -> None:
    by_name = StudyConfiguration.model_validate(small())
    by_map = StudyConfiguration.model_validate(
        {"feature": SMALL["feature"], "frame_size": 240, "class_map": {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3}}
    )
    assert by_name.resolved_stage_set() == by_map.resolved_stage_set() == STAGE_SETS[4]


@pytest.mark.parametrize(
    ("class_map", "said"),
    [
        ({0: 0, 1: 2}, "without a hole"),
        ({0: 0, 9: 1}, r"stage codes \[9\]"),
        ({0: 0, 3: 0, 4: 1}, "both N3"),
        ({0: 0}, "without a hole"),
    ],
)
def test_a_class_map_that_cannot_be_meant(class_map: dict[int, int], said: str) -> None:
    document = {"feature": SMALL["feature"], "frame_size": 240, "class_map": class_map}
    with pytest.raises(ConfigurationError, match=said):
        parse_configuration(document)


def test_codes_left_out_of_a_class_map_are_not_counted() -> None:
    document = {"feature": SMALL["feature"], "frame_size": 240, "class_map": {0: 0, 5: 1}}
    stage_set = parse_configuration(document).resolved_stage_set()
    assert stage_set.classes([Stage.W, Stage.N2, Stage.R]).tolist() == [0, -1, 1]


def test_keys_without_effect_are_those_set_to_something() -> None:
    configuration = StudyConfiguration.model_validate(small(buffer_size=50_000, project="sleepkit"))
    assert configuration.keys_without_effect() == ("buffer_size",)
