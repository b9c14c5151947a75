"""``predictions.h5``: every test night with the expert's stages and the model's, as it was evaluated.

Layout: root attributes ``format``, ``version``, ``stage_set`` (its name), ``classes`` (JSON list); one group
a recording in ``/recordings``, numbered in order, with attributes ``recording_id``, ``subject_id``, ``start``
(ISO 8601, or empty), ``epoch_s`` and datasets ``true_stages``, ``predicted``, ``probabilities``, ``mask``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sleepstudio.errors import StudyError
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.hypnogram import Hypnogram, Stage, StageSet
from sleepstudio.study import write_atomic

if TYPE_CHECKING:
    import h5py

FORMAT = "sleepstudio-predictions"
VERSION = 1
MAX_RECORDINGS = 100_000
MAX_EPOCHS = 1_000_000
MAX_TEXT = 1000


def write_predictions(path: Path, predictions: Sequence[StagedRecording], stage_set: StageSet) -> None:
    """Writes the nights whole or not at all; the same nights give the same bytes. Raises StudyError."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs.update(
            format=FORMAT,
            version=VERSION,
            stage_set=stage_set.name,
            classes=json.dumps(stage_set.class_names),
            members=json.dumps([[stage.name for stage in members] for members in stage_set.members]),
        )
        nights = file.create_group("recordings")
        for number, recording in enumerate(predictions):
            group = nights.create_group(f"{number:06d}")
            group.attrs.update(
                recording_id=recording.recording_id,
                subject_id=recording.subject_id,
                start=recording.start.isoformat() if recording.start else "",
                epoch_s=recording.epoch_s,
            )
            for name in _DATASETS:
                group.create_dataset(name, data=getattr(recording, name), track_times=False)
    write_atomic(path, buffer.getvalue())


def read_predictions(path: Path) -> tuple[list[StagedRecording], StageSet]:
    """The nights in the order in which they were written, and their stage set.

    The file is not trusted: links out of it, virtual and external storage, wrong types and sizes are refused.
    Raises StudyError.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            stage_set = _stage_set(file)
            nights = _child(file, "recordings", h5py.Group)
            if len(nights) > MAX_RECORDINGS:
                raise ValueError(f"{len(nights)} recordings")
            return [
                _recording(_child(nights, name, h5py.Group), stage_set) for name in sorted(nights)
            ], stage_set
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise StudyError(
            f"not a file of predictions, or damaged ({error}).",
            where=str(path),
            hint="Run mode evaluate again to write it anew.",
        ) from error


_DATASETS = {"true_stages": "i1", "predicted": "i1", "probabilities": "f4", "mask": "b1"}


def _stage_set(file: h5py.File) -> StageSet:
    if file.attrs.get("format") != FORMAT or int(file.attrs["version"]) != VERSION:
        raise ValueError(f"not {FORMAT} version {VERSION}")
    names = json.loads(_text(file, "classes"))
    members = [[Stage[name] for name in members] for members in json.loads(_text(file, "members"))]
    every = [stage for stages in members for stage in stages]
    if not all(isinstance(name, str) for name in names) or len(names) != len(members) or not all(members):
        raise ValueError("classes and their stages do not fit")
    if len(names) < 2 or len(set(every)) != len(every) or min(every) < Stage.W:
        raise ValueError("of no stage set")
    return StageSet(_text(file, "stage_set"), tuple(names), tuple(map(tuple, members)))


def _recording(group: h5py.Group, stage_set: StageSet) -> StagedRecording:
    arrays = {name: _array(group, name) for name in _DATASETS}
    if arrays["probabilities"].shape[1:] != (len(stage_set),):
        raise ValueError(f"{group.name}: probabilities of shape {arrays['probabilities'].shape}")
    start = _text(group, "start")
    recording = StagedRecording(
        recording_id=_text(group, "recording_id"),
        subject_id=_text(group, "subject_id"),
        start=datetime.fromisoformat(start) if start else None,
        epoch_s=float(group.attrs["epoch_s"]),
        **arrays,
    )
    Hypnogram(recording.true_stages, recording.epoch_s)
    return recording


def _array(group: h5py.Group, name: str) -> NDArray[Any]:
    import h5py

    dataset = _child(group, name, h5py.Dataset)
    if dataset.is_virtual or dataset.external or dataset.dtype != np.dtype(_DATASETS[name]):
        raise ValueError(f"{group.name}/{name}: not stored as {_DATASETS[name]} in this file")
    if dataset.ndim not in (1, 2) or dataset.shape[0] > MAX_EPOCHS or dataset.size > MAX_EPOCHS * 5:
        raise ValueError(f"{group.name}/{name}: shape {dataset.shape}")
    return np.asarray(dataset[()])


def _child(group: h5py.Group, name: str, kind: type) -> Any:
    import h5py

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{group.name}/{name} is a link")
    child = group[name]
    if not isinstance(child, kind):
        raise ValueError(f"{group.name}/{name} is not a {kind.__name__}")
    return child


def _text(holder: h5py.Group, name: str) -> str:
    value = holder.attrs[name]
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"{holder.name}: attribute {name} is not a short text")
    return value
