"""What the signal view draws, and how channels are shown: on the real widget."""

from __future__ import annotations

import gc
import weakref
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot
from view_person import LEFT, PATIENCE_MS, SHIFT, do, drag, ink_rows, labels, wheel
from viewed_nights import EVENTS, MINUTES, write_night_with_gap
from viewed_nights import scoring as expert

from sleepstudio.desktop import theme as current
from sleepstudio.desktop.actions import ACTIONS
from sleepstudio.desktop.panels.recordings import picture
from sleepstudio.desktop.panels.recordings.filter_popup import FilterPopup
from sleepstudio.desktop.panels.recordings.lane_menu import LaneMenu
from sleepstudio.desktop.panels.recordings.page_table import PageTable
from sleepstudio.desktop.panels.recordings.signal_view import SignalView
from sleepstudio.desktop.theme import Theme
from sleepstudio.hypnogram import Span
from sleepstudio.recordings.edf import open_edf
from sleepstudio.recordings.recording import ChannelKind
from sleepstudio.recordings.view.filters import SignalFilter
from sleepstudio.recordings.view.traces import Columns


def test_the_first_page_is_the_first_epoch_and_everything_is_told(qtbot: QtBot, view: SignalView) -> None:
    assert (view.epoch, view.epochs, view.page_length) == (0, 2 * MINUTES, "epoch")
    assert view.time_text() == "23:50:00"
    with qtbot.waitSignals([view.epoch_changed, view.selection_changed, view.page_changed]):
        view.show_epoch(33)
    assert view.selection == range(33, 34)
    assert "epoch 34 of 80" in view.canvas.accessibleDescription()
    assert "epoch 34, N2" in view.navigator.accessibleDescription()


def test_the_trace_stands_where_its_samples_are(view: SignalView) -> None:
    view.show_time(1000.0)
    lane_height = view.canvas.layout_.lane_height
    assert view.model is not None
    # 400 µV in a lane of 150 µV: the spike leaves the lane at its top, the sine stays inside
    spike, beside = ink_rows(view, 1000.0, "EEG C4-M1"), ink_rows(view, 1003.0, "EEG C4-M1")
    assert min(spike) < 0.1 * lane_height
    sine = 0.8 * 50 / 150 * lane_height
    assert lane_height / 2 - sine - 3 <= min(beside)
    assert max(beside) <= lane_height / 2 + sine + 3
    view.set_page_length("night")
    assert min(ink_rows(view, 1000.0, "EEG C4-M1")) < 0.1 * lane_height


def test_shift_and_the_wheel_scale_the_trace_under_the_mouse_alone(view: SignalView) -> None:
    assert view.model is not None
    place = labels(view).index("EEG C3-M2")
    wheel(view.canvas, 1, QPoint(300, round(view.canvas.layout_.middle(place))), SHIFT)
    assert view.model.lanes.scale("EEG C3-M2").caption == "100\u00a0µV"
    assert view.model.lanes.scale("EEG C4-M1").caption == "150\u00a0µV"
    wheel(view.canvas, -1, QPoint(300, round(view.canvas.layout_.middle(place))), SHIFT)
    assert view.model.lanes.scale("EEG C3-M2").caption == "150\u00a0µV"


def test_channels_are_reordered_by_keys_and_by_dragging_names_hidden_and_shown(view: SignalView) -> None:
    first = labels(view)
    assert first == ["EEG C4-M1", "EEG C3-M2", "EMG Chin", "Pleth", "SpO2", "Flow"]
    do(view, "channel_down")
    assert labels(view)[:2] == ["EEG C3-M2", "EEG C4-M1"]
    layout = view.canvas.layout_
    drag(view.gutter, QPoint(40, round(layout.middle(5))), QPoint(40, round(layout.top(0)) + 3))
    assert labels(view)[0] == "Flow"
    assert view.chosen_channel == "Flow"
    do(view, "hide_channel")
    assert "Flow" not in labels(view)
    do(view, "show_all_channels")
    assert labels(view)[0] == "Flow"
    QTest.keyClick(view.canvas, Qt.Key.Key_Down)
    assert view.chosen_channel == labels(view)[1] or view.chosen_channel in labels(view)


def test_the_menu_of_a_channel_scales_colours_and_hides_it(qtbot: QtBot, view: SignalView) -> None:
    assert view.model is not None
    menu = LaneMenu(view.model, "Pleth", view)
    qtbot.addWidget(menu)
    titles = [action.text() for action in menu.actions()]
    assert {"Auto-scale", "Original scale", "Colour", "Hide", "Spectrum", "Filters…"} <= set(titles)
    inks = next(action.menu() for action in menu.actions() if action.text() == "Colour")
    with qtbot.waitSignal(menu.changed):
        next(action for action in inks.actions() if action.text() == "Breathing").trigger()
    assert view.model.lanes.lane("Pleth").drawn_as is ChannelKind.FLOW
    with qtbot.waitSignal(menu.action_wanted) as wanted:
        next(action for action in menu.actions() if action.text() == "Hide").trigger()
    assert wanted.args[0] in view.actions_here()


