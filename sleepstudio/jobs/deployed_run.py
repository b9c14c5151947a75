"""A run that was exported, as a board and its sessions need it; without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sleepstudio.board.night import Night, Seen, SessionKind
from sleepstudio.config import StudyConfiguration, load_configuration
from sleepstudio.errors import StudyError
from sleepstudio.features.feature_table import FeatureTable
from sleepstudio.features.normalise import normalise_night
from sleepstudio.hypnogram import NOT_COUNTED, StageSet
from sleepstudio.jobs.job import Job
from sleepstudio.jobs.tables import load_tables
from sleepstudio.staging.interpreter import TfliteModel
from sleepstudio.staging.rolling import input_quantisation, normalise_rolling
from sleepstudio.staging.stage import night_frames
from sleepstudio.staging.tiling import stitch
from sleepstudio.study import read_json
from sleepstudio.training.frames import column_indices
from sleepstudio.training.splits import Fit, Split


@dataclass(frozen=True, eq=False)
class DeployedRun:
    """``fit``: of the exported model, with who it was trained, validated and tested on."""

    job: Job
    configuration: StudyConfiguration
    fit: Fit
    model: TfliteModel

    @property
    def name(self) -> str:
        return self.configuration.name

    @property
    def stage_set(self) -> StageSet:
        return self.configuration.resolved_stage_set()

    def image(self) -> bytes:
        """The board image, as exported; of an older run, made now. Raises ExportError, StudyError."""
        files = self.job.run.manifest()["stages"]["export"]["files"]
        if "board_image.bin" in files:
            return self.job.run.file("export", "board_image.bin").read_bytes()
        from sleepstudio.deployment.board_image_writer import board_image

        facts = self.job.run.stage_facts("train")["fits"][self.fit.name]
        name = self.stage_set.name
        return board_image(
            self.model,
            name=self.name,
            stage_set=int(name) if name.isdigit() else 0,
            parameters=int(facts["parameters"]),
        )

    def feature_names(self, table: FeatureTable) -> tuple[str, ...]:
        """Of the columns that the model is given."""
        chosen = column_indices(table, self.configuration.feature.feat_cols)
        return tuple(table.columns[position].name for position in chosen)

    def seen(self, recording_id: str) -> Seen:
        """What the model knew of a recording before."""
        for part, label in _LABELS.items():
            if recording_id in getattr(self.fit, part):
                return label
        return "not in the split"

    def default_recordings(self, kind: SessionKind) -> tuple[str, ...]:
        """The held-out ones; where a k-fold run has none, everyone. One of them for a rolling session."""
        every = self.fit.test or tuple(sorted((*self.fit.train, *self.fit.validation)))
        return every if kind == "frames" else every[:1]

    def tables(self, recordings: tuple[str, ...]) -> Mapping[str, FeatureTable]:
        """Their feature tables; one that is missing is that recording's error. Raises StudyError."""
        tables = load_tables(self.job, only=recordings)
        failed = {
            *self.job.monitor.failed,
            *(name for name in recordings if name.rpartition("/")[2] in self.job.monitor.failed),
        }
        unknown = [name for name in recordings if name not in tables and name not in failed]
        if unknown:
            raise StudyError(
                f"there is no recording {unknown[0]!r} in this study.",
                where="board.recordings",
                hint=f"Held out are {', '.join(self.fit.test[:8]) or 'none'}.",
            )
        return {name: tables[name] for name in recordings if name in tables}

    def night(self, table: FeatureTable, kind: SessionKind, epochs: int | None = None) -> Night:
        """A recording as a session is given it, its first ``epochs``. Raises TrainingError, FeatureError."""
        columns = self.configuration.feature.feat_cols
        features = table.features[:, column_indices(table, columns)]
        normalise = normalise_rolling if kind == "rolling" else normalise_night
        frames = input_quantisation(self.model).quantise(night_frames(table, self.model.frame_size, columns))
        classes = np.where(table.mask, self.stage_set.classes(table.stages), NOT_COUNTED)
        night = Night(
            recording_id=table.recording_id,
            features=features,
            rows=normalise(features, table.mask),
            mask=table.mask,
            expert=classes.astype(np.int8),
            offline=stitch(self.model.predict_int8(frames), len(table)),
            start=table.start,
            epoch_s=table.epoch_s,
            seen=self.seen(table.recording_id),
        )
        if epochs is None or kind == "frames":
            return night
        shown = slice(0, epochs)
        return replace(
            night,
            features=night.features[shown],
            rows=night.rows[shown],
            mask=night.mask[shown],
            expert=night.expert[shown],
            offline=night.offline[shown],
        )


_LABELS: dict[str, Seen] = {
    "test": "held out",
    "validation": "seen in validation",
    "train": "seen in training",
}


def load_deployed_run(job: Job) -> DeployedRun:
    """The run's exported model. Raises StudyError where there is none."""
    configuration = load_configuration(job.run.file("train", "configuration.json"))
    fit = Split.from_json(read_json(job.run.file("train", "split.json"))).exported
    if fit is None:
        raise StudyError(
            "the run has folds and no model of its own.",
            where=str(job.run.path),
            hint="Train with split.final_model true.",
        )
    model = TfliteModel.from_file(job.run.file("export", "model.tflite"))
    return DeployedRun(job, configuration, fit, model)
