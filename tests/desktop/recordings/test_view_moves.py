"""Moving through a night and reading it, as a person does: wheel, clicks, drags and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from view_person import CONTROL, LEFT, NO, SHIFT, at, do, drag, wheel

from sleepstudio.desktop.panels.recordings import gestures
from sleepstudio.desktop.panels.recordings.go_to_popup import GoToPopup
from sleepstudio.desktop.panels.recordings.signal_view import SignalView
from sleepstudio.hypnogram import Span


def test_the_wheel_scrolls_time_and_with_control_zooms_at_the_mouse(
    view: SignalView, monkeypatch: pytest.MonkeyPatch
) -> None:
    # however slow the machine, the wheel's steps here are one gesture
    monkeypatch.setattr(gestures, "_ONE_GESTURE_MS", 600_000)
    assert view.model is not None
    shown = view.model.page
    view.show_epoch(20)
    before = shown.start_s
    wheel(view.canvas, -1, QPoint(300, 100))
    assert shown.start_s == pytest.approx(before + shown.span_s / 8)
    wheel(view.canvas, 1, QPoint(300, 100))
    assert shown.start_s == pytest.approx(before)
    under_mouse = view.canvas.second_of(300)
    for _ in range(5):
        wheel(view.canvas, 1, QPoint(300, 100), CONTROL)
    assert shown.span_s == pytest.approx(40 / 1.25**5)
    assert view.canvas.second_of(300) == pytest.approx(under_mouse)
    assert view.page_length == ""
    do(view, "zoom_back")
    assert shown.span_s == pytest.approx(40)
    for _ in range(60):
        wheel(view.canvas, -1, QPoint(300, 100), CONTROL)
    assert view.page_length == "night"
    for _ in range(60):
        wheel(view.canvas, 1, QPoint(300, 100), CONTROL)
    assert shown.span_s == 1


def test_keys_go_from_epoch_to_epoch_and_to_the_ends_of_the_night(view: SignalView) -> None:
    reached = []
    for key in ("next_epoch", "next_page", "previous_epoch", "night_end", "previous_page", "night_start"):
        do(view, key)
        reached.append(view.epoch)
    assert reached == [1, 2, 1, 79, 78, 0]


def test_jumps_to_events_stage_changes_and_what_is_unscored(qtbot: QtBot, view: SignalView) -> None:
    reached = []
    for key in ("next_event", "next_event", "previous_event", "next_stage_change", "next_stage_change",
                "previous_stage_change", "next_unscored"):  # fmt: skip
        do(view, key)
        reached.append(view.epoch)
    assert reached == [13, 43, 13, 40, 70, 40, 70]
    do(view, "night_end")
    with qtbot.waitSignal(view.message) as told:
        do(view, "next_event")
    assert told.args == ["info", "There are no events after this epoch."]


def test_the_field_goes_to_an_epoch_or_a_time_and_says_what_it_cannot(qtbot: QtBot, view: SignalView) -> None:
    do(view, "go_to")
    popup = view.findChild(GoToPopup)
    assert popup.field.hasFocus() or popup.focusWidget() is popup.field
    QTest.keyClicks(popup.field, "12:00")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert popup.aside.text() == "12:00 is not in this recording: it runs 23:50–00:30."
    assert view.epoch == 0
    popup.field.clear()
    QTest.keyClicks(popup.field, "00:10")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert view.epoch == 40
    qtbot.waitUntil(lambda: view.findChild(GoToPopup) is None)


def test_clicking_and_dragging_the_navigator_goes_there(view: SignalView) -> None:
    navigator = view.navigator
    QTest.mouseClick(navigator, LEFT, NO, QPoint(round(navigator.x_of(1215)), 50))
    assert view.epoch == 40
    drag(navigator, QPoint(round(navigator.x_of(1215)), 50), QPoint(round(navigator.x_of(615)), 50))
    assert view.epoch == 20
    QTest.mouseClick(navigator, LEFT, SHIFT, QPoint(round(navigator.x_of(915)), 50))
    assert view.selection == range(20, 31)


def test_a_range_of_epochs_is_selected_by_keys_clicks_and_cleared(qtbot: QtBot, view: SignalView) -> None:
    view.show_epoch(10)
    do(view, "extend_right")
    do(view, "extend_right")
    assert view.selection == range(10, 13)
    view.set_page_length("300")
    with qtbot.waitSignal(view.selection_changed) as told:
        QTest.mouseClick(view.canvas, LEFT, SHIFT, at(view, 8 * 30 + 15))
    assert told.args == [range(8, 11)]
    do(view, "leave")
    assert view.selection == range(8, 9)
    QTest.mouseClick(view.canvas, LEFT, NO, at(view, 11 * 30 + 15))
    assert view.selection == range(11, 12)
    QTest.mouseDClick(view.canvas, LEFT, NO, at(view, 12 * 30 + 15))
    assert (view.epoch, view.page_length) == (12, "epoch")


def test_a_span_is_marked_by_dragging_and_zoomed_to(qtbot: QtBot, view: SignalView) -> None:
    view.show_epoch(20)
    with qtbot.waitSignal(view.marked_changed):
        drag(view.canvas, at(view, 605), at(view, 611))
    assert view.marked == pytest.approx(Span(605, 611), abs=0.06)
    do(view, "zoom_marked")
    assert view.model is not None
    assert (view.model.page.start_s, view.model.page.stop_s) == pytest.approx((605, 611), abs=0.06)
    do(view, "leave")
    assert view.marked is None


def test_hovering_reads_every_channel_at_the_cursor(qtbot: QtBot, view: SignalView) -> None:
    view.show_time(1000.0)
    QTest.mouseMove(view.canvas, at(view, 1000.0, 2))
    assert view.model is not None
    cursor_s = view.model.cursor_s
    assert cursor_s == pytest.approx(1000.0, abs=0.05)
    recording = view.model.recording
    view.model.cursor_s = 1000.0
    readings = {lane.label: view.model.reading(lane) for lane in view.model.lanes.visible}
    assert readings["EEG C4-M1"] == "400\u00a0µV"
    assert readings["SpO2"] == "95\u00a0%"
    chin = float(recording.read("EMG Chin", 1000.0, 1000.01)[0])
    assert readings["EMG Chin"] == f"{chin:.0f}\u00a0µV".replace("-", "−")
    do(view, "cursor_right")
    assert view.model.cursor_s == pytest.approx(1000.4)


def test_two_lines_measure_time_and_difference(view: SignalView) -> None:
    view.show_epoch(20)
    assert view.model is not None
    do(view, "measure")
    QTest.mouseClick(view.canvas, LEFT, NO, at(view, 603))
    QTest.mouseMove(view.canvas, at(view, 606))
    assert view.model.measure is not None
    assert not view.model.measure.fixed
    QTest.mouseClick(view.canvas, LEFT, NO, at(view, 607))
    measure = view.model.measure
    assert measure.fixed
    assert (measure.first_s, measure.second_s) == pytest.approx((603, 607), abs=0.06)
    assert view.marked is None
    eeg = view.model.lanes.lane("EEG C3-M2")
    reader = view.model.reader
    change = reader.value_at("EEG C3-M2", measure.second_s) - reader.value_at("EEG C3-M2", measure.first_s)
    assert view.model.reading(eeg) == f"Δ\u00a0{change:.0f}\u00a0µV".replace("-", "−")
    do(view, "cursor_right")
    assert view.model.measure.second_s == pytest.approx(measure.second_s + 0.2)
    do(view, "leave")
    assert view.model.measure is None
    assert not view.model.measuring