def test_auto_scale_fits_what_is_shown(view: SignalView) -> None:
    assert view.model is not None
    view.choose_channel("Pleth")
    do(view, "amplitude_up")
    do(view, "amplitude_up")
    small = view.model.lanes.scale("Pleth").height
    do(view, "auto_scale")
    scale = view.model.lanes.scale("Pleth")
    assert scale.height > small
    assert scale.height == pytest.approx(200 * 1.15, rel=0.02)
    assert scale.caption == "auto"


def test_filters_are_drawn_at_once_and_over_the_whole_night(qtbot: QtBot, view: SignalView) -> None:
    assert view.model is not None
    do(view, "filters")
    popup = view.findChild(FilterPopup)
    row = popup.rows[ChannelKind.EEG]
    low_pass = row.choices[1]
    low_pass.setCurrentIndex(low_pass.findData(5.0))
    low_pass.activated.emit(low_pass.currentIndex())
    assert view.model.lanes.filter_of(view.model.lanes.lane("EEG C4-M1")) == SignalFilter(low_pass_hz=5.0)
    # 10 Hz through 5 Hz forwards and backwards: the sine is left at about a seventeenth
    assert np.abs(view.model.shown_values(view.model.lanes.lane("EEG C4-M1"))[20:-20]).max() < 4
    assert ChannelKind.SPO2 not in popup.rows
    high_pass = row.choices[0]
    high_pass.setCurrentIndex(high_pass.findData(10.0))
    high_pass.activated.emit(high_pass.currentIndex())
    assert "nothing passes" in popup.aside.text()
    assert view.model.lanes.lane("EEG C4-M1").signal_filter == SignalFilter(low_pass_hz=5.0)
    popup.close()
    view.set_page_length("night")
    view.canvas.grab()
    qtbot.waitUntil(lambda: not view.overviews.busy, timeout=PATIENCE_MS)
    eeg = view.model.lanes.lane("EEG C4-M1")
    trace = view.model.reader.trace(eeg.label, 0, 900, 500, view.model.lanes.filter_of(eeg))
    assert isinstance(trace, Columns)
    assert np.nanmax(trace.high[2:-2]) < 4
    do(view, "filters_off")
    assert view.model.shown_values(eeg).max() > 49


def test_a_filter_is_set_for_one_channel_or_for_all_of_its_kind(qtbot: QtBot, view: SignalView) -> None:
    assert view.model is not None
    lanes = view.model.lanes
    view.choose_channel("EEG C3-M2")
    do(view, "filters")
    popup = view.findChild(FilterPopup)
    only = next(each for each in popup.scope.findChildren(QPushButton) if "EEG C3-M2" in each.text())
    qtbot.mouseClick(only, LEFT)
    assert popup.channel_row is not None
    assert [each.isVisible() for each in popup.rows[ChannelKind.EEG].choices] == [False] * 3
    low_pass = popup.channel_row.choices[1]
    assert low_pass.isVisible()
    low_pass.setCurrentIndex(low_pass.findData(5.0))
    low_pass.activated.emit(low_pass.currentIndex())
    assert lanes.lane("EEG C3-M2").signal_filter == SignalFilter(low_pass_hz=5.0)
    assert lanes.lane("EEG C4-M1").signal_filter == SignalFilter()
    popup.close()
    do(view, "filters")
    again = next(each for each in view.findChildren(FilterPopup) if each.isVisible())
    assert "EEG, some differ" in [each.text() for each in again.findChildren(QLabel)]
    row = again.rows[ChannelKind.EEG].choices[1]
    row.setCurrentIndex(row.findData(30.0))
    row.activated.emit(row.currentIndex())
    both = {lanes.lane(label).signal_filter for label in ("EEG C3-M2", "EEG C4-M1")}
    assert both == {SignalFilter(low_pass_hz=30.0)}
    view.choose_channel("SpO2")
    again.close()
    do(view, "filters")
    assert next(each for each in view.findChildren(FilterPopup) if each.isVisible()).channel_row is None


