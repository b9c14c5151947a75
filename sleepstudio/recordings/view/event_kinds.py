"""Scored events by what they are, whatever the system that scored them calls them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from sleepstudio.recordings.recording import Channel, ChannelKind, Event


class EventKind(StrEnum):
    """The value is its short name, as a row's caption has it."""

    RESPIRATORY = "Resp."
    DESATURATION = "Desat."
    AROUSAL = "Arousal"
    LIMB = "Limb"
    OTHER = "Other"


_WORDS = (
    (re.compile(r"artifact|artefact|unsure"), EventKind.OTHER),
    (re.compile(r"desat"), EventKind.DESATURATION),
    (re.compile(r"arous|rera"), EventKind.AROUSAL),
    (re.compile(r"pno?ea|breathing|respiratory|cheyne|snor|hypoventilation"), EventKind.RESPIRATORY),
    (re.compile(r"limb|leg|plm|\blm\b"), EventKind.LIMB),
)

_CHANNELS = {
    EventKind.RESPIRATORY: (ChannelKind.FLOW, ChannelKind.PRESSURE, ChannelKind.THERMISTOR,
                            ChannelKind.THORAX, ChannelKind.ABDOMEN),
    EventKind.DESATURATION: (ChannelKind.SPO2,),
    EventKind.AROUSAL: (ChannelKind.EEG, ChannelKind.EOG),
    EventKind.LIMB: (ChannelKind.LEG, ChannelKind.EMG),
    EventKind.OTHER: (),
}  # fmt: skip


def event_kind(event: Event) -> EventKind:
    """Told from the label's words; RERA counts as an arousal, SpO2 artifacts as nothing of these."""
    text = event.label.lower()
    return next((kind for pattern, kind in _WORDS if pattern.search(text)), EventKind.OTHER)


def event_channel(event: Event, shown: Sequence[Channel]) -> str | None:
    """The shown channel on which an event lies: the one it was scored on, else the first of a fitting kind.

    None: it lies on no channel more than on another.
    """
    if event.channel:
        scored_on = event.channel.casefold()
        for channel in shown:
            if channel.label.casefold() == scored_on:
                return channel.label
    for kind in _CHANNELS[event_kind(event)]:
        for channel in shown:
            if channel.kind is kind:
                return channel.label
    return None


def event_caption(event: Event) -> str:
    """Name and length: *Hypopnea 15.8 s*."""
    name = event.label.removesuffix("()").strip() or "Event"
    return f"{name} {event.duration_s:.1f}\u00a0s" if event.duration_s > 0 else name
