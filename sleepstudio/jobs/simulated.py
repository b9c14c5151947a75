"""Whether a study's nights were simulated: then no figure of theirs is performance."""

from __future__ import annotations

from pathlib import Path

from sleepstudio.config import StudyConfiguration


def is_simulated(configuration: StudyConfiguration) -> bool:
    """Whether the nights came from the simulator, which leaves their truth beside them."""
    paths = [item.params.get("path") for item in configuration.datasets if item.name == "mesa"]
    return any(isinstance(path, str) and (Path(path) / "truth").is_dir() for path in paths)
