"""A study configuration while it is being written: the document as it was loaded, plus what was edited."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from sleepstudio.config import StudyConfiguration
from sleepstudio.errors import ConfigurationError
from sleepstudio.features.registry import feature_set, resolve_features
from sleepstudio.models.cost import ModelCost, model_cost

Document = dict[str, Any]

NETWORK: Final = "architecture"
COST_FRAME: Final = 960
"""Epochs that the cost is of where a frame holds the longest night, whatever that will be: 8 h."""

_DEFAULTS: Final[Document] = {
    "feature": {"name": "FS-W-PA-14"},
    "stage_set": 4,
    "frame_size": 240,
    "architecture": {"name": "tcn-20k", "params": {}},
    "batch_size": 64,
    "steps_per_epoch": 50,
    "epochs": 60,
    "lr_rate": 0.002,
    "lr_cycles": 1,
    "class_weights": "balanced",
    "val_metric": "kappa",
    "patience": 15,
    "seed": 7,
}


@dataclass(frozen=True)
class Verdict:
    """``problems``: what is wrong, by dotted key; empty where the configuration can be run."""

    configuration: StudyConfiguration | None
    cost: ModelCost | None
    problems: Mapping[str, str]


class Draft:
    """Keys are dotted paths (``feature.name``). What is not edited stays as it was loaded, to the letter."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document: Document = copy.deepcopy(dict(document))
        self._named = ""
        if "name" not in self._document:
            self.name_itself()

    @classmethod
    def new(cls, defaults: Mapping[str, Any], study: str) -> Draft:
        """What a study's next training starts from: its ``defaults`` over ours, on its own recordings."""
        datasets = [{"name": "study", "params": {"path": study}}]
        return cls({**_DEFAULTS, "datasets": datasets, **defaults})

    @property
    def document(self) -> Document:
        return copy.deepcopy(self._document)

    def get(self, key: str) -> Any:
        """What the document has, or the default; None for a key that may be left out."""
        value: Any = self._document
        for part in key.split("."):
            if not isinstance(value, Mapping) or part not in value:
                return _default(key)
            value = value[part]
        return value

    def set(self, key: str, value: Any) -> None:
        """Changes one key; None takes it out where None is its default."""
        *parents, last = key.split(".")
        section = self._document
        for part in parents:
            section = section.setdefault(part, {})
        if value is None and _default(key) is None:
            section.pop(last, None)
        else:
            section[last] = value
        if key in ("stage_set", "seed") or key.startswith(NETWORK):
            self._rename()

    @property
    def stage_number(self) -> int | None:
        """The number of classes, however the document says it."""
        class_map = self._document.get("class_map")
        if isinstance(class_map, Mapping):
            return len({target for target in class_map.values() if isinstance(target, int) and target >= 0})
        number = self._document.get("stage_set") or self._document.get("num_classes")
        return number if isinstance(number, int) else None

    def set_stage_number(self, number: int) -> None:
        """One of our stage sets, in place of SleepKit's way to say it."""
        for key in ("class_map", "class_names", "num_classes"):
            self._document.pop(key, None)
        self.set("stage_set", number)

    def name_itself(self) -> None:
        """Names the run by stage set, network and seed, and keeps the name true until the user gives one."""
        network = str(self.get("architecture.name") or "network").upper()
        self._named = f"SS-{self.stage_number or '?'}-{network}-seed-{self.get('seed')}"
        self._document["name"] = self._named

    def rename_until_free(self, taken: Collection[str]) -> None:
        """Takes the next free name: the seed counts on where the name follows it, else a number is added."""
        if self._document["name"] == self._named:
            while self._document["name"] in taken:
                self.set("seed", int(self.get("seed")) + 1)
            return
        name = str(self._document["name"])
        stem, _, number = name.rpartition("-")
        stem, count = (stem, int(number)) if stem and number.isdigit() else (name, 1)
        while self._document["name"] in taken:
            count += 1
            self._document["name"] = f"{stem}-{count}"

    def judge(self, *, taken: Collection[str] = (), longest_night: int | None = None) -> Verdict:
        """Validates everything that a job would, short of the recordings. ``taken``: names of other runs."""
        try:
            configuration = StudyConfiguration.model_validate(self._document)
        except ValidationError as error:
            return Verdict(None, self._cost(longest_night), _complaints(error))
        problems: dict[str, str] = {}
        if configuration.name in taken:
            problems["name"] = "Another run has this name: choose another name."
        try:
            resolve_features(configuration.feature)
        except ConfigurationError as error:
            problems["feature.name"] = _sentence(error)
        if configuration.feature.feat_cols is not None:
            problems |= _column_problem(configuration)
        try:
            cost = cost_of(configuration, longest_night)
        except ConfigurationError as error:
            cost, problems[NETWORK] = None, _sentence(error)
        return Verdict(configuration, cost, problems)

    def _cost(self, longest_night: int | None) -> ModelCost | None:
        """The cost of what can be costed although another key is wrong."""
        kept: Document = {
            key: self._document[key] for key in ("architecture", "feature") if key in self._document
        }
        kept |= {"stage_set": self.stage_number, "frame_size": self.get("frame_size") or COST_FRAME}
        try:
            return cost_of(StudyConfiguration.model_validate(kept), longest_night)
        except (ValidationError, ConfigurationError):
            return None

    def _rename(self) -> None:
        if self._document.get("name") == self._named:
            self.name_itself()


