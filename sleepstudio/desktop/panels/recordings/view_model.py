"""Everything that a signal view shows, without Qt: a recording, its page, lanes, scoring and marks."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sleepstudio.desktop.panels.recordings.lanes import Lane, Lanes
from sleepstudio.desktop.panels.recordings.page import EpochGrid, Page
from sleepstudio.hypnogram import Hypnogram, Span
from sleepstudio.recordings.recording import Channel, ChannelKind, Event, Gap, Recording
from sleepstudio.recordings.view.scales import default_scale, fitted_scale
from sleepstudio.recordings.view.trace_reader import TraceReader
from sleepstudio.recordings.view.traces import Floats, Samples
from sleepstudio.recordings.view.units import display_unit, with_unit


@dataclass(frozen=True)
class Measure:
    """Two times; ``fixed``: the second no longer follows the mouse."""

    first_s: float
    second_s: float
    fixed: bool = False

    @property
    def text(self) -> str:
        """*1.24 s · 0.81 Hz*."""
        length_s = abs(self.second_s - self.first_s)
        if length_s < 1e-9:
            return with_unit("0", "s")
        length = f"{length_s:.3f}" if length_s < 10 else f"{length_s:.1f}"
        rate = f" · {1 / length_s:.3g}\u00a0Hz" if length_s < 100 else ""
        return with_unit(length, "s") + rate


class ViewModel:
    """One recording in a view. ``kinds`` and ``names``: what channels are mapped to, by label."""

    def __init__(
        self,
        recording: Recording,
        hypnograms: Sequence[Hypnogram] = (),
        events: Sequence[Event] = (),
        *,
        names: Mapping[str, str] | None = None,
        kinds: Mapping[str, ChannelKind] | None = None,
    ) -> None:
        self.recording = recording
        self.reader = TraceReader(recording)
        self.hypnograms: tuple[Hypnogram, ...] = ()
        self.events: tuple[Event, ...] = ()
        channels = [
            Channel(
                channel.label, (kinds or {}).get(channel.label, channel.kind), channel.unit, channel.rate_hz
            )
            for channel in recording.channels
        ]
        self.lanes = Lanes(channels, partial(default_scale, recording), names)
        self.page = Page(recording.duration_s, EpochGrid.of(recording.duration_s))
        self.elapsed = recording.start is None
        self.cursor_s: float | None = None
        self.marked: Span | None = None
        self.measure: Measure | None = None
        self.measuring = False
        self.set_hypnograms(hypnograms)
        self.set_events(events)
        self.page.show_epoch(0)

    @property
    def hypnogram(self) -> Hypnogram | None:
        """The one that is scored and navigated by."""
        return self.hypnograms[0] if self.hypnograms else None

    @property
    def clock(self) -> datetime | None:
        """The wall clock at second 0; None where time is shown as elapsed."""
        return None if self.elapsed else self.recording.start

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return self.recording.gaps

    def set_hypnograms(self, hypnograms: Sequence[Hypnogram]) -> None:
        """The first is the one to navigate by. The view stays where it is."""
        self.hypnograms = tuple(hypnograms)
        self.page.set_grid(EpochGrid.of(self.recording.duration_s, self.hypnogram))

    def set_events(self, events: Sequence[Event]) -> None:
        self.events = tuple(sorted(events, key=lambda event: event.onset_s))
        self._onsets = [event.onset_s for event in self.events]
        self._longest_event_s = max((event.duration_s for event in self.events), default=0.0)

    def events_between(self, start_s: float, stop_s: float) -> Sequence[Event]:
        """The events that overlap a span, by onset."""
        first = bisect_left(self._onsets, start_s - self._longest_event_s)
        last = bisect_right(self._onsets, stop_s)
        return [event for event in self.events[first:last] if event.onset_s + event.duration_s >= start_s]

    def value(self, lane: Lane, time_s: float) -> float:
        """In the display unit; NaN where nothing was recorded."""
        factor = display_unit(lane.channel).factor
        return self.reader.value_at(lane.label, time_s, self.lanes.filter_of(lane)) * factor

    def reading(self, lane: Lane) -> str:
        """What the margin says of a lane: the value at the cursor, or the difference that is measured."""
        scale = self.lanes.scale(lane.label)
        if self.measure is not None:
            first, second = (self.value(lane, at) for at in (self.measure.first_s, self.measure.second_s))
            return f"Δ\u00a0{scale.reading(second - first)}" if math.isfinite(second - first) else ""
        return "" if self.cursor_s is None else scale.reading(self.value(lane, self.cursor_s))

    def shown_values(self, lane: Lane, pixels: int = 2000) -> Floats:
        """What is drawn of a lane now, in the display unit: samples, or extremes."""
        trace = self.reader.trace(
            lane.label, self.page.start_s, self.page.stop_s, pixels, self.lanes.filter_of(lane)
        )
        values = trace.value if isinstance(trace, Samples) else _both(trace.low, trace.high)
        return values * display_unit(lane.channel).factor

    def fit_scale(self, label: str) -> None:
        """Scales a lane to what is shown of it."""
        lane = self.lanes.lane(label)
        values = self.shown_values(lane)
        self.lanes.set_scale(label, fitted_scale(values, display_unit(lane.channel).name))

    def time_text(self, time_s: float, *, precise: bool = False) -> str:
        """A moment by the wall clock or elapsed, to the second or the hundredth."""
        if self.clock is not None:
            at = self.clock + timedelta(seconds=time_s)
            return f"{at:%H:%M:%S}.{at.microsecond // 10_000:02d}" if precise else f"{at:%H:%M:%S}"
        sign, time_s = ("−" if time_s < 0 else ""), abs(time_s)
        hours, rest = divmod(time_s if precise else round(time_s), 3600)
        minutes, seconds = divmod(rest, 60)
        shown = f"{math.floor(seconds * 100 + 1e-6) / 100:05.2f}" if precise else f"{int(seconds):02d}"
        return f"{sign}{int(hours)}:{int(minutes):02d}:{shown}"


def _both(low: Floats, high: Floats) -> Floats:
    values = low.repeat(2)
    values[1::2] = high
    return values
