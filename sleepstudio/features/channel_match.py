"""Which of a recording's channels plays which part: by the user's word, a known label or its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sleepstudio.errors import ChannelError
from sleepstudio.features.feature_set import ChannelNeed
from sleepstudio.recordings.channels import find_channel
from sleepstudio.recordings.recording import Recording


def match_channels(
    recording: Recording, needs: Sequence[ChannelNeed], chosen: Mapping[str, str]
) -> dict[str, str]:
    """The recording's label for each role: the chosen one, else as :func:`find_channel` finds it.

    Raises ChannelError naming the aliases that were tried and the channels there are.
    """
    matched = {}
    for need in needs:
        label = chosen.get(need.role)
        try:
            channel = find_channel(recording, need.kind, need.aliases, preferred=label)
        except ChannelError as error:
            raise _missing(recording, need, label) from error
        matched[need.role] = channel.label
    return matched


def _missing(recording: Recording, need: ChannelNeed, chosen: str | None) -> ChannelError:
    present = ", ".join(channel.label for channel in recording.channels) or "none"
    of_kind = [channel.label for channel in recording.channels if channel.kind is need.kind]
    example = of_kind[0] if of_kind else "LABEL"
    tried = repr(chosen) if chosen else ", ".join(need.aliases)
    problem = "several channels could be" if len(of_kind) > 1 and not chosen else "no channel for"
    return ChannelError(
        f"{problem} {need.role} ({need.kind}): tried {tried}; channels: {present}.",
        where=recording.recording_id,
        hint="Say in Recordings what the channel measures, or which to use:"
        f' feature.params.channels={{"{need.role}": "{example}"}}.',
    )
