"""The study configuration: one JSON for every mode. SleepKit's configurations load unchanged.

This module validates the envelope; the ``params`` of a dataset, a feature set or an architecture are
validated by the thing they configure when a job resolves them.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sleepstudio.errors import ConfigurationError
from sleepstudio.hypnogram import EPOCH_S, NOT_COUNTED, STAGE_SETS, Stage, StageSet
from sleepstudio.moved import run_configuration_at_present
from sleepstudio.overrides import apply_override

MAX_CONFIGURATION_BYTES = 1 << 20
RUN_FILE = "configuration.json"
"""A run's own, complete and replayable."""

Mode = Literal[
    "simulate",
    "feature",
    "train",
    "evaluate",
    "export",
    "predict",
    "flash",
    "demo",
    "board",
    "download",
    "files",
]
Backend = Literal["pc", "virtual", "evb"]
MODES: tuple[Mode, ...] = get_args(Mode)
MAIN_JOB: tuple[Mode, ...] = ("feature", "train", "evaluate", "export")

SLEEPKIT_STAGES = {0: Stage.W, 1: Stage.N1, 2: Stage.N2, 3: Stage.N3, 4: Stage.N3, 5: Stage.R}

WITHOUT_EFFECT = frozenset(
    {
        "buffer_size",
        "display_report",
        "force_download",
        "lr_decay",
        "project",
        "test_file",
        "threshold",
        "val_acc_threshold",
        "val_file",
        "val_steps_per_epoch",
        "verbose",
    }
)
"""SleepKit's keys that load but change nothing here; ``docs/configuration.md`` says why for each."""


class Section(BaseModel):
    """A part of the configuration: frozen, and every key known."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Named(Section):
    """A registered thing and its parameters, which that thing validates."""

    name: str
    params: dict[str, Any] = Field(default_factory=dict)


class FeatureSection(Section):
    """Which feature set, and where its tables are stored."""

    name: str
    sampling_rate: float | None = Field(None, gt=0)
    """Rate in Hz that signals are brought to; None: the feature set's own."""
    frame_size: int | None = Field(None, gt=0)
    """Samples of one window at ``sampling_rate``; None: the feature set's own."""
    loader: Literal["hdf5"] = "hdf5"
    feat_key: Literal["features"] = "features"
    label_key: str = "stage_labels"
    mask_key: Literal["mask"] = "mask"
    feat_cols: tuple[int | str, ...] | None = None
    """Columns to use, by number (SleepKit) or name; None: all."""
    save_path: Path | None = None
    params: dict[str, Any] = Field(default_factory=dict)


class QuantizationSection(Section):
    """Int8 conversion. SleepKit spells the format ``format`` or ``mode``."""

    enabled: bool = True
    qat: bool = False
    format: Literal["INT8"] = Field("INT8", alias="mode")
    io_type: Literal["int8"] = "int8"
    conversion: Literal["KERAS", "CONCRETE"] = "KERAS"
    """Accepted as SleepKit has it; conversion is always from the Keras model at a fixed batch of one."""
    debug: bool = False
    fallback: bool = False

    model_config = ConfigDict(populate_by_name=True)

    @field_validator("qat", "fallback", "debug")
    @classmethod
    def _not_available(cls, value: bool) -> bool:
        if value:
            raise ValueError("not available: the int8 model is quantised after training, in full")
        return value

    @field_validator("enabled")
    @classmethod
    def _always(cls, value: bool) -> bool:
        if not value:
            raise ValueError("an export is always int8; leave mode export out to keep the float model alone")
        return value


class SplitSection(Section):
    """How people are divided. Never by epoch, and one person's recordings stay together."""

    method: Literal["holdout", "kfold"] = "holdout"
    folds: int = Field(5, ge=2, le=100)
    seed: int | None = None
    """Seed of the division alone; None: the configuration's ``seed``."""
    final_model: bool = True
    """After k folds, train the model that is exported on everyone."""


class SimulationSection(Section):
    """What mode ``simulate`` makes, at the path of the configuration's ``mesa`` dataset."""

    nights: int = Field(8, ge=1, le=9999)
    hours: float = Field(8.0, gt=0.2, le=16)
    seed: int = Field(0, ge=0)
    montage: Literal["mesa", "wrist"] = "wrist"
    hypnograms: Path | None = None
    """A folder of hypnogram files to simulate from, in turn; None: generated ones."""
    movement_artefact_fraction: float = Field(0.05, ge=0, le=0.9)
    ppg_snr_db: float | None = None
    signal_loss_fraction: float = Field(0.01, ge=0, le=0.9)
    shuffle_physiology: bool = False


