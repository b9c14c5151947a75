"""What a board says, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PARTS = ("probe", "port", "board", "model")


def board_lines(event: str, fields: Mapping[str, Any]) -> Iterator[str]:
    """The lines of an event of docs/events.md; none for those that come too often."""
    match event:
        case "board":
            yield from _board(fields)
        case "log":
            yield f"{fields['source']}: {fields['text']}"
        case "session":
            yield (
                f"{fields['recording']} ({fields['seen']}): {fields['kind']}, {fields['epochs']} epochs, "
                f"backend {fields['backend']}"
            )
        case "verdict":
            yield from _verdict(fields)


def _board(fields: Mapping[str, Any]) -> Iterator[str]:
    for name in PARTS:
        found = fields.get(name)
        if found:
            detail = f" ({found['detail']})" if found["detail"] else ""
            mark = {"warn": " !", "error": " !!"}.get(found["state"], "")
            yield f"{name}: {found['value']}{detail}{mark}"


def _verdict(fields: Mapping[str, Any]) -> Iterator[str]:
    exact, total = fields["exact"], fields["total"]
    equal = "bit-exact with the host" if exact == total else "equal to the host, the others NOT"
    if fields["backend"] == "pc":
        yield f"{fields['recording']}: {total} epochs staged on this computer"
    else:
        yield f"{fields['recording']}: {exact} of {total} epochs {equal}"
    if fields["kappa"] is not None:
        kind = "rolling" if fields["kind"] == "rolling" else "offline"
        offline = fields["offline_kappa"]
        beside = f"; offline κ {offline:.3f}" if offline is not None and fields["kind"] == "rolling" else ""
        yield (
            f"  {kind} κ {fields['kappa']:.3f}{beside}; accuracy {fields['accuracy']:.3f} "
            f"over {fields['scored']} epochs ({fields['seen']})"
        )
        if fields["simulated"]:
            yield "  simulated nights: no figure here is performance"
    waited = fields["round_trip_ms"]
    if waited and fields["backend"] != "pc":
        yield f"  round trip {waited['median']:.1f} ms median, {waited['worst']:.1f} ms worst"
