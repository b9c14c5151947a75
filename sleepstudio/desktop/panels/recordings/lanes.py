"""Which channels are shown, in which order, ink and scale, and through which filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sleepstudio.recordings.recording import Channel, ChannelKind
from sleepstudio.recordings.view.filters import NO_FILTER, SignalFilter, can_be_filtered
from sleepstudio.recordings.view.scales import Scale

KIND_ORDER = (
    ChannelKind.EEG, ChannelKind.EOG, ChannelKind.EMG, ChannelKind.ECG, ChannelKind.PPG,
    ChannelKind.HEART_RATE, ChannelKind.RR_INTERVAL, ChannelKind.SPO2, ChannelKind.FLOW,
    ChannelKind.PRESSURE, ChannelKind.THERMISTOR,
    ChannelKind.THORAX, ChannelKind.ABDOMEN, ChannelKind.SNORE, ChannelKind.LEG, ChannelKind.ACCELERATION,
    ChannelKind.ACTIVITY_COUNT, ChannelKind.STEPS, ChannelKind.POSITION, ChannelKind.OXIMETER_STATUS,
    ChannelKind.FEATURE, ChannelKind.OTHER,
)  # fmt: skip
"""From top to bottom, as montages have them."""
CROWDED = 32
"""More channels than this: those of no known kind are hidden at first."""


@dataclass(frozen=True)
class Lane:
    """One channel on the screen. ``ink``: the kind in whose colour it is drawn, where that is not its own."""

    channel: Channel
    name: str
    visible: bool = True
    ink: ChannelKind | None = None
    signal_filter: SignalFilter = NO_FILTER
    scale: Scale | None = None
    """None: not needed yet."""

    @property
    def label(self) -> str:
        return self.channel.label

    @property
    def drawn_as(self) -> ChannelKind:
        return self.ink or self.channel.kind

    @property
    def active_filter(self) -> SignalFilter:
        """What the channel's rate and kind leave of the filter."""
        rate_hz = self.channel.rate_hz
        if rate_hz is None or not can_be_filtered(self.channel.kind):
            return NO_FILTER
        return self.signal_filter.at_rate(rate_hz)


def kind_name(kind: ChannelKind) -> str:
    """A kind as a caption has it: *Thorax*, *SpO2*."""
    return kind.value[:1].upper() + kind.value[1:]


