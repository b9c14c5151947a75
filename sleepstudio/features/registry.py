"""The feature sets there are. A new one is a new file and one line here."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

from sleepstudio.config import FeatureSection
from sleepstudio.errors import ConfigurationError
from sleepstudio.features.feature_set import FeatureParams, FeatureSet

_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "FS-W-PA-14": "sleepstudio.features.fs_w_pa_14:WristPulse",
        "FS-W-RR-12": "sleepstudio.features.fs_w_rr_12:HeartRhythm",
        "FS-W-SA-4": "sleepstudio.features.sleep_accel_features:SleepAccelFeatures",
    }
)


def feature_set_names() -> tuple[str, ...]:
    return tuple(_CLASSES)


def feature_set(name: str) -> FeatureSet:
    """The feature set of that name. Raises ConfigurationError with the nearest name there is."""
    if name not in _CLASSES:
        (nearest,) = difflib.get_close_matches(name, _CLASSES, n=1, cutoff=0.0)
        raise ConfigurationError(
            f"there is no feature set {name!r}; the nearest is {nearest}.",
            where="feature.name",
            hint=f"Feature sets: {', '.join(_CLASSES)}.",
        )
    module, _, class_name = _CLASSES[name].partition(":")
    found: type[FeatureSet] = getattr(import_module(module), class_name)
    return found()


def resolve_features(section: FeatureSection) -> tuple[FeatureSet, FeatureParams]:
    """The feature set and parameters that a configuration names.

    SleepKit's ``feature.sampling_rate`` and ``feature.frame_size`` are parameters of the sets that have them.
    Raises ConfigurationError for an unknown name or key, and where a key does not apply to this set.
    """
    chosen = feature_set(section.name)
    params = dict(section.params)
    for key in ("sampling_rate", "frame_size"):
        value = getattr(section, key)
        if value is None:
            continue
        if key not in chosen.params_type.model_fields:
            raise ConfigurationError(
                f"feature.{key} does not apply to {chosen.name}.",
                where=f"feature.{key}",
                hint="Leave the key out.",
            )
        if params.setdefault(key, value) != value:
            raise ConfigurationError(
                f"feature.{key} and feature.params.{key} differ.",
                where=f"feature.{key}",
                hint="Give one of the two.",
            )
    return chosen, chosen.parse_params(params)