class PredictionSection(Section):
    """What mode ``predict`` stages; without ``datasets``, the configuration's own recordings."""

    datasets: tuple[Named, ...] | None = None
    model: Literal["float", "int8"] = "int8"


class DownloadSection(Section):
    """What mode ``download`` brings of the configuration's datasets, into the path of each."""

    kinds: tuple[str, ...] | None = None
    """Kinds of files by name, as the dataset's card has them; None: the usual ones."""
    origin: str | None = None
    """One of the card's origins; None: the usual one."""
    address: str | None = Field(None, max_length=2000)
    """Of the same thing elsewhere, such as a mirror. A token goes only to the origin's own server."""
    connections: int = Field(4, ge=1, le=8)
    dry_run: bool = False
    """Only tell what there is to come and what is free on the disk."""


class FilesSection(Section):
    """What mode ``files`` makes copies of; sources are never touched."""

    action: Literal["repair", "deidentify"] = "repair"
    sources: tuple[Path, ...] = ()
    """EDF and BDF files."""
    target: Path | None = None
    """The folder for the copies."""
    overwrite: bool = False
    shift_days: int | None = Field(None, ge=-40_000, le=40_000)
    """Added to dates of scrubbed copies; None: they have no date."""
    coarsen_minutes: int = Field(0, ge=0, le=24 * 60)
    """The time of day is rounded down to it."""
    keep: tuple[Literal["sex", "equipment", "labels", "transducers", "prefiltering"], ...] = ()
    """Texts that stay in scrubbed copies."""
    annotations: Literal["known", "all", "none"] = "known"
    """Known: stages, events and technical words stay, other texts go."""
    words: tuple[str, ...] = ()
    """Removed from labels too."""


class BoardSection(Section):
    """Which board, and what modes ``flash``, ``demo`` and ``board`` do with it."""

    port: str | None = Field(None, min_length=1)
    """A serial port or a URL of pyserial; None: the debugger's own virtual COM port."""
    baud: int = Field(115_200, ge=9600, le=4_000_000)
    probe: int | None = Field(None, ge=0)
    """Serial number of the debugger; None: the only one."""
    chip: str | None = Field(None, min_length=1)
    """The chip's name for the debugger; None: those that are known, in turn."""
    session: Literal["rolling", "frames"] = "rolling"
    pace: Literal["max"] | float = "max"
    """How many times faster than the night rows are sent; ``max``: as fast as the board takes them."""
    recordings: tuple[str, ...] | None = Field(None, min_length=1)
    """None: the first held-out one; with ``session`` frames, all held-out ones."""
    reconnect_s: float = Field(60.0, ge=0, le=3600)
    """How long a lost board is waited for."""
    save: bool = True
    """Whether mode ``demo`` keeps its sessions in the run's folder."""
    virtual_memory: Path | None = None
    """The virtual board's MRAM; None: ``board/virtual.mram`` of the study."""

    @field_validator("pace")
    @classmethod
    def _forwards(cls, value: float | str) -> float | str:
        if isinstance(value, float) and not 0 < value <= 1_000_000:
            raise ValueError("how many times faster than the night: a number above 0, or max")
        return value


