"""The study folder: where everything lives, and how it is written so that a kill loses nothing.

A study is a folder with ``features/`` (or a configuration's ``save_path``) and run folders. A run folder
grows by stages (train, evaluate, export, report): each is written under a temporary name, moved into place,
and recorded in ``manifest.json`` last. A stage that is not in the manifest does not exist.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sleepstudio.errors import StudyError

MAX_JSON_BYTES = 64 << 20

_HINTS = {
    errno.ENOSPC: "The disk is full: free some space and try again; what is complete is kept.",
    errno.EDQUOT: "The disk quota is used up: free some space and try again; what is complete is kept.",
    errno.EACCES: "There is no permission to write here: choose another folder with --out.",
    errno.EPERM: "There is no permission to write here: choose another folder with --out.",
    errno.EROFS: "This file system is read-only: make it writable, or choose another folder (--out).",
    errno.ENOTDIR: "A part of this path is a file: choose another folder with --out.",
    errno.EEXIST: "A file of that name is in the way: choose another folder with --out.",
}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns an operating-system error met while writing ``path`` into a StudyError with the remedy."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        hint = _HINTS.get(error.errno or 0, "")
        raise StudyError(f"cannot be written ({reason}).", where=str(path), hint=hint) from error


def write_atomic(path: Path, content: bytes | str) -> None:
    """Writes a file whole or not at all. Raises StudyError."""
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Writes a JSON object, whole or not at all; not-a-number is refused. Raises StudyError."""
    write_atomic(path, json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object. Raises StudyError where it is missing, too large or damaged."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_JSON_BYTES + 1)
        if len(data) > MAX_JSON_BYTES:
            raise StudyError("larger than 64 MiB.", where=str(path))
        document = json.loads(data)
    except OSError as error:
        raise StudyError(f"cannot be read ({error.strerror}).", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise StudyError(f"damaged: {error}.", where=str(path)) from error
    if not isinstance(document, dict):
        raise StudyError("not a JSON object.", where=str(path))
    return document


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Holds ``folder`` for this process. Raises StudyError at once where another process holds it.

    The lock is the operating system's, so that it ends with a killed process.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StudyError(
                "another Sleep Studio process is working in this folder.",
                where=str(folder),
                hint="Wait for it to end, or choose another folder with --out.",
            ) from error
    try:
        yield
    finally:
        lock.release()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RunFolder:
    """One run: a model with all its evidence. See the module's docstring for how it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def work(self) -> Path:
        """Where unfinished work is kept for resuming: checkpoints, stages being written."""
        return self.path / "work"

    def manifest(self) -> dict[str, Any]:
        """The manifest; without a file, that of an empty run. Raises StudyError where it is damaged."""
        path = self.path / "manifest.json"
        return read_json(path) if path.exists() else {"stages": {}}

    def has(self, stage: str) -> bool:
        return stage in self.manifest()["stages"]

    def stage_facts(self, stage: str) -> dict[str, Any]:
        """What was recorded with a complete stage. Raises StudyError where the run lacks it."""
        stages = self.manifest()["stages"]
        if stage not in stages:
            raise StudyError(
                f"this run has no complete {stage} stage.",
                where=str(self.path),
                hint=f"Run mode {stage} first.",
            )
        facts: dict[str, Any] = stages[stage]["facts"]
        return facts

    def file(self, stage: str, name: str) -> Path:
        """Path of a file of a complete stage, verified against the manifest. Raises StudyError."""
        self.stage_facts(stage)
        recorded = self.manifest()["stages"][stage]["files"].get(name)
        path = self.path / name
        if recorded is None or not path.is_file():
            raise StudyError(f"{name} is missing.", where=str(self.path), hint=f"Run mode {stage} again.")
        if sha256_of(path) != recorded:
            raise StudyError(
                f"{name} is not the file that mode {stage} wrote.",
                where=str(self.path),
                hint=f"Run mode {stage} again.",
            )
        return path

    @contextmanager
    def adding(self, stage: str, *, replaces: tuple[str, ...] = ()) -> Iterator[StageFiles]:
        """Adds a stage: the caller writes into ``StageFiles.folder``; all of it appears, or none.

        The stage and those that were derived from it (``replaces``) leave the manifest first, so that a
        kill in between leaves no mixture that claims to be a run.
        """
        files = StageFiles(self.work / f"{stage}.new")
        with writing(self.path):
            shutil.rmtree(files.folder, ignore_errors=True)
            files.folder.mkdir(parents=True)
        yield files
        with writing(self.path):
            self._forget((stage, *replaces))
            written = {}
            for source in sorted(path for path in files.folder.rglob("*") if path.is_file()):
                name = source.relative_to(files.folder).as_posix()
                target = self.path / name
                target.parent.mkdir(parents=True, exist_ok=True)
                written[name] = sha256_of(source)
                source.replace(target)
            shutil.rmtree(files.folder)
            manifest = self.manifest()
            manifest["versions"] = installed_versions()
            manifest["stages"][stage] = {
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "facts": files.facts,
                "files": written,
            }
            write_json(self.path / "manifest.json", manifest)

    def _forget(self, stages: tuple[str, ...]) -> None:
        manifest = self.manifest()
        gone = [manifest["stages"].pop(stage) for stage in stages if stage in manifest["stages"]]
        if gone:
            write_json(self.path / "manifest.json", manifest)
        for name in {name for stage in gone for name in stage["files"]}:
            (self.path / name).unlink(missing_ok=True)


class StageFiles:
    """A stage being written: a folder for its files, and facts for the manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = {}


def installed_versions() -> dict[str, str]:
    """Versions of what a result depends on, as installed; what is not installed is left out."""
    names = (
        "sleepstudio",
        "numpy",
        "scipy",
        "physiokit",
        "h5py",
        "tensorflow",
        "tensorflow-cpu",
        "keras",
        "ai-edge-litert",
        "tflite-micro",
    )
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
