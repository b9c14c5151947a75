"""A run folder is whole at every moment: what is not in its manifest does not exist."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from sleepstudio.errors import StudyError
from sleepstudio.study import RunFolder, exclusive, read_json, write_atomic, write_json, writing


def add(run: RunFolder, stage: str, content: str, *, replaces: tuple[str, ...] = ()) -> None:
    with run.adding(stage, replaces=replaces) as files:
        (files.folder / f"{stage}.txt").write_text(content)
        (files.folder / "folds").mkdir()
        (files.folder / "folds" / f"{stage}.txt").write_text(content)
        files.facts["content"] = content


def test_a_stage_appears_whole_with_its_files_and_facts(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    add(run, "train", "one")
    assert run.stage_facts("train") == {"content": "one"}
    assert run.file("train", "folds/train.txt").read_text() == "one"
    assert list(run.work.iterdir()) == []


def test_a_stage_that_fails_while_being_written_leaves_the_older_one(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    add(run, "train", "old")
    with pytest.raises(FileNotFoundError), run.adding("train") as files:
        (files.folder / "train.txt").write_bytes((tmp_path / "nowhere").read_bytes())
    assert run.file("train", "train.txt").read_text() == "old"


def test_a_new_training_takes_what_was_derived_from_the_old_one(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    add(run, "train", "old")
    add(run, "evaluate", "of the old")
    add(run, "train", "new", replaces=("evaluate",))
    assert not run.has("evaluate")
    assert not (run.path / "evaluate.txt").exists()
    with pytest.raises(StudyError, match="no complete evaluate stage"):
        run.file("evaluate", "evaluate.txt")


def test_a_file_that_was_changed_afterwards_is_not_taken(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    add(run, "train", "one")
    (run.path / "train.txt").write_text("two")
    with pytest.raises(StudyError, match="not the file that mode train wrote"):
        run.file("train", "train.txt")


def test_a_damaged_manifest_is_said(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"stages": ')
    with pytest.raises(StudyError, match="damaged"):
        RunFolder(tmp_path).manifest()


def test_atomic_writing_leaves_the_old_file_where_the_new_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"a": float("nan")})
    assert read_json(path) == {"a": 1}
    assert [child.name for child in tmp_path.iterdir()] == ["f.json"]


def test_full_disk_is_said_with_its_remedy() -> None:
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("there is no /dev/full")
    full = Path("/dev/full")
    with pytest.raises(StudyError, match="The disk is full"), writing(full), full.open("w") as file:
        file.write("x" * 100_000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said_with_its_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StudyError, match="choose another folder with --out"):
        write_atomic(tmp_path / "f", b"x")


def test_a_file_where_a_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="--out"):
        write_atomic(tmp_path / "file" / "f", b"x")


def _hold(folder: Path, ready: object, go: object) -> None:
    with exclusive(folder):
        ready.set()  # type: ignore[attr-defined]
        go.wait(30)  # type: ignore[attr-defined]


def test_a_second_process_is_refused_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, ready, go))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(StudyError, match="another Sleep Studio process"), exclusive(tmp_path):
        pass
    holder.kill()
    holder.join(30)
    with exclusive(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_a_json_file_that_lies_about_its_type(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text(json.dumps([1]))
    with pytest.raises(StudyError, match="not a JSON object"):
        read_json(path)