class Lanes:
    """The channels of a recording as lanes. ``find_scale`` gives a channel's scale when it is first shown."""

    def __init__(
        self,
        channels: Iterable[Channel],
        find_scale: Callable[[Channel], Scale],
        names: Mapping[str, str] | None = None,
    ) -> None:
        listed = list(channels)
        hide_unknown = len(listed) > CROWDED
        listed.sort(key=lambda channel: KIND_ORDER.index(channel.kind))
        if hide_unknown and all(channel.kind is ChannelKind.OTHER for channel in listed):
            hide_unknown = False
        self._find_scale = find_scale
        self.filters_on = True
        self._lanes = [
            Lane(
                channel,
                (names or {}).get(channel.label) or channel.label,
                visible=not (hide_unknown and channel.kind is ChannelKind.OTHER),
            )
            for channel in listed
        ]
        self.chosen: str | None = next((lane.label for lane in self._lanes if lane.visible), None)

    @property
    def all(self) -> tuple[Lane, ...]:
        return tuple(self._lanes)

    @property
    def visible(self) -> tuple[Lane, ...]:
        """From top to bottom."""
        return tuple(lane for lane in self._lanes if lane.visible)

    @property
    def hidden(self) -> tuple[Lane, ...]:
        return tuple(lane for lane in self._lanes if not lane.visible)

    def lane(self, label: str) -> Lane:
        """Raises KeyError where there is none."""
        return self._lanes[self._place(label)]

    def scale(self, label: str) -> Scale:
        """The scale of a lane, found now where it was not needed before."""
        lane = self.lane(label)
        if lane.scale is None:
            lane = self._change(label, scale=self._find_scale(lane.channel))
        assert lane.scale is not None
        return lane.scale

    def filter_of(self, lane: Lane) -> SignalFilter:
        """What the lane is drawn through now."""
        return lane.active_filter if self.filters_on else NO_FILTER

    def choose(self, label: str | None) -> None:
        self.chosen = label

    def choose_neighbour(self, by: int) -> None:
        """The visible lane above (negative) or below the chosen one; the first where none is chosen."""
        visible = [lane.label for lane in self.visible]
        if not visible:
            self.chosen = None
        elif self.chosen not in visible:
            self.chosen = visible[0]
        else:
            self.chosen = visible[min(max(visible.index(self.chosen) + by, 0), len(visible) - 1)]

    def move(self, label: str, by: int) -> None:
        """Moves a lane past ``by`` visible lanes, up where negative."""
        visible = [lane.label for lane in self.visible]
        if label in visible:
            self.move_to(label, visible.index(label) + by)

    def move_to(self, label: str, place: int) -> None:
        """Makes a lane the one at ``place`` among the visible ones."""
        moved = self._lanes.pop(self._place(label))
        others = [index for index, lane in enumerate(self._lanes) if lane.visible]
        place = min(max(place, 0), len(others))
        at = others[place] if place < len(others) else (others[-1] + 1 if others else 0)
        self._lanes.insert(at, moved)

    def show(self, label: str, visible: bool = True) -> None:
        """Shows or hides a lane; hiding the chosen one chooses its neighbour."""
        if not visible and label == self.chosen:
            shown = [lane.label for lane in self.visible]
            place = shown.index(label) if label in shown else 0
            rest = [other for other in shown if other != label]
            self.chosen = rest[min(place, len(rest) - 1)] if rest else None
        self._change(label, visible=visible)

    def show_all(self) -> None:
        self._lanes = [replace(lane, visible=True) for lane in self._lanes]

    def set_scale(self, label: str, scale: Scale | None) -> None:
        """None: the scale that the channel had at first."""
        self._change(label, scale=scale)

    def amplify(self, label: str, steps: int) -> None:
        self.set_scale(label, self.scale(label).amplified(steps))

    def set_ink(self, label: str, ink: ChannelKind | None) -> None:
        self._change(label, ink=ink)

    def set_filter(self, label: str, signal_filter: SignalFilter) -> None:
        self._change(label, signal_filter=signal_filter)

    def set_kind_filter(self, kind: ChannelKind, signal_filter: SignalFilter) -> None:
        for lane in self.all:
            if lane.channel.kind is kind:
                self.set_filter(lane.label, signal_filter)

    def set_names(self, names: Mapping[str, str]) -> None:
        """How channels are called; those not named keep their labels."""
        self._lanes = [replace(lane, name=names.get(lane.label) or lane.label) for lane in self._lanes]

    def state(self) -> dict[str, Any]:
        """Order, visibility, ink, filter and chosen scales by label, as JSON."""
        return {
            "order": [lane.label for lane in self._lanes],
            "hidden": [lane.label for lane in self.hidden],
            "inks": {lane.label: lane.ink.value for lane in self._lanes if lane.ink},
            "filters": {
                lane.label: [
                    lane.signal_filter.high_pass_hz,
                    lane.signal_filter.low_pass_hz,
                    lane.signal_filter.notch_hz,
                ]
                for lane in self._lanes
                if lane.signal_filter
            },
            "heights": {
                lane.label: lane.scale.height for lane in self._lanes if lane.scale and not lane.scale.fitted
            },
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes back :meth:`state`, of this or a similar recording; what does not fit is left as it is."""
        order = {label: place for place, label in enumerate(_strings(state.get("order")))}
        if order:
            self._lanes.sort(key=lambda lane: order.get(lane.label, len(order)))
        if "hidden" in state:
            hidden = set(_strings(state["hidden"]))
            self._lanes = [
                replace(lane, visible=lane.label not in hidden if lane.label in order else lane.visible)
                for lane in self._lanes
            ]
        kinds = {kind.value: kind for kind in ChannelKind}
        inks, filters, heights = (_mapping(state.get(name)) for name in ("inks", "filters", "heights"))
        for lane in self.all:
            if inks.get(lane.label) in kinds:
                self.set_ink(lane.label, kinds[inks[lane.label]])
            restored = _filter(filters.get(lane.label))
            if restored is not None:
                self.set_filter(lane.label, restored)
            height = heights.get(lane.label)
            if isinstance(height, int | float) and height > 0 and lane.visible:
                self.set_scale(lane.label, replace(self.scale(lane.label), height=height, fitted=False))
        if self.chosen is None or not self.lane(self.chosen).visible:
            self.chosen = next((lane.label for lane in self.visible), None)

    def _place(self, label: str) -> int:
        for place, lane in enumerate(self._lanes):
            if lane.label == label:
                return place
        raise KeyError(label)

    def _change(self, label: str, **changes: Any) -> Lane:
        place = self._place(label)
        self._lanes[place] = replace(self._lanes[place], **changes)
        return self._lanes[place]


def _strings(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _filter(corners: object) -> SignalFilter | None:
    if not isinstance(corners, list) or len(corners) != 3:
        return None
    if not all(corner is None or isinstance(corner, int | float) for corner in corners):
        return None
    try:
        return SignalFilter(*corners)
    except ValueError:
        return None
