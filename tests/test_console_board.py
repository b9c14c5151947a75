"""What a board says on a terminal."""

from __future__ import annotations

from typing import Any

from sleepstudio.console_board import board_lines

VERDICT: dict[str, Any] = {
    "kind": "rolling", "recording": "0007", "seen": "held out", "backend": "virtual", "simulated": False,
    "complete": True, "exact": 958, "total": 960, "scored": 900, "kappa": 0.34, "accuracy": 0.6,
    "offline_kappa": 0.44, "round_trip_ms": {"median": 150.0, "p95": 160.0, "worst": 171.5},
    "differences": [],
}  # fmt: skip


def said(event: str, **fields: Any) -> str:
    return "\n".join(board_lines(event, fields))


def test_a_verdict_never_hides_a_difference() -> None:
    assert "958 of 960 epochs equal to the host, the others NOT" in said("verdict", **VERDICT)
    assert "960 of 960 epochs bit-exact" in said("verdict", **VERDICT | {"exact": 960})


def test_a_rolling_kappa_says_so_and_has_the_offline_one_beside_it() -> None:
    assert "rolling κ 0.340; offline κ 0.440" in said("verdict", **VERDICT)
    frames = said("verdict", **VERDICT | {"kind": "frames"})
    assert "offline κ 0.340" in frames
    assert "rolling" not in frames


def test_without_a_board_nothing_is_claimed_of_one() -> None:
    text = said("verdict", **VERDICT | {"backend": "pc"})
    assert "960 epochs staged on this computer" in text
    assert "exact" not in text
    assert "round trip" not in text


def test_a_night_nobody_scored_has_no_agreement() -> None:
    assert "κ" not in said("verdict", **VERDICT | {"kappa": None, "accuracy": None})


def test_simulated_nights_are_no_performance() -> None:
    assert "no figure here is performance" in said("verdict", **VERDICT | {"simulated": True})
    assert "performance" not in said("verdict", **VERDICT)


def test_what_is_connected_is_a_line_each_with_what_is_wrong_marked() -> None:
    part = {"value": "tiny", "detail": "MRAM", "state": "warn"}
    assert said("board", model=part) == "model: tiny (MRAM) !"
    assert said("board", board={"value": "Not reachable", "detail": "", "state": "error"}).endswith("!!")
    assert said("stages", first=0, items=[]) == ""
