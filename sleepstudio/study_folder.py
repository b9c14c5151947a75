"""A study: a folder with its name, its configuration's defaults, its catalogue, scoring, features and runs.

``study.json`` makes a folder a study. Everything else in it may be missing, and what is there without a
``study.json`` (made by ``sleepstudio --batch --out``) is kept when a study is created around it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sleepstudio.errors import StudyError
from sleepstudio.moved import FOLDER, STUDY_FILE, said_in
from sleepstudio.run_summary import RunSummary, summarise_run
from sleepstudio.study import read_json, write_json

FORMAT = "sleepstudio study"
VERSION = 1
SCORING = "scoring"
MAX_NAME = 200
_MAX_FILE_NAME = 120
_STATE_FILE = "state.json"
_DAMAGED_HINT = (
    "Restore it from a copy, or delete it and create the study in this folder again: recordings, scoring,"
    " features and runs stay."
)


class Study:
    """An open study. Holds paths and what ``study.json`` says; opens no database and reads no recording."""

    def __init__(self, path: Path, document: Mapping[str, Any]) -> None:
        self.path = path
        self._document = dict(document)

    @classmethod
    def create(cls, path: Path, name: str = "") -> Study:
        """Makes ``path`` a study, the folder too where it is not there; what it holds is kept.

        ``name``: what the title shows; by default the folder's. Raises StudyError where there is a study
        already, or nothing can be written.
        """
        path = path.expanduser().absolute()
        if (path / STUDY_FILE).exists():
            raise StudyError("there is a study here already.", where=str(path), hint="Open it.")
        document = {
            "format": FORMAT,
            "version": VERSION,
            "name": _checked_name(name or path.name),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "configuration": {},
            "linked_runs": [],
        }
        write_json(path / STUDY_FILE, {**document, FOLDER: str(path)})
        return cls(path, document)

    @classmethod
    def open(cls, path: Path) -> Study:
        """The study in a folder (or whose ``study.json`` this is).

        Raises StudyError with the remedy where there is none, where ``study.json`` is damaged or of a newer
        Sleep Studio, and where the folder is read-only.
        """
        path = path.expanduser().absolute()
        if path.name == STUDY_FILE and path.is_file():
            path = path.parent
        file = path / STUDY_FILE
        if not path.is_dir():
            problem = "this is a file, not a study's folder" if path.exists() else "there is no such folder"
            raise StudyError(f"{problem}.", where=str(path), hint="Was it moved or renamed? Open it there.")
        if not file.exists():
            raise StudyError(
                "this folder is no study yet.", where=str(path), hint="Create a study in it: nothing is lost."
            )
        document = _checked(file)
        _refuse_read_only(path)
        return cls(path, document)

    @property
    def name(self) -> str:
        return str(self._document["name"])

    @property
    def configuration(self) -> dict[str, Any]:
        """The defaults of new jobs: a configuration document, as in a configuration file; maybe empty."""
        return dict(self._document["configuration"])

    @property
    def catalogue_path(self) -> Path:
        return self.path / "catalogue.sqlite"

    @property
    def scoring(self) -> Path:
        """Scoring made here: ``scoring/<recording>/<scorer>.csv`` and its journal."""
        return self.path / SCORING

    @property
    def features(self) -> Path:
        return self.path / "features"

    @property
    def runs_folder(self) -> Path:
        return self.path / "runs"

    @property
    def jobs(self) -> Path:
        """Configurations of the jobs that were started, for replaying them."""
        return self.path / "jobs"

    def scoring_folder(self, recording_id: str) -> Path:
        """Where a recording's own scoring is kept; it need not be there."""
        return self.scoring / file_name(recording_id)

    def rename(self, name: str) -> None:
        """Changes the name that the title shows, not the folder's. Raises StudyError."""
        self._save({"name": _checked_name(name)})

    def save_configuration(self, document: Mapping[str, Any]) -> None:
        """Keeps the defaults of new jobs. Raises StudyError."""
        self._save({"configuration": dict(document)})

    def state(self) -> dict[str, Any]:
        """How the study was left: what a window last stored; empty where there is nothing readable."""
        try:
            return said_in(read_json(self.path / _STATE_FILE), self.path)
        except StudyError:
            return {}

    def save_state(self, state: Mapping[str, Any]) -> None:
        """Keeps how the study is left. Raises StudyError."""
        write_json(self.path / _STATE_FILE, {**state, FOLDER: str(self.path)})

    def runs(self) -> tuple[RunSummary, ...]:
        """Every run in ``runs/`` and every linked one, by name; a damaged one says so in ``problem``.

        Reads each run's manifest, configuration and metrics; opens no model and no predictions.
        """
        found = [*_run_folders(self.runs_folder), *self.linked_runs]
        summaries = [summarise_run(path) for path in dict.fromkeys(found)]
        return tuple(sorted(summaries, key=lambda run: (run.name.casefold(), str(run.path))))

    @property
    def linked_runs(self) -> tuple[Path, ...]:
        """Runs elsewhere that are compared with this study's."""
        return tuple(Path(path) for path in self._document["linked_runs"])

    def link_run(self, path: Path) -> None:
        """Lists a run that lies elsewhere. Raises StudyError where it is no run folder."""
        path = path.absolute()
        if not (path / "manifest.json").is_file():
            raise StudyError(
                "this folder holds no run.", where=str(path), hint="A run has a manifest.json: choose that."
            )
        inside = path.parent == self.runs_folder
        self._save({"linked_runs": _texts(self.linked_runs if inside else (*self.linked_runs, path))})

    def unlink_run(self, path: Path) -> None:
        """No longer lists a run that lies elsewhere; its folder stays. Raises StudyError."""
        self._save({"linked_runs": _texts(linked for linked in self.linked_runs if linked != path)})

    def _save(self, changes: Mapping[str, Any]) -> None:
        # read again first: another window may have changed another key meanwhile
        document = {**_checked(self.path / STUDY_FILE), **changes}
        write_json(self.path / STUDY_FILE, {**document, FOLDER: str(self.path)})
        self._document = document


