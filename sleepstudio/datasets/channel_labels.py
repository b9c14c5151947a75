"""The channel labels of a whole study: how often each is found, what it is used as, which units it has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sleepstudio.datasets.catalogue_rows import CatalogueChannel, CatalogueRecording
from sleepstudio.datasets.learned_kinds import alias_key
from sleepstudio.recordings.recording import ChannelKind

_VOLTS: Final = frozenset({"v", "mv", "uv", "µv", "μv", "nv"})
_UNITS: Final[Mapping[ChannelKind, frozenset[str]]] = MappingProxyType(
    {
        **dict.fromkeys((ChannelKind.EEG, ChannelKind.EOG, ChannelKind.EMG, ChannelKind.ECG), _VOLTS),
        ChannelKind.SPO2: frozenset({"%", "percent", "pct"}),
        ChannelKind.HEART_RATE: frozenset({"bpm", "1/min", "/min", "min-1", "beats/min"}),
        ChannelKind.RR_INTERVAL: frozenset({"s", "ms", "sec"}),
        ChannelKind.ACCELERATION: frozenset({"g", "mg", "m/s2", "m/s^2", "m/s²"}),
    }
)
"""Of kinds whose units can be wrong; other kinds have too many."""


@dataclass
class LabelUse:
    """One label (whatever its case and punctuation) in all recordings.

    ``kind``: what it is used as. ``learned``: the user said so. ``recordings``: how many have it.
    """

    key: str
    kind: ChannelKind
    learned: bool
    recordings: int = 0
    spellings: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    rates: Counter[float] = field(default_factory=Counter)
    kinds: set[ChannelKind] = field(default_factory=set)
    """More than one where units decide what the same label means."""

    @property
    def label(self) -> str:
        """As it is spelt most often."""
        return self.spellings.most_common(1)[0][0]

    @property
    def unmapped(self) -> bool:
        return ChannelKind.OTHER in self.kinds and not self.learned

    def odd_units(self, kind: ChannelKind | None = None) -> tuple[str, ...]:
        """Units that do not fit what it is used as, or would be; no unit is none of them."""
        fitting = _UNITS.get(kind or self.kind)
        if fitting is None:
            return ()
        return tuple(sorted(unit for unit in self.units if unit and unit.casefold() not in fitting))


def channel_labels(rows: Iterable[CatalogueRecording]) -> tuple[LabelUse, ...]:
    """Every label of the recordings: those that nobody knows first, then the frequent ones."""
    montages: Counter[int] = Counter()
    channels: dict[int, tuple[CatalogueChannel, ...]] = {}
    for row in rows:
        montages[id(row.channels)] += 1
        channels[id(row.channels)] = row.channels
    found: dict[str, LabelUse] = {}
    for montage, count in montages.items():
        seen: set[str] = set()
        for channel in channels[montage]:
            if not channel.label.strip():
                continue
            key = alias_key(channel.label)
            use = found.setdefault(key, LabelUse(key, channel.kind, channel.learned))
            use.recordings += 0 if key in seen else count
            use.spellings[channel.label] += count
            use.units[channel.unit] += count
            use.kinds.add(channel.kind)
            if channel.rate_hz is not None:
                use.rates[channel.rate_hz] += count
            seen.add(key)
    return tuple(sorted(found.values(), key=lambda use: (not use.unmapped, -use.recordings, use.key)))
