"""A session on disk, whole or not at all: ``session.json``, ``stages.csv``, what differs, a hypnogram."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sleepstudio.board.night import Night, SessionRecord, SessionSetting
from sleepstudio.board.session import SessionResult
from sleepstudio.board.session_events import finite, numbers
from sleepstudio.board.verdict import Verdict
from sleepstudio.hypnogram import NOT_COUNTED, Hypnogram
from sleepstudio.recordings import write_hypnogram_edf
from sleepstudio.study import write_atomic, write_json, writing


def save_session(parent: Path, result: SessionResult, setting: SessionSetting) -> Path:
    """Writes a session into a new folder of ``parent``, whole or not at all. Raises StudyError."""
    night, record, verdict = result.night, result.record, result.verdict
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S}-{setting.backend}-{_file_name(night.recording_id)}"
    with writing(parent):
        parent.mkdir(parents=True, exist_ok=True)
        draft = parent / f".{name}.tmp"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
    try:
        write_atomic(draft / "stages.csv", _stages_csv(night, setting, record))
        write_atomic(draft / "differences.csv", _differences_csv(setting, record, verdict))
        write_hypnogram_edf(_hypnogram(night, setting, record), draft / "hypnogram.edf")
        document = {**result.facts, "saved": now.isoformat(timespec="seconds"), "verdict": verdict.to_json()}
        write_json(draft / "session.json", document)
        with writing(parent):
            return draft.rename(_free(parent / name))
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _free(path: Path) -> Path:
    """``path``, or the first of path-2, path-3 … that is not taken."""
    candidates = [path, *(path.with_name(f"{path.name}-{number}") for number in range(2, 1000))]
    return next((each for each in candidates if not each.exists()), path)


def _file_name(recording_id: str) -> str:
    return re.sub(r"[^\w.+-]+", "_", recording_id).strip(".")[:80] or "recording"


def _stages_csv(night: Night, setting: SessionSetting, record: SessionRecord) -> str:
    names = setting.stage_set.class_names
    header = [
        "epoch", "onset_s", "stage", "class", "host_class", "exact", "expert_class", "cost", "round_trip_ms",
        *(f"percent {name}" for name in names), *(f"output {name}" for name in names),
        *(f"feature {name}" for name in setting.features),
    ]  # fmt: skip
    percent = np.rint(record.probabilities / 2.55).astype(int)
    return _csv(
        header,
        (
            [
                epoch, finite(epoch * night.epoch_s), names[record.stages[epoch]], record.stages[epoch],
                record.host_stages[epoch], int(record.exact[epoch]), _or_empty(night.expert[epoch]),
                finite(record.cost[epoch]), finite(record.round_trip_ms[epoch]),
                *percent[epoch], *record.outputs[epoch], *numbers(night.features[epoch]),
            ]
            for epoch in np.flatnonzero(record.known).tolist()
        ),
    )  # fmt: skip


def _differences_csv(setting: SessionSetting, record: SessionRecord, verdict: Verdict) -> str:
    names = setting.stage_set.class_names
    header = [
        "epoch",
        "host",
        "board",
        *(f"host {name}" for name in names),
        *(f"board {name}" for name in names),
    ]
    return _csv(
        header,
        (
            [
                each.epoch,
                names[each.host],
                names[each.board],
                *record.host_outputs[each.epoch],
                *record.outputs[each.epoch],
            ]
            for each in verdict.differences
        ),
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _or_empty(scored: np.int8) -> object:
    return "" if scored == NOT_COUNTED else scored


def _hypnogram(night: Night, setting: SessionSetting, record: SessionRecord) -> Hypnogram:
    """As every hypnogram of a model: masked epochs are UNSCORED."""
    classes = np.where(night.mask & record.known, record.stages, NOT_COUNTED)
    return Hypnogram(
        stages=setting.stage_set.stages(classes),
        epoch_s=night.epoch_s,
        start=night.start,
        scorer=f"{setting.run} ({setting.backend}, {setting.kind})",
        stage_set=setting.stage_set,
    )
