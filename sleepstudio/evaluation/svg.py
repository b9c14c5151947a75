"""A matplotlib figure as SVG text: small, repeatable, without scripts, in colours that follow the reader.

Figures are drawn in the light palette. Every colour of it becomes a CSS variable that falls back on that
colour, so that one drawing serves a page in light and dark, and stands alone in light.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sleepstudio.evaluation.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SALT = "sleepstudio"
"""Ids in the SVG are hashes of their content with this, instead of random numbers."""

_STYLE = re.compile(r'style="([^"]*)"')
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_FONT = re.compile(r"font-family: [^;\"]*;? ?")
_COORDINATE = re.compile(r"-?\d+\.\d+")
_PATH = re.compile(r' (d|x|y|transform)="([^"]*)"')
_GROUP_ID = re.compile(r'<g id="[^"]*"')
_PROLOGUE = re.compile(
    r"^.*?(?=<svg)|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL
)
_ROOT = re.compile(r"<svg[^>]*>")
_IDENTITY = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
_USED = re.compile(r"var\(--([a-z0-9-]+), #[0-9a-f]{6}\)")
_ROLE_OF = {colour.lower(): role for role, colour in LIGHT.items()}


def to_svg(figure: Figure, description: str) -> str:
    """The figure as one ``<svg>`` element that scales to its container; ``description`` is read aloud."""
    import matplotlib as mpl

    text = io.StringIO()
    figure.patch.set_visible(False)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": SALT}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    width, height = (72 * inches for inches in figure.get_size_inches())
    described = html.escape(description)
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img"'
        f' viewBox="0 0 {width:g} {height:g}" style="max-width:{width:g}px" aria-label="{described}">'
        f"<title>{described}</title>"
    )
    drawn = _PROLOGUE.sub("", text.getvalue())
    drawn = _IDENTITY.sub("", _GROUP_ID.sub("<g", drawn))
    drawn = _STYLE.sub(lambda style: f'style="{_restyled(style[1])}"', drawn)
    drawn = _PATH.sub(lambda path: f' {path[1]}="{_rounded(path[2])}"', drawn)
    return _ROOT.sub(lambda _: root, drawn, count=1).strip()


def in_palette(svg: str, palette: Mapping[str, str]) -> str:
    """The figure in one palette's fixed colours, for viewers that know no CSS variables."""
    return _USED.sub(lambda used: palette[used[1]], svg)


def _restyled(style: str) -> str:
    themed = _COLOUR.sub(lambda colour: _variable(colour[0]), style)
    return _FONT.sub("font-family: system-ui, sans-serif; ", themed).replace(
        "font-weight: 700", "font-weight: 600"
    )


def _variable(colour: str) -> str:
    role = _ROLE_OF.get(colour)
    return f"var(--{role}, {colour})" if role else colour


def _rounded(numbers: str) -> str:
    return _COORDINATE.sub(
        lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), numbers.replace("\n", "")
    )
