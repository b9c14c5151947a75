"""What a channel measures, told from its label and unit, and finding the channel that a task needs.

The names are those of NSRR montages, of Compumedics, Nox, ResMed and Sleep-EDF exports, of the AASM manual's
derivations, and of wearables' common exports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final

from sleepstudio.errors import ChannelError
from sleepstudio.recordings.recording import Channel, ChannelKind, Recording

_SPLIT = re.compile(r"[^a-z0-9]+")
_SITE = r"(?:fp[12z]|af[3478z]|f[1-8z]|fc[1-6z]|c[1-6z]|t[3-8]|cp[1-6z]|p[1-8z]|po[3478z]|o[12z]|a[12]|m[12])"
_ELECTRODES: Final = (
    (re.compile(r"e[12](?:a[12]|m[12]|fpz)?"), ChannelKind.EOG),
    (re.compile(rf"{_SITE}{{1,2}}"), ChannelKind.EEG),
)

# Whole labels (letters and digits only) before words within labels; kinds in order, the more special first.
_LABELS: Final = MappingProxyType(
    {
        ChannelKind.OXIMETER_STATUS: "oxstatus oxstat oximeterstatus oximetrystatus spo2status",
        ChannelKind.HEART_RATE: "hr dhr heartrate pulserate pr prate pulse bpm ecghr ekghr hrate",
        ChannelKind.RR_INTERVAL: "rr rri ibi rrinterval rrintervals nn nninterval ibis",
        ChannelKind.SPO2: "spo2 sao2 osat o2sat sat saturation oxygensaturation o2saturation spo2bb",
        ChannelKind.PPG: (
            "pleth ppg plethwave plethysmogram plethysmography bvp pulsewave spo2pleth pulsewaveform"
            " oximeterpleth plesmo"
        ),
        ChannelKind.LEG: (
            "leg legs lleg rleg legl legr lat rat leftleg rightleg emglat emgrat emgleg emglegs legemg"
            " tibialis anteriortibialis plm plml plmr legleft legright legsl legsr"
        ),
        ChannelKind.THERMISTOR: "therm thermistor thermal thermocouple airflowthermistor oronasalthermistor",
        ChannelKind.PRESSURE: (
            "pres press pressure nasalpressure nasalpres npress nprs cannula nasalcannula ptaf maskpress"
            " cpappressure"
        ),
        ChannelKind.FLOW: "flow airflow nasalflow newair resporonasal oronasal cpapflow patientflow auxflow",
        ChannelKind.THORAX: (
            "thor thorax thoracic thorres chest chesteffort thoraxeffort thoraciceffort ripthorax ribcage"
            " respthorax thorcal effortthorax"
        ),
        ChannelKind.ABDOMEN: (
            "abdo abdomen abdominal abd abdores abdomeneffort abdominaleffort ripabdomen respabdomen"
            " effortabdomen"
        ),
        ChannelKind.SNORE: "snore snoring snoresensor micro microphone",
        ChannelKind.POSITION: "pos position bodyposition bodypos bpos",
        ChannelKind.STEPS: "steps step stepcount",
        ChannelKind.ACTIVITY_COUNT: "activity activitycount activitycounts counts count actigraphy act",
        ChannelKind.ACCELERATION: "acc accx accy accz accelx accely accelz acceleration accelerometer",
        ChannelKind.ECG: "ecg ekg ecgi ecgii ecg1 ecg2 ecg3 ekg1 ekg2 ekgrekgl ecglecgr",
        ChannelKind.EOG: "eog eogl eogr loc roc eogleft eogright eoghorizontal leog reog",
        ChannelKind.EMG: "emg chin chin1 chin2 chin3 emgsubmental emgchin chinemg cchin lchin rchin",
        ChannelKind.EEG: "eeg eeg1 eeg2 eeg3 eegsec",
    }
)
_WORDS: Final = MappingProxyType(
    {
        ChannelKind.HEART_RATE: "hr pulse",
        ChannelKind.SPO2: "spo2 sao2 osat",
        ChannelKind.PPG: "pleth ppg plethysmogram bvp",
        ChannelKind.LEG: "leg legs lleg rleg lat rat tibialis plm",
        ChannelKind.THERMISTOR: "therm thermistor thermocouple",
        ChannelKind.PRESSURE: "pressure press ptaf cannula",
        ChannelKind.FLOW: "flow airflow",
        ChannelKind.THORAX: "thor thorax thoracic chest",
        ChannelKind.ABDOMEN: "abdo abdomen abdominal",
        ChannelKind.SNORE: "snore snoring",
        ChannelKind.POSITION: "position",
        ChannelKind.STEPS: "steps",
        ChannelKind.ACTIVITY_COUNT: "activity counts actigraphy",
        ChannelKind.ACCELERATION: "acc accel accelerometer acceleration",
        ChannelKind.ECG: "ecg ekg",
        ChannelKind.EOG: "eog loc roc",
        ChannelKind.EMG: "emg chin submental",
        ChannelKind.EEG: "eeg",
    }
)
_KIND_OF_LABEL: Final = MappingProxyType(
    {label: kind for kind, labels in _LABELS.items() for label in labels.split()}
)
_KIND_OF_WORD: Final = MappingProxyType(
    {word: kind for kind, words in _WORDS.items() for word in words.split()}
)
_NOT_SIGNALS: Final = frozenset({"imp", "impedance", "crc16", "limitation"})
_OHMS: Final = frozenset({"ohm", "kohm", "ω", "kω"})
_GRAVITIES: Final = frozenset({"g", "mg", "m/s2", "m/s^2", "m/s²"})
_AXES: Final = frozenset({"x", "y", "z", "xaxis", "yaxis", "zaxis"})
_VOLTS: Final = frozenset({"v", "mv", "uv", "µv", "μv"})


def classify(label: str, unit: str = "") -> ChannelKind:
    """What a channel measures, whatever case and punctuation its label has; OTHER where that is not told."""
    words = [word for word in _SPLIT.split(label.lower()) if word]
    compact = "".join(words)
    unit = unit.strip().lower()
    if unit in _OHMS or not _NOT_SIGNALS.isdisjoint(words):
        return ChannelKind.OTHER
    if compact in _AXES:
        return ChannelKind.ACCELERATION if unit in _GRAVITIES else ChannelKind.OTHER
    if compact == "pulse" and unit in _VOLTS:
        return ChannelKind.OTHER  # neither a rate nor surely a waveform
    if compact in _KIND_OF_LABEL:
        return _KIND_OF_LABEL[compact]
    for pattern, kind in _ELECTRODES:
        if pattern.fullmatch(compact):
            return kind
    # the kinds' own order decides where a label has words of several: "EMG Leg" is a leg
    unnumbered = [word.rstrip("0123456789") for word in words]
    named = {_KIND_OF_WORD[word] for word in (*words, *unnumbered) if word in _KIND_OF_WORD}
    return next((kind for kind in _WORDS if kind in named), ChannelKind.OTHER)


def same_name(one: str, other: str) -> bool:
    """Whether two labels differ in case and punctuation only."""
    return bool(_compact(one)) and _compact(one) == _compact(other)


def find_channel(
    recording: Recording, kind: ChannelKind, aliases: Sequence[str] = (), preferred: str | None = None
) -> Channel:
    """The channel of ``kind``: never a guess between several.

    ``preferred`` is the user's own label and must be there. Otherwise, among the channels of that kind, the
    first of ``aliases`` that names one (case and punctuation aside), or the only one there is; and without
    any of that kind, the first alias that names a channel whose kind is not known. Raises ChannelError that
    lists the channels there are, and what was tried or what to choose from.
    """
    if preferred is not None:
        return _only(recording, kind, _named(recording.channels, preferred), f"label {preferred!r}")
    of_kind = [channel for channel in recording.channels if channel.kind is kind]
    unknown = [channel for channel in recording.channels if channel.kind is ChannelKind.OTHER]
    for alias in aliases:
        named = _named(of_kind or unknown, alias)
        if named:
            return _only(recording, kind, named, f"alias {alias!r}")
    tried = f"aliases tried: {', '.join(aliases)}" if aliases else f"names of {kind.value} channels"
    return _only(recording, kind, of_kind, tried)


def _named(channels: Iterable[Channel], name: str) -> list[Channel]:
    exact = [channel for channel in channels if channel.label == name]
    return exact or [channel for channel in channels if same_name(channel.label, name)]


def _only(recording: Recording, kind: ChannelKind, found: Sequence[Channel], sought: str) -> Channel:
    if len(found) == 1:
        return found[0]
    if found:
        raise ChannelError(
            f"several channels could be the {kind.value}: {_listed(found)}.",
            where=recording.recording_id,
            hint="Name the one to use.",
        )
    raise ChannelError(
        f"no {kind.value} channel ({sought}); channels: {_listed(recording.channels)}.",
        where=recording.recording_id,
        hint="Name the channel to use, if one of these is it.",
    )


def _listed(channels: Iterable[Channel]) -> str:
    return ", ".join(channel.label for channel in channels) or "none"


def _compact(label: str) -> str:
    return "".join(_SPLIT.split(label.lower()))
