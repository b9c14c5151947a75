"""A feature set's declaration as fields of a form: its channels by role, its parameters by type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sleepstudio.datasets.catalogue_rows import CatalogueRecording
from sleepstudio.desktop.widgets.forms import FieldSpec
from sleepstudio.features.feature_set import ChannelNeed, FeatureParams, FeatureSet

CHANNEL = "channel:"
"""Before a role, the key of its field."""
_LARGEST = 1e9
_ROLE_TITLES = {
    "ppg": "PPG",
    "spo2": "SpO₂",
    "leg": "Movement",
    "status": "Oximeter status",
    "heart rate variation": "HR variation",
}


def fields_of(feature_set: FeatureSet, recordings: Iterable[CatalogueRecording]) -> tuple[FieldSpec, ...]:
    """A choice for each channel that the set needs, then its parameters in their order."""
    rows = tuple(recordings)
    channels = [channel_field(need, rows) for need in feature_set.needs]
    params = [
        param_field(name, info)
        for name, info in feature_set.params_type.model_fields.items()
        if name != "channels"
    ]
    return (*channels, *params)


def channel_field(need: ChannelNeed, recordings: Iterable[CatalogueRecording]) -> FieldSpec:
    """Labels that the recordings have for a role: known names first, then the kind's most frequent."""
    labels: Counter[str] = Counter()
    known = {alias.casefold() for alias in need.aliases}
    for recording in recordings:
        labels.update(
            {
                channel.label
                for channel in recording.channels
                if channel.kind is need.kind or channel.label.casefold() in known
            }
        )
    found = sorted(labels, key=lambda name: (name.casefold() not in known, -labels[name], name))
    first = f"Automatic: {found[0]}" if found else "Automatic: none found"
    title = _ROLE_TITLES.get(need.role, need.role[:1].upper() + need.role[1:])
    return FieldSpec(
        key=f"{CHANNEL}{need.role}",
        caption=title,
        kind="choice",
        default="",
        choices=(("", first), *((name, name) for name in found)),
        tip=f"The channel that plays {need.role}. Known names: {', '.join(need.aliases)}.",
    )


def param_field(name: str, info: FieldInfo) -> FieldSpec:
    """A field by the parameter's type; bounds, title and unit as declared."""
    extra: Mapping[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    caption = info.title or name.replace("_", " ").capitalize()
    common: dict[str, Any] = {
        "key": name,
        "caption": caption,
        "tip": info.description or "",
        "unit": str(extra.get("unit", "")),
    }
    kind = info.annotation
    if kind is bool:
        return FieldSpec(kind="check", default=info.default, **common)
    if get_origin(kind) is Literal:
        options = tuple((str(option), str(option)) for option in get_args(kind))
        return FieldSpec(kind="choice", default=info.default, choices=options, **common)
    if kind in (int, float):
        low, high, step = _bounds(info)
        return FieldSpec(
            kind="integer" if kind is int else "number",
            default=info.default,
            bounds=(low, high),
            step=step,
            decimals=3,
            **common,
        )
    return FieldSpec(kind="text", default=info.default, **common)


def params_of(
    feature_set: FeatureSet, values: Mapping[str, Any]
) -> tuple[FeatureParams | None, dict[str, str]]:
    """The parameters that the form's values are, or what is wrong by field; ``""`` is about all together."""
    channels = {key.removeprefix(CHANNEL): value for key, value in values.items() if key.startswith(CHANNEL)}
    document = {key: value for key, value in values.items() if not key.startswith(CHANNEL)}
    document["channels"] = {role: label for role, label in channels.items() if label}
    try:
        return feature_set.params_type.model_validate(document), {}
    except ValidationError as error:
        problems = {}
        for item in error.errors(include_url=False):
            key = str(item["loc"][0]) if item["loc"] else ""
            problems[key] = _sentence(str(item["msg"]))
        return None, problems


def values_of(feature_set: FeatureSet, params: FeatureParams) -> dict[str, Any]:
    """The form's values for parameters: the other way round."""
    document = params.model_dump()
    channels = document.pop("channels")
    roles = {f"{CHANNEL}{need.role}": channels.get(need.role, "") for need in feature_set.needs}
    return {**roles, **document}


def _bounds(info: FieldInfo) -> tuple[float, float, float]:
    low, high, step = -_LARGEST, _LARGEST, 1.0
    for constraint in info.metadata:
        low = getattr(constraint, "ge", low) if hasattr(constraint, "ge") else low
        high = getattr(constraint, "le", high) if hasattr(constraint, "le") else high
        step = getattr(constraint, "multiple_of", step) or step
        if getattr(constraint, "gt", None) is not None:
            low = constraint.gt + (1 if info.annotation is int else 0)
        if getattr(constraint, "lt", None) is not None:
            high = constraint.lt - (1 if info.annotation is int else 0)
    return float(low), float(high), float(step)


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input ").strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."
