"""The Features panel on the real window, with tables that real jobs made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from features_shown import FIRST, Copy, loaded, states, table_file
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QComboBox, QSpinBox
from pytestqt.qtbot import QtBot
from scipy import stats
from staged_study import click, show

from sleepstudio.datasets.catalogue import Catalogue
from sleepstudio.datasets.catalogue_rows import RecordingFacts
from sleepstudio.datasets.catalogue_scan import scan
from sleepstudio.datasets.registry import dataset_from_params
from sleepstudio.desktop import theme
from sleepstudio.desktop.panels.features.panel import FeaturesPanel
from sleepstudio.desktop.window import MainWindow
from sleepstudio.features.store import read_table
from sleepstudio.hypnogram import EPOCH_S, Stage
from sleepstudio.study_folder import Study


def test_a_study_without_recordings_says_what_to_do(qtbot: QtBot, study_window: MainWindow) -> None:
    study_window.show_panel("features")
    panel = study_window.front
    assert isinstance(panel, FeaturesPanel)
    assert panel.body.currentWidget() is panel.empty
    assert not panel.run_button.isVisible()


def test_every_recording_is_listed_with_rows_and_mask(panel: FeaturesPanel) -> None:
    assert set(states(panel).values()) == {"Computed"}
    assert len(states(panel)) == 6
    for row in range(6):
        name, rows, masked, _ = (panel.recordings.model.value(row, column) for column in range(4))
        table = read_table(table_file(panel, name))
        assert rows == str(len(table))
        assert masked.rstrip(" %") == f"{100 * (~table.mask).mean():.1f}".removesuffix(".0")


def test_the_form_is_the_sets_declaration(panel: FeaturesPanel) -> None:
    form = panel.recipe.form
    assert form.value("sampling_rate") == 64
    assert isinstance(form.row("frame_size").field, QSpinBox)
    pulse = form.row("channel:ppg").field
    assert isinstance(pulse, QComboBox)
    assert [pulse.itemText(index) for index in range(pulse.count())] == ["Automatic: Pleth", "Pleth"]
    assert [column.name for column in panel.recipe.feature_set.columns] == list(panel.night.traces)


def test_a_trace_is_broken_where_rows_are_masked(qtbot: QtBot, panel: FeaturesPanel) -> None:
    table = panel.table_of(FIRST)
    assert table is not None
    masked = np.flatnonzero(~table.mask)
    trace = panel.night.traces["hr_bpm"]
    picture = trace.grab().toImage()
    ratio = picture.width() / trace.width()
    tokens = theme.now()
    inks = {theme.colour(tokens.accent).name(), theme.colour(tokens.text2).name()}
    longest = max(np.split(masked, np.flatnonzero(np.diff(masked) > 1) + 1), key=len)
    assert len(longest) >= 2, "the simulated night has a masked stretch"
    x = round(trace.x_of((longest[0] + len(longest) / 2) * EPOCH_S) * ratio)
    colours = {picture.pixelColor(x, y).name() for y in range(picture.height())}
    assert theme.colour(tokens.masked).name() in colours
    assert not inks & colours
    usable = np.flatnonzero(table.mask)
    drawn = set()
    for epoch in usable[5:25]:
        x = round(trace.x_of((epoch + 0.5) * EPOCH_S) * ratio)
        drawn |= {picture.pixelColor(x, y).name() for y in range(picture.height())}
    assert inks & drawn


def test_effects_are_those_of_the_pooled_rows(panel: FeaturesPanel) -> None:
    tables = [panel.table_of(name) for name in states(panel)]
    values, stages = [], []
    for table in tables:
        assert table is not None
        rows = table.mask & (table.stages >= Stage.W)
        values.append(table.features[rows, 0].astype(np.float64))
        stages.append(table.stages[rows])
    pooled, scored = np.concatenate(values), np.concatenate(stages)
    h = stats.kruskal(*(pooled[scored == stage] for stage in np.unique(scored))).statistic
    found = panel.analysis.analysis
    assert found is not None
    assert found.effects["hr_bpm"] == pytest.approx(h / (len(pooled) - 1), rel=1e-9)


def test_clicking_a_bar_chooses_the_feature_everywhere(qtbot: QtBot, panel: FeaturesPanel) -> None:
    bars = panel.analysis.bars
    names = list(panel.analysis.analysis.effects)
    target = panel.analysis._order[2]
    click(qtbot, bars, 60, 2 + 2.5 * 21)
    assert panel.night.traces[target].is_chosen
    assert sum(trace.is_chosen for trace in panel.night.traces.values()) == 1
    assert target in names
    title = next(c.title for c in panel.recipe.feature_set.columns if c.name == target)
    assert title in panel.analysis.ridge.accessibleDescription() or target in (
        panel.analysis.ridge.accessibleDescription()
    )


def test_the_source_follows_the_feature(qtbot: QtBot, panel: FeaturesPanel) -> None:
    qtbot.waitUntil(lambda: panel.night.source.title == "Pleth")
    panel.choose_feature("mov_mu")
    qtbot.waitUntil(lambda: panel.night.source.title == "Leg")
    panel.choose_feature("spo2_mu")
    qtbot.waitUntil(lambda: panel.night.source.title == "SpO2")
    qtbot.waitUntil(lambda: panel.night.source._trace is not None)


def test_the_cursor_tells_stage_and_value(qtbot: QtBot, panel: FeaturesPanel) -> None:
    panel.choose_feature("hr_bpm")
    trace = panel.night.traces["hr_bpm"]
    click(qtbot, trace, trace.x_of(40.5 * EPOCH_S), 20)
    table = panel.table_of(FIRST)
    assert table is not None
    words = panel.night._values.text()
    assert words.startswith("Epoch 41 · ")
    assert Stage(table.stages[40]).name in words
    assert f"hr_bpm {table.features[40, 0]:.1f}" in words
    assert panel.night.hypnogram._cursor == 40.5 * EPOCH_S


def test_a_double_click_opens_the_signals_at_that_epoch(
    qtbot: QtBot, window: MainWindow, panel: FeaturesPanel
) -> None:
    trace = panel.night.traces["rsp_bpm"]
    panel.night.scrolled.ensureWidgetVisible(trace)
    click(qtbot, trace, trace.x_of(70.5 * EPOCH_S), 20, twice=True)
    assert window.front is not None
    assert window.front.name == "recordings"
    qtbot.waitUntil(lambda: window.front.save_state()["epoch"] == 70)
    assert window.session.current == FIRST


def test_a_click_on_a_point_opens_its_epoch(qtbot: QtBot, window: MainWindow, panel: FeaturesPanel) -> None:
    panel.analysis.tabs.setCurrentIndex(2)
    panel.analysis.scatter.choose_axes("hr_bpm", "rsp_bpm")
    plot = panel.analysis.scatter.plot
    qtbot.waitUntil(lambda: plot.viewRect().width() > 0)
    pool = panel.analysis.analysis.pool
    across, up = pool.values("hr_bpm"), pool.values("rsp_bpm")
    middle = np.hypot((across - np.median(across)) / np.ptp(across), (up - np.median(up)) / np.ptp(up))
    row = int(np.argsort(middle)[len(middle) * 9 // 10])
    box = plot.getPlotItem().getViewBox()
    qtbot.wait(50)
    scene = box.mapViewToScene(QPointF(float(across[row]), float(up[row])))
    at = plot.mapFromScene(scene)
    qtbot.mouseMove(plot.viewport(), at)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
    qtbot.waitUntil(lambda: window.front is not None and window.front.name == "recordings")
    opened = window.session.current
    qtbot.waitUntil(lambda: window.front.save_state()["epoch"] is not None)
    shown = (opened, window.front.save_state()["epoch"])
    near = [
        pool.place(other)
        for other in range(len(pool))
        if abs(across[other] - across[row]) < np.ptp(across) / 40
        and abs(up[other] - up[row]) < np.ptp(up) / 40
    ]
    assert shown in near


def test_an_outlier_is_shown_here_and_its_signals_on_double_click(
    qtbot: QtBot, window: MainWindow, panel: FeaturesPanel
) -> None:
    panel.analysis.tabs.setCurrentIndex(3)
    found = panel.analysis.analysis.outliers[0]
    view = panel.analysis.outliers
    at = view.visualRect(view.model().index(0, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert panel.current == found.recording
    assert panel.night.epoch == found.epoch
    assert panel.night.traces[found.column].is_chosen
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert window.front is not None
    assert window.front.name == "recordings"
    assert window.session.current == found.recording


def test_zoom_stays_where_the_mouse_is(qtbot: QtBot, panel: FeaturesPanel) -> None:
    panel.night.spans._group.button(2).click()
    start, stop = panel.night.window_s
    assert stop - start == 300
    assert [strip.span for strip in panel.night.traces.values()] == [(start, stop)] * 14
    panel.night.show_epoch(100)
    start, stop = panel.night.window_s
    assert start <= 100.5 * EPOCH_S < stop


def test_the_panel_comes_back_as_it_was_left(
    qtbot: QtBot, open_window: Callable[[], MainWindow], featured_study: Path, copy_study: Copy
) -> None:
    study = copy_study(featured_study)
    first = open_window()
    panel = loaded(qtbot, show(qtbot, first, study, "features"))
    panel.choose_feature("rsp_bpm")
    panel._select(("night 3",))
    panel.analysis.tabs.setCurrentIndex(1)
    panel.night.hide_features(("spo2_std",))
    first.close()
    second = loaded(qtbot, show(qtbot, open_window(), study, "features"))
    qtbot.waitUntil(lambda: second.night.traces["rsp_bpm"].is_chosen)
    assert second.current == "night 3"
    assert second.analysis.tabs.currentIndex() == 1
    assert "spo2_std" not in second.night.traces


def test_one_night_alone_can_be_looked_at(qtbot: QtBot, panel: FeaturesPanel) -> None:
    with qtbot.waitSignal(panel.analysis.analysed):
        panel.analysis.scope.setCurrentIndex(2)
    assert panel.analysis.analysis.pool.recordings == (FIRST,)
    with qtbot.waitSignal(panel.analysis.analysed):
        panel._select(("night 4",))
    assert panel.analysis.analysis.pool.recordings == ("night 4",)


def test_the_keyboard_reaches_features_and_epochs(qtbot: QtBot, panel: FeaturesPanel) -> None:
    panel.choose_feature("hr_bpm")
    panel.night.show_epoch(10)
    trace = panel.night.traces["hr_bpm"]
    trace.setFocus()
    qtbot.keyClick(trace, Qt.Key.Key_Right)
    assert panel.night.epoch == 11
    qtbot.keyClick(trace, Qt.Key.Key_Down)
    assert panel.night.traces["hrv_td_mean_nn"].is_chosen
    order = panel.analysis._order
    last = order.index("hrv_td_mean_nn") == len(order) - 1
    qtbot.keyClick(panel.analysis.bars, Qt.Key.Key_Up if last else Qt.Key.Key_Down)
    assert panel.night.traces[order[order.index("hrv_td_mean_nn") + (-1 if last else 1)]].is_chosen


def test_a_narrow_window_folds_the_right_column_under_the_middle(
    qtbot: QtBot, window: MainWindow, panel: FeaturesPanel
) -> None:
    effects = panel.analysis.effects
    window.resize(1100, 900)
    qtbot.waitUntil(
        lambda: panel.analysis.mapTo(panel, QPoint()).y() > panel.night.mapTo(panel, QPoint()).y() + 200
    )
    qtbot.waitUntil(lambda: effects.mapTo(panel, QPoint()).x() > panel.analysis.mapTo(panel, QPoint()).x())
    window.resize(1024, 700)
    qtbot.waitUntil(lambda: panel.night.height() > 500)
    assert not panel.analysis.isVisible()
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: panel.analysis.width() == 372 and panel.night.isVisible())
    assert effects.mapTo(panel, QPoint()).y() > panel.analysis.mapTo(panel, QPoint()).y() + 300


def test_real_nights_of_sleep_accel(
    qtbot: QtBot, window: MainWindow, real_data: Path, tmp_path: Path
) -> None:
    root = real_data / "sleep-accel-features"
    dataset = dataset_from_params("sleep-accel", {"path": str(root)})
    study = Study.create(tmp_path / "real")
    with Catalogue(study) as catalogue:
        catalogue.add(
            RecordingFacts(
                entry.recording_id,
                entry.files[0],
                adapter="sleep-accel",
                root=root,
                item=entry.recording_id,
                subject=entry.subject_id,
            )
            for entry in dataset.entries()
        )
        scan(catalogue)
    study.save_configuration({"feature": {"name": "FS-W-SA-4"}})
    panel = show(qtbot, window, study.path, "features")
    assert panel.recipe.feature_set.name == "FS-W-SA-4"
    assert panel.recipe.form.row("channel:clock").field.currentText() == "Automatic: cosine"
    panel.run()
    job = window.jobs.jobs[-1]
    qtbot.waitUntil(lambda: job.ended, timeout=60_000)
    qtbot.waitUntil(
        lambda: panel.analysis.analysis is not None and len(panel.analysis.analysis.missing) == 24
    )
    # so many epochs of the 24 nights were not published
    masked = sum(round(one.masked * one.rows) for one in panel.analysis.analysis.missing)
    assert masked == 275
    pool = panel.analysis.analysis.pool
    groups = [pool.values("activity_count")[pool.stages == stage] for stage in np.unique(pool.stages)]
    expected = stats.kruskal(*groups).statistic / (len(pool) - 1)
    assert panel.analysis.analysis.effects["activity_count"] == pytest.approx(expected, rel=1e-9)


def test_the_numbers_behind_the_traces(qtbot: QtBot, window: MainWindow, panel: FeaturesPanel) -> None:
    panel.night.show_epoch(30)
    sheet = panel.show_values()
    assert sheet is not None
    table = panel.table_of(FIRST)
    assert table is not None
    assert sheet.model.rowCount() == len(table)
    assert sheet.table.selected_rows() == [30]
    usable = int(np.flatnonzero(table.mask)[3])
    words = sheet.model.index(usable, 4).data()
    assert float(words) == pytest.approx(float(table.features[usable, 0]), rel=1e-4)
    masked = int(np.flatnonzero(~table.mask)[0])
    assert sheet.model.index(masked, 3).data() == "masked"
    sheet.table.activated.emit(sheet.model.index(12, 0))
    qtbot.waitUntil(lambda: window.front.save_state()["epoch"] == 12)
    sheet.close()
