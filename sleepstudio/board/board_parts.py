"""What is connected, in words: the event ``board`` of docs/events.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sleepstudio.board.messages import Hello, ImagePlace, ResetCause
from sleepstudio.board.probe import ProbeDescription
from sleepstudio.board.probe_jlink import ProbeSurvey
from sleepstudio.board.session_events import UNITS
from sleepstudio.deployment.board_image import BoardImageHeader, parse_header
from sleepstudio.errors import ExportError

State = Literal["ok", "warn", "error", "idle"]

_BOARDS = {
    "apollo4p": "Apollo4 Plus EVB",
    "mps2-an386": "MPS2 AN386 (QEMU)",
    "host": "Host build of the firmware",
}
NO_IMAGE = 1
"""The engine's status where nothing is flashed."""
_PLACES: Mapping[int, str] = {ImagePlace.NONE: "none", ImagePlace.MRAM: "MRAM", ImagePlace.RAM: "RAM"}


@dataclass(frozen=True)
class Wanted:
    """What the board should have: ids of this program's firmware and of the run's model; empty: not known."""

    firmware_id: bytes = b""
    firmware_version: str = ""
    model_id: bytes = b""


def part(value: str, detail: str = "", state: State = "ok") -> dict[str, str]:
    return {"value": value, "detail": detail, "state": state}


def probe_part(probe: ProbeDescription) -> dict[str, str]:
    serial = f"serial number {probe.serial}" if probe.serial is not None else ""
    speed = f"{probe.speed_khz} kHz" if probe.speed_khz else ""
    return part(probe.name, ", ".join(filter(None, (serial, probe.chip or "", speed, probe.library))))


def survey_part(survey: ProbeSurvey, serial: int | None) -> dict[str, str]:
    """The debuggers of this machine in one row; ``serial``: of the one that is configured."""
    if not survey.support.available:
        return part(survey.support.problem.removeprefix("J-Link: ").rstrip("."), survey.support.hint, "warn")
    fitting = [probe for probe in survey.probes if serial in (None, probe.serial)]
    if not fitting:
        return part("No probe is connected", "Plug the board's J-Link USB in.", "error")
    if len(fitting) > 1:
        serials = ", ".join(str(probe.serial) for probe in fitting)
        return part(f"{len(fitting)} probes", f"Set board.probe to one of {serials}.", "warn")
    return probe_part(fitting[0])


def header_of(hello: Hello) -> BoardImageHeader | None:
    """The header of the board's model; None where it has none, or none that this program can read."""
    if hello.image == ImagePlace.NONE:
        return None
    try:
        return parse_header(hello.header, where="board")
    except ExportError:
        return None


def board_name(hello: Hello) -> str:
    return "Virtual board" if hello.virtual else _BOARDS.get(hello.board, hello.board)


def hello_fields(hello: Hello, wanted: Wanted) -> dict[str, Any]:
    """The event's fields after a hello."""
    header = header_of(hello)
    causes = [cause.name.lower() for cause in ResetCause(hello.reset_cause & 63) if cause.name]
    return {
        "board": _board_part(hello, wanted),
        "model": _model_part(hello, header, wanted),
        "firmware_version": hello.firmware_version,
        "firmware_id": hello.firmware_id.hex(),
        "model_id": header.model_sha256 if header else "",
        "chip": f"0x{hello.chip:08x}",
        "cpu_hz": hello.cpu_hz,
        "cost_unit": UNITS.get(hello.cost_unit, ""),
        "boot": hello.boot,
        "image": _PLACES.get(hello.image, ""),
        "arena_limit": hello.arena_limit,
        "reset_cause": ", ".join(causes),
    }


def _board_part(hello: Hello, wanted: Wanted) -> dict[str, str]:
    detail = f"firmware {hello.firmware_version} ({hello.firmware_id.hex()[:8]})"
    if wanted.firmware_id and hello.firmware_id != wanted.firmware_id:
        detail += f"; this program brings {wanted.firmware_version} ({wanted.firmware_id.hex()[:8]})"
        return part(board_name(hello), detail, "warn")
    return part(board_name(hello), detail)


def _model_part(hello: Hello, header: BoardImageHeader | None, wanted: Wanted) -> dict[str, str]:
    if header is None:
        missing = hello.image_error in (0, NO_IMAGE)
        problem = "nothing is flashed" if missing else f"refused: status {hello.image_error}"
        return part("No model", problem, "warn" if missing else "error")
    where = f"{_PLACES[ImagePlace(hello.image)]}, {header.model_sha256[:8]}"
    if hello.image_error:
        return part(header.name, f"{where}, refused: status {hello.image_error}", "error")
    if wanted.model_id and header.model_id != wanted.model_id:
        return part(header.name, f"{where}, not this run's model", "warn")
    return part(header.name, where)