def file_name(text: str) -> str:
    """``text`` as the name of a file on every system; different texts give different names.

    What a name cannot hold is percent-encoded. Long names end in a hash instead.
    """
    name = quote(text, safe=" +,=@()[]")
    name = "%20" * (len(name) - len(name.lstrip(" "))) + name.lstrip(" ")
    name = name.rstrip(" ") + "%20" * (len(name) - len(name.rstrip(" ")))
    if not name.strip("."):
        name = "%2E" * len(name) or "%"
    if len(name) > _MAX_FILE_NAME:
        name = f"{name[: _MAX_FILE_NAME - 17]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return name


def _texts(paths: Any) -> list[str]:
    return list(dict.fromkeys(str(path) for path in paths))


def _run_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [child for child in sorted(folder.iterdir()) if (child / "manifest.json").is_file()]


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME:
        raise StudyError(f"a study's name has 1 to {MAX_NAME} characters.", where="name")
    return name


def _checked(file: Path) -> dict[str, Any]:
    """What ``study.json`` says, every key there. Raises StudyError."""
    try:
        document = read_json(file)
    except StudyError as error:
        raise StudyError(error.message, where=error.where, hint=_DAMAGED_HINT) from error
    version = document.get("version")
    if document.get("format") != FORMAT or not isinstance(version, int):
        raise StudyError(
            "this is not a study's, but another program's study.json, or damaged.",
            where=str(file),
            hint=_DAMAGED_HINT,
        )
    if version > VERSION:
        raise StudyError(
            f"the study was written by a newer Sleep Studio (format {version}; this one reads {VERSION}).",
            where=str(file),
            hint="Install the newer version.",
        )
    document = {"name": file.parent.name, "configuration": {}, "linked_runs": []} | said_in(
        document, file.parent
    )
    kinds = {"name": str, "configuration": dict, "linked_runs": list}
    wrong = next((key for key, kind in kinds.items() if not isinstance(document[key], kind)), None)
    if wrong or not all(isinstance(path, str) for path in document["linked_runs"]):
        raise StudyError(f"{wrong or 'linked_runs'} is damaged.", where=str(file), hint=_DAMAGED_HINT)
    return document


def _refuse_read_only(path: Path) -> None:
    """Asks by writing: permissions alone do not tell of a read-only disk."""
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise StudyError(
            f"the study cannot be written to ({error.strerror or error}).",
            where=str(path),
            hint="Free space or change the permissions, or copy the study elsewhere and open the copy.",
        ) from error