def test_time_is_shown_by_the_clock_or_elapsed(view: SignalView) -> None:
    view.show_epoch(21)
    assert view.time_text() == "00:00:30"
    do(view, "elapsed_time")
    assert view.time_text() == "0:10:30"
    assert view.axis.clock is None
    assert view.navigator.clock is None
    do(view, "elapsed_time")
    assert view.time_text() == "00:00:30"


def test_spectrum_and_spectrogram_of_the_chosen_channel(qtbot: QtBot, view: SignalView) -> None:
    view.show_epoch(3)
    do(view, "spectrogram")
    qtbot.waitUntil(lambda: view.spectral.strip.result is not None, timeout=PATIENCE_MS)
    found = view.spectral.strip.result.spectrogram
    peak = found.frequency_hz[np.nanmean(found.decibel, 0).argmax()]
    assert peak == pytest.approx(10, abs=0.6)
    assert view.spectral.title.text() == "EEG C4-M1"
    image = view.spectral.strip.grab().toImage()
    area = view.spectral.strip.area()

    def luminance(hz: float) -> int:
        y = area.bottom() - hz / found.frequency_hz[-1] * area.height()
        return image.pixelColor(round(area.center().x()), round(y)).lightness()

    assert luminance(10) > luminance(20) + 40
    do(view, "spectrum")
    qtbot.waitUntil(lambda: "α" in view.spectral.aside.text(), timeout=PATIENCE_MS)
    assert "epoch 4 · " in view.spectral.aside.text()
    assert "α\u00a0100\u00a0%" in view.spectral.aside.text()
    view.mark(Span(60, 180))
    view.choose_channel("Flow")
    qtbot.waitUntil(lambda: "marked span · peak at 0.25" in view.spectral.aside.text(), timeout=PATIENCE_MS)
    do(view, "spectrum")
    assert not view.spectral.isVisible()


def test_pictures_go_to_the_clipboard_and_to_files(qtbot: QtBot, view: SignalView, tmp_path: Path) -> None:
    with qtbot.waitSignal(view.message) as told:
        do(view, "picture")
    assert told.args[0] == "ok"
    assert QGuiApplication.clipboard().image().width() >= view.width()
    assert picture.save(view, tmp_path / "page.png")[0] == "ok"
    assert QImage(str(tmp_path / "page.png")).size() == view.grab().size()
    assert picture.save(view, tmp_path / "page.svg")[0] == "ok"
    drawing = ElementTree.parse(tmp_path / "page.svg").getroot()
    lines = [element for element in drawing.iter() if element.tag.endswith("polyline")]
    assert len(lines) >= 6
    assert max(len(line.get("points").split()) for line in lines) > 500
    assert not [element for element in drawing.iter() if element.tag.endswith("image")]
    state, sentence = picture.save(view, tmp_path / "nowhere" / "page.png")
    assert state == "error"
    assert "page.png cannot be written" in sentence


def test_montage_and_clock_are_taken_to_the_next_recording_and_the_next_sitting(
    qtbot: QtBot, view: SignalView, night_file: Path
) -> None:
    view.choose_channel("Flow")
    do(view, "hide_channel")
    do(view, "elapsed_time")
    state = view.save_state()
    with open_edf(night_file) as other:
        view.set_recording(other)
        assert "Flow" not in labels(view)
        assert view.time_text() == "0:00:00"
        fresh = SignalView()
        qtbot.addWidget(fresh)
        fresh.restore_state(state)
        fresh.set_recording(other)
        assert labels(fresh) == labels(view)
        assert fresh.time_text() == "0:00:00"
        fresh.set_recording(None)
        view.set_recording(None)
    assert (view.epochs, view.selection, view.chosen_channel) == (0, range(0), None)
    for key in set(view.actions_here()) - {"picture"}:
        do(view, key)
    view.grab()


def test_a_recording_that_is_no_longer_shown_is_let_go(
    qtbot: QtBot, view: SignalView, night_file: Path
) -> None:
    view.set_page_length("night")
    do(view, "spectrogram")
    qtbot.waitUntil(lambda: view.spectral.strip.result is not None, timeout=PATIENCE_MS)
    shown = weakref.ref(view.model)
    with open_edf(night_file) as other:
        view.set_recording(other)
        assert shown() is None
        view.set_recording(None)


def test_a_view_ends_while_its_overview_is_built(qtbot: QtBot, theme: Theme, night_file: Path) -> None:
    for _ in range(5):
        with open_edf(night_file) as recording:
            shown = SignalView()
            shown.set_recording(recording)
            assert shown.overviews.busy
            thread = weakref.ref(shown.overviews._thread)
            shown.deleteLater()
            del shown
            qtbot.wait(1)
            gc.collect()
            assert thread() is None


