"""Statistics of the Features panel against SciPy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sleepstudio.desktop.panels.features.density import kernel_density, ridges, shown_range
from sleepstudio.desktop.panels.features.night_checks import missing_by_recording, outliers
from sleepstudio.desktop.panels.features.pool import Scaling, pool_tables
from sleepstudio.desktop.panels.features.rank_statistics import (
    average_ranks,
    epsilon_squared,
    kruskal_wallis,
    spearman,
)
from sleepstudio.features.feature_table import Column, FeatureTable
from sleepstudio.hypnogram import Stage

COLUMNS = (Column("rate", "1/min", "Heart rate"), Column("move", "counts", "Movement"))


def table_of(
    name: str, features: NDArray[np.floating], mask: NDArray[np.bool_] | None = None, stage: int = Stage.N2
) -> FeatureTable:
    rows = len(features)
    return FeatureTable(
        name,
        name,
        "test",
        1,
        COLUMNS,
        features.astype(np.float32),
        np.ones(rows, np.bool_) if mask is None else mask,
        np.full(rows, stage, np.int8),
    )


@pytest.mark.parametrize("decimals", [0, 1, 8])
def test_kruskal_wallis_is_scipys_with_ties_and_without(decimals: int) -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 4, 400)
    values = np.round(rng.normal(groups * 0.4, 1.0), decimals)
    expected = stats.kruskal(*(values[groups == g] for g in range(4)))
    assert kruskal_wallis(values, groups) == pytest.approx(expected.statistic, rel=1e-12)
    assert epsilon_squared(values, groups) == pytest.approx(expected.statistic / 399, rel=1e-12)


def test_groups_that_do_not_overlap_have_the_greatest_effect() -> None:
    values, groups = np.arange(200.0), np.repeat([0, 1], 100)
    # H of two separate groups of m: 12 / (2m (2m + 1)) · m³ / 2
    assert kruskal_wallis(values, groups) == pytest.approx(12 / (200 * 201) * 100**3 / 2)
    assert 0.74 < epsilon_squared(values, groups) < 0.76


def test_unscored_and_undefined_epochs_have_no_say() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, np.nan, 90.0])
    groups = np.array([0, 0, 1, 1, 0, -1])
    assert kruskal_wallis(values, groups) == pytest.approx(stats.kruskal([1, 2], [3, 4]).statistic)


@pytest.mark.parametrize(
    ("values", "groups"),
    [(np.ones(10), np.arange(10) % 2), (np.arange(10.0), np.zeros(10, int)), (np.zeros(0), np.zeros(0, int))],
)
def test_nothing_to_tell_apart_is_undefined(values: NDArray[np.float64], groups: NDArray[np.int64]) -> None:
    assert np.isnan(kruskal_wallis(values, groups))
    assert np.isnan(epsilon_squared(values, groups))


def test_ranks_and_spearman_are_scipys() -> None:
    rng = np.random.default_rng(2)
    features = np.round(rng.normal(size=(300, 5)), 1)
    features[:, 4] += features[:, 0]
    assert average_ranks(features[:, 0]) == pytest.approx(stats.rankdata(features[:, 0]))
    assert spearman(features) == pytest.approx(stats.spearmanr(features).statistic, abs=1e-12)


def test_a_constant_feature_correlates_with_nothing() -> None:
    features = np.column_stack([np.arange(9.0), np.ones(9), np.arange(9.0) ** 2])
    found = spearman(features)
    assert found[0, 2] == pytest.approx(1)
    assert np.isnan(found[1]).all()
    assert np.isnan(found[:, 1]).all()


@pytest.mark.parametrize("shape", ["normal", "skewed"])
def test_density_is_scipys(shape: str) -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(60, 4, 900) if shape == "normal" else rng.lognormal(0, 0.8, 900)
    grid = np.linspace(*shown_range(values), 240)
    expected = stats.gaussian_kde(values)(grid)
    assert kernel_density(values, grid) == pytest.approx(expected, abs=0.01 * expected.max())


def test_density_holds_everything() -> None:
    values = np.random.default_rng(4).normal(0, 1, 500)
    grid = np.linspace(-8, 8, 4000)
    assert np.trapezoid(kernel_density(values, grid), grid) == pytest.approx(1, abs=1e-3)


def test_one_extreme_value_costs_no_memory() -> None:
    values = np.append(np.random.default_rng(5).normal(0, 1, 500), 1e9)
    assert np.isfinite(kernel_density(values, np.linspace(-4, 4, 100))).all()


def test_ridges_have_medians_and_no_shape_where_there_are_few() -> None:
    values = np.concatenate([np.arange(20.0), [5.0, 7.0]])
    stages = np.array([Stage.N2] * 20 + [Stage.R] * 2, np.int8)
    _, found = ridges(values, stages, (Stage.W, Stage.R, Stage.N2))
    assert set(found) == {Stage.R, Stage.N2}
    assert found[Stage.N2].median == 9.5
    assert found[Stage.N2].density is not None
    assert (found[Stage.R].count, found[Stage.R].median, found[Stage.R].density) == (2, 6.0, None)


def test_pooled_rows_know_where_they_come_from() -> None:
    first = table_of("a", np.arange(8.0).reshape(4, 2), np.array([True, False, True, True]))
    second = table_of("b", np.arange(6.0).reshape(3, 2) + 100)
    unscored = table_of("c", np.zeros((2, 2)), stage=Stage.UNSCORED)
    pool = pool_tables({"a": first, "b": second, "c": unscored}, COLUMNS)
    assert pool.values("rate").tolist() == [0, 4, 6, 100, 102, 104]
    assert [pool.place(row) for row in range(len(pool))] == [
        *(("a", 0), ("a", 2), ("a", 3)),
        *(("b", 0), ("b", 1), ("b", 2)),
    ]


def test_pooled_rows_can_be_scaled_by_their_night() -> None:
    rng = np.random.default_rng(6)
    tables = {name: table_of(name, rng.normal(level, 5, (200, 2))) for name, level in (("a", 50), ("b", 90))}
    pool = pool_tables(tables, COLUMNS, Scaling.NIGHT)
    for recording in (0, 1):
        mine = pool.features[pool.recording == recording]
        assert mine.mean(axis=0) == pytest.approx(0, abs=1e-5)
        assert mine.std(axis=0) == pytest.approx(1, abs=1e-4)


def test_tables_with_other_columns_stay_out_of_the_pool() -> None:
    assert len(pool_tables({"a": table_of("a", np.zeros((3, 2)))}, COLUMNS[:1])) == 0


def test_missing_rows_are_counted_and_the_worst_feature_named() -> None:
    features = np.ones((10, 2))
    features[:3, 1] = np.nan
    holes = table_of("holes", features, np.arange(10) >= 4)
    whole = table_of("whole", np.ones((10, 2)))
    worst, best = missing_by_recording({"whole": whole, "holes": holes})
    assert (worst.recording, worst.masked, worst.worst) == ("holes", 0.4, ("move", 0.3))
    assert (best.masked, best.worst) == (0.0, None)


def test_the_recording_that_is_unlike_the_others_comes_first() -> None:
    rng = np.random.default_rng(7)
    tables = {str(n): table_of(str(n), rng.normal((60 + n, 5), (4, 1), (300, 2))) for n in range(8)}
    tables["fast"] = table_of("fast", rng.normal((140, 5), (4, 1), (300, 2)))
    found = outliers(tables)
    assert (found[0].recording, found[0].column) == ("fast", "rate")
    medians = [np.median(table.features[:, 0]) for table in tables.values()]
    expected = (medians[-1] - np.median(medians)) / stats.median_abs_deviation(medians, scale=1 / 1.4826)
    assert found[0].deviation == pytest.approx(expected, rel=1e-6)
    epoch_value = tables["fast"].features[found[0].epoch, 0]
    assert abs(epoch_value - found[0].value) < 0.2
    assert len(found) == len(tables)


def test_no_recording_is_unlike_three() -> None:
    assert outliers({str(n): table_of(str(n), np.full((3, 2), n)) for n in range(3)}) == ()