def cost_of(configuration: StudyConfiguration, longest_night: int | None = None) -> ModelCost:
    """The cost of a configuration's network on its frames. Raises ConfigurationError."""
    if configuration.architecture is None:
        raise ConfigurationError("there is no network.", where=NETWORK, hint="Choose one.")
    feature = configuration.feature
    columns = feature.feat_cols if feature.feat_cols is not None else feature_set(feature.name).columns
    return model_cost(
        configuration.architecture.name,
        configuration.architecture.params,
        frame_size=configuration.frame_size or longest_night or COST_FRAME,
        features=len(columns),
        classes=len(configuration.resolved_stage_set()),
    )


def _default(key: str) -> Any:
    model: Any = StudyConfiguration
    parts = key.split(".")
    for part in parts[:-1]:
        field = getattr(model, "model_fields", {}).get(part)
        model = field.annotation if field is not None else None
    field = getattr(model, "model_fields", {}).get(parts[-1])
    if field is None or field.is_required():
        return None
    return field.get_default(call_default_factory=True)


def _complaints(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"])
        found.setdefault(*_complaint(key, item["type"], item["msg"], item.get("ctx", {})))
    return found


_LIMITS: Final = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def _complaint(key: str, kind: str, message: str, context: Mapping[str, Any]) -> tuple[str, str]:
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return key, f"Must be {words} {context[name]:g}."
    if kind == "extra_forbidden":
        return key, f"There is no key {key}."
    if kind in ("missing", "string_too_short"):
        return key, "Is missing."
    if kind == "string_pattern_mismatch":
        return key, "A name has no / and no \\."
    message = message.removeprefix("Value error, ")
    if not key:
        # what concerns several keys begins with the one to change
        key = next((name for name in StudyConfiguration.model_fields if message.startswith(name)), "")
    return key, f"{message[:1].upper()}{message[1:].rstrip('.')}."


def _column_problem(configuration: StudyConfiguration) -> dict[str, str]:
    columns = configuration.feature.feat_cols or ()
    try:
        names = [column.name for column in feature_set(configuration.feature.name).columns]
    except ConfigurationError:
        return {}
    wrong = [item for item in columns if item not in names and item not in range(len(names))]
    if wrong:
        return {"feature.feat_cols": f"{configuration.feature.name} has no column {wrong[0]!r}."}
    return {} if columns else {"feature.feat_cols": "Choose at least one column."}


def _sentence(error: ConfigurationError) -> str:
    words = f"{error.message} {error.hint}".strip()
    return f"{words[:1].upper()}{words[1:]}"
