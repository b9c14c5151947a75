"""A feature set: the recipe that turns a recording into one row of numbers an epoch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sleepstudio.config import configuration_error
from sleepstudio.errors import ConfigurationError, FeatureError
from sleepstudio.features.feature_table import Column
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.recordings.recording import ChannelKind, Recording


class FeatureParams(BaseModel):
    """What every feature set takes; feature sets derive from it. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: dict[str, str] = Field(default_factory=dict)
    """Channel label by role, where a recording's labels are not among the aliases."""


@dataclass(frozen=True)
class ChannelNeed:
    """A channel that a feature set reads: the part it plays there, and the labels it is known by."""

    role: str
    kind: ChannelKind
    aliases: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ComputedFeatures:
    """``features``: (epochs, columns) float32, NaN where undefined; ``mask``: (epochs,) bool, True: usable.

    ``remarks``: what the user should know of this recording, in sentences.
    """

    features: NDArray[np.float32]
    mask: NDArray[np.bool_]
    remarks: tuple[str, ...] = field(default=())


def whole_epochs(recording: Recording) -> int:
    """Rows of the recording's table. Raises FeatureError where it is shorter than an epoch."""
    epochs = math.floor(recording.duration_s / EPOCH_S + 1e-6)
    if epochs < 1:
        raise FeatureError(
            f"{recording.duration_s:g} s are shorter than one epoch of {EPOCH_S:g} s.",
            where=recording.recording_id,
        )
    return epochs


class FeatureSet(ABC):
    """Declared without heavy imports; ``compute`` may import what it needs. Instances hold no state."""

    name: ClassVar[str]
    version: ClassVar[int]
    """Raised whenever the same input gives other numbers, so that stored tables are computed anew."""
    summary: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    needs: ClassVar[tuple[ChannelNeed, ...]]
    params_type: ClassVar[type[FeatureParams]] = FeatureParams
    seconds_per_night: ClassVar[float]
    """Rough cost on one core: decides whether worker processes are worth their start."""

    @classmethod
    def parse_params(cls, params: Mapping[str, Any]) -> FeatureParams:
        """Validated parameters. Raises ConfigurationError naming each wrong key and the nearest known one."""
        try:
            parsed = cls.params_type.model_validate(dict(params))
        except ValidationError as error:
            raise configuration_error(
                error, cls.params_type, where=cls.name, prefix="feature.params."
            ) from error
        roles = {need.role for need in cls.needs}
        unknown = sorted(set(parsed.channels) - roles)
        if unknown:
            raise ConfigurationError(
                f"feature.params.channels has no role {unknown[0]!r}.",
                where=cls.name,
                hint=f"Roles: {', '.join(sorted(roles))}.",
            )
        return parsed

    @abstractmethod
    def compute(
        self, recording: Recording, channels: Mapping[str, str], params: FeatureParams
    ) -> ComputedFeatures:
        """Features of the whole recording: one row for each of its whole epochs.

        ``channels``: the recording's label for each role. Raises FeatureError, and what reading raises.
        """
