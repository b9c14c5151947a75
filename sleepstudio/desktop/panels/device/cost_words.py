"""Costs in numbers: cycles and time on a real board, instructions on a virtual one. No Qt."""

from __future__ import annotations

from typing import Literal

from sleepstudio.desktop.panels.device.live_session import Costs

CostView = Literal["count", "time"]


def has_time(costs: Costs | None) -> bool:
    """Only what counts cycles has a clock to turn them into time."""
    return costs is not None and costs.unit == "cycles" and bool(costs.cpu_hz)


def unit_name(costs: Costs | None) -> str:
    return costs.unit.capitalize() if costs is not None and costs.unit else "Cycles"


def count_text(value: float) -> str:
    """6.26 M, 412 K, 950."""
    if value >= 999_500:
        return f"{value / 1e6:.2f} M"
    if value >= 1000:
        return f"{value / 1e3:.0f} K"
    return f"{value:.0f}"


def time_text(seconds: float) -> str:
    """65.2 ms, 340 µs."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 1e-3:
        return f"{1e3 * seconds:.3g} ms"
    return f"{1e6 * seconds:.0f} µs"


def cost_text(value: float, costs: Costs, view: CostView) -> str:
    if view == "time" and costs.cpu_hz:
        return time_text(value / costs.cpu_hz)
    return count_text(value)
