"""What the user taught of channel labels, laid over what labels and units tell by themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from sleepstudio.errors import StudyError
from sleepstudio.recordings import ChannelKind, Recording

_PUNCTUATION = re.compile(r"[\W_]+")


def alias_key(label: str) -> str:
    """What labels that differ in case and punctuation alone share. Raises StudyError for an empty label."""
    key = _PUNCTUATION.sub("", label.casefold()) or label.strip()
    if not key:
        raise StudyError("a channel without a label cannot be learned.", where="label")
    return key


def with_learned_kinds(recording: Recording, aliases: Mapping[str, ChannelKind]) -> Recording:
    """The same recording; its channels have the learned kinds."""
    recording.channels = tuple(
        replace(channel, kind=aliases.get(alias_key(channel.label), channel.kind))
        for channel in recording.channels
    )
    return recording
