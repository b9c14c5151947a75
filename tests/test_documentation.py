"""The documentation names every key there is, and its decisions are numbered once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from sleepstudio.config import (
    MODES,
    BoardSection,
    DownloadSection,
    FeatureSection,
    SimulationSection,
    SplitSection,
    StudyConfiguration,
)

DOCS = Path(__file__).parent.parent / "docs"


def test_every_configuration_key_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text("utf-8")
    named = set(re.findall(r"`([a-zA-Z_.]+)`", text))
    keys = {
        *StudyConfiguration.model_fields,
        *(f"feature.{key}" for key in FeatureSection.model_fields),
        *(f"split.{key}" for key in SplitSection.model_fields),
        *(f"board.{key}" for key in BoardSection.model_fields),
        *(f"download.{key}" for key in DownloadSection.model_fields),
        *SimulationSection.model_fields,
        *MODES,
    }
    sections = {"feature", "split", "quantization", "prediction", "board"}
    assert keys - sections <= named


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("*.md")]
    assert numbers
    assert [number for number, count in Counter(numbers).items() if count > 1] == []
