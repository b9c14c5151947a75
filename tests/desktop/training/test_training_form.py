"""The form: what was loaded stays as it was, what is typed is judged at once, and its cost is the model's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from sleepstudio.config import load_configuration
from sleepstudio.desktop.panels.training.draft import Draft
from sleepstudio.desktop.panels.training.network_rows import network_rows, params_of
from sleepstudio.desktop.panels.training.people import divide, load_people
from sleepstudio.desktop.theme import Theme
from sleepstudio.desktop.tokens import DARK, LIGHT
from sleepstudio.features.store import read_table
from sleepstudio.models.cost import model_cost
from sleepstudio.models.presets import PRESETS
from sleepstudio.monitor import SILENT
from sleepstudio.training.splits import split_by_person

pytestmark = pytest.mark.usefixtures("cold")

COLUMNS, CLASSES = 14, 4


def type_over(qtbot: QtBot, field: Any, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Tab)


@pytest.mark.parametrize("name", ["ss-2-tcn-sm", "ss-3-tcn-sm", "ss-4-tcn-sm", "ss-5-tcn-sm"])
def test_sleepkits_configurations_pass_through_unchanged(
    open_panel: Any, sleepkit_configs: Path, tmp_path: Path, name: str
) -> None:
    panel = open_panel(ready=False).panel
    path = sleepkit_configs / f"{name}.json"
    panel.load_file(path)
    panel.save_file(tmp_path / "saved.json")
    saved = json.loads((tmp_path / "saved.json").read_text("utf-8"))
    assert saved == json.loads(path.read_text("utf-8"))
    assert not panel.verdict.problems
    number = int(name[3])
    assert panel.form.draft.stage_number == number
    assert (
        load_configuration(tmp_path / "saved.json").resolved_stage_set()
        == panel.verdict.configuration.resolved_stage_set()
    )


def test_an_edit_changes_its_key_alone(open_panel: Any, qtbot: QtBot, tmp_path: Path) -> None:
    opened = open_panel(
        class_map={"0": 0, "1": 1, "2": 1, "3": 1, "4": 1, "5": 2}, stage_set=None, num_classes=3
    )
    before = json.loads(opened.file.read_text("utf-8"))
    type_over(qtbot, opened.panel.form.fields["batch_size"], "16")
    opened.panel.save_file(tmp_path / "saved.json")
    assert json.loads((tmp_path / "saved.json").read_text("utf-8")) == {**before, "batch_size": 16}


def test_another_stage_set_replaces_sleepkits_way_to_say_it(open_panel: Any, qtbot: QtBot) -> None:
    panel = open_panel(
        class_map={"0": 0, "1": 1, "2": 1, "3": 1, "4": 1, "5": 2}, stage_set=None, num_classes=3
    ).panel
    five = panel.form.findChild(type(panel.add), options=Qt.FindChildOption.FindChildrenRecursively)
    assert five is not None
    buttons = {button.accessibleName(): button for button in panel.form.findChildren(type(panel.add))}
    qtbot.mouseClick(buttons["Stage set: 5"], Qt.MouseButton.LeftButton)
    document = panel.form.draft.document
    assert document["stage_set"] == 5
    assert not {"class_map", "num_classes", "class_names"} & set(document)
    assert panel.verdict.configuration.resolved_stage_set().name == "5"


def test_a_bad_value_is_said_at_its_field_and_the_action_says_why_it_waits(
    open_panel: Any, qtbot: QtBot
) -> None:
    opened = open_panel()
    panel, actions = opened.panel, opened.window.context.actions
    assert panel.add.isEnabled()
    assert actions.action("add_to_queue").isEnabled()
    batch = panel.form.fields["batch_size"]
    type_over(qtbot, batch, "0")
    assert batch.property("state") == "error"
    assert batch.accessibleDescription() == "Must be at least 1."
    assert not panel.add.isEnabled()
    assert "Must be at least 1." in panel.add.toolTip()
    assert not actions.action("add_to_queue").isEnabled()
    assert actions.action("add_to_queue").toolTip() == panel.add.toolTip()
    other = panel.form.fields["epochs"]
    assert not other.property("state")
    panel.add_to_queue()
    assert not opened.window.jobs.jobs
    type_over(qtbot, batch, "8")
    assert not batch.property("state")
    assert panel.add.isEnabled()


def test_more_people_than_there_are_cannot_be_divided(open_panel: Any, qtbot: QtBot) -> None:
    opened = open_panel(datasets=[{"name": "folder", "params": {"path": "nowhere"}}], ready=False)
    panel = opened.panel
    qtbot.waitUntil(lambda: not panel.add.isEnabled(), timeout=10_000)
    assert "nowhere" in panel.add.toolTip() or "folder" in panel.add.toolTip()


def test_an_unknown_key_of_a_file_is_said_at_the_foot(open_panel: Any) -> None:
    panel = open_panel(ready=False, optimizer="sgd").panel
    assert panel.reason.text().startswith("Optimizer: There is no key optimizer")
    assert not panel.add.isEnabled()
    assert panel.form.draft.document["optimizer"] == "sgd"


def shown_cost(panel: Any) -> tuple[str, str, str]:
    section = panel.form.network
    return tuple(figure._value.text() for figure in (section.parameters, section.macs, section.field))


@pytest.mark.parametrize("preset", list(PRESETS))
def test_the_live_cost_is_that_of_the_model(open_panel: Any, preset: str) -> None:
    panel = open_panel(architecture={"name": preset, "params": {}}).panel
    cost = model_cost(preset, {}, frame_size=60, features=COLUMNS, classes=CLASSES)
    macs = (
        f"{cost.macs_per_frame / 1e6:.2f} M"
        if cost.macs_per_frame >= 1e5
        else f"{cost.macs_per_frame / 1e3:.0f} K"
    )
    assert shown_cost(panel) == (f"{cost.parameters:,}", macs, f"{cost.receptive_field / 2:g} min")
    rows = panel.form.network.model.shown
    assert sum(row.parameters for row in rows) == cost.parameters
    assert sum(row.macs for row in rows) == cost.macs_per_frame


def test_a_cell_is_edited_in_place_and_the_cost_follows(open_panel: Any, qtbot: QtBot) -> None:
    panel = open_panel(architecture={"name": "tcn-10k", "params": {}}).panel
    table, model = panel.form.network.table, panel.form.network.model
    cell = model.index(2, 2)
    table.setFocus()
    table.setCurrentIndex(cell)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    editor = table.findChild(QLineEdit)
    qtbot.keyClicks(editor, "40")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.form.draft.get("architecture.name") == "tcn")
    section = panel.form.draft.get("architecture")
    expected = params_of({"name": "tcn-10k"})
    expected["blocks"][1]["filters"] = 40
    assert section == {"name": "tcn", "params": expected}
    cost = model_cost("tcn", expected, frame_size=60, features=COLUMNS, classes=CLASSES)
    assert shown_cost(panel)[0] == f"{cost.parameters:,}"
    assert panel.form.network.preset.currentText() == "Own blocks"


def test_a_block_that_cannot_be_is_said_under_the_table(open_panel: Any) -> None:
    panel = open_panel().panel
    panel.form.network.model.changed.emit(1, "filters", 0)
    assert panel.form.network.problem.isVisible()
    assert "filters" in panel.form.network.problem.text()
    assert shown_cost(panel)[0] == "–"
    assert not panel.add.isEnabled()


def test_blocks_are_added_and_removed(open_panel: Any, qtbot: QtBot) -> None:
    panel = open_panel().panel
    qtbot.mouseClick(panel.form.network.add, Qt.MouseButton.LeftButton)
    blocks = panel.form.draft.get("architecture.params.blocks")
    assert [block.get("dilation", 1) for block in blocks] == [1, 2]
    table = panel.form.network.table
    table.setFocus()
    table.setCurrentIndex(panel.form.network.model.index(1, 0))
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert len(panel.form.draft.get("architecture.params.blocks")) == 1


def test_images_of_height_one_stay_so_when_a_cell_is_edited() -> None:
    from sleepstudio.desktop.panels.training.network_rows import with_block_added, with_block_value

    section = {"name": "tcn", "params": {"blocks": [{"filters": 8, "kernel": [1, 7], "dilation": [1, 2]}]}}
    edited = with_block_value(section, 0, "kernel", 5)
    assert edited["params"]["blocks"] == [{"filters": 8, "kernel": [1, 5], "dilation": [1, 2]}]
    assert with_block_added(section)["params"]["blocks"][1]["dilation"] == [1, 4]
    assert section["params"]["blocks"][0]["kernel"] == [1, 7]


def test_fewer_columns_cost_less(open_panel: Any, qtbot: QtBot) -> None:
    panel = open_panel().panel
    chooser = panel.form.fields["feature.feat_cols"]
    qtbot.mouseClick(chooser, Qt.MouseButton.LeftButton)
    chooser._list.item(0).setCheckState(Qt.CheckState.Unchecked)
    names = panel.form.draft.get("feature.feat_cols")
    assert len(names) == COLUMNS - 1
    cost = model_cost(
        "tcn", panel.form.draft.get("architecture.params"), frame_size=60, features=13, classes=4
    )
    assert shown_cost(panel)[0] == f"{cost.parameters:,}"
    chooser._popup.close()


def test_who_is_where_is_the_split_of_the_job(open_panel: Any, qtbot: QtBot) -> None:
    opened = open_panel()
    panel = opened.panel
    configuration = load_configuration(opened.file)
    people = [f"P{number}" for number in range(1, 7)]
    split = split_by_person({name: name for name in people}, configuration.split, seed=7)
    (fit,) = split.fits
    part = {
        name: title
        for names, title in ((fit.train, "Train"), (fit.validation, "Validate"), (fit.test, "Test"))
        for name in names
    }
    rows = panel.people_table.model
    shown = {rows.value(row, 0): rows.value(row, 1)[1] for row in range(rows.rowCount())}
    assert shown == part
    folder = opened.window.session.folder / "features" / "fs-w-pa-14" / "folder"
    for row in range(rows.rowCount()):
        table = read_table(folder / f"{rows.value(row, 0)}.h5")
        classes = configuration.resolved_stage_set().classes(table.stages)
        share = {
            name: f"{100 * np.mean(classes == index):.0f}"
            for index, name in enumerate(("WAKE", "CORE", "DEEP", "REM"))
        }
        columns = [column.name for column in rows.columns]
        assert {name: rows.value(row, columns.index(f"{name} %")) for name in share} == share


def test_in_k_fold_everyone_is_tested_once(open_panel: Any) -> None:
    opened = open_panel(split={"method": "kfold", "folds": 3, "final_model": True})
    panel = opened.panel
    rows = panel.people_table.model
    folds = [rows.value(row, 1)[1] for row in range(rows.rowCount())]
    assert sorted(folds) == ["Fold 1", "Fold 1", "Fold 2", "Fold 2", "Fold 3", "Fold 3"]
    assert panel.form.fields["split.folds"].isVisible()
    assert "6 people, each tested once in 3 folds" in panel.form.people_bar.accessibleDescription()


def test_recordings_without_features_are_counted_and_computed_first(tmp_path: Path) -> None:
    from sleepstudio.recordings.simulate import NightSpecification, simulate_study

    simulate_study(tmp_path / "nights", 3, montage="wrist", specification=NightSpecification(duration_h=0.25))
    draft = Draft.new(
        {"datasets": [{"name": "mesa", "params": {"path": str(tmp_path / "nights")}}]}, str(tmp_path)
    )
    configuration = draft.judge().configuration
    assert configuration is not None
    people = load_people(configuration, tmp_path, SILENT)
    assert people.without_features == 3
    assert len(people.nights) == 3
    division = divide(people, configuration)
    assert [division.count(part) for part in ("train", "validation", "test")] == [1, 1, 1]
    assert division.balance("train") is None


def test_a_new_configuration_names_itself_until_it_is_named() -> None:
    draft = Draft.new({}, "study")
    assert draft.get("name") == "SS-4-TCN-20K-seed-7"
    draft.set_stage_number(2)
    draft.set("architecture", {"name": "tcn-10k", "params": {}})
    assert draft.get("name") == "SS-2-TCN-10K-seed-7"
    draft.rename_until_free({"SS-2-TCN-10K-seed-7", "SS-2-TCN-10K-seed-8"})
    assert (draft.get("name"), draft.get("seed")) == ("SS-2-TCN-10K-seed-9", 9)
    draft.set("name", "mine")
    draft.set("seed", 3)
    assert draft.get("name") == "mine"
    draft.rename_until_free({"mine", "mine-2"})
    assert draft.get("name") == "mine-3"


def test_sizes_of_parts_are_shares_or_people(open_panel: Any, qtbot: QtBot) -> None:
    panel = open_panel().panel
    field = panel.form.fields["val_subjects"]
    assert isinstance(field.value(), float)
    assert field.text() == "Validate 20 %"
    type_over(qtbot, field, "2")
    assert panel.form.draft.get("val_subjects") == 2
    assert field.text() == "Validate 2 people"
    type_over(qtbot, field, "35 %")
    assert panel.form.draft.get("val_subjects") == pytest.approx(0.35)
    assert panel.keeper.division.count("validation") == 2


def test_what_may_be_left_out_is_left_out(open_panel: Any, qtbot: QtBot) -> None:
    panel = open_panel().panel
    steps = panel.form.fields["steps_per_epoch"]
    assert isinstance(steps, QSpinBox)
    type_over(qtbot, steps, "0")
    assert "steps_per_epoch" not in panel.form.draft.document
    assert steps.text() == "once over"
    assert panel.add.isEnabled()


def test_network_rows_need_no_cost() -> None:
    rows = network_rows({"name": "tcn", "params": {"blocks": [{"filters": 4}], "include_top": False}}, None)
    assert [(row.name, row.parameters) for row in rows] == [("1", None)]


def test_who_is_where_has_the_colours_of_the_present_theme(open_panel: Any, theme: Theme) -> None:
    opened = open_panel()
    bar = opened.panel.form.people_bar
    for tokens in (DARK, LIGHT, DARK):
        theme.choose(tokens.name)
        assert bar.grab().toImage().pixelColor(2, 4).name().upper() == tokens.accent_fill.upper()
