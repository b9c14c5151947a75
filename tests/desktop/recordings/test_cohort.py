"""The cohort: where nights stand, what is drawn, and the view on the real window."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from recordings_person import Person
from scoring_keys import PATIENCE_MS

from sleepstudio.datasets.catalogue_rows import CatalogueRecording, RecordingFacts, RecordingState
from sleepstudio.desktop import theme as themes
from sleepstudio.desktop.panels.recordings.cohort_grid import CohortGrid
from sleepstudio.desktop.panels.recordings.cohort_layout import (
    NO_DATA,
    Alignment,
    CohortArranger,
    CohortLayout,
    codes_of,
    since_noon,
    ticks,
)
from sleepstudio.desktop.panels.recordings.cohort_painting import STEPS_FROM, lines_image
from sleepstudio.desktop.theme import Theme
from sleepstudio.hypnogram import Stage

EVENING = datetime(2024, 3, 2, 22, 0)


def night(
    name: str,
    stages: list[int],
    *,
    start: datetime | None = EVENING,
    tags: tuple[str, ...] = (),
    subject: str = "",
) -> CatalogueRecording:
    return CatalogueRecording(
        RecordingFacts(name, Path(f"{name}.edf"), tags=tags),
        subject or name,
        RecordingState.OK,
        "Scored",
        indexed=True,
        start=start,
        duration_s=30.0 * len(stages),
        tst_min=sum(stage > 0 for stage in stages) / 2,
        thumbnail=np.array(stages, np.int8).tobytes(),
    )


def arranged(*rows: CatalogueRecording, by: Alignment = "elapsed") -> CohortLayout:
    return CohortArranger().arrange(rows, by, "")


def test_nights_stand_by_the_clock_by_their_length_and_by_sleep_onset() -> None:
    early = night("a", [0, 0, 1, 2])
    late = night("b", [0, 2, 2, 2], start=EVENING + timedelta(hours=3))
    by_clock = arranged(early, late, by="clock")
    assert [line.left_s for line in by_clock.lines] == [10 * 3600, 13 * 3600]
    assert by_clock.span == (10 * 3600, 13 * 3600 + 120)
    assert [line.left_s for line in arranged(early, late).lines] == [0, 0]
    by_onset = arranged(early, late, by="onset")
    assert [line.left_s for line in by_onset.lines] == [-60, -30]
    assert [line.stage_at(0.0) for line in by_onset.lines] == [Stage.N1, Stage.N2]
    assert by_onset.lines[0].stage_at(-61.0) is None


def test_a_night_after_midnight_belongs_to_the_evening_before() -> None:
    assert since_noon(datetime(2024, 3, 3, 0, 30)) == 12.5 * 3600
    assert since_noon(datetime(2024, 3, 3, 11, 59)) == 23 * 3600 + 59 * 60
    assert since_noon(datetime(2024, 3, 3, 12, 0)) == 0


def test_what_has_no_place_on_the_axis_is_counted() -> None:
    rows = night("a", [0, 2], start=None), night("b", [0, 0]), night("c", [2, 2])
    assert arranged(*rows, by="clock").unplaced == 1
    assert arranged(*rows, by="onset").unplaced == 1
    assert arranged(*rows).unplaced == 0


def test_groups_are_by_subject_and_by_every_tag() -> None:
    rows = (
        night("n10", [2], subject="p10", tags=("old", "drug")),
        night("n2", [2], subject="p2"),
        night("n3", [2], subject="p2", tags=("drug",)),
    )
    by_subject = CohortArranger().arrange(rows, "elapsed", "subject")
    assert [(group.title, group.first, group.count) for group in by_subject.groups] == [
        ("p2", 0, 2),
        ("p10", 2, 1),
    ]
    assert [line.recording.recording_id for line in by_subject.lines] == ["n2", "n3", "n10"]
    by_tag = CohortArranger().arrange(rows, "elapsed", "tag")
    assert [(group.title, group.count) for group in by_tag.groups] == [("drug", 2), ("old", 1), ("No tag", 1)]


def test_each_pixel_has_the_stage_of_its_time() -> None:
    line = arranged(night("a", [0, 1, 2, 3, 4, -1, -2]))
    assert codes_of(line.lines, (0.0, 210.0), 7).tolist() == [[0, 1, 2, 3, 4, -1, -2]]
    assert codes_of(line.lines, (-60.0, 240.0), 10).tolist() == [
        [NO_DATA, NO_DATA, 0, 1, 2, 3, 4, -1, -2, NO_DATA]
    ]
    days = night("b", [2] * 2880)
    days = CatalogueRecording(
        days.facts, "b", days.state, "", indexed=True, duration_s=2880 * 60.0, thumbnail=days.thumbnail
    )
    (coarse,) = arranged(days).lines
    assert coarse.stage_s == 60.0


def test_times_before_sleep_onset_are_negative() -> None:
    found = dict(ticks((-5400.0, 3600.0), "onset", 300))
    assert found[-3600.0] == "−1:00"
    assert found[0.0] == "0:00"
    assert dict(ticks((36000.0, 50400.0), "clock", 400))[43200.0] == "00:00"


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_colours_follow_the_theme_and_high_lines_have_lanes(theme: Theme, appearance: str) -> None:
    theme.choose(appearance)
    lines = arranged(night("a", [0, 4, 1, 2, 3])).lines
    wanted = [
        themes.colour(themes.now().stages[stage]).rgba()
        for stage in (Stage.W, Stage.R, Stage.N1, Stage.N2, Stage.N3)
    ]
    thin = lines_image(lines, (0.0, 150.0), 5, 2)
    assert thin.tolist() == [wanted, wanted]
    high = lines_image(lines, (0.0, 150.0), 5, STEPS_FROM + 10)
    surface = themes.colour(themes.now().surface).rgba()
    tops = [int(np.argmax(high[:, column] != surface)) for column in range(5)]
    assert tops == sorted(set(tops))
    assert [int(high[top, column]) for column, top in enumerate(tops)] == wanted
    theme.choose("light")


def test_lines_fill_the_room_and_each_is_found_where_it_is(qtbot: QtBot, theme: Theme) -> None:
    grid = CohortGrid()
    qtbot.addWidget(grid)
    grid.resize(900, 700)
    grid.show()
    rows = [night(f"n{number}", [2] * 20, subject=f"p{number % 3}") for number in range(90)]
    grid.set_arranged(CohortArranger().arrange(rows, "elapsed", "subject"), "elapsed", None)
    for height in (0, 1, 6, 24):
        grid.set_height(height)
        for place in (0, 29, 30, 89):
            grid.verticalScrollBar().setValue(int(grid._tops[place]))
            rect = grid.line_rect(place)
            assert grid.line_at(rect.top()) == place
            assert grid.line_at(rect.bottom() - 0.5) == place
    grid.set_height(0)
    assert grid.verticalScrollBar().maximum() == 0
    assert theme.appearance


def test_the_cohort_shows_every_night_and_opens_the_one_chosen(scorer: Person) -> None:
    scorer.open("mesa-sleep-0001")
    scorer.press("C")
    cohort = scorer.panel.cohort
    assert cohort.shown
    assert cohort.view.grid.isVisible()
    assert QApplication.focusWidget() is cohort.view.grid
    assert [line.recording.recording_id for line in cohort.view.grid.arranged.lines] == [
        "mesa-sleep-0001",
        "mesa-sleep-0002",
        "mesa-sleep-0003",
    ]
    grid = cohort.view.grid
    line = grid.arranged.lines[2]
    assert line.left_s is not None
    at = QPoint(round(grid.x_of(line.left_s + 12.5 * 30)), round(grid.line_rect(2).center().y()))
    QTest.mouseMove(grid.viewport(), at)
    scorer.qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert scorer.window.session.current == "mesa-sleep-0003"
    assert "epoch 13" in cohort.view.pointed.text()
    scorer.qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=at)
    scorer.settle()
    assert not cohort.shown
    assert scorer.panel.night is not None
    assert scorer.panel.night.recording_id == "mesa-sleep-0003"
    assert scorer.panel.view.epoch == 12


def test_no_key_reaches_the_night_behind_the_cohort(scorer: Person) -> None:
    scorer.open("mesa-sleep-0001")
    before = scorer.stages()
    scorer.press("C")
    scorer.press("W123R")
    assert scorer.panel.night is not None
    assert scorer.panel.night.session is None
    scorer.press("C")
    scorer.settle()
    assert scorer.stages() == before
    scorer.press("3")
    assert scorer.stages() != before or before[0] == Stage.N3


def test_keys_go_from_night_to_night_without_opening_them(scorer: Person) -> None:
    scorer.open("mesa-sleep-0001")
    scorer.press("C")
    grid = scorer.panel.cohort.view.grid
    scorer.qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert scorer.window.session.current == "mesa-sleep-0002"
    scorer.qtbot.keyClick(grid, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert set(scorer.window.session.selection) == {"mesa-sleep-0002", "mesa-sleep-0003"}
    assert scorer.panel.night is not None
    assert scorer.panel.night.recording_id == "mesa-sleep-0001"
    scorer.qtbot.keyClick(grid, Qt.Key.Key_Right)
    scorer.qtbot.keyClick(grid, Qt.Key.Key_Return)
    scorer.qtbot.waitUntil(
        lambda: scorer.panel.night is not None and scorer.panel.night.recording_id == "mesa-sleep-0003",
        timeout=PATIENCE_MS,
    )
    assert scorer.panel.view.epoch == 10


def test_filter_sort_height_and_alignment_are_kept(scorer: Person) -> None:
    scorer.press("C")
    view = scorer.panel.cohort.view
    view.sort.setCurrentIndex(view.sort.findData("tst"))
    scorer.qtbot.mouseClick(view.order, Qt.MouseButton.LeftButton)
    found = [line.recording.tst_min for line in view.grid.arranged.lines]
    assert found == sorted(found, reverse=True)
    scorer.panel.filter.setText("0002")
    assert [line.recording.recording_id for line in view.grid.arranged.lines] == ["mesa-sleep-0002"]
    scorer.panel.filter.setText("nothing like it")
    assert "nothing like it" in view.pointed.text()
    assert view.grid.empty_text == view.pointed.text()
    scorer.panel.filter.clear()
    turned = QWheelEvent(
        QPointF(200, 200), QPointF(200, 200), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.zoom(-1)
    before = view.grid.line_height
    QApplication.sendEvent(view.grid.viewport(), turned)
    assert view.grid.line_height > before
    kept = scorer.panel.save_state()
    assert kept["cohort"]["shown"]
    scorer.press("C")
    scorer.panel.restore_state(kept)
    assert scorer.panel.cohort.shown
    assert view.save()["sort"] == "tst"
    assert view.save()["descending"]


def test_the_cohort_is_copied_and_saved_as_a_picture(
    scorer: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer.press("C")
    cohort = scorer.panel.cohort
    cohort.copy_picture()
    assert QApplication.clipboard().pixmap().width() >= cohort.view.grid.width()
    for name in ("cohort.png", "cohort.svg"):
        target = tmp_path / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, t=target, **_k: (str(t), ""))
        cohort.save_picture()
    drawn = (tmp_path / "cohort.svg").read_text("utf-8")
    assert "<image" not in drawn
    ink = themes.now().stages[Stage.N2].lower()
    assert ink in drawn.lower()
    picture = QImage(str(tmp_path / "cohort.png"))
    assert any(
        picture.pixelColor(x, y).name() == ink
        for y in range(30, picture.height(), 7)
        for x in range(170, picture.width() - 100, 5)
    )
