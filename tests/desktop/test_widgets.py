"""The shared widgets: what they draw where, and what they answer."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QHBoxLayout, QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.tokens import DARK, LIGHT, STAGE_ORDER
from sleepstudio.desktop.widgets.bars import Bar, Bars
from sleepstudio.desktop.widgets.confusion_matrix import ConfusionMatrix
from sleepstudio.desktop.widgets.forms import FieldSpec, Form
from sleepstudio.desktop.widgets.hypnodensity import Hypnodensity
from sleepstudio.desktop.widgets.hypnogram_strip import HypnogramStrip, TickRow
from sleepstudio.desktop.widgets.labels import ElidedLabel
from sleepstudio.desktop.widgets.plots import Plot
from sleepstudio.desktop.widgets.segmented import Segmented
from sleepstudio.desktop.widgets.stage_lanes import lane_indices, lanes_of
from sleepstudio.desktop.widgets.table import Column, RowsModel, TableView
from sleepstudio.desktop.widgets.time_strip import clock_ticks
from sleepstudio.hypnogram import STAGE_SETS, Hypnogram, Stage


def shown(qtbot: QtBot, widget: QWidget, width: int, height: int) -> QImage:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget.grab().toImage()


def column_of(image: QImage, x: int) -> list[str]:
    return [image.pixelColor(x, y).name().upper() for y in range(image.height())]


def test_lanes_stand_in_one_order_in_every_stage_set() -> None:
    assert [lane.name for lane in lanes_of(STAGE_SETS[5])] == ["W", "R", "N1", "N2", "N3"]
    assert [lane.stage for lane in lanes_of(STAGE_SETS[5])] == list(STAGE_ORDER)
    assert [(lane.name, lane.stage.name) for lane in lanes_of(STAGE_SETS[4])] == [
        ("WAKE", "W"),
        ("REM", "R"),
        ("CORE", "N2"),
        ("DEEP", "N3"),
    ]
    assert [lane.name for lane in lanes_of(STAGE_SETS[3])] == ["WAKE", "REM", "NREM"]
    assert [lane.name for lane in lanes_of(STAGE_SETS[2])] == ["WAKE", "SLEEP"]
    stages = [Stage.W, Stage.R, Stage.N1, Stage.N3, Stage.UNSCORED, Stage.ARTIFACT]
    assert lane_indices(stages, STAGE_SETS[4]).tolist() == [0, 1, 2, 3, -1, -1]


@pytest.mark.parametrize(("appearance", "tokens"), [("light", LIGHT), ("dark", DARK)])
def test_each_epoch_is_drawn_in_its_lane_and_colour(
    qtbot: QtBot, theme: Theme, appearance: str, tokens: object
) -> None:
    theme.choose(appearance)
    strip = HypnogramStrip(axis=False, tread=4)
    strip.set_hypnogram(Hypnogram(np.repeat(np.array(STAGE_ORDER, np.int8), 20)))
    image = shown(qtbot, strip, 600, 160)
    assert tokens in (LIGHT, DARK)
    expected = LIGHT if appearance == "light" else DARK
    for lane, stage in enumerate(STAGE_ORDER):
        x = round(strip.x_of((lane * 20 + 10) * 30.0))
        ink = expected.stages[stage].upper()
        where = [y for y, colour in enumerate(column_of(image, x)) if colour == ink]
        assert where, stage
        assert abs(np.mean(where) - strip.lane_y(lane)) <= 2


def test_unscored_epochs_are_no_stage(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    strip = HypnogramStrip(axis=False)
    strip.set_hypnogram(Hypnogram(np.array([Stage.UNSCORED] * 50 + [Stage.N2] * 50, np.int8)))
    colours = column_of(shown(qtbot, strip, 600, 160), round(strip.x_of(25 * 30.0)))
    assert LIGHT.unscored.upper() in colours
    assert not {colour.upper() for colour in LIGHT.stages.values()} & set(colours)


def test_strips_share_one_x_and_clicks_come_back_as_seconds(qtbot: QtBot) -> None:
    hypnogram = Hypnogram(np.zeros(960, np.int8))
    strip, density = HypnogramStrip(), Hypnodensity()
    for each in (strip, density):
        qtbot.addWidget(each)
        each.resize(900, 120)
        each.set_span(0, 28800)
    strip.set_hypnogram(hypnogram)
    assert strip.x_of(7200.0) == density.x_of(7200.0)
    np.testing.assert_allclose(strip.xs_of([0.0, 7200.0]), [strip.x_of(0.0), strip.x_of(7200.0)])
    assert strip.second_of(strip.x_of(7215.0)) == pytest.approx(7215.0)
    pressed: list[float] = []
    strip.pressed.connect(pressed.append)
    x = round(strip.x_of(14400.0))
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 40))
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(1, 40))
    assert pressed[0] == pytest.approx(14400, abs=28800 / 800)
    assert pressed[1] == 0.0


def test_events_and_differences_take_rows_of_their_own(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    strip = HypnogramStrip(axis=False)
    strip.set_hypnogram(Hypnogram(np.zeros(100, np.int8)))
    before = strip.area().height()
    strip.resize(600, 200)
    strip.set_differences(np.arange(100) >= 90)
    strip.set_events([TickRow("Desat.", LIGHT.signals["SpO2"], [(300.0, 60.0)])])  # type: ignore[index]
    image = shown(qtbot, strip, 600, 200)
    below = round(strip.area().bottom())
    assert strip.area().height() < 200
    assert before
    differing = column_of(image, round(strip.x_of(95 * 30)))[below:]
    agreeing = column_of(image, round(strip.x_of(50 * 30)))[below:]
    assert LIGHT.error.upper() in differing
    assert LIGHT.error.upper() not in agreeing
    assert LIGHT.signals["SpO2"].upper() in column_of(image, round(strip.x_of(330)))[below:]  # type: ignore[index]


@pytest.mark.parametrize("width", [120, 400, 1200])
@pytest.mark.parametrize("span", [(0, 30), (0, 300), (3600, 7200), (0, 36000), (0, 7 * 86400)])
@pytest.mark.parametrize("clock", [None, datetime(2026, 3, 28, 23, 14, 7)])
def test_ticks_are_round_apart_and_inside(width: int, span: tuple[int, int], clock: datetime | None) -> None:
    ticks = list(clock_ticks(*span, clock, width))
    assert len(ticks) >= 1
    for second, text in ticks:
        assert span[0] - 1e-6 <= second <= span[1] + 1e-6
        assert text.count(":") in (1, 2)
    for (one, _), (other, _) in pairwise(ticks):
        assert (other - one) / (span[1] - span[0]) * width >= 50
    if clock is not None and span == (0, 36000):
        assert all(text.endswith(":00") or text.endswith(":30") for _, text in ticks)


def test_a_clock_goes_past_midnight() -> None:
    ticks = dict(clock_ticks(0, 7200, datetime(2026, 3, 28, 23, 0), 160))
    assert ticks == {0.0: "23:00", 3600.0: "00:00", 7200.0: "01:00"}


COLUMNS = (
    Column("Subject", 100),
    Column("Start", 120, drops=1),
    Column("Hours", 60, "number", drops=2),
    Column("State", 120, "state", stretch=True),
)


@pytest.fixture
def table(qtbot: QtBot) -> TableView:
    view = TableView(COLUMNS, name="Recordings")
    rows = [(f"{number:04d}", "29 May 23:26", "8.0", ("ok", "Scored")) for number in range(5000)]
    view.setModel(RowsModel(COLUMNS, rows))
    shown(qtbot, view, 600, 300)
    return view


def test_columns_drop_by_rank_and_come_back(qtbot: QtBot, table: TableView) -> None:
    def visible() -> list[str]:
        return [column.name for index, column in enumerate(COLUMNS) if not table.isColumnHidden(index)]

    assert visible() == ["Subject", "Start", "Hours", "State"]
    table.resize(370, 300)
    qtbot.waitUntil(lambda: visible() == ["Subject", "Start", "State"])
    table.resize(260, 300)
    qtbot.waitUntil(lambda: visible() == ["Subject", "State"])
    table.resize(600, 300)
    qtbot.waitUntil(lambda: len(visible()) == 4)


def test_rows_are_selected_whole_and_by_keyboard(qtbot: QtBot, table: TableView) -> None:
    table.selectRow(3)
    assert table.selected_rows() == [3]
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert table.selected_rows() == [3, 4]
    index = table.model().index(3, 3)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Scored"


def test_a_selected_row_has_its_edge(qtbot: QtBot, theme: Theme, table: TableView) -> None:
    theme.choose("light")
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().select(table.model().index(2, 0), flags.ClearAndSelect | flags.Rows)
    qtbot.wait(10)
    image = table.viewport().grab().toImage()
    top = table.rowViewportPosition(2) + 5
    assert image.pixelColor(1, top).name().upper() == LIGHT.accent
    assert image.pixelColor(60, top - 3).name().upper() == LIGHT.selection
    assert image.pixelColor(1, top + 24).name().upper() == LIGHT.surface


def test_a_form_tells_its_values_and_what_is_wrong_with_them(qtbot: QtBot) -> None:
    def divides(value: object) -> str:
        return "" if isinstance(value, int) and 60 % value == 0 else "Hop must divide the window (60 s)."

    form = Form(
        (
            FieldSpec("stage_set", "Stage set", "segmented", "4", (("2", "2"), ("4", "4"))),
            FieldSpec("hop", "Hop", "integer", 30, bounds=(1, 60), unit="s", check=divides),
            FieldSpec("rate", "Learning rate", "number", 0.002, bounds=(0, 1), step=0.001),
            FieldSpec("loss", "Loss", "choice", "focal", (("plain", "Cross-entropy"), ("focal", "Focal"))),
            FieldSpec("balance", "Balanced", "check", True),
            FieldSpec("name", "Name", "text", "ss-4"),
        )
    )
    shown(qtbot, form, 400, 260)
    edited: list[str] = []
    form.edited.connect(edited.append)
    assert form.values() == {
        "stage_set": "4",
        "hop": 30,
        "rate": 0.002,
        "loss": "focal",
        "balance": True,
        "name": "ss-4",
    }
    assert form.row("rate").field.text() == "0.002"  # type: ignore[attr-defined]
    assert form.row("hop").field.text() == "30 s"  # type: ignore[attr-defined]
    form.set_value("hop", 7)
    assert edited == []
    assert form.errors() == {"hop": "Hop must divide the window (60 s)."}
    said = [each.text() for each in form.row("hop").findChildren(QLabel) if each.isVisible()]
    assert "Hop must divide the window (60 s)." in said
    hop = form.row("hop").field
    hop.setFocus()
    qtbot.keyClick(hop, Qt.Key.Key_Down)
    assert edited == ["hop"]
    assert form.errors() == {}
    qtbot.mouseClick(form.row("balance").field, Qt.MouseButton.LeftButton)
    assert form.value("balance") is False
    assert edited == ["hop", "balance"]


def test_segments_are_exclusive_and_follow_the_arrows(qtbot: QtBot) -> None:
    segments = Segmented((("30", "30 s"), ("300", "5 min"), ("night", "Night")), "300", name="Page")
    shown(qtbot, segments, 300, 40)
    chosen: list[str] = []
    segments.chosen.connect(chosen.append)
    buttons = segments.findChildren(QAbstractButton)
    qtbot.mouseClick(buttons[2], Qt.MouseButton.LeftButton)
    assert segments.value() == "night"
    qtbot.keyClick(segments, Qt.Key.Key_Right)
    assert segments.value() == "30"
    segments.set_value("300")
    assert chosen == ["night", "30"]
    assert [button.isChecked() for button in buttons] == [False, True, False]
    with pytest.raises(ValueError, match="not in tuple"):
        segments.set_value("hour")


def test_a_matrix_stands_in_the_order_of_the_lanes(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    matrix = ConfusionMatrix()
    # WAKE CORE DEEP REM, as the stage set has them: every REM epoch called REM, the others called CORE
    matrix.set_counts([[0, 10, 0, 0], [0, 20, 0, 0], [0, 5, 0, 0], [0, 0, 0, 40]], STAGE_SETS[4])
    assert matrix.accessibleDescription().startswith(
        "WAKE: 0 % agree of 10 epochs; REM: 100 % agree of 40 epochs"
    )
    image = shown(qtbot, matrix, 400, 240)
    cell_height = min((240 - 40 - 12) / 4, 64)
    cell_width = min((400 - 80 - 84) / 4, cell_height * 2.1)

    def ground(row: int, column: int) -> QColor:
        return image.pixelColor(round(80 + column * cell_width + 4), round(40 + row * cell_height + 4))

    deep, none = ground(1, 1), ground(0, 0)
    assert deep.lightness() < none.lightness() - 40
    assert ground(1, 2) == ground(1, 3)
    assert ground(0, 2).lightness() < none.lightness() - 40


def test_probabilities_stack_with_wake_at_the_top(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    density = Hypnodensity()
    density.set_span(0, 3000)
    share = np.zeros((100, 2), np.float32)
    share[:, 0], share[:, 1] = 0.25, 0.75
    share[50:] = np.nan
    density.set_probabilities(share, STAGE_SETS[2])
    image = shown(qtbot, density, 600, 108)
    x, area = round(density.x_of(25 * 30.0)), density.area()
    top, bottom = image.pixelColor(x, round(area.top() + 10)), image.pixelColor(x, round(area.bottom() - 10))
    assert top.hue() == pytest.approx(QColor(LIGHT.stages[Stage.W]).hue(), abs=8)
    assert bottom.hue() == pytest.approx(QColor(LIGHT.stages[Stage.N2]).hue(), abs=8)
    blank = image.pixelColor(round(density.x_of(75 * 30.0)), round(area.center().y()))
    assert blank.name().upper() == LIGHT.surface


def test_what_is_elided_is_in_the_tool_tip(qtbot: QtBot) -> None:
    words = ElidedLabel("4314139.edf ends before its header says it does. 5 h 06 min can be read.")
    shown(qtbot, words, 120, 20)
    assert words.toolTip() == words.text()
    words.resize(900, 20)
    words.grab()
    assert words.toolTip() == ""


def test_bars_are_in_proportion(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    bars = Bars(name="F1 by stage", name_width=80)
    bars.set_bars((Bar("WAKE", 0.4, "0.40", Stage.W), Bar("REM", 0.8, "0.80", Stage.R)))
    image = shown(qtbot, bars, 500, bars.height())

    def length(row: int, stage: Stage) -> int:
        y = row * 22 + 2 + 11
        ink = LIGHT.stages[stage].upper()
        return sum(image.pixelColor(x, y).name().upper() == ink for x in range(image.width()))

    assert length(0, Stage.W) == pytest.approx(length(1, Stage.R) / 2, abs=2)
    assert bars.accessibleDescription() == "WAKE 0.40; REM 0.80"
    chosen: list[int] = []
    bars.chosen.connect(chosen.append)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(200, 30))
    assert chosen == [1]


def test_a_plot_changes_its_dress_with_the_appearance(qtbot: QtBot, theme: Theme) -> None:
    theme.choose("light")
    restyled: list[str] = []

    class Curve(Plot):
        def on_restyle(self) -> None:
            restyled.append(self.backgroundBrush().color().name().upper())

    plot = Curve(name="Loss")
    shown(qtbot, plot, 300, 200)
    theme.choose("dark")
    assert restyled
    assert restyled[-1] == DARK.surface
    line = plot.curve([0.0, 1.0], [0.0, 1.0], DARK.accent)
    assert line.opts["pen"].isCosmetic()


def test_segments_are_a_combo_box_where_the_main_window_is_not_wide(qtbot: QtBot) -> None:
    window = QMainWindow()
    holder = QWidget()
    segments = Segmented((("30", "30 s"), ("300", "5 min"), ("night", "Night")), "300", name="Page")
    QHBoxLayout(holder).addWidget(segments)
    window.setCentralWidget(holder)
    shown(qtbot, window, 1600, 900)
    chosen: list[str] = []
    segments.chosen.connect(chosen.append)
    assert not segments.folded
    window.resize(1400, 900)
    qtbot.waitUntil(lambda: segments.folded)
    combo = segments.findChild(QComboBox)
    assert combo.accessibleName() == "Page"
    assert combo.currentText() == "5 min"
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert (segments.value(), chosen) == ("night", ["night"])
    segments.set_value("")
    assert combo.currentIndex() == -1
    segments.set_value("30")
    window.resize(1500, 900)
    qtbot.waitUntil(lambda: not segments.folded)
    assert [button.isChecked() for button in segments.findChildren(QAbstractButton)] == [True, False, False]


def test_a_column_grows_to_its_content_where_there_is_room_and_to_its_bound(qtbot: QtBot) -> None:
    columns = (Column("Name", 80, grows=160, middle=True), Column("Rest", 100, stretch=True))
    table = TableView(columns, name="Names")
    model = RowsModel(columns, [("20230822_NFLE_patient_1", ""), ("20230822_NFLE_patient_2", "")])
    table.setModel(model)
    shown(qtbot, table, 500, 200)
    assert table.columnWidth(0) == 80
    table.set_content(0, ["n1"])
    assert table.columnWidth(0) == 80
    table.set_content(0, ["20230822_NFLE_patient_1 of a long study"])
    assert table.columnWidth(0) == 160
    table.resize(220, 200)
    assert table.columnWidth(0) == table.viewport().width() - 100
    table.resize(500, 200)
    assert table.columnWidth(0) == 160
    table.setColumnWidth(0, 130)
    table.resize(480, 200)
    assert table.columnWidth(0) == 130, "the user's width stays"
