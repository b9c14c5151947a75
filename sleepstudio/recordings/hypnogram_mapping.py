"""What a scoring's own words mean, where nobody knows but the user: said once, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sleepstudio.errors import ConfigurationError, RecordingError
from sleepstudio.hypnogram import Stage
from sleepstudio.stage_codes import stage_from_text

EVENT = "event"
"""What stands for "no stage": rows of such a label are events."""
CONFIGURATION_KEY = "datasets.0.params.stage_labels"
_MOST_SHOWN = 12


def label_key(label: str) -> str:
    """What labels that differ in case and blanks alone share."""
    return " ".join(label.casefold().split())


@dataclass(frozen=True)
class HypnogramMapping:
    """Labels of a scoring and the stage that each means; None: it is an event, and no stage.

    What it does not name keeps its usual meaning (:func:`stage_from_text`).
    """

    stages: Mapping[str, Stage | None] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def from_names(cls, names: Mapping[str, str], *, where: str = CONFIGURATION_KEY) -> HypnogramMapping:
        """From ``{"Wach": "W", "Arousal": "event"}``. Raises ConfigurationError for what is no stage."""
        found: dict[str, Stage | None] = {}
        for label, name in names.items():
            if not label_key(label):
                raise ConfigurationError("a label without a letter means nothing.", where=where)
            if name.strip().casefold() == EVENT:
                found[label_key(label)] = None
                continue
            try:
                found[label_key(label)] = Stage[name.strip().upper()]
            except KeyError:
                raise ConfigurationError(
                    f"{label!r} is said to be {name!r}, which is no stage.",
                    where=where,
                    hint=f"Stages: {', '.join(stage.name for stage in Stage)}; or {EVENT}.",
                ) from None
        return cls(MappingProxyType(found))

    def names(self) -> dict[str, str]:
        """As :meth:`from_names` takes it."""
        return {label: EVENT if stage is None else stage.name for label, stage in self.stages.items()}

    def knows(self, label: str) -> bool:
        """Whether the label was said to mean something, or means a stage by itself."""
        if label_key(label) in self.stages:
            return True
        try:
            stage_from_text(label)
        except ValueError:
            return False
        return True

    def stage(self, label: str) -> Stage | None:
        """The stage; None for an event. Raises ValueError for a label that nobody knows."""
        key = label_key(label)
        return self.stages[key] if key in self.stages else stage_from_text(label)


NO_MAPPING = HypnogramMapping()


class UnknownStagesError(RecordingError):
    """A scoring has labels that could be stages and that nobody knows; ``labels`` has each once."""

    def __init__(
        self, message: str, *, where: str = "", hint: str = "", labels: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.labels = labels

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.message, self.where, self.hint, self.labels))


def _rebuild(message: str, where: str, hint: str, labels: tuple[str, ...]) -> UnknownStagesError:
    return UnknownStagesError(message, where=where, hint=hint, labels=labels)


def unknown_stages(labels: Iterable[str], where: str) -> UnknownStagesError:
    """The error for labels found, in their order; its hint has the configuration that would name them."""
    each = tuple(dict.fromkeys(labels))
    shown = ", ".join(repr(label) for label in each[:_MOST_SHOWN])
    more = f" and {len(each) - _MOST_SHOWN} more" if len(each) > _MOST_SHOWN else ""
    message = f"{shown} is no sleep stage" if len(each) == 1 else f"{shown}{more} are no sleep stages"
    example = ", ".join(f'"{label}": "?"' for label in each[:3])
    return UnknownStagesError(
        f"{message} that is known.",
        where=where,
        hint=f"Say in Recordings what each means, or in the configuration: {CONFIGURATION_KEY}={{{example}}},"
        f" with {', '.join(stage.name for stage in Stage if stage >= Stage.W)}, UNSCORED, ARTIFACT or {EVENT}"
        " for each.",
        labels=each,
    )
