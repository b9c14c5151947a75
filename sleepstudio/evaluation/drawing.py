"""What figures are drawn with: pixels, direct labels, quiet axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sleepstudio.evaluation.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BODY, TICK = 13, 11
SQUARE = 7


def signed(value: float, digits: int = 1) -> str:
    """A number with a true minus sign, and a plus where it is above 0: ``+4.4``, ``−2.3``, ``0.0``."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return f"−{text}" if value < 0 else f"+{text}"


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of that many pixels and axes over all of it, in pixels from the top left."""
    figure = _blank(width, height)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def plot(
    width: float, height: float, *, left: float, right: float, top: float = 12, bottom: float = 36
) -> tuple[Figure, Axes]:
    """Axes without a frame, ticks or a legend, at pixel distances from the figure's edges."""
    figure = _blank(width, height)
    inner = (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    axes = figure.add_axes(inner)
    axes.patch.set_visible(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=TICK, labelcolor=LIGHT["text3"], pad=6)
    axes.grid(axis="y", color=LIGHT["grid"], linewidth=1)
    return figure, axes


def ticks(axes: Axes, *, signs: bool = False) -> None:
    """Three to six round numbers an axis; ``signs`` marks values above and below 0 on the vertical one."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

    def plain(value: float, _: int) -> str:
        return f"{value:g}".replace("-", "−")

    def with_sign(value: float, _: int) -> str:
        return signed(value, 0 if float(value).is_integer() else 1)

    if axes.get_yscale() == "log":
        low, high = axes.get_ylim()
        steps = [step * 10.0**power for power in range(-6, 6) for step in (1, 1.5, 2, 3, 5, 7)]
        axes.yaxis.set_major_locator(FixedLocator([step for step in steps if low <= step <= high]))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(with_sign if signs else plain))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(plain))


def grid(axes: Axes, ticks: Sequence[float], form: str) -> None:
    axes.set_yticks(ticks, [form.format(tick + 0.0).replace("-", "−") for tick in ticks])


def apart(positions: Sequence[float], distance: float) -> list[float]:
    """Positions for labels, moved up where two would lie closer than ``distance``."""
    moved = list(positions)
    order = np.argsort(moved)
    for lower, upper in pairwise(order):
        moved[upper] = max(moved[upper], moved[lower] + distance)
    return moved


def beside(axes: Axes, y: float, text: str, role: str) -> None:
    """A direct label at the right end of a line."""
    axes.annotate(
        text, (1, y), xytext=(6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        fontsize=TICK, fontweight="bold", color=LIGHT[role], va="center", parse_math=False,
    )  # fmt: skip


def text(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    role: str,
    *,
    size: int = TICK,
    bold: bool = False,
    anchor: str = "left",
) -> None:
    # "center_baseline" needs the font's metrics, which the reader's font need not share
    axes.text(
        x, y + 0.36 * size, text, fontsize=size, fontweight="bold" if bold else "normal", color=LIGHT[role],
        ha=anchor, va="baseline", parse_math=False,
    )  # fmt: skip


def stage_name(axes: Axes, right: float, middle: float, name: str, role: str) -> None:
    """A stage's name in text colour with a square of the stage's own at its right."""
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle((right - SQUARE, middle - SQUARE / 2), SQUARE, SQUARE, color=LIGHT[role], linewidth=0)
    )
    text(axes, right - SQUARE - 6, middle, name, "text2", anchor="right")


def _blank(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), dpi=72)
