"""Which of a recording's channels plays which part: by the user's word or a known label, never by guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sleepstudio.errors import ChannelError
from sleepstudio.features.feature_set import ChannelNeed
from sleepstudio.recordings.recording import Recording


def match_channels(
    recording: Recording, needs: Sequence[ChannelNeed], chosen: Mapping[str, str]
) -> dict[str, str]:
    """The recording's label for each role: the chosen one, else the first alias there is, whatever its case.

    Raises ChannelError naming the aliases that were tried and the channels there are.
    """
    by_lower = {channel.label.strip().lower(): channel.label for channel in reversed(recording.channels)}
    matched = {}
    for need in needs:
        if need.role in chosen:
            matched[need.role] = recording.channel(chosen[need.role]).label
            continue
        label = next((by_lower[name.lower()] for name in need.aliases if name.lower() in by_lower), None)
        if label is None:
            raise _missing(recording, need)
        matched[need.role] = label
    return matched


def _missing(recording: Recording, need: ChannelNeed) -> ChannelError:
    present = ", ".join(channel.label for channel in recording.channels) or "none"
    alike = next((channel.label for channel in recording.channels if channel.kind is need.kind), None)
    example = alike or "LABEL"
    return ChannelError(
        f"no channel for {need.role} ({need.kind}): tried {', '.join(need.aliases)}; channels: {present}.",
        where=recording.recording_id,
        hint=f'Where another holds it, say which: feature.params.channels={{"{need.role}": "{example}"}}.',
    )
