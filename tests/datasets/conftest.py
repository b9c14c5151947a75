"""An empty study, its catalogue, and three nights to add to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue_nights import STAGES, write_hypnogram, write_night

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.study_folder import Study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study.create(tmp_path / "study")


@pytest.fixture
def catalogue(study: Study) -> Iterator[Catalogue]:
    with Catalogue(study) as opened:
        yield opened


@pytest.fixture
def nights(tmp_path: Path) -> Path:
    """Three nights, the first scored beside it."""
    folder = tmp_path / "nights"
    for name in ("n1", "n2", "n10"):
        write_night(folder / f"{name}.edf")
    write_hypnogram(folder / "n1.csv", STAGES)
    return folder