class StudyConfiguration(Section):
    """Everything a run needs to be made, and made again."""

    name: str = Field("experiment", min_length=1, max_length=200, pattern=r"^[^/\\\x00]+$")
    project: str = "sleepkit"
    job_dir: Path | None = None
    modes: tuple[Mode, ...] = MAIN_JOB

    datasets: tuple[Named, ...] = ()
    dataset_weights: None = None
    force_download: bool = False
    simulation: SimulationSection = SimulationSection()
    prediction: PredictionSection = PredictionSection()
    download: DownloadSection = DownloadSection()
    files: FilesSection = FilesSection()

    feature: FeatureSection
    sampling_rate: float = 1 / EPOCH_S
    frame_size: int | None = Field(None, ge=1, le=5760)
    """Epochs that the model sees at once; None with ``sampling`` nights: the longest training night."""
    sampling: Literal["frames", "nights"] = "frames"
    """Random frames (SleepKit), or whole nights padded and masked."""
    samples_per_subject: int = Field(40, ge=1)
    val_samples_per_subject: int = Field(40, ge=1)
    test_samples_per_subject: int = Field(40, ge=1)
    val_size: int | None = Field(None, ge=1)
    test_size: int | None = Field(None, ge=1)
    wake_trim_minutes: float | None = Field(None, ge=0)
    """In training, leave out wake further than this from sleep at both ends; None: keep all."""

    preprocesses: tuple[()] = ()
    augmentations: tuple[Named, ...] = ()

    stage_set: Literal[2, 3, 4, 5] | None = None
    num_classes: int | None = Field(None, ge=2, le=5)
    class_map: dict[int, int] | None = None
    class_names: tuple[str, ...] | None = None

    split: SplitSection = SplitSection()
    train_subjects: float | None = Field(None, gt=0)
    val_subjects: float = Field(0.2, gt=0)
    test_subjects: float = Field(0.2, gt=0)
    """A proportion below 1, a number of people from 1 on."""
    val_file: Path | None = None
    test_file: Path | None = None

    architecture: Named | None = None
    use_logits: bool = True
    """False: the exported model ends in a softmax, as SleepKit's do."""
    model_file: Path | None = None
    weights_file: Path | None = None
    """Weights to start from, of a model of the same architecture."""
    quantization: QuantizationSection = QuantizationSection()

    epochs: int = Field(50, ge=1)
    """Training epochs at most."""
    steps_per_epoch: int | None = Field(None, ge=1)
    """Optimiser steps a training epoch; None: once over the nights."""
    val_steps_per_epoch: int | None = Field(None, ge=1)
    batch_size: int = Field(32, ge=1)
    buffer_size: int = Field(100, ge=0)
    lr_rate: float = Field(1e-3, gt=0)
    lr_cycles: int = Field(3, ge=1)
    lr_decay: float = 0.9
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    class_weights: Literal["balanced", "fixed"] = "fixed"
    focal_gamma: float = Field(2.0, ge=0)
    """Focusing exponent of the focal loss; 0 is plain cross-entropy."""
    val_metric: Literal["loss", "acc", "f1", "kappa"] = "loss"
    patience: int | None = Field(None, ge=1)
    """Training epochs without improvement before stopping; None: a quarter of ``epochs`` (SleepKit)."""
    weight_averaging: float | None = Field(None, gt=0, lt=1)
    """Momentum of an exponential moving average of the weights, which is what is validated and kept."""
    resume: bool = False

    threshold: float | None = None
    test_metric: Literal["acc", "f1", "kappa"] = "f1"
    test_metric_threshold: float | None = Field(0.02, ge=0)
    """Greatest drop of ``test_metric`` from float to int8; more fails the export."""
    val_acc_threshold: float | None = None

    tflm_var_name: str = "sleepstudio_model"
    tflm_file: Path | None = None

    backend: Backend = "pc"
    """Where mode ``demo`` stages: this computer, the virtual board, or an Apollo4 Plus EVB."""
    demo_size: int | None = Field(None, ge=1)
    """Epochs of a night that mode ``demo`` shows at most; with ``board.session`` frames, frames."""
    board: BoardSection = BoardSection()
    display_report: bool = True

    seed: int = Field(42, ge=0, lt=2**31)
    num_workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    verbose: int = Field(1, ge=0, le=2)

    @model_validator(mode="before")
    @classmethod
    def _files_alone_need_no_task(cls, document: Any) -> Any:
        """SleepKit's configurations for downloading name datasets alone; copies need no more."""
        if isinstance(document, dict) and list(document.get("modes", ())) in (["download"], ["files"]):
            return {"feature": {"name": "FS-W-PA-14"}, "stage_set": 2, "sampling": "nights"} | document
        return document

    @field_validator("seed", mode="before")
    @classmethod
    def _null_is_default(cls, value: object) -> object:
        return 42 if value is None else value

    @field_validator("sampling_rate")
    @classmethod
    def _one_row_an_epoch(cls, value: float) -> float:
        if abs(value * EPOCH_S - 1) > 0.01:
            raise ValueError(f"staging has one row per {EPOCH_S:g} s epoch: 0.03333 is the only rate")
        return value

    @field_validator("model_file")
    @classmethod
    def _model_is_in_the_run(cls, value: Path | None) -> Path | None:
        if value not in (None, Path("model.keras")):
            raise ValueError("a run's model is always model.keras; use weights_file to start from another")
        return value

    @model_validator(mode="after")
    def _stage_set_agrees(self) -> Self:
        stage_set = self.resolved_stage_set()
        if self.num_classes not in (None, len(stage_set)):
            raise ValueError(f"num_classes is {self.num_classes}, but there are {len(stage_set)} classes")
        if self.sampling == "frames" and self.frame_size is None:
            raise ValueError("frame_size is needed unless sampling is nights")
        return self

    def resolved_stage_set(self) -> StageSet:
        """The stage set: by name (``stage_set``), or from SleepKit's ``class_map`` and ``class_names``.

        Codes that ``class_map`` leaves out are not counted. Raises ValueError where the two disagree.
        """
        if self.class_map is None:
            number = self.stage_set or self.num_classes
            if number is None:
                raise ValueError("stage_set (2, 3, 4 or 5) is missing")
            return STAGE_SETS[number]
        targets = sorted({target for target in self.class_map.values() if target >= 0})
        if targets != list(range(len(targets))) or len(targets) < 2:
            raise ValueError(f"class_map must reach classes 0, 1, … without a hole, not {targets}")
        unknown = sorted(set(self.class_map) - set(SLEEPKIT_STAGES))
        if unknown:
            raise ValueError(f"class_map has stage codes {unknown}; SleepKit's codes are 0 to 5")
        if self.class_map.get(3, NOT_COUNTED) != self.class_map.get(4, self.class_map.get(3, NOT_COUNTED)):
            raise ValueError("class_map separates codes 3 and 4, which are both N3")
        members = tuple(
            tuple(
                dict.fromkeys(
                    SLEEPKIT_STAGES[code] for code, target in self.class_map.items() if target == index
                )
            )
            for index in targets
        )
        known = next((known for known in STAGE_SETS.values() if known.members == members), None)
        names = self.class_names or (known.class_names if known else tuple(f"CLASS {i}" for i in targets))
        if len(names) != len(targets):
            raise ValueError(f"class_names has {len(names)} names for {len(targets)} classes")
        if self.stage_set is not None and (known is None or known.name != str(self.stage_set)):
            raise ValueError(f"class_map is not stage set {self.stage_set}; give one of the two")
        return StageSet(known.name if known else str(len(targets)), names, members)

    def keys_without_effect(self) -> tuple[str, ...]:
        """The keys that were set to something and change nothing here, sorted."""
        fields = type(self).model_fields
        return tuple(sorted(key for key in WITHOUT_EFFECT if getattr(self, key) != fields[key].default))


