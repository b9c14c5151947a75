"""What the Comparison panel computes and writes, without a window."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sleepstudio.desktop.panels.comparison.cost_points import cost_points, frontier
from sleepstudio.desktop.panels.comparison.paired import compare, comparison_sentence, wilcoxon_p
from sleepstudio.desktop.panels.comparison.run_columns import matching, quantity, sorted_runs, state_of
from sleepstudio.desktop.panels.comparison.table_text import as_csv, as_markdown
from sleepstudio.run_summary import Figure, RunSummary


def run(name: str, kappa: float | None = None, macs: int | None = None, mode: str = "live") -> RunSummary:
    return RunSummary(
        Path("/runs") / name,
        name,
        ("train",) if kappa is None else ("train", "evaluate", "export"),
        datetime(2026, 11, 1, tzinfo=UTC),
        mode=mode,
        feature_set="FS-W-PA-14",
        macs_per_frame=macs,
        kappa=None if kappa is None else Figure(kappa, kappa - 0.1, kappa + 0.1),
    )


@pytest.mark.parametrize("n", [1, 3, 8, 12, 25])
def test_wilcoxon_is_scipys_exact_test_without_ties(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.3, 1, n)
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert wilcoxon_p(differences) == pytest.approx(expected, rel=1e-12)


def test_wilcoxon_with_ties_counts_every_sign() -> None:
    differences = np.array([0.1, 0.1, -0.1, 0.2, 0.2, 0.3, -0.4])
    ranks = stats.rankdata(np.abs(differences))
    observed = abs(ranks[differences > 0].sum() - ranks.sum() / 2)
    extreme = [
        abs(sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign) - ranks.sum() / 2)
        >= observed - 1e-9
        for signs in itertools.product((0, 1), repeat=len(ranks))
    ]
    assert wilcoxon_p(differences) == pytest.approx(np.mean(extreme))


def test_wilcoxon_of_many_is_scipys_approximation() -> None:
    differences = np.round(np.random.default_rng(3).normal(0.1, 1, 120), 1)
    expected = stats.wilcoxon(differences, method="approx", correction=False, zero_method="wilcox").pvalue
    assert wilcoxon_p(differences) == pytest.approx(expected, rel=1e-9)


def test_nothing_that_differs_has_no_p() -> None:
    assert np.isnan(wilcoxon_p(np.zeros(5)))


def test_people_are_compared_in_common_only() -> None:
    first = {"a": 0.8, "b": 0.7, "c": 0.6, "only first": 0.1, "undefined": float("nan")}
    second = {"a": 0.6, "b": 0.75, "c": 0.5, "only second": 0.9, "undefined": 0.5}
    found = compare(first, second)
    assert (found.people, found.better, found.worse) == (3, 2, 1)
    assert found.mean_difference == pytest.approx((0.2 - 0.05 + 0.1) / 3)
    assert comparison_sentence("A", "B", found).startswith("A agrees better than B in 2 of 3 people (κ, ")
    assert comparison_sentence("A", "B", compare(second, first)).startswith(
        "B agrees better than A in 2 of 3"
    )
    assert "no test people in common" in comparison_sentence("A", "B", compare(first, {}))


def test_the_frontier_is_of_live_runs_that_no_cheaper_one_beats() -> None:
    runs = [
        run("small", 0.4, 100),
        run("waste", 0.35, 500),
        run("middle", 0.5, 1000),
        run("offline", 0.9, 50, "offline"),
        run("large", 0.6, 9000),
        run("untested", None, 10),
        run("free", 0.7, None),
    ]
    points = cost_points(runs, "macs")
    assert [point.name for point in points] == ["small", "waste", "middle", "offline", "large"]
    assert [point.name for point in frontier(points)] == ["small", "middle", "large"]


def test_runs_without_a_value_come_last_either_way() -> None:
    runs = [run("b", 0.3), run("none"), run("a", 0.5)]
    assert [one.name for one in sorted_runs(runs, "kappa", descending=True)] == ["a", "b", "none"]
    assert [one.name for one in sorted_runs(runs, "kappa")] == ["b", "a", "none"]
    assert [one.name for one in sorted_runs(runs, "run")] == ["a", "b", "none"]


def test_every_word_of_the_filter_counts() -> None:
    runs = [run("wide tcn", 0.4), run("narrow tcn"), run("wide gru", 0.2, mode="offline")]
    assert [one.name for one in matching(runs, "WIDE tcn")] == ["wide tcn"]
    assert [one.name for one in matching(runs, "offline")] == ["wide gru"]
    assert [one.name for one in matching(runs, "trained")] == ["narrow tcn"]
    assert len(matching(runs, "  ")) == 3


def test_csv_has_numbers_and_no_units() -> None:
    text = as_csv([run("one, two", 0.512, 2_170_000), run("raw")], ("run", "macs", "kappa", "interval"))
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Run", "MACs", "κ", "κ CI low", "κ CI high"]
    assert rows[1] == ["one, two", "2170000", "0.512", "0.412", "0.612"]
    assert rows[2] == ["raw", "", "", "", ""]


def test_markdown_is_what_is_shown() -> None:
    lines = as_markdown([run("a|b", 0.5, 2_170_000)], ("run", "macs", "kappa")).splitlines()
    assert lines == ["| Run | MACs | κ |", "| --- | ---: | ---: |", "| a\\|b | 2.17 M | 0.500 |"]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(27_849, "count", "27,849"), (2_170_000, "", "2.17 M"), (17_040, "", "17.0 K"), (4808, "B", "4.8 KB"),
     (60, "", "60"), (None, "B", "")],
)  # fmt: skip
def test_quantities_have_three_figures(value: float | None, unit: str, words: str) -> None:
    assert quantity(value, unit) == words


def test_a_run_says_how_far_it_is() -> None:
    assert state_of(run("a", 0.5)) == ("ok", "Exported")
    assert state_of(run("a")) == ("idle", "Trained")
    damaged = RunSummary(Path("x"), "x", (), None, problem="metrics.json is damaged.")
    assert state_of(damaged) == ("error", "Damaged")
