"""Figures, read back from their SVG: the marks stand where the numbers say."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime

import numpy as np
import pytest
from defusedxml import ElementTree

from sleepstudio.evaluation import figures
from sleepstudio.evaluation.night_figure import GUTTER, LANE, RIGHT, WIDTH, night_figure
from sleepstudio.evaluation.palette import DARK, LIGHT
from sleepstudio.evaluation.people import Estimate, bootstrap_weights
from sleepstudio.evaluation.staged_recording import StagedRecording
from sleepstudio.evaluation.statistics_agreement import BlandAltman, Measure, bland_altman
from sleepstudio.evaluation.svg import in_palette
from sleepstudio.hypnogram import STAGE_SETS, Stage

SVG = "{http://www.w3.org/2000/svg}"
U, A, W, N1, N2, N3, R = sorted(Stage)


def texts(svg: str) -> list[str]:
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def paths(svg: str, role: str) -> list[list[tuple[float, float]]]:
    """Points of every path stroked or filled in a role's colour."""
    found = []
    for path in ElementTree.fromstring(svg).iter(f"{SVG}path"):
        if f"var(--{role}," in path.get("style", ""):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
            found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


def night(stages: list[Stage], predicted: list[int], mask: list[bool] | None = None) -> StagedRecording:
    probabilities = np.full((len(stages), 4), 0.1, np.float32)
    probabilities[np.arange(len(stages)), np.maximum(predicted, 0)] = 0.7
    return StagedRecording(
        "<night> & $x$", "1", np.array(stages, np.int8), np.array(predicted, np.int8), probabilities,
        np.ones(len(stages), bool) if mask is None else np.array(mask), datetime(2024, 1, 1, 22, 40),
    )  # fmt: skip


def statistic(scored: np.ndarray, predicted: np.ndarray, unit: str = "min") -> BlandAltman:
    ids = [str(number) for number in range(len(scored))]
    measure = Measure("tst_min", "Total sleep time", unit)
    return bland_altman(measure, scored, predicted, ids, bootstrap_weights(len(ids), resamples=200))


def all_figures() -> dict[str, str]:
    scored, predicted = np.array([300.0, 350.0, 420.0]), np.array([310.0, 340.0, 400.0])
    history = {"fit": [{"loss": 1 / n, "val_loss": 1.2 / n, "val_kappa": 0.1 * n} for n in range(1, 6)]}
    return {
        "confusion": figures.confusion_figure(np.array([[8, 2], [5, 85]]), STAGE_SETS[2]),
        "people": figures.people_figure(np.array([0.2, np.nan, 0.8]), Estimate(0.5, 0.3, 0.7, 2)),
        "identity": figures.identity_figure(statistic(scored, predicted), scored, predicted),
        "difference": figures.bland_altman_figure(statistic(scored, predicted), scored, predicted),
        "learning": figures.learning_figure(
            history,
            [("loss", "training"), ("val_loss", "validation")],
            "Loss",
            logarithmic=True,
            best={"fit": 3},
        ),
        "night": night_figure(night([W, N2, N3, R, U], [0, 1, 2, 3, 1]), STAGE_SETS[4]),
    }


@pytest.mark.parametrize("name", all_figures())
def test_a_figure_is_one_harmless_repeatable_element(name: str) -> None:
    svg = all_figures()[name]
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "g", "defs", "path", "use", "text", "clipPath", "rect",
    }  # fmt: skip
    references = [value for element in root.iter() for key, value in element.items() if key.endswith("href")]
    assert all(reference.startswith("#") for reference in references)
    assert svg == all_figures()[name]


@pytest.mark.parametrize("name", all_figures())
def test_every_colour_of_a_figure_follows_the_reader(name: str) -> None:
    svg = all_figures()[name]
    literal = re.findall(r"(?:fill|stroke): (#[0-9a-f]{6}|black)", svg)
    assert set(literal) <= {"#000000"}, "a colour that is in no palette"
    dark = in_palette(svg, DARK)
    assert "var(" not in dark
    assert DARK["text3"] in dark or DARK["text"] in dark
    assert in_palette(svg, LIGHT) != dark


def test_a_confusion_matrix_shows_shares_counts_and_totals() -> None:
    shown = texts(figures.confusion_figure(np.array([[8, 2], [5, 1995]]), STAGE_SETS[2]))
    for text in ("80", "20", "8", "2", "0", "100", "5", "1,995", "10", "2,000", "WAKE", "SLEEP"):
        assert text in shown


def test_a_class_without_epochs_has_no_share() -> None:
    assert texts(figures.confusion_figure(np.array([[0, 0], [0, 9]]), STAGE_SETS[2])).count("–") == 2


