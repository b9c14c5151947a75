"""The catalogue, details and states of recordings, on the real window with real files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalogue_nights import facts, write_hypnogram, write_night
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QPushButton, QWidget
from scoring_keys import PATIENCE_MS

from sleepstudio.datasets.catalogue_rows import RecordingState
from sleepstudio.desktop.drop_sheet import DropSheet
from sleepstudio.desktop.panels.recordings.channel_map import ChannelTable
from sleepstudio.desktop.panels.recordings.details import DIAGNOSTICS, EVENTS, HEADER
from sleepstudio.desktop.widgets.buttons import Choice
from sleepstudio.hypnogram import Stage
from sleepstudio.recordings import ChannelKind, open_edf

if TYPE_CHECKING:
    from recordings_person import Person

pytest_plugins = ["recordings_person"]

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def drop(person: Person, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    action, button, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(400, 400), action, data, button, none)
    QApplication.sendEvent(person.window, enter)
    QApplication.sendEvent(person.window, QDropEvent(QPointF(400, 400), action, data, button, none))


def shown(person: Person) -> list[str]:
    return [row.recording_id for row in person.panel.left.table.catalogue.recordings]


def cells(person: Person, recording: str) -> list[str]:
    model = person.panel.left.table.catalogue
    place = model.place(recording)
    return [model.index(place, column).data() for column in range(model.columnCount())]


def choose_use(person: Person, label: str, words: str) -> None:
    """Clicks the channel's use and chooses another from the list that opens."""
    table: ChannelTable = person.panel.left.details.channels
    row = [channel.label for channel in table.channels.channels].index(label)
    index = table.channels.index(row, 1)
    where = table.visualRect(index).center()
    person.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    (choice,) = table.viewport().findChildren(Choice)
    person.qtbot.waitUntil(lambda: choice.view().isVisible())
    choice.view().setCurrentIndex(choice.model().index(choice.findText(words), 0))
    person.qtbot.keyClick(choice.view(), Qt.Key.Key_Return)
    person.settle()


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


def test_the_header_is_shown_as_it_is_stored(person: Person, tmp_path: Path) -> None:
    person.add(write_night(tmp_path / "a.edf", records=700))
    person.open("a")
    details = person.panel.left.details
    details.show_tab(HEADER)
    table = {
        details.header.rows.index(row, 1).data(): [
            details.header.rows.index(row, column).data() for column in (0, 2, 3)
        ]
        for row in range(details.header.rows.rowCount())
    }
    assert table["Start time"] == ["176–183", "22.00.00", "22:00:00"]
    assert table["Records"][:2] == ["236–243", "700"]
    assert table["Records"][2].startswith("600: number of records is 700")
    assert table["Signal 2: label"][1] == "Pleth"


