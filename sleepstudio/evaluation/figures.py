"""Figures of an evaluation as SVG text, for reports and pages. The first one drawn loads matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sleepstudio.evaluation.agreement import Counts, Values
from sleepstudio.evaluation.drawing import (
    BODY,
    TICK,
    apart,
    beside,
    canvas,
    grid,
    plot,
    signed,
    stage_name,
    text,
    ticks,
)
from sleepstudio.evaluation.palette import LIGHT, class_roles, display_order
from sleepstudio.evaluation.people import Estimate
from sleepstudio.evaluation.statistics_agreement import BlandAltman, Measure
from sleepstudio.evaluation.svg import to_svg
from sleepstudio.hypnogram import StageSet


def confusion_figure(confusion: Counts, stage_set: StageSet) -> str:
    """(classes, classes) counts: share of the expert's epochs in %, and the counts under them."""
    from matplotlib.patches import Rectangle

    cell_width, cell_height, left, top, right = 76, 52, 78, 44, 70
    order, roles = display_order(stage_set), class_roles(stage_set)
    n = len(stage_set)
    width, height = left + n * cell_width + right, top + n * cell_height + 2
    figure, axes = canvas(width, height)
    text(axes, left + n * cell_width / 2, 12, "Model", "text3", anchor="center")
    text(axes, left - 16, 33, "Expert", "text3", anchor="right")
    text(axes, width - 2, 33, "epochs", "text3", anchor="right")
    for column, given in enumerate(order):
        centre = left + (column + 0.5) * cell_width
        text(axes, centre, 33, stage_set.class_names[given], "text2", anchor="center")
    for row, true in enumerate(order):
        middle = top + (row + 0.5) * cell_height
        total = int(confusion[true].sum())
        stage_name(axes, left - 8, middle, stage_set.class_names[true], roles[true])
        text(axes, width - 2, middle, f"{total:,}", "text3", anchor="right")
        for column, given in enumerate(order):
            share = confusion[true, given] / total if total else 0.0
            diagonal = true == given
            corner = (left + column * cell_width + 1, top + row * cell_height + 1)
            axes.add_patch(
                Rectangle(
                    corner,
                    cell_width - 2,
                    cell_height - 2,
                    color=LIGHT["accent" if diagonal else "text"],
                    alpha=0.04 + 0.46 * share if diagonal else 0.03 + 0.27 * share,
                    linewidth=0,
                )
            )
            centre = left + (column + 0.5) * cell_width
            shown = f"{100 * share:.0f}" if total else "–"
            text(axes, centre, middle - 8, shown, "text", size=BODY + 1, bold=diagonal, anchor="center")
            text(axes, centre, middle + 11, f"{confusion[true, given]:,}", "text", anchor="center")
    return to_svg(
        figure, "Confusion matrix: expert in rows, model in columns, percent of the expert's epochs"
    )


def people_figure(kappas: Values, mean: Estimate) -> str:
    """Cohen's κ of each recording, sorted, with the mean over people and its interval."""
    values = np.sort(kappas[np.isfinite(kappas)])
    figure, axes = plot(520, 250, left=44, right=92)
    low = min(-0.05, float(values.min()) - 0.05) if len(values) else -0.05
    axes.set(xlim=(-0.8, len(values) - 0.2), ylim=(low, 1.0), xticks=[])
    grid(axes, [tick for tick in np.round(np.arange(-0.8, 1.01, 0.2), 1) if tick >= low], "{:.1f}")
    axes.axhline(0, color=LIGHT["control"], linewidth=1)
    if np.isfinite(mean.ci_low):
        axes.axhspan(mean.ci_low, mean.ci_high, color=LIGHT["accent"], alpha=0.14, linewidth=0)
    if np.isfinite(mean.value):
        axes.axhline(mean.value, color=LIGHT["accent"], linewidth=1.2, dashes=(4, 3))
        beside(axes, mean.value, f"mean {mean.value:.2f}", "accent")
    axes.scatter(np.arange(len(values)), values, s=30, color=LIGHT["accent"], linewidth=0, zorder=3)
    axes.set_xlabel("recordings, from the hardest to the easiest", fontsize=TICK, color=LIGHT["text3"])
    return to_svg(figure, f"Cohen's kappa of each of {len(values)} recordings, sorted")


def identity_figure(found: BlandAltman, scored: Values, predicted: Values) -> str:
    """Predicted against scored values of one sleep statistic, with the line of identity."""
    measure = found.measure
    figure, axes = plot(400, 340, left=52, right=8, bottom=46)
    both = np.isfinite(scored) & np.isfinite(predicted)
    if both.any():
        low, high = _limits(np.concatenate((scored[both], predicted[both])), measure)
        axes.plot([low, high], [low, high], color=LIGHT["control"], linewidth=1, dashes=(4, 3))
        axes.scatter(
            scored[both], predicted[both], s=30, color=LIGHT["accent"], alpha=0.75, linewidth=0, zorder=3
        )
        axes.set(xlim=(low, high), ylim=(low, high))
        axes.set_aspect("equal", adjustable="box", anchor="NW")
        ticks(axes)
    axes.set_xlabel(f"by the expert, {measure.unit}", fontsize=TICK, color=LIGHT["text3"])
    axes.set_ylabel(f"by the model, {measure.unit}", fontsize=TICK, color=LIGHT["text3"])
    return to_svg(
        figure, f"{measure.label}: by the model against by the expert, {int(both.sum())} recordings"
    )


