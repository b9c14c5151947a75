"""The catalogue, details and states of recordings, on the real window with real files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from catalogue_nights import write_night
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from recordings_person import Person, cells, choose_use, drop, shown
from scoring_keys import PATIENCE_MS

from sleepstudio.desktop.drop_sheet import DropSheet
from sleepstudio.desktop.panels.recordings.details import DIAGNOSTICS, EVENTS, HEADER
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.recordings import ChannelKind

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def test_an_empty_study_says_what_to_do(person: Person) -> None:
    texts = [button.text() for button in person.panel.findChildren(QPushButton) if button.isVisible()]
    assert "Add recordings" in texts
    assert person.panel.job_request() is None


def test_a_dropped_folder_is_shown_scored_and_open(person: Person, nights: Path) -> None:
    drop(person, nights)
    person.settle()
    (sheet,) = [each for each in person.window.findChildren(DropSheet) if each.isVisible()]
    primary = next(each for each in sheet.findChildren(QPushButton) if each.property("role") == "primary")
    person.qtbot.mouseClick(primary, Qt.MouseButton.LeftButton)
    person.settle()
    assert shown(person) == ["mesa-sleep-0001", "mesa-sleep-0002", "mesa-sleep-0003"]
    assert cells(person, "mesa-sleep-0001")[6] == "Scored"
    person.qtbot.waitUntil(lambda: person.panel.night is not None, timeout=PATIENCE_MS)
    person.settle()
    assert person.panel.right.shows_signals
    assert person.panel.view.epochs == 60
    assert person.panel.view.model is not None
    assert person.panel.view.model.hypnogram is not None


def test_filter_sort_and_selection_keep_to_recordings(scorer: Person) -> None:
    scorer.open("mesa-sleep-0002")
    scorer.panel.filter.setText("0002")
    assert shown(scorer) == ["mesa-sleep-0002"]
    scorer.panel.filter.setText("nothing like it")
    assert shown(scorer) == []
    assert scorer.window.session.current == "mesa-sleep-0002"
    scorer.panel.filter.clear()
    scorer.panel.left.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert shown(scorer) == ["mesa-sleep-0003", "mesa-sleep-0002", "mesa-sleep-0001"]
    assert scorer.panel.left.table.selected_ids() == ("mesa-sleep-0002",)
    scorer.press("F", CONTROL)
    assert QApplication.focusWidget() is scorer.panel.filter


def test_alt_and_the_arrows_walk_through_recordings(scorer: Person) -> None:
    scorer.qtbot.keyClick(scorer.panel.view.canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    scorer.settle()
    assert scorer.panel.night.recording_id == "mesa-sleep-0002"
    scorer.qtbot.keyClick(scorer.panel.view.canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    scorer.settle()
    assert scorer.panel.night.recording_id == "mesa-sleep-0001"


def test_tags_filter_and_are_undone(scorer: Person) -> None:
    scorer.window.session.select(["mesa-sleep-0001", "mesa-sleep-0003"])
    scorer.panel.catalogue_actions.tag("pilot")
    scorer.panel.filter.setText("tag:pilot")
    assert shown(scorer) == ["mesa-sleep-0001", "mesa-sleep-0003"]
    scorer.panel.left.table.setFocus()
    scorer.press("Z", CONTROL)
    assert shown(scorer) == []


def test_a_channel_that_nobody_knows_is_mapped_once_for_all(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "a.edf"), write_night(tmp_path / "b.edf"))
    person.open("a")
    assert person.panel.row.unmapped == ("Aux 7",)
    assert "1 not known" in person.panel.left.details.bar.tabText(0)
    epoch = 4
    person.panel.view.show_epoch(epoch)
    choose_use(person, "Aux 7", "PPG")
    assert "Aux 7 used as PPG in 2 recordings" in person.said()
    assert all(not row.unmapped for row in person.panel.all_rows())
    night = person.panel.night
    assert night.recording.channel("Aux 7").kind is ChannelKind.PPG
    assert person.panel.view.epoch == epoch
    person.panel.left.table.setFocus()
    person.press("Z", CONTROL)
    person.settle()
    assert person.panel.row.unmapped == ("Aux 7",)
    assert person.panel.night.recording.channel("Aux 7").kind is ChannelKind.OTHER


def test_recordings_leave_the_study_and_come_back_while_files_stay(scorer: Person, tmp_path: Path) -> None:
    files = sorted(tmp_path.rglob("*.edf"))
    scorer.window.session.select(["mesa-sleep-0001", "mesa-sleep-0002"])
    scorer.window.table.run("remove_recordings")
    scorer.settle()
    assert shown(scorer) == ["mesa-sleep-0003"]
    assert sorted(tmp_path.rglob("*.edf")) == files
    scorer.window.session.history.undo()
    scorer.settle()
    assert sorted(shown(scorer)) == ["mesa-sleep-0001", "mesa-sleep-0002", "mesa-sleep-0003"]


def test_clicking_an_event_goes_there(scorer: Person) -> None:
    details = scorer.panel.left.details
    details.show_tab(EVENTS)
    model = details.events.model
    assert model.rowCount() > 3
    place = model.rowCount() - 1
    index = model.index(place, 0)
    details.events.table.scrollTo(index)
    where = details.events.table.visualRect(index).center()
    scorer.qtbot.mouseClick(details.events.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert scorer.panel.view.epoch == int(model.events[place].event.onset_s // 30)


def test_events_are_added_changed_deleted_and_brought_back(scorer: Person) -> None:
    tab = scorer.panel.left.details.events
    scorer.panel.left.details.show_tab(EVENTS)
    before = tab.model.events
    scorer.panel.view.show_epoch(20)
    tab.label.setCurrentText("Limb movement")
    scorer.panel.view.setFocus()
    scorer.press("N")
    assert len(tab.model.events) == len(before) + 1
    (number,) = tab.chosen_ids()
    (added,) = [one.event for one in tab.model.events if one.event_id == number]
    assert (added.label, added.onset_s, added.channel) == ("Limb movement", 600.0, "Leg")
    row = [one.event_id for one in tab.model.events].index(number)
    assert tab.model.setData(tab.model.index(row, 3), "4.5")
    assert [one.event.duration_s for one in tab.model.events if one.event_id == number] == [4.5]
    tab.choose(number)
    tab.table.setFocus()
    scorer.qtbot.keyClick(tab.table, Qt.Key.Key_Delete)
    assert [one.event for one in tab.model.events] == [one.event for one in before]
    for _ in range(3):
        scorer.press("Z", CONTROL)
    assert [one.event for one in tab.model.events] == [one.event for one in before]
    scorer.press("Z", CONTROL | SHIFT)
    assert len(tab.model.events) == len(before) + 1


def test_del_deletes_no_events_that_are_not_seen(scorer: Person) -> None:
    details = scorer.panel.left.details
    details.show_tab(EVENTS)
    details.events.table.selectRow(0)
    before = details.events.model.events
    scorer.panel.left.table.setFocus()
    scorer.qtbot.keyClick(scorer.panel.left.table, Qt.Key.Key_Delete)
    details.show_tab(HEADER)
    scorer.panel.view.setFocus()
    scorer.qtbot.keyClick(scorer.panel.view.canvas, Qt.Key.Key_Delete)
    assert details.events.model.events == before


def test_a_channel_is_mapped_by_keys_alone(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "a.edf"))
    person.open("a")
    table = person.panel.left.details.channels
    table.choose_label("Aux 7")
    table.setFocus()
    person.qtbot.keyClick(table, Qt.Key.Key_Return)
    (choice,) = table.viewport().findChildren(Choice)
    person.qtbot.waitUntil(lambda: choice.view().isVisible())
    person.qtbot.keyClick(choice.view(), Qt.Key.Key_End)
    person.qtbot.keyClick(choice.view(), Qt.Key.Key_Return)
    person.settle()
    assert person.panel.row.unmapped == ()
    (channel,) = [one for one in person.panel.row.channels if one.label == "Aux 7"]
    assert (channel.kind, channel.learned) == (ChannelKind.OTHER, True)


def test_f6_walks_through_the_panels_regions(scorer: Person) -> None:
    scorer.panel.left.table.setFocus()
    met = []
    for _ in range(3):
        scorer.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        met.append(
            next(
                name
                for name, region in (
                    ("details", scorer.panel.left.details),
                    ("signals", scorer.panel.view),
                    ("scoring", scorer.panel.right.strip),
                )
                if region is focused or region.isAncestorOf(focused)
            )
        )
    assert met == ["details", "signals", "scoring"]


def test_everything_that_takes_the_focus_has_a_name(scorer: Person) -> None:
    nameless = [
        type(widget).__name__
        for widget in scorer.panel.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []


@pytest.mark.parametrize(("text", "said"), [("-3", "A length is"), ("long", "A length is")])
def test_a_length_that_is_none_is_refused(scorer: Person, text: str, said: str) -> None:
    tab = scorer.panel.left.details.events
    before = tab.model.events
    assert not tab.model.setData(tab.model.index(0, 3), text)
    assert said in scorer.said()
    assert tab.model.events == before


def test_without_a_hypnogram_scoring_begins_at_once(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "plain.edf"))
    person.open("plain")
    assert cells(person, "plain")[6] == "Unscored"
    assert person.panel.view.model.hypnogram is None
    person.panel.view.setFocus()
    person.press("W1")
    assert person.stages()[:3] == [0, 1, -2]
    assert person.panel.view.model.hypnogram is not None


def test_nothing_is_read_any_more_once_the_study_is_closed(scorer: Person) -> None:
    panel = scorer.panel
    scorer.press("R")
    scorer.window.studies.close()
    assert panel.night is None
    assert panel.view.model is None


def test_a_click_beside_the_rows_keeps_the_recording(scorer: Person) -> None:
    table = scorer.panel.left.table
    where = QPoint(50, table.viewport().height() - 5)
    scorer.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    scorer.settle()
    assert scorer.panel.night.recording_id == "mesa-sleep-0001"


def test_the_panel_opens_as_it_was_left(scorer: Person, reopened: Callable[[Path], Person]) -> None:
    scorer.open("mesa-sleep-0003")
    scorer.panel.view.show_epoch(33)
    scorer.panel.left.details.show_tab(DIAGNOSTICS)
    study = scorer.window.session.folder
    assert study is not None
    scorer.window.close()
    again = reopened(study)
    assert again.window.session.current == "mesa-sleep-0003"
    assert again.panel.view.epoch == 33
    assert again.panel.left.details.bar.currentIndex() == DIAGNOSTICS


def test_another_window_sees_what_this_one_did(scorer: Person, reopened: Callable[[Path], Person]) -> None:
    study = scorer.window.session.folder
    assert study is not None
    other = reopened(study)
    scorer.panel.catalogue_actions.tag("seen")
    other.qtbot.waitUntil(lambda: other.panel._rows["mesa-sleep-0001"].tags == ("seen",), timeout=PATIENCE_MS)


def test_show_epoch_opens_the_recording_there(scorer: Person) -> None:
    scorer.window.show_epoch("mesa-sleep-0003", 41)
    assert scorer.panel.night.recording_id == "mesa-sleep-0003"
    assert scorer.panel.view.epoch == 41


def test_columns_drop_where_there_is_no_room(scorer: Person) -> None:
    table = scorer.panel.left.table

    def visible() -> list[str]:
        return [column.name for place, column in enumerate(table.columns) if not table.isColumnHidden(place)]

    assert visible() == ["Subject", "Start", "Hours", "Hypnogram", "TST", "SE", "State"]
    scorer.window.resize(1280, 800)
    scorer.qtbot.waitUntil(lambda: "Start" not in visible(), timeout=PATIENCE_MS)
    assert visible() == ["Subject", "Hypnogram", "TST", "SE", "State"]


def test_a_real_wearable_dataset_shows_its_experts_nights(person: Person, real_data: Path) -> None:
    person.add(real_data / "sleep-accel-features")
    assert len(shown(person)) == 24
    person.open("46343")
    assert person.panel.right.shows_signals
    assert person.panel.view.model.hypnogram is not None