def test_a_truncated_recording_says_so_and_opens_on_request(person: Person, tmp_path: Path) -> None:
    path = write_night(tmp_path / "cut.edf")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3 + 11])
    person.add(path)
    person.open("cut")
    broken = person.panel.right.broken
    assert not person.panel.right.shows_signals
    assert "ends before its header says it does" in broken.banner.accessibleName()
    assert cells(person, "cut")[6] == "Truncated"
    person.qtbot.mouseClick(broken.open_button, Qt.MouseButton.LeftButton)
    person.settle()
    assert person.panel.right.shows_signals
    assert path.read_bytes() == whole[: len(whole) * 2 // 3 + 11]


def test_a_repaired_copy_is_whole_and_the_original_stays(person: Person, tmp_path: Path) -> None:
    path = write_night(tmp_path / "cut.edf")
    content = path.read_bytes()[:-1234]
    path.write_bytes(content)
    person.add(path)
    person.open("cut")
    target = tmp_path / "cut-repaired.edf"
    person.panel.catalogue_actions.repair_into(person.panel.row, target)
    person.qtbot.waitUntil(lambda: "saved with" in person.said(), timeout=PATIENCE_MS)
    assert path.read_bytes() == content
    with open_edf(path) as broken, open_edf(target) as repaired:
        assert not [each for each in repaired.diagnostics if "record" in each.message]
        assert repaired.duration_s == broken.duration_s
        assert (repaired.read("Pleth") == broken.read("Pleth")).all()
    assert person.window.messages.current.run is not None
    person.window.messages.current.run()
    person.settle()
    assert person.panel.row.state is RecordingState.OK
    assert person.panel.right.shows_signals


def test_a_file_that_is_no_recording_is_listed_with_the_reason(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "broken.edf"
    path.write_bytes(b"0       " + b"\xff" * 400)
    catalogue = person.window.session.catalogue
    catalogue.add(facts(path))
    person.window.session.scan()
    person.settle()
    person.open("broken")
    assert cells(person, "broken")[6] == "Unreadable"
    assert "cannot be read" in person.panel.right.broken.banner.accessibleName()


def test_a_vanished_file_keeps_its_row_and_is_found_again(person: Person, tmp_path: Path) -> None:
    path = write_night(tmp_path / "here" / "a.edf")
    write_hypnogram(tmp_path / "here" / "a.csv", [2] * 20)
    person.add(path.parent)
    person.open("a")
    tst = cells(person, "a")[4]
    assert tst == "0:10"
    (tmp_path / "there" / "deep").mkdir(parents=True)
    path.rename(tmp_path / "there" / "deep" / "a.edf")
    person.window.session.scan()
    person.settle()
    person.qtbot.waitUntil(lambda: not person.panel.right.shows_signals, timeout=PATIENCE_MS)
    assert cells(person, "a")[4:7:2] == [tst, "Missing"]
    assert "is not where it was" in person.panel.right.broken.banner.accessibleName()
    person.panel.catalogue_actions.look_in(tmp_path / "there")
    found = tmp_path / "there" / "deep" / "a.edf"
    person.qtbot.waitUntil(lambda: person.panel.row.path == found, timeout=PATIENCE_MS)
    person.settle()
    person.qtbot.waitUntil(lambda: person.panel.right.shows_signals, timeout=PATIENCE_MS)
    person.window.session.history.undo()
    person.settle()
    assert person.panel.row.state is RecordingState.MISSING


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


def test_where_scoring_cannot_be_written_the_night_stays_and_the_message_says_why(scorer: Person) -> None:
    """A file stands where the folder of scorings would be made, as on a disk that refuses it."""
    study = scorer.window.session.folder
    assert study is not None
    before = scorer.stages()
    (study / "scoring").write_text("in the way")
    scorer.panel.view.setFocus()
    scorer.press("R")
    assert "cannot be written" in scorer.said()
    assert str(study / "scoring") in scorer.said()
    assert scorer.stages() == before
    assert scorer.window.session.history.undo_text == ""
    (study / "scoring").unlink()
    scorer.press("R")
    assert scorer.stages()[0] == Stage.R


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_read_only_study_is_refused_with_the_remedy(scorer: Person) -> None:
    study = scorer.window.session.folder
    assert study is not None
    scorer.window.studies.close()
    study.chmod(0o500)
    try:
        assert not scorer.window.studies.open(study)
        assert "cannot be written" in scorer.said()
    finally:
        study.chmod(0o700)


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


def test_real_recordings_of_every_make_open_or_say_why(
    person: Person, real_data: Path, tmp_path: Path
) -> None:
    shutil.copytree(real_data / "edf", tmp_path / "edf")
    person.add(tmp_path / "edf")
    assert len(shown(person)) > 20
    for row in list(person.panel.all_rows()):
        person.panel.open_now(row.recording_id)
        person.settle()
        assert person.panel.right.shows_signals or person.panel.right.broken.banner.accessibleName()
    assert person.panel.left.table.selectionBehavior() is QAbstractItemView.SelectionBehavior.SelectRows


def test_a_real_wearable_dataset_shows_its_experts_nights(person: Person, real_data: Path) -> None:
    person.add(real_data / "sleep-accel-features")
    assert len(shown(person)) == 24
    person.open("46343")
    assert person.panel.right.shows_signals
    assert person.panel.view.model.hypnogram is not None
