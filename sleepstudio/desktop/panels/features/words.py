"""Numbers and facts of the panel as text. No Qt."""

from __future__ import annotations

import math

from sleepstudio.features.feature_table import Column

_MINUS = "−"


def number_text(value: float, spread: float) -> str:
    """A value with as many decimals as tell apart what differs by a hundredth of ``spread``."""
    if not math.isfinite(value):
        return "–"
    decimals = 0 if spread >= 6 else 1 if spread >= 0.6 else 2 if spread >= 0.06 else 3
    text = f"{value:.{decimals}f}"
    text = text.lstrip("-") if float(text) == 0 else text
    return text.replace("-", _MINUS)


def signed_text(value: float, decimals: int = 1) -> str:
    """With its sign, a true minus."""
    return f"{value:+.{decimals}f}".replace("-", _MINUS)


def percent_text(share: float) -> str:
    """*5.3 %*, *0 %*, *100 %*."""
    percent = 100 * share
    return f"{percent:.0f} %" if percent == round(percent) else f"{percent:.1f} %"


def effect_text(effect: float) -> str:
    """ε² with two decimals, a dash where it is undefined."""
    return f"{effect:.2f}" if math.isfinite(effect) else "–"


def unit_text(unit: str) -> str:
    """A unit where people read: none for ``1``, *per min* for ``1/min``."""
    return {"1": "", "1/min": "per min"}.get(unit, unit)


def axis_label(column: Column, *, scaled: bool = False) -> str:
    """*Heart rate, per min*; in z-scores the unit is the night's SD."""
    unit = "SDs of the night" if scaled else unit_text(column.unit)
    title = column.title or column.name
    return f"{title}, {unit}" if unit else title


def seconds_text(seconds: float) -> str:
    """What something costs: *0.3 s*, *12 s*, *3 min*, *2.5 h*."""
    if seconds < 10:
        return f"{seconds:.1f} s" if seconds >= 0.05 else "under 0.1 s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