def test_the_experts_and_the_models_hypnogram_stand_at_their_times() -> None:
    stages = [W] * 10 + [N2] * 30 + [R] * 20 + [N2] * 40
    svg = night_figure(night(stages, [0] * 20 + [1] * 80), STAGE_SETS[4])
    x = (WIDTH - GUTTER - RIGHT) / 100
    strokes = [points for points in paths(svg, "stage-n2") if len({y for _, y in points}) == 1]
    expert, model = sorted(strokes, key=lambda points: points[0][1])
    assert [round((at - GUTTER) / x) for at, _ in expert] == [10, 40, 60, 100]
    assert [round((at - GUTTER) / x) for at, _ in model] == [20, 100]
    wake = min(points[0][1] for points in paths(svg, "stage-w") if len({y for _, y in points}) == 1)
    rem = min(points[0][1] for points in paths(svg, "stage-r") if len({y for _, y in points}) == 1)
    assert rem - wake == LANE
    assert expert[0][1] - wake == 2 * LANE


def test_differences_are_marked_only_where_the_epoch_is_usable() -> None:
    stages = [N2] * 20 + [U] * 10 + [N2] * 10
    predicted = [1] * 10 + [0] * 30
    mask = [True] * 30 + [False] * 5 + [True] * 5
    (marks,) = paths(night_figure(night(stages, predicted, mask), STAGE_SETS[4]), "error")
    x = (WIDTH - GUTTER - RIGHT) / 40
    assert sorted({round((at - GUTTER) / x) for at, _ in marks}) == [10, 20, 35, 40]


def test_probabilities_fill_their_share_of_the_band() -> None:
    svg = night_figure(night([N2] * 50, [1] * 50), STAGE_SETS[4])
    bands = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        shape, used = group.find(f"{SVG}defs/{SVG}path"), group.find(f"{SVG}g/{SVG}use")
        if shape is not None and used is not None:
            heights = [float(number) for number in re.findall(r"-?[\d.]+", shape.get("d", ""))][1::2]
            bands[re.findall(r"fill: var\(--([a-z0-9-]+)", used.get("style", ""))[0]] = np.ptp(heights)
    total = sum(bands.values())
    shares = {role: height / total for role, height in bands.items()}
    assert shares == pytest.approx(
        {"stage-w": 0.1, "stage-r": 0.1, "stage-n2": 0.7, "stage-n3": 0.1}, abs=0.01
    )


def test_hours_are_the_clocks_or_counted_from_the_start() -> None:
    by_clock = night([N2] * 360, [1] * 360)
    assert {"23:00", "00:00", "01:00"} <= set(texts(night_figure(by_clock, STAGE_SETS[4])))
    unknown = StagedRecording(
        "1", "1", by_clock.true_stages, by_clock.predicted, by_clock.probabilities, by_clock.mask
    )
    assert {"0:30", "1:00", "2:30"} <= set(texts(night_figure(unknown, STAGE_SETS[4])))


def test_bias_and_limits_stand_beside_their_lines() -> None:
    scored, predicted = np.array([300.0, 350.0, 420.0, 400.0]), np.array([290.0, 350.0, 400.0, 390.0])
    shown = " ".join(texts(figures.bland_altman_figure(statistic(scored, predicted), scored, predicted)))
    difference = predicted - scored
    assert f"bias −{-difference.mean():.1f}" in shown
    upper = difference.mean() + 1.96 * difference.std(ddof=1)
    assert f"+1.96 SD  {figures.signed(upper)}" in shown


def test_the_line_of_identity_is_at_45_degrees() -> None:
    scored, predicted = np.array([300.0, 350.0, 420.0]), np.array([310.0, 340.0, 400.0])
    (line,) = paths(figures.identity_figure(statistic(scored, predicted), scored, predicted), "control")
    (x0, y0), (x1, y1) = line
    assert abs(x1 - x0) == pytest.approx(abs(y1 - y0), abs=0.2)


@pytest.mark.parametrize("values", [[np.nan, np.nan], [0.0, 0.0], [400.0, np.nan]])
def test_what_is_undefined_or_all_the_same_still_draws(values: list[float]) -> None:
    array = np.array(values)
    found = statistic(array, array)
    ElementTree.fromstring(figures.identity_figure(found, array, array))
    ElementTree.fromstring(figures.bland_altman_figure(found, array, array))
    undefined = Estimate(np.nan, np.nan, np.nan, 0)
    ElementTree.fromstring(figures.people_figure(np.array([np.nan]), undefined))
    nothing = figures.learning_figure({"fit": [{"loss": np.nan}]}, [("loss", "training")], "Loss")
    ElementTree.fromstring(nothing)


@pytest.mark.parametrize(("value", "text"), [(4.44, "+4.4"), (-2.3, "−2.3"), (-0.04, "0.0"), (0.0, "0.0")])
def test_signs_are_true_signs(value: float, text: str) -> None:
    assert figures.signed(value) == text


def test_figures_load_matplotlib_only_when_drawn() -> None:
    heavy = "{'matplotlib', 'scipy', 'pandas', 'sklearn', 'tensorflow', 'jinja2', 'h5py', 'physiokit'}"
    program = (
        "import sys, sleepstudio.evaluation.report, sleepstudio.evaluation.predictions\n"
        "import sleepstudio.evaluation.evaluate, sleepstudio.evaluation.cole_kripke\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"
