"""Datasets by name, and what is said of wrong names and parameters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sleepstudio.datasets.dataset import Dataset
from sleepstudio.datasets.registry import dataset_class, dataset_from_params, dataset_names
from sleepstudio.errors import ConfigurationError


@pytest.mark.parametrize("name", dataset_names())
def test_every_name_gives_its_adapter(name: str, tmp_path: Path) -> None:
    dataset = dataset_from_params(name, {"path": str(tmp_path), "subjects": ["1"]})
    assert isinstance(dataset, Dataset)
    assert dataset.name == name
    assert dataset.params.path == tmp_path
    assert dataset.params.subjects == ("1",)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        ConfigurationError, match=r"datasets\.1\.name: .*'sleep_acel'; the nearest is sleep-accel"
    ):
        dataset_class("sleep_acel", where="datasets.1")


def test_an_unknown_parameter_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"unknown key datasets\.0\.params\.subject_patern; .* datasets\.0\.params\.subject_pattern",
    ):
        dataset_from_params("folder", {"path": ".", "subject_patern": "x"}, where="datasets.0")


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({}, "datasets.params.path is missing"),
        ({"path": ["a"]}, "datasets.params.path: "),
        ({"path": ".", "subjects": 3}, "datasets.params.subjects: "),
        (
            {"path": ".", "subject_pattern": "("},
            r"datasets.params.subject_pattern: '\(' is no regular expression",
        ),
    ],
)
def test_wrong_parameters_are_named(params: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        dataset_from_params("folder", params)


def test_the_registry_imports_an_adapter_when_it_is_named() -> None:
    code = "import sys, sleepstudio.datasets.registry; sys.exit('sleepstudio.datasets.folder' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
