"""The Comparison panel on the real window, with runs that real jobs made."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from staged_study import click, edit_json, show

from sleepstudio.desktop.panels.comparison.panel import ComparisonPanel
from sleepstudio.desktop.widgets.hypnodensity import Hypnodensity
from sleepstudio.desktop.window import MainWindow
from sleepstudio.evaluation.predictions import read_predictions
from sleepstudio.hypnogram import STAGE_SETS

Copy = Callable[[Path], Path]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def study(staged_study: Path, copy_study: Copy) -> Path:
    return copy_study(staged_study)


@pytest.fixture
def panel(qtbot: QtBot, window: MainWindow, study: Path) -> ComparisonPanel:
    found: ComparisonPanel = show(qtbot, window, study, "comparison")
    return found


def metrics(study: Path, run: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((study / "runs" / run / "metrics.json").read_text("utf-8"))
    return found


def names(panel: ComparisonPanel) -> list[str]:
    return [run.name for run in panel.runs.chosen]


def press_row(
    qtbot: QtBot,
    panel: ComparisonPanel,
    name: str,
    held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    table = panel.runs.table
    row = [run.name for run in panel.runs.shown].index(name)
    at = table.visualRect(table.model().index(row, 2)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, held, at)


def test_a_study_without_runs_says_what_to_do(qtbot: QtBot, study_window: MainWindow) -> None:
    study_window.show_panel("comparison")
    panel = study_window.front
    assert isinstance(panel, ComparisonPanel)
    assert panel.body.currentWidget() is panel.empty
    assert not panel.report_button.isVisible()


def test_the_table_has_what_the_runs_stored(panel: ComparisonPanel, study: Path) -> None:
    shown = {run.name: row for row, run in enumerate(panel.runs.shown)}
    assert set(shown) == {"wide", "narrow"}
    model = panel.runs.model
    for name, row in shown.items():
        mean = metrics(study, name)["agreement"]["mean"]["cohen_kappa"]
        assert model.value(row, model.keys.index("kappa")) == f"{mean['value']:.3f}".replace("-", "−")
        low_high = model.value(row, model.keys.index("interval")).replace("−", "-").split(" – ")
        assert [float(bound) for bound in low_high] == pytest.approx(
            [mean["ci_low"], mean["ci_high"]], abs=0.005
        )
    assert model.value(shown["narrow"], model.keys.index("macs")) == ""
    assert model.value(shown["wide"], model.keys.index("macs")).endswith("K")


def test_selecting_two_rows_makes_them_a_and_b_in_that_order(
    qtbot: QtBot, panel: ComparisonPanel, study: Path
) -> None:
    press_row(qtbot, panel, "narrow")
    assert names(panel) == ["narrow"]
    press_row(qtbot, panel, "wide", CTRL)
    assert names(panel) == ["narrow", "wide"]
    press_row(qtbot, panel, "wide")
    press_row(qtbot, panel, "narrow", CTRL)
    assert names(panel) == ["wide", "narrow"]
    model = panel.runs.model
    letters = {panel.runs.shown[row].name: model.value(row, 0)[2] for row in range(model.rowCount())}
    assert letters == {"wide": "A  wide", "narrow": "B  narrow"}
    assert len(panel.matrices.matrices) == 2
    sentence = panel.runs_title._detail.text()
    assert "agree" in sentence
    assert panel.context.messages.current.text == sentence


def test_the_matrix_is_the_stored_one(panel: ComparisonPanel, study: Path) -> None:
    panel.runs.choose([study / "runs" / "wide"])
    stored = np.array(metrics(study, "wide")["confusion"])
    # lanes stand W, R, CORE, DEEP; the stage set is WAKE, CORE, DEEP, REM
    order = [0, 3, 1, 2]
    assert panel.matrices.matrices[0]._counts.tolist() == stored[np.ix_(order, order)].tolist()


def test_one_night_by_expert_and_models(qtbot: QtBot, panel: ComparisonPanel, study: Path) -> None:
    panel.runs.choose([study / "runs" / "wide", study / "runs" / "narrow"])
    strips = panel.strips
    recording = strips.night
    for run, (strip, marks, density) in zip(("wide", "narrow"), strips.models, strict=True):
        nights, stage_set = read_predictions(study / "runs" / run / "predictions.h5")
        night = next(one for one in nights if one.recording_id == recording)
        assert strip.hypnogram.stages.tolist() == stage_set.stages(night.predicted).tolist()
        truth = stage_set.classes(night.true_stages)
        wrong = (truth >= 0) & (night.predicted >= 0) & night.mask & (truth != night.predicted)
        assert marks._differs.tolist() == wrong.tolist()
        assert density._probabilities is night.probabilities or np.array_equal(
            density._probabilities, night.probabilities, equal_nan=True
        )
        kappa = metrics(study, run)["per_recording"][recording]["cohen_kappa"]
        assert marks.title == f"κ {kappa:.2f}".replace("-", "−")
        assert strip.span == strips.expert.span == density.span
    assert strips.expert.hypnogram.stages.tolist() == night.true_stages.tolist()


def test_probabilities_are_painted_once_for_each_change(
    qtbot: QtBot, window: MainWindow, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[tuple[int, int]] = []
    paint = Hypnodensity._paint_areas

    def noted(strip: Hypnodensity, width: int, height: int) -> Any:
        painted.append((width, height))
        return paint(strip, width, height)

    monkeypatch.setattr(Hypnodensity, "_paint_areas", noted)
    panel = show(qtbot, window, study, "comparison")
    for change, strips in (
        (lambda: None, 2),
        (lambda: press_row(qtbot, panel, "narrow"), 1),
        (lambda: press_row(qtbot, panel, "wide", CTRL), 2),
        (lambda: panel.strips.step(1), 2),
    ):
        change()
        qtbot.waitUntil(lambda strips=strips: len(painted) >= strips)
        qtbot.wait(100)
        assert len(painted) == strips
        painted.clear()


def test_nights_are_gone_through_in_the_chosen_order(
    qtbot: QtBot, panel: ComparisonPanel, study: Path
) -> None:
    panel.runs.choose([study / "runs" / "wide"])
    strips = panel.strips
    by_kappa = sorted(
        metrics(study, "wide")["per_recording"].items(), key=lambda item: item[1]["cohen_kappa"]
    )
    strips.order.setCurrentIndex(1)
    assert list(strips.nights) == [name for name, _ in by_kappa]
    assert strips.night == by_kappa[0][0]
    qtbot.mouseClick(strips.forward, Qt.MouseButton.LeftButton)
    assert strips.night == by_kappa[1][0]
    qtbot.mouseClick(strips.back, Qt.MouseButton.LeftButton)
    assert strips.night == by_kappa[0][0]
    assert not strips.back.isEnabled()


def test_a_click_on_the_night_leads_to_its_signals(
    qtbot: QtBot, window: MainWindow, panel: ComparisonPanel
) -> None:
    strip = panel.strips.expert
    click(qtbot, strip, strip.x_of(50.5 * 30), strip.height() / 2)
    assert panel.strips.title._detail.text().startswith("Epoch 51 · ")
    night = panel.strips.night
    qtbot.mouseClick(panel.strips.signals_button, Qt.MouseButton.LeftButton)
    assert window.front.name == "recordings"
    assert window.session.current == night
    qtbot.waitUntil(lambda: window.front.save_state()["epoch"] == 50)


def test_bland_altman_draws_what_was_stored(panel: ComparisonPanel, study: Path) -> None:
    panel.runs.choose([study / "runs" / "wide"])
    plot = panel.figures.agreement_plot
    rows = list(csv.DictReader(io.StringIO((study / "runs" / "wide" / "metrics.csv").read_text("utf-8"))))
    drawn = plot._shown[0].pairs
    assert [(pair.recording, pair.scored, pair.predicted) for pair in drawn] == [
        (row["recording_id"], float(row["tst_min_scored"]), float(row["tst_min_predicted"])) for row in rows
    ]
    bias = metrics(study, "wide")["sleep_statistics"]["tst_min"]["bias"]["value"]
    assert f"bias {bias:+.1f}".replace("-", "−") in plot.accessibleDescription()
    panel.figures.statistic.setCurrentIndex(panel.figures.statistic.findData("waso_min"))
    assert [pair.scored for pair in plot._shown[0].pairs] == [float(row["waso_min_scored"]) for row in rows]


def test_metrics_stand_with_their_intervals(panel: ComparisonPanel, study: Path) -> None:
    panel.runs.choose([study / "runs" / "wide", study / "runs" / "narrow"])
    model = panel.figures.metrics.model()
    cells = {
        model.index(row, 0).data(): [model.index(row, column).data() for column in (1, 2)]
        for row in range(model.rowCount())
    }
    for place, run in enumerate(("wide", "narrow")):
        stored = metrics(study, run)
        found = stored["agreement"]["mean"]["accuracy"]
        assert cells["Accuracy"][place].startswith(f"{found['value']:.3f} ({found['ci_low']:.2f}–")
        recall = stored["per_class"]["CORE"]["mean"]["recall"]["value"]
        assert cells["CORE sensitivity"][place].startswith(f"{recall:.3f}")
    assert "Total sleep time, bias in min" in cells


def test_offline_runs_are_open_diamonds_and_a_click_chooses(
    qtbot: QtBot, panel: ComparisonPanel, study: Path
) -> None:
    panel.cost.setCurrentIndex(panel.cost.findData("parameters"))
    panel.runs.choose([study / "runs" / "narrow"])
    assert len(panel.cost_plot.items) == 2
    for drawn in panel.cost_plot.items.values():
        assert drawn.opts["symbol"] == "d"
    panel.cost.setCurrentIndex(panel.cost.findData("macs"))
    assert list(panel.cost_plot.items) == [study / "runs" / "wide"]
    assert "1 not exported" in panel.cost_title._detail.text()
    point = panel.cost_plot.items[study / "runs" / "wide"].data[0]
    qtbot.wait(50)
    box = panel.cost_plot.getPlotItem().getViewBox()
    at = panel.cost_plot.mapFromScene(box.mapViewToScene(QPointF(point["x"], point["y"])))
    qtbot.mouseMove(panel.cost_plot.viewport(), at)
    qtbot.mouseClick(panel.cost_plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
    assert names(panel) == ["wide"]


def test_filter_sort_and_columns(qtbot: QtBot, panel: ComparisonPanel) -> None:
    table = panel.runs.table
    header = table.horizontalHeader()
    section = header.sectionViewportPosition(panel.runs.keys.index("parameters")) + 20
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(section, 10))
    qtbot.keyClicks(panel.filter, "narr")
    assert [run.name for run in panel.runs.shown] == ["narrow"]
    assert len(names(panel)) == 2, "what the filter hides stays chosen"
    panel.filter.clear()
    assert panel.runs.sorting[0] == "parameters"
    menu = panel.columns_menu()
    actions = {action.objectName(): action for action in menu.actions()}
    actions["people"].trigger()
    actions["accuracy"].trigger()
    assert "people" in panel.runs.keys
    assert "accuracy" not in panel.runs.keys
    people = panel.runs.model.keys.index("people")
    assert panel.runs.model.value(0, people) == "3"


def test_the_table_is_copied_as_it_is_shown(panel: ComparisonPanel, study: Path) -> None:
    panel.context.actions.run("copy_table")
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [row["Run"] for row in rows] == [run.name for run in panel.runs.shown]
    kappa = {
        name: metrics(study, name)["agreement"]["mean"]["cohen_kappa"]["value"] for name in ("wide", "narrow")
    }
    assert {row["Run"]: float(row["κ"]) for row in rows} == pytest.approx(kappa)
    panel.copy_markdown()
    assert QGuiApplication.clipboard().text().startswith("| Run | Mode |")


@pytest.mark.parametrize("file", ["metrics.json", "predictions.h5", "metrics.csv"])
def test_a_damaged_run_is_a_message(qtbot: QtBot, window: MainWindow, study: Path, file: str) -> None:
    damaged = study / "runs" / "wide" / file
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 3])
    if file == "metrics.csv":
        damaged.write_bytes(b"recording_id,tst_min_scored,tst_min_predicted\nx,1,\xff\n")
    panel = show(qtbot, window, study, "comparison")
    state = {run.name: run.problem for run in panel.compared.runs}
    assert state["wide"]
    assert not state["narrow"]
    assert names(panel) == ["narrow"]
    assert len(panel.matrices.matrices) == 1
    if file != "metrics.json":
        assert panel.banner.isVisible()
        assert "wide is damaged" in panel.banner._title.text()
    press_row(qtbot, panel, "wide")
    assert "wide cannot be read" in window.messages.current.text


def test_metrics_of_another_shape_are_damage_and_no_crash(
    qtbot: QtBot, window: MainWindow, study: Path
) -> None:
    edit_json(study / "runs" / "wide" / "metrics.json", lambda document: document.update(confusion=[[1, 2]]))
    edit_json(study / "runs" / "narrow" / "metrics.json", lambda document: document.pop("per_recording"))
    panel = show(qtbot, window, study, "comparison")
    assert names(panel) == []
    assert panel.matrix_stack.currentWidget() is panel.nothing_chosen
    assert panel.banner.isVisible()
    assert not panel.report_button.isEnabled()


def test_a_run_that_is_not_evaluated_cannot_be_chosen(qtbot: QtBot, window: MainWindow, study: Path) -> None:
    def only_trained(manifest: dict[str, dict[str, object]]) -> None:
        manifest["stages"] = {"train": manifest["stages"]["train"]}

    edit_json(study / "runs" / "narrow" / "manifest.json", only_trained)
    panel = show(qtbot, window, study, "comparison")
    assert names(panel) == ["wide"]
    press_row(qtbot, panel, "narrow")
    assert "has not been evaluated" in window.messages.current.text
    qtbot.waitUntil(lambda: panel.runs.table.selected_rows() != [])
    assert names(panel) == ["wide"]


def test_a_run_of_another_study_is_listed_beside_ours(
    qtbot: QtBot, window: MainWindow, study: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere" / "third"
    shutil.copytree(study / "runs" / "wide", elsewhere)
    panel = show(qtbot, window, study, "comparison")
    panel.accept_drop("run", [elsewhere])
    assert len(panel.compared.runs) == 3
    panel.runs.choose([elsewhere, study / "runs" / "wide"])
    assert names(panel) == ["wide", "wide"]
    assert "agree alike" in panel.runs_title._detail.text()


def test_signals_of_a_night_that_is_not_here(
    qtbot: QtBot, window: MainWindow, panel: ComparisonPanel
) -> None:
    panel._show_signals("stranger", 3)
    assert window.front is panel
    assert "stranger is not among this study's recordings" in window.messages.current.text


def test_the_panel_comes_back_as_it_was_left(
    qtbot: QtBot, open_window: Callable[[], MainWindow], study: Path
) -> None:
    first = open_window()
    panel = show(qtbot, first, study, "comparison")
    panel.runs.choose([study / "runs" / "narrow"])
    panel.runs.sort_by("run", descending=False)
    panel.strips.order.setCurrentIndex(1)
    panel.strips.step(1)
    left = panel.save_state()
    first.close()
    second = show(qtbot, open_window(), study, "comparison")
    assert second.save_state() == left


def test_the_report_button_knows_whether_there_is_one(panel: ComparisonPanel, study: Path) -> None:
    assert panel.report_button.isEnabled()
    (study / "runs" / "wide" / "report.html").unlink()
    panel.runs.choose([study / "runs" / "wide"])
    assert not panel.report_button.isEnabled()
    assert panel.report_button.toolTip() == "Select a run that has a report."


def test_stage_sets_are_not_mixed(panel: ComparisonPanel) -> None:
    assert panel.evidence(panel.runs.chosen[0]).stage_set is STAGE_SETS[4]


def test_the_keyboard_goes_through_epochs_and_nights(
    qtbot: QtBot, window: MainWindow, panel: ComparisonPanel
) -> None:
    strips = panel.strips
    first = strips.night
    strips.setFocus()
    for _ in range(3):
        qtbot.keyClick(strips, Qt.Key.Key_Right)
    assert strips.title._detail.text().startswith("Epoch 3 · ")
    qtbot.keyClick(strips, Qt.Key.Key_PageDown)
    assert strips.night == strips.nights[1] != first
    qtbot.keyClick(strips, Qt.Key.Key_Right)
    qtbot.keyClick(strips, Qt.Key.Key_Return)
    assert window.front.name == "recordings"
    assert window.session.current == strips.nights[1]


def test_the_stages_behind_the_strips(panel: ComparisonPanel, study: Path) -> None:
    panel.runs.choose([study / "runs" / "wide", study / "runs" / "narrow"])
    sheet = panel.show_night_table()
    assert sheet is not None
    strip, marks, _ = panel.strips.models[0]
    cells = [sheet.model.index(row, 3).data() for row in range(sheet.model.rowCount())]
    assert [cell.endswith("differs") for cell in cells] == marks._differs.tolist()
    assert len(cells) == len(strip.hypnogram)
    sheet.close()
