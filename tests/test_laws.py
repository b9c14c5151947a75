"""The laws of the house (docs/architecture.md), read off the code and the loaded modules."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sleepstudio

PACKAGE = Path(sleepstudio.__file__).parent

ROOMS = (
    ("__init__", "errors", "monitor", "lanes"),
    ("hypnogram", "stage_codes", "sleep_statistics"),
    ("config", "moved", "overrides"),
    ("study", "study_folder", "run_summary"),
    ("recordings",),
    ("datasets",),
    ("features",),
    ("models",),
    ("training",),
    ("staging",),
    ("evaluation",),
    ("deployment",),
    ("board",),
    ("jobs",),
    ("cli", "cli_board", "cli_datasets", "cli_files", "console", "console_board"),
    ("desktop",),
)
"""Top to bottom: a room imports from itself and from rooms above it."""

FLOOR = {name: floor for floor, names in enumerate(ROOMS) for name in names}

TENSORFLOW = ("tensorflow", "keras")
HEAVY = ("scipy", "physiokit", "tensorflow", "keras", "PySide6", "matplotlib", "sklearn", "h5py", "pydantic")


def modules() -> Iterator[tuple[Path, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield path, parts[0]


def imported(path: Path) -> Iterator[str]:
    """Names that a module imports, but for those that only the type checker sees."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("path", "room"), list(modules()), ids=lambda value: str(value)[-40:])
def test_a_room_imports_only_from_rooms_above_it(path: Path, room: str) -> None:
    for name in imported(path):
        if name.split(".")[0] == "sleepstudio" and len(name.split(".")) > 1:
            target = name.split(".")[1]
            if target.startswith("__"):
                continue
            assert FLOOR[target] <= FLOOR[room], f"{path.name} ({room}) imports {name}"
            if FLOOR[target] == FLOOR[room] and target != room:
                assert room in ROOMS[FLOOR[target]]


def test_no_qt_outside_the_desktop() -> None:
    for path, room in modules():
        if room != "desktop":
            assert not [name for name in imported(path) if name.split(".")[0] in ("PySide6", "pyqtgraph")], (
                path
            )


def test_tensorflow_is_imported_in_three_places_only() -> None:
    allowed = ("models/build", "training/", "deployment/convert")
    for path, _ in modules():
        where = path.relative_to(PACKAGE).as_posix()
        if not where.startswith(allowed):
            assert not [name for name in imported(path) if name.split(".")[0] in TENSORFLOW], where


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(finished.stdout.splitlines()[-1])}


@pytest.mark.parametrize(
    "statement",
    [
        "import sleepstudio",
        "import sleepstudio.cli\ntry: sleepstudio.cli.main(['--help'])\nexcept SystemExit: pass",
        "import sleepstudio.cli\ntry: sleepstudio.cli.main(['--version'])\nexcept SystemExit: pass",
    ],
)
def test_starting_is_light(statement: str) -> None:
    assert not loaded_after(statement) & set(HEAVY)


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        (
            "import sleepstudio.hypnogram, sleepstudio.sleep_statistics",
            {"scipy", "pydantic", "h5py", *TENSORFLOW},
        ),
        ("import sleepstudio.recordings, sleepstudio.datasets.registry", {"scipy", "physiokit", *TENSORFLOW}),
        (
            "import sleepstudio.datasets.catalogue_scan, sleepstudio.datasets.drop\n"
            "import sleepstudio.datasets.catalogue_filter, sleepstudio.recordings.scoring",
            {"scipy", "physiokit", "h5py", "matplotlib", "sklearn", "PySide6", *TENSORFLOW},
        ),
        (
            "from sleepstudio.features.registry import feature_set, feature_set_names\n"
            "[feature_set(name).columns for name in feature_set_names()]",
            {"scipy", "physiokit", *TENSORFLOW},
        ),
        ("import sleepstudio.models.cost, sleepstudio.models.registry", {"scipy", *TENSORFLOW}),
        ("import sleepstudio.staging.stage, sleepstudio.staging.interpreter", set(TENSORFLOW)),
        (
            "import sleepstudio.jobs.demo, sleepstudio.jobs.board, sleepstudio.jobs.flash",
            {"unicorn", "pylink", "matplotlib", "PySide6", *TENSORFLOW},
        ),
        ("import sleepstudio.evaluation.evaluate, sleepstudio.jobs.run", {"matplotlib", *TENSORFLOW}),
    ],
)
def test_a_window_may_use_what_it_needs_without_the_heavy_libraries(statement: str, absent: set[str]) -> None:
    assert not loaded_after(statement) & absent