def bland_altman_figure(found: BlandAltman, scored: Values, predicted: Values) -> str:
    """Differences (model − expert) over their means, with bias, its interval, and the limits of agreement."""
    measure = found.measure
    figure, axes = plot(640, 340, left=52, right=112, bottom=46)
    both = np.isfinite(scored) & np.isfinite(predicted)
    if both.any():
        difference, mean = (predicted - scored)[both], ((predicted + scored) / 2)[both]
        reach = 1.25 * max(float(np.abs(difference).max()), _reach(found), 1e-3)
        axes.set(xlim=_limits(mean, measure), ylim=(-reach, reach))
        ticks(axes, signs=True)
        axes.axhline(0, color=LIGHT["control"], linewidth=1)
        if np.isfinite(found.bias.ci_low):
            axes.axhspan(
                found.bias.ci_low, found.bias.ci_high, color=LIGHT["accent"], alpha=0.14, linewidth=0
            )
        axes.axhline(found.bias.value, color=LIGHT["accent"], linewidth=1.2)
        labels = [(found.bias.value, f"bias {signed(found.bias.value)}")]
        if np.isfinite(found.sd):
            for limit, name in ((found.upper_limit, "+1.96 SD"), (found.lower_limit, "−1.96 SD")):
                axes.axhline(limit.value, color=LIGHT["accent"], linewidth=1, dashes=(4, 3))
                labels.append((limit.value, f"{name}  {signed(limit.value)}"))
        for position, label in zip(apart([value for value, _ in labels], reach / 9), labels, strict=True):
            beside(axes, position, label[1], "accent")
        axes.scatter(mean, difference, s=30, color=LIGHT["accent"], alpha=0.75, linewidth=0, zorder=3)
    axes.set_xlabel(f"mean of expert and model, {measure.unit}", fontsize=TICK, color=LIGHT["text3"])
    axes.set_ylabel(f"model − expert, {measure.unit}", fontsize=TICK, color=LIGHT["text3"])
    return to_svg(figure, f"{measure.label}: Bland–Altman plot of {int(both.sum())} recordings")


def learning_figure(
    histories: Mapping[str, Sequence[Mapping[str, float]]],
    columns: Sequence[tuple[str, str]],
    name: str,
    *,
    logarithmic: bool = False,
    best: Mapping[str, int] | None = None,
) -> str:
    """Curves over training epochs, one a fit: ``columns`` are (key in the history, what it is called).

    ``best``: by fit, the training epoch (from 1) whose weights were kept.
    """
    figure, axes = plot(520, 250, left=44, right=104)
    roles = ("accent", "series-b", "text2")
    ends: list[tuple[float, str, str]] = []
    for (key, called), role in zip(columns, roles, strict=False):
        curves = [
            np.array([row[key] for row in rows]) for rows in histories.values() if rows and key in rows[0]
        ]
        for curve in curves:
            axes.plot(
                np.arange(1, len(curve) + 1), curve, color=LIGHT[role],
                linewidth=1.7 if len(curves) == 1 else 1.1, alpha=1.0 if len(curves) == 1 else 0.6,
                solid_joinstyle="round",
            )  # fmt: skip
        last = float(np.median([curve[-1] for curve in curves])) if curves else float("nan")
        if np.isfinite(last):
            ends.append((last, f"{called} {last:.3f}" if len(curves) == 1 else called, role))
    for fit, training_epoch in (best or {}).items():
        rows, key = histories.get(fit, ()), columns[-1][0]
        if 0 < training_epoch <= len(rows) and key in rows[0]:
            axes.scatter([training_epoch], [rows[training_epoch - 1][key]], s=26, zorder=4, linewidth=0,
                         color=LIGHT[roles[len(columns) - 1]])  # fmt: skip
    if logarithmic and ends:
        axes.set_yscale("log")
        axes.minorticks_off()
    longest = max((len(rows) for rows in histories.values()), default=1)
    axes.set_xlim(1, max(longest, 2))
    ticks(axes)
    low, high = axes.get_ylim()
    positions = [end for end, _, _ in ends]
    if not logarithmic:
        positions = apart(positions, (high - low) / 14)
    for position, (_, label, role) in zip(positions, ends, strict=True):
        beside(axes, position, label, role)
    axes.set_xlabel("training epoch", fontsize=TICK, color=LIGHT["text3"])
    return to_svg(figure, f"{name} over training epochs")


def _limits(values: Values, measure: Measure) -> tuple[float, float]:
    """Limits of an axis that hold the values with a margin, and no impossible ones."""
    margin = max(0.06 * float(np.ptp(values)), 1.0)
    low, high = float(values.min()) - margin, float(values.max()) + margin
    return max(low, -margin), min(high, 101.0) if measure.unit == "%" else high


def _reach(found: BlandAltman) -> float:
    limits = [found.lower_limit.value, found.upper_limit.value]
    return float(np.nanmax(np.abs(limits))) if np.isfinite(limits).any() else 0.0
