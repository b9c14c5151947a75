"""What is connected, in four rows, and how full its memories are. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sleepstudio.board.memory_map import FIRMWARE_ADDRESS, MRAM_BYTES, SSRAM_BYTES, TCM_BYTES

PartState = Literal["ok", "warn", "error", "run", "idle"]
Backend = Literal["evb", "virtual", "pc"]

BACKENDS: Final[tuple[tuple[Backend, str], ...]] = (
    ("evb", "Apollo4 Plus EVB"),
    ("virtual", "Virtual board"),
    ("pc", "This computer"),
)
BACKEND_NAMES: Final[Mapping[str, str]] = dict(BACKENDS)
PARTS: Final = ("probe", "port", "board", "model")
_STATES: Final[Mapping[str, PartState]] = {
    "ok": "ok",
    "warn": "warn",
    "error": "error",
    "run": "run",
    "idle": "idle",
}


@dataclass(frozen=True)
class Part:
    """A row: its value, an aside, and how it is."""

    value: str
    detail: str = ""
    state: PartState = "idle"


@dataclass(frozen=True)
class BoardState:
    """``parts`` by :data:`PARTS`; ``model_id``: SHA-256 of the model on the board, empty where unknown."""

    parts: Mapping[str, Part]
    firmware_version: str = ""
    firmware_id: str = ""
    model_id: str = ""
    model_name: str = ""

    @property
    def connected(self) -> bool:
        """Whether a board answered, and can be reached."""
        return bool(self.firmware_version) and all(
            self.parts[name].state in ("ok", "warn") for name in ("port", "board")
        )

    def with_part(self, name: str, part: Part) -> BoardState:
        return replace(self, parts={**self.parts, name: part})


def unknown(backend: Backend) -> BoardState:
    """Before anything was asked of it."""
    if backend == "pc":
        return BoardState(
            {
                "probe": Part("Not needed", "nothing is flashed"),
                "port": Part("Not needed", "nothing is sent"),
                "board": Part("This computer", "the int8 model on the host's interpreter", "ok"),
                "model": Part("The run's own", "model.tflite", "ok"),
            }
        )
    if backend == "virtual":
        return BoardState(
            {
                "probe": Part("Virtual probe", "starts with the board"),
                "port": Part("Loopback socket", "starts with the board"),
                "board": Part("Virtual board", "an emulated Cortex-M4; starts when it is needed"),
                "model": Part("Not known yet", "Flash, or look again"),
            }
        )
    return BoardState(
        {
            "probe": Part("Not looked for yet"),
            "port": Part("Not looked for yet"),
            "board": Part("Apollo4 Plus EVB", "Not reachable without the probe"),
            "model": Part("Not known yet"),
        }
    )


def looking(state: BoardState) -> BoardState:
    """The same while somebody asks."""
    parts = {name: replace(part, state="run") for name, part in state.parts.items()}
    return replace(state, parts=parts)


def told(state: BoardState, event: Mapping[str, Any]) -> BoardState:
    """After an event ``board``: what it names is taken, the rest stays."""
    parts = dict(state.parts)
    for name in PARTS:
        if isinstance(found := event.get(name), Mapping):
            parts[name] = _part(found)
    # the job compared with its own run; against() does with the one that is chosen now
    model = parts["model"]
    parts["model"] = replace(model, detail=model.detail.removesuffix(", not this run's model"))
    probe = parts["probe"]
    parts["probe"] = replace(probe, value=probe.value[:1].upper() + probe.value[1:])
    return replace(
        state,
        parts=parts,
        firmware_version=str(event.get("firmware_version", state.firmware_version)),
        firmware_id=str(event.get("firmware_id", state.firmware_id)),
        model_id=str(event.get("model_id", state.model_id)),
        model_name=parts["model"].value,
    )


def _part(found: Mapping[str, Any]) -> Part:
    state = _STATES.get(str(found.get("state")), "idle")
    return Part(str(found.get("value", "")), str(found.get("detail", "")), state)


def against(state: BoardState, run: str, model_id: str, firmware_id: str = "") -> BoardState:
    """With what is to be said of firmware and model beside this version's, and the run that is chosen."""
    board, model = state.parts["board"], state.parts["model"]
    if state.firmware_id and firmware_id and state.firmware_id != firmware_id and board.state == "ok":
        detail = " · ".join(filter(None, ("another firmware: flash", board.detail)))
        state = state.with_part("board", replace(board, detail=detail, state="warn"))
    if not state.model_id or not model_id or model.state == "error":
        return state
    same = state.model_id == model_id
    words = "same as run" if same else f"not {run}"
    detail = " · ".join(filter(None, (words, model.detail)))
    return state.with_part("model", replace(model, detail=detail, state="ok" if same else "warn"))


@dataclass(frozen=True)
class Memory:
    """Bytes used, in named parts, of a memory."""

    name: str
    parts: tuple[tuple[str, int], ...]
    total: int
    with_model: bool = True
    """Whether the model's part is known."""

    @property
    def used(self) -> int:
        return sum(amount for _, amount in self.parts)

    @property
    def words(self) -> str:
        amount = f"{-(-self.used // 1024):,}" if self.used else "–"
        more = " + model" if not self.with_model else ""
        return f"{amount}{more} of {self.total // 1024:,} KB"


MRAM_FREE_BYTES: Final = MRAM_BYTES - FIRMWARE_ADDRESS
"""Behind the chip's own boot loader."""
ARENA_BYTES: Final = 160 << 10
RESERVED_BYTES: Final = ARENA_BYTES + (64 << 10) + (128 << 10)
"""Of TCM, that the firmware keeps for a model: activations, rows, an image that is sent over the link."""


def memories(
    firmware_bytes: int, firmware_ram: int, image_bytes: int, arena_bytes: int, row_bytes: int
) -> tuple[Memory, ...]:
    """What a firmware and a model take of MRAM and TCM, and of SSRAM where the activations need that.

    An amount that is not known is 0. ``firmware_ram``: with what it reserves.
    """
    large = arena_bytes > ARENA_BYTES
    own = max(0, firmware_ram - RESERVED_BYTES)
    activations = 0 if large else arena_bytes
    known = image_bytes > 0
    mram = Memory("MRAM", (("firmware", firmware_bytes), ("model", image_bytes)), MRAM_FREE_BYTES, known)
    parts = (("firmware", own), ("activations", activations), ("rows", row_bytes))
    tcm = Memory("TCM", parts, TCM_BYTES, known)
    return (
        (mram, tcm, Memory("SSRAM", (("activations", arena_bytes),), SSRAM_BYTES)) if large else (mram, tcm)
    )