def test_scoring_changes_without_the_view_moving(view: SignalView) -> None:
    view.show_epoch(50)
    view.set_page_length("300")
    assert view.model is not None
    before = view.model.page.start_s
    view.set_hypnograms([])
    view.set_events([])
    assert (view.epoch, view.model.page.start_s) == (50, before)
    view.set_hypnograms([expert()])
    view.set_events(EVENTS)
    assert (view.epoch, view.model.page.start_s) == (50, before)


def test_a_gap_is_hatched_and_never_bridged(
    qtbot: QtBot, theme: Theme, view: SignalView, tmp_path: Path
) -> None:
    with open_edf(write_night_with_gap(tmp_path / "gap.edf")) as recording:
        assert [(gap.start_s, gap.stop_s) for gap in recording.gaps] == [(60, 100)]
        view.set_recording(recording)
        qtbot.waitUntil(lambda: not view.overviews.busy, timeout=PATIENCE_MS)
        for length in ("epoch", "night"):
            view.set_page_length(length)
            for time_s, is_gap in ((50.0, False), (62.0, True), (80.0, True), (98.0, True), (110.0, False)):
                view.show_time(time_s)
                assert bool(ink_rows(view, time_s, "EEG C4-M1")) is not is_gap
                column = view.canvas.grab().toImage().copy(round(view.canvas.x_of(time_s)) - 8, 100, 16, 200)
                colours = {column.pixelColor(x, y).name() for x in range(16) for y in range(0, 200, 3)}
                assert (current.now().control.lower() in colours) is is_gap
        view.set_recording(None)


def test_the_page_is_read_as_a_table(view: SignalView) -> None:
    view.show_time(1000.0)
    assert view.model is not None
    view.model.cursor_s = 1000.0
    do(view, "page_table")
    rows = view.findChild(PageTable).rows
    cells = [[rows.index(row, column).data() for column in range(5)] for row in range(rows.rowCount())]
    assert cells[0] == ["EEG C4-M1", "µV", "400", "−50", "400"]
    assert cells[4] == ["SpO2", "%", "95.0", "95.0", "95.0"]
    view.findChild(PageTable).close()


def test_events_lie_on_their_channel(view: SignalView) -> None:
    view.show_time(400.0)
    image = view.canvas.grab().toImage()
    layout, place = view.canvas.layout_, labels(view).index("Flow")
    edge_y = round(layout.top(place) + 0.04 * layout.lane_height) + 1
    inside = image.pixelColor(round(view.canvas.x_of(414)), edge_y)
    outside = image.pixelColor(round(view.canvas.x_of(418)), edge_y)
    assert inside == QColor(current.now().signals[ChannelKind.FLOW])
    assert outside != inside


def test_names_replace_labels_and_appearance_reaches_the_traces(view: SignalView, theme: Theme) -> None:
    view.set_names({"EEG C4-M1": "C4–M1"})
    assert view.model is not None
    assert view.model.lanes.visible[0].name == "C4–M1"
    light = view.canvas.grab().toImage().pixelColor(300, 3)
    theme.choose("dark")
    QApplication.processEvents()
    dark = view.canvas.grab().toImage().pixelColor(300, 3)
    theme.choose("light")
    assert light.lightness() > 200 > 60 > dark.lightness()


def test_every_action_of_the_view_is_in_the_table() -> None:
    known = {spec.id for spec in ACTIONS}
    shown = SignalView()
    assert set(shown.actions_here()) <= known
    shown.deleteLater()


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [("rsleep/subject1.edf", 39, 50), ("edfio/short_psg.edf", 7, 0), ("pyedflib/test_legacy.edf", 11, 0),
     ("resmed/20230821/20230822_010636_SAD.edf", 3, 0), ("edfio/short_psg.bdf", 7, 0),
     ("edfize/zero-data-records.edf", 14, 0), ("edfio/SC4001EC-Hypnogram.edf", 0, 0)],
)  # fmt: skip
def test_real_recordings_open_and_are_drawn_at_every_length(
    qtbot: QtBot, theme: Theme, real_data: Path, name: str, shown: int, hidden: int
) -> None:
    view = SignalView()
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    with open_edf(real_data / "edf" / name) as recording:
        view.set_recording(recording)
        assert view.model is not None
        assert (len(view.model.lanes.visible), len(view.model.lanes.hidden)) == (shown, hidden)
        qtbot.waitUntil(lambda: not view.overviews.busy, timeout=PATIENCE_MS)
        do(view, "show_all_channels")
        for key in ("page_epoch", "page_night", "auto_scale_all", "next_epoch", "zoom_in", "zoom_in"):
            do(view, key)
            assert not view.grab().isNull()
        assert view.canvas._problem == ""
        view.set_recording(None)
