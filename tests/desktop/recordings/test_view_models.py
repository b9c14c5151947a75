"""The view without a window: page, lanes, where to go, where lanes stand."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepstudio.desktop.panels.recordings.go_to import time_from_text
from sleepstudio.desktop.panels.recordings.lane_layout import LOWEST, LaneLayout
from sleepstudio.desktop.panels.recordings.lanes import CROWDED, Lanes
from sleepstudio.desktop.panels.recordings.page import EDGE_S, SHORTEST_S, EpochGrid, Page
from sleepstudio.desktop.panels.recordings.view_model import Measure, ViewModel
from sleepstudio.hypnogram import Hypnogram
from sleepstudio.recordings.recording import Channel, ChannelKind, Event
from sleepstudio.recordings.series import SeriesRecording
from sleepstudio.recordings.view.event_kinds import EventKind, event_caption, event_channel, event_kind
from sleepstudio.recordings.view.filters import SignalFilter
from sleepstudio.recordings.view.scales import Scale

NIGHT_S = 8 * 3600.0
START = datetime(2024, 3, 2, 23, 26)


def page(duration_s: float = NIGHT_S) -> Page:
    return Page(duration_s, EpochGrid.of(duration_s))


def test_a_grid_is_the_hypnograms_or_covers_the_recording() -> None:
    assert EpochGrid.of(95) == EpochGrid(4)
    assert EpochGrid.of(0) == EpochGrid(1)
    scored = Hypnogram(np.zeros(10, np.int8), onset_s=12.0)
    assert EpochGrid.of(312, scored) == EpochGrid(10, 12.0)
    assert EpochGrid.of(400, scored) == EpochGrid(12, 12.0)
    assert EpochGrid.of(100, scored).count == 10
    grid = EpochGrid(10, 12.0)
    assert [grid.epoch_at(time_s) for time_s in (-5, 12, 41.9, 42, 9999)] == [0, 0, 0, 1, 9]
    assert grid.span(2) == (72, 102)


def test_a_page_is_an_epoch_and_five_seconds_of_its_neighbours() -> None:
    shown = page()
    shown.show_epoch(749)
    assert (shown.start_s, shown.stop_s) == (749 * 30 - EDGE_S, 750 * 30 + EDGE_S)
    shown.turn(1)
    assert shown.epoch == 750
    assert shown.is_epoch_page
    shown.show_epoch(10_000)
    assert shown.epoch == 959
    shown.show_epoch(-3)
    assert (shown.epoch, shown.start_s) == (0, -EDGE_S)


@given(
    moves=st.lists(
        st.one_of(
            st.tuples(st.just("zoom"), st.floats(0.01, 100), st.floats(-100, NIGHT_S + 100)),
            st.tuples(st.just("scroll"), st.floats(-NIGHT_S, NIGHT_S), st.just(0.0)),
            st.tuples(st.just("show_time"), st.floats(-100, NIGHT_S + 100), st.just(0.0)),
            st.tuples(st.just("extend"), st.integers(-50, 50), st.just(0)),
            st.tuples(st.just("length"), st.sampled_from([30.0, 300.0, 3600.0, None]), st.just(0.0)),
            st.tuples(st.just("back"), st.just(0), st.just(0)),
        ),
        max_size=12,
    )
)
def test_whatever_is_done_the_page_shows_the_night_and_the_current_epoch(moves: list[tuple]) -> None:
    shown = page()
    for move, amount, at_s in moves:
        match move:
            case "zoom":
                shown.remember_zoom()
                shown.zoom(amount, at_s)
            case "scroll":
                shown.scroll(amount)
            case "show_time":
                shown.show_time(amount)
            case "extend":
                shown.extend_selection(amount)
            case "length":
                shown.set_length(amount)
            case "back":
                shown.zoom_back()
        assert SHORTEST_S <= shown.span_s <= NIGHT_S
        assert shown.start_s >= -EDGE_S - 1e-6
        assert shown.stop_s <= NIGHT_S + EDGE_S + 1e-6
        epoch = shown.epoch_span
        assert epoch.start_s < shown.stop_s
        assert epoch.stop_s > shown.start_s
        assert shown.epoch in shown.selection


def test_zooming_keeps_what_is_under_the_mouse_and_backspace_returns() -> None:
    shown = page()
    shown.set_length(3600.0)
    before = (shown.start_s, shown.span_s)
    at_s = shown.start_s + 0.3 * shown.span_s
    shown.remember_zoom()
    shown.zoom(0.5, at_s)
    assert shown.span_s == 1800
    assert (at_s - shown.start_s) / shown.span_s == pytest.approx(0.3)
    assert shown.zoom_back()
    assert (shown.start_s, shown.span_s) == pytest.approx(before)
    assert shown.zoom_back()
    assert shown.is_epoch_page
    assert not shown.zoom_back()


def test_from_the_night_to_a_second() -> None:
    shown = page()
    shown.set_length(None)
    assert (shown.start_s, shown.stop_s) == (0, NIGHT_S)
    assert shown.is_whole_night
    for _ in range(60):
        shown.zoom(0.8, 1000.0)
    assert shown.span_s == SHORTEST_S
    assert shown.start_s <= 1000 <= shown.stop_s
    assert shown.epoch == 33


def test_scrolling_far_makes_another_epoch_the_current_one_scrolling_near_does_not() -> None:
    shown = page()
    shown.show_epoch(100)
    shown.scroll(3)
    assert shown.epoch == 100
    shown.scroll(9)
    assert shown.epoch == 100
    shown.scroll(4)
    assert shown.epoch == 101
    assert shown.selection == range(101, 102)


def test_selected_epochs_are_extended_both_ways_and_cleared() -> None:
    shown = page()
    shown.show_epoch(10)
    shown.extend_selection(3)
    assert shown.selection == range(10, 14)
    shown.extend_selection(-5)
    assert shown.selection == range(8, 11)
    assert shown.epoch == 8
    shown.clear_selection()
    assert shown.selection == range(8, 9)


@pytest.mark.parametrize(
    ("text", "time_s"),
    [
        ("750", 749 * 30),
        ("1", 0),
        ("23:26", 0),
        ("05:41", 6 * 3600 + 15 * 60),
        ("5.41.30", 6 * 3600 + 15 * 60 + 30),
        ("00:00:00.5", 34 * 60 + 0.5),
        ("+1:30", 5400),
        ("1 h 30 min", 5400),
        ("90 min", 5400),
        ("45s", 45),
    ],
)
def test_where_to_go_is_an_epoch_a_clock_time_or_time_since_the_start(text: str, time_s: float) -> None:
    assert time_from_text(text, EpochGrid.of(NIGHT_S), START, NIGHT_S) == pytest.approx(time_s)


def test_without_a_start_a_time_is_since_the_start() -> None:
    assert time_from_text("5:41", EpochGrid.of(NIGHT_S), None, NIGHT_S) == 5 * 3600 + 41 * 60


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0", "There is no epoch 0: they are 1–960."),
        ("961", "There is no epoch 961"),
        ("12:00", "12:00 is not in this recording: it runs 23:26–07:26."),
        ("+9:00", "is not in this recording"),
        ("25:10", "is no epoch and no time"),
        ("05:71", "is no epoch and no time"),
        ("later", "later is no epoch and no time. Write 750, 05:41 or +1:30."),
        ("", "Type an epoch"),
        ("²", "no time"),
    ],
)
def test_what_is_no_place_is_said(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("+", r"\+")):
        time_from_text(text, EpochGrid.of(NIGHT_S), START, NIGHT_S)


KINDS = {
    "Leg": ChannelKind.LEG,
    "Pleth": ChannelKind.PPG,
    "C4": ChannelKind.EEG,
    "SpO2": ChannelKind.SPO2,
    "C3": ChannelKind.EEG,
}


def lanes(kinds: dict[str, ChannelKind] | None = None) -> Lanes:
    channels = [Channel(label, kind, "uV", 256.0) for label, kind in (kinds or KINDS).items()]
    return Lanes(channels, lambda _channel: Scale(0, 100, "µV"))


def labels(shown: Lanes) -> list[str]:
    return [lane.label for lane in shown.visible]


def test_lanes_stand_in_the_order_of_montages_and_move() -> None:
    shown = lanes()
    assert labels(shown) == ["C4", "C3", "Pleth", "SpO2", "Leg"]
    assert shown.chosen == "C4"
    shown.move("SpO2", -2)
    assert labels(shown) == ["C4", "SpO2", "C3", "Pleth", "Leg"]
    shown.move("SpO2", 9)
    assert labels(shown)[-1] == "SpO2"
    shown.move_to("Leg", 0)
    assert labels(shown) == ["Leg", "C4", "C3", "Pleth", "SpO2"]


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(-6, 6), st.booleans()), max_size=20))
def test_no_channel_is_lost_by_moving_and_hiding(edits: list[tuple[str, int, bool]]) -> None:
    shown = lanes()
    for label, by, visible in edits:
        shown.show(label, visible)
        before = labels(shown)
        shown.move(label, by)
        if visible:
            place = min(max(before.index(label) + by, 0), len(before) - 1)
            assert labels(shown).index(label) == place
        rest = [other for other in before if other != label]
        assert [other for other in labels(shown) if other != label] == rest
        assert shown.chosen is None or shown.chosen in labels(shown)
    assert sorted(lane.label for lane in shown.all) == sorted(KINDS)


def test_hiding_the_chosen_lane_chooses_its_neighbour() -> None:
    shown = lanes()
    shown.choose("Pleth")
    shown.show("Pleth", False)
    assert shown.chosen == "SpO2"
    shown.choose_neighbour(9)
    assert shown.chosen == "Leg"
    shown.show("Leg", False)
    assert shown.chosen == "SpO2"
    shown.show_all()
    assert len(shown.visible) == 5


def test_among_very_many_channels_those_of_no_kind_are_hidden_at_first() -> None:
    many = {f"EEG {index}": ChannelKind.EEG for index in range(CROWDED)} | {"Imp": ChannelKind.OTHER}
    assert [lane.label for lane in lanes(many).hidden] == ["Imp"]
    unknown = {f"x{index}": ChannelKind.OTHER for index in range(CROWDED + 5)}
    assert not lanes(unknown).hidden


def test_a_montage_is_taken_to_the_next_recording_as_far_as_it_fits() -> None:
    shown = lanes()
    shown.move_to("Leg", 0)
    shown.show("C3", False)
    shown.amplify("C4", 2)
    shown.set_ink("Pleth", ChannelKind.FLOW)
    shown.set_kind_filter(ChannelKind.EEG, SignalFilter(0.3, 35.0))
    other = lanes(KINDS | {"Flow": ChannelKind.FLOW})
    other.restore(shown.state())
    assert labels(other) == ["Leg", "C4", "Pleth", "SpO2", "Flow"]
    assert other.scale("C4").height == 50
    assert other.lane("Pleth").drawn_as is ChannelKind.FLOW
    assert other.lane("C3").active_filter == SignalFilter(0.3, 35.0)
    assert other.lane("Flow").visible


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"order": 7, "hidden": "C4", "inks": [], "filters": {"C4": [1]}, "heights": {"C4": "x"}},
        {"filters": {"C4": [35, 0.3, None]}, "heights": {"C4": -1}, "inks": {"C4": "no kind"}},
    ],
)
def test_a_montage_that_makes_no_sense_changes_nothing(state: dict[str, object]) -> None:
    shown = lanes()
    shown.restore(state)
    assert labels(shown) == ["C4", "C3", "Pleth", "SpO2", "Leg"]
    assert not shown.lane("C4").signal_filter
    assert shown.scale("C4").height == 100


def test_filters_reach_what_can_be_filtered() -> None:
    shown = lanes()
    for kind in KINDS.values():
        shown.set_kind_filter(kind, SignalFilter(0.3, 200.0))
    assert shown.filter_of(shown.lane("C4")) == SignalFilter(0.3)
    assert not shown.filter_of(shown.lane("SpO2"))
    shown.filters_on = False
    assert not shown.filter_of(shown.lane("C4"))


@given(st.floats(50, 2000), st.integers(1, 120), st.floats(-500, 5000))
def test_lanes_fill_the_height_or_scroll(height: float, count: int, scrolled: float) -> None:
    layout = LaneLayout(height, count, scrolled)
    assert layout.lane_height >= LOWEST
    assert layout.lane_height == pytest.approx(max(height / count, LOWEST))
    for place in layout.in_view:
        assert layout.top(place) < height
        assert layout.top(place) + layout.lane_height > 0
        middle = layout.middle(place)
        if 0 <= middle <= height:
            assert layout.place_at(middle) == place
    for place in (0, count - 1):
        revealed = LaneLayout(height, count, layout.revealing(place))
        if height >= LOWEST:
            assert revealed.top(place) >= -1e-6
            assert revealed.top(place) + revealed.lane_height <= height + 1e-6
    assert layout.place_at(-1) is None


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Hypopnea", EventKind.RESPIRATORY),
        ("Obstructive Apnea", EventKind.RESPIRATORY),
        ("central apnoea", EventKind.RESPIRATORY),
        ("Periodic breathing", EventKind.RESPIRATORY),
        ("SpO2 desaturation", EventKind.DESATURATION),
        ("SpO2 artifact", EventKind.OTHER),
        ("Arousal ()", EventKind.AROUSAL),
        ("RERA", EventKind.AROUSAL),
        ("Limb Movement (Left)", EventKind.LIMB),
        ("PLM", EventKind.LIMB),
        ("Lights off", EventKind.OTHER),
    ],
)
def test_events_are_told_apart_by_their_words(label: str, kind: EventKind) -> None:
    assert event_kind(Event(0, 1, label)) is kind


def test_an_event_lies_on_its_channel_or_one_of_a_fitting_kind() -> None:
    channels = [Channel(label, kind, "", 1.0) for label, kind in KINDS.items()]
    assert event_channel(Event(0, 1, "Hypopnea", "pleth"), channels) == "Pleth"
    assert event_channel(Event(0, 1, "SpO2 desaturation", "SaO2"), channels) == "SpO2"
    assert event_channel(Event(0, 1, "Arousal"), channels) == "C4"
    assert event_channel(Event(0, 1, "Hypopnea"), channels) is None
    assert event_caption(Event(0, 15.84, "Hypopnea")) == "Hypopnea 15.8\u00a0s"
    assert event_caption(Event(0, 0, "Arousal ()")) == "Arousal"


def model(**options: object) -> ViewModel:
    channel = Channel("hr", ChannelKind.HEART_RATE, "bpm", None)
    times = np.arange(0, 3600, 5.0)
    recording = SeriesRecording("watch", START, 3600, [channel], {"hr": (times, 60 + times / 100)})
    return ViewModel(recording, **options)


def test_events_of_a_span_are_found_whatever_their_lengths() -> None:
    random = np.random.default_rng(0)
    onsets, durations = random.uniform(0, 3600, 200).tolist(), random.exponential(60, 200).tolist()
    events = [Event(onset, duration, "x") for onset, duration in zip(onsets, durations, strict=True)]
    shown = model(events=events)
    for start_s in (0, 100, 1800, 3590):
        found = shown.events_between(start_s, start_s + 40)
        overlapping = [e for e in events if e.onset_s <= start_s + 40 and e.onset_s + e.duration_s >= start_s]
        assert sorted(found, key=lambda e: e.onset_s) == sorted(overlapping, key=lambda e: e.onset_s)


def test_times_read_by_the_clock_or_elapsed() -> None:
    shown = model()
    assert shown.time_text(6 * 3600 + 15 * 60) == "05:41:00"
    assert shown.time_text(61.239, precise=True) == "23:27:01.23"
    shown.elapsed = True
    assert shown.time_text(3661.2) == "1:01:01"
    assert shown.time_text(61.239, precise=True) == "0:01:01.23"
    assert shown.time_text(22486.3, precise=True) == "6:14:46.30"
    assert shown.time_text(-5) == "−0:00:05"


def test_the_margin_reads_the_cursor_or_the_difference() -> None:
    shown = model()
    lane = shown.lanes.visible[0]
    assert shown.reading(lane) == ""
    shown.cursor_s = 1002.0
    assert shown.reading(lane) == "70.0\u00a0bpm"
    shown.measure = Measure(1000.0, 2000.0)
    assert shown.reading(lane) == "Δ\u00a010.0\u00a0bpm"
    assert shown.measure.text == "1000.0\u00a0s"
    assert Measure(5.0, 3.75).text == "1.250\u00a0s · 0.8\u00a0Hz"


def test_a_page_of_one_epoch_follows_a_hypnogram_that_is_shifted() -> None:
    page = Page(600.0, EpochGrid.of(600.0))
    page.show_epoch(0)
    page.set_grid(EpochGrid(18, onset_s=60.0))
    assert page.epoch == 0
    assert page.epoch_span == (60.0, 90.0)
    assert (page.start_s, page.stop_s) == (55.0, 95.0)
    page.set_length(None)
    page.set_grid(EpochGrid(19, onset_s=12.0))
    assert page.is_whole_night
