"""Paths that were written before a study was moved or copied, brought to where the study is now.

One rule, everywhere: a text that is an absolute path in the folder of then means the same place in the
folder of now, unless only the old one exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

STUDY_FILE: Final = "study.json"
FOLDER: Final = "folder"
"""Key under which a study's own files say where the study was when they were written."""

_RUN_IN_STUDY: Final = 2
"""Without a ``study.json``, a run is ``runs/<name>`` of its study."""


def at_present(value: Any, then: Path, now: Path) -> Any:
    """A JSON value with every path in ``then`` brought to ``now``; the value itself where they are one."""
    if then == now or not then.is_absolute():
        return value
    if isinstance(value, str):
        return _path_at_present(value, then, now)
    if isinstance(value, Mapping):
        return {key: at_present(item, then, now) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [at_present(item, then, now) for item in value]
    return value


def said_in(document: Mapping[str, Any], now: Path) -> dict[str, Any]:
    """A study's own file as it is to be read in the folder ``now``, without the key of where it was."""
    then = document.get(FOLDER)
    rest = {key: value for key, value in document.items() if key != FOLDER}
    return dict(at_present(rest, Path(then), now)) if isinstance(then, str) else rest


def run_configuration_at_present(document: Mapping[str, Any], run: Path) -> dict[str, Any]:
    """The ``configuration.json`` of the run in the folder ``run``: its ``job_dir`` is that folder.

    The study around it has moved along where the run stands at the same place in it.
    """
    written = document.get("job_dir")
    run = run.absolute()
    if not isinstance(written, str) or not Path(written).is_absolute() or Path(written) == run:
        return dict(document)
    then, now = Path(written), run
    depth = _depth_in_study(run)
    if len(then.parts) > depth and then.parts[-depth:] == run.parts[-depth:]:
        then, now = then.parents[depth - 1], run.parents[depth - 1]
    return {**at_present(document, then, now), "job_dir": str(run)}


def _depth_in_study(run: Path) -> int:
    """How many folders a run lies below its study."""
    for depth, folder in enumerate(run.parents, 1):
        if (folder / STUDY_FILE).is_file():
            return depth
    return _RUN_IN_STUDY


def _path_at_present(text: str, then: Path, now: Path) -> str:
    if not text.startswith(str(then)):
        return text
    path = Path(text)
    if not path.is_relative_to(then):
        return text
    moved = now / path.relative_to(then)
    return text if path.exists() and not moved.exists() else str(moved)