def load_configuration(path: Path, overrides: Sequence[str] = ()) -> StudyConfiguration:
    """The configuration in ``path`` (JSON) with ``key=value`` overrides applied.

    A key may reach inside (``feature.save_path=…``, ``datasets.0.params.path=…``); a value is JSON where it
    parses as such, else text. A run's own configuration is read as of where the run is now
    (:mod:`sleepstudio.moved`). Raises ConfigurationError naming the file, the key and the nearest known key.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIGURATION_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigurationError(
            f"cannot be read ({reason}).", where=str(path), hint="Give the path of a configuration in JSON."
        ) from error
    if len(text) > MAX_CONFIGURATION_BYTES:
        raise ConfigurationError("larger than 1 MiB: not a configuration.", where=str(path))
    try:
        document = json.loads(text.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"not JSON: {error}.", where=str(path), hint="Check the place named."
        ) from error
    if not isinstance(document, dict):
        raise ConfigurationError("not a JSON object.", where=str(path))
    if path.name == RUN_FILE and (path.parent / "manifest.json").is_file():
        document = run_configuration_at_present(document, path.parent)
    for override in overrides:
        apply_override(document, override)
    return parse_configuration(document, where=str(path))


def parse_configuration(document: dict[str, Any], *, where: str = "configuration") -> StudyConfiguration:
    """A validated configuration. Raises ConfigurationError naming every wrong key."""
    try:
        return StudyConfiguration.model_validate(document)
    except ValidationError as error:
        raise configuration_error(error, StudyConfiguration, where=where) from error


def configuration_error(
    error: ValidationError, model: type[BaseModel], *, where: str, prefix: str = ""
) -> ConfigurationError:
    """Pydantic's complaints as one error: each wrong key by its path, unknown ones with the nearest known."""
    complaints = []
    for item in error.errors(include_url=False, include_context=False):
        location = item["loc"]
        dotted = prefix + ".".join(map(str, location))
        if item["type"] == "extra_forbidden":
            known = _keys_at(model, location[:-1])
            near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.0)
            parent = prefix + ".".join(map(str, location[:-1]))
            nearest = f"{parent.rstrip('.')}.{near[0]}".lstrip(".") if near else ""
            complaints.append(
                f"unknown key {dotted}" + (f"; the nearest known key is {nearest}" if near else "")
            )
        elif item["type"] == "missing":
            complaints.append(f"{dotted} is missing")
        else:
            complaints.append(f"{dotted or 'the whole'}: {item['msg'].removeprefix('Value error, ')}")
    return ConfigurationError("; ".join(complaints) + ".", where=where)


def _keys_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Known keys of the section at ``location``, aliases included."""
    for part in location:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        section = _section_in(model.model_fields[part].annotation)
        if section is None:
            return []
        model = section
    return [name for key, info in model.model_fields.items() for name in (key, info.alias) if name]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_section_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((section for section in inner if section), None)
