"""The host's side of the wire protocol: each request with its time limit and repeats (docs/protocol.md)."""

from __future__ import annotations

import time
import zlib
from collections import deque
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board import messages
from sleepstudio.board.link import Link, LinkLostError
from sleepstudio.board.messages import Reason
from sleepstudio.board.protocol import ANSWER, MAX_PAYLOAD, REFUSED, VERSION, FrameReader, Message, encode
from sleepstudio.errors import BoardError
from sleepstudio.monitor import SILENT, Monitor

ANSWER_S = 0.5
COMMIT_S = 3.0
REPEATS = 4
BUSY_S = 10.0
"""How long a request that the board is too busy for is asked again."""
BUSY_PAUSE_S = 0.02
RESTART_S = 5.0
MOST_UNSOLICITED = 1024
"""Kept until somebody takes them; the oldest go first, and whoever misses one asks."""

_FLASH = "Flash the board with this version of Sleep Studio."
_REASONS = {
    Reason.UNKNOWN_TYPE: ("does not know the request", _FLASH),
    Reason.WRONG_LENGTH: ("found the request of another length", _FLASH),
    Reason.NO_IMAGE: ("has no model that it can run", "Flash the run's model."),
    Reason.IMAGE_REFUSED: ("cannot run the model", "Export the run again, and flash it."),
    Reason.NO_SESSION: ("does not know the session", "Begin again: the board was restarted."),
    Reason.OUT_OF_ORDER: ("expected another row", "Begin again."),
    Reason.BUSY: ("is busy", "Try again in a moment."),
    Reason.OUT_OF_RANGE: ("found a value out of range", _FLASH),
    Reason.NOT_FINITE: ("found a value that is not a number", "Extract the features again."),
    Reason.NOT_AVAILABLE: ("does not keep that any more", "Begin again."),
    Reason.VERSION: ("speaks another version of the protocol", _FLASH),
    Reason.WRONG_KIND: ("is in a session of the other kind", "Begin again."),
}


class RefusedError(BoardError):
    """The board refused a request."""

    def __init__(
        self, message: str, *, where: str = "", hint: str = "", refusal: messages.Refused | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.refusal = refusal

    def is_for(self, reason: Reason) -> bool:
        return self.refusal is not None and self.refusal.reason == reason


class _Payload(Protocol):
    @classmethod
    def from_bytes(cls, payload: bytes) -> Self: ...


_Answer = TypeVar("_Answer", bound=_Payload)


@dataclass
class ClientCounters:
    """``repeats``: requests sent again. ``stale``: answers that nobody waited for any more. ``malformed``:
    messages whose content is not what their type says."""

    repeats: int = 0
    stale: int = 0
    malformed: int = 0


class BoardClient:
    """A board at the other end of a link. Every call ends within its limits.

    Raises LinkLostError where the stream ended or the board answers nothing, RefusedError where it refuses,
    BoardError where it answers nonsense. What it tells of its own accord is in :attr:`unsolicited`.
    """

    def __init__(self, link: Link, *, answer_s: float = ANSWER_S, repeats: int = REPEATS) -> None:
        self.link = link
        self.counters = ClientCounters()
        self.reader = FrameReader()
        self.unsolicited: deque[messages.Unsolicited] = deque(maxlen=MOST_UNSOLICITED)
        self._answer_s = answer_s
        self._repeats = repeats
        self._sequence = 0

    def close(self) -> None:
        self.link.close()

    # who is there

    def hello(self) -> messages.Hello:
        """Raises BoardError where the firmware speaks another version of the protocol."""
        hello = self._ask(messages.AskHello(), messages.Hello)
        if hello.protocol != VERSION:
            raise self._other_version(hello.protocol)
        return hello

    def read_counters(self) -> messages.Counters:
        return self._ask(messages.AskCounters(), messages.Counters)

    def read_fault(self) -> messages.Fault:
        """What the processor stopped for before its last restart."""
        return self._ask(messages.AskFault(), messages.Fault)

    # models

    def send_image(self, content: bytes, *, monitor: Monitor = SILENT) -> None:
        """Sends a board image into RAM and switches to it; flash is not touched. Any session ends.

        Progress is of step ``flash`` in bytes, item ``send``. Raises RefusedError where the board cannot run
        it, Cancelled.
        """
        begin = messages.ImageBegin(len(content), int.from_bytes(content[12:16], "little"))
        self._when_idle(begin)
        held, stuck = 0, 0
        while held < len(content):
            monitor.check_cancelled()
            chunk = content[held : held + messages.IMAGE_DATA_BYTES]
            answer = self._ask(messages.ImageData(held, chunk), messages.Number).value
            if answer > len(content):
                raise self._nonsense("IMAGE_DATA", f"{answer} of {len(content)} bytes held")
            stuck = stuck + 1 if answer <= held else 0
            if stuck > self._repeats:
                raise self._nonsense("IMAGE_DATA", f"no more than {held} bytes held")
            held = answer
            monitor.progress("flash", held, len(content), "send")
        self._when_idle(messages.ImageCommit(), COMMIT_S)

    def drop_image(self) -> None:
        """Back to the model in flash. Any session ends."""
        self._when_idle(messages.ImageDrop())

    # sessions

    def begin(self, session: int, kind: messages.Kind) -> None:
        self._ask(messages.Begin(session, kind), messages.Nothing)

    def end(self, session: int) -> None:
        self._ask(messages.End(session), messages.Nothing)

    def rows(self, session: int, first: int, values: NDArray[np.float32]) -> int:
        """Sends rows (count, features); the number of the row expected next."""
        return self._ask(messages.Rows(session, first, values), messages.Number).value

    def stage_of(self, session: int, epoch: int) -> messages.Stage:
        return self._ask(messages.StageOf(session, epoch), messages.Stage)

    def run(self, session: int, frame: int) -> None:
        self._ask(messages.Run(session, frame), messages.Nothing)

    def outputs(self, session: int, frame: int, epochs: int, classes: int) -> NDArray[np.int8]:
        """(epochs, classes) int8 of the frame that was staged last."""
        parts = []
        step = MAX_PAYLOAD // classes
        for first in range(0, epochs, step):
            count = min(step, epochs - first)
            values = self._ask(messages.AskOutputs(session, frame, first, count), messages.Outputs).values
            if len(values) != count * classes:
                raise self._nonsense("OUTPUTS", f"{len(values)} values instead of {count * classes}")
            parts.append(np.frombuffer(values, np.int8).reshape(count, classes))
        return np.concatenate(parts)

    def costs(self) -> messages.Costs:
        return self._ask(messages.AskCosts(), messages.Costs)

    def reset(self) -> messages.Hello:
        """Restarts the board and says hello to it again."""
        before = self.hello().boot
        self._ask(messages.Reset(), messages.Nothing)
        deadline = time.monotonic() + RESTART_S
        while True:
            try:
                hello = self.hello()
                if hello.boot != before:
                    return hello
            except LinkLostError:
                if time.monotonic() >= deadline:
                    raise
            if time.monotonic() >= deadline:
                raise BoardError("it did not restart.", where=self.link.name, hint="Press its reset button.")

    # messages

    def poll(self, timeout_s: float) -> None:
        """Takes in what has arrived, waiting for it at most so long."""
        self.counters.stale += len(self._receive(timeout_s))

    def _receive(self, timeout_s: float) -> list[Message]:
        """The answers in what arrives next; what the board tells of its own accord is put aside."""
        answers = []
        for message in self.reader.feed(self.link.read(timeout_s)):
            if message.version != VERSION:
                raise self._other_version(message.version)
            kind = messages.UNSOLICITED.get(message.type)
            if kind is None:
                answers.append(message)
                continue
            try:
                self.unsolicited.append(kind.from_bytes(message.payload))
            except ValueError:
                self.counters.malformed += 1
        return answers

    def _ask(
        self, request: messages.Request, answer: type[_Answer], answer_s: float | None = None
    ) -> _Answer:
        payload = self._request(request, self._answer_s if answer_s is None else answer_s)
        try:
            return answer.from_bytes(payload)
        except ValueError as error:
            self.counters.malformed += 1
            raise self._nonsense(_name(request), str(error)) from error

    def _request(self, request: messages.Request, answer_s: float) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        # a zero first ends whatever was cut off on the way before
        frame = b"\0" + encode(Message(request.TYPE, self._sequence, request.to_bytes()))
        for attempt in range(1 + self._repeats):
            self.counters.repeats += attempt > 0
            self.link.write(frame)
            deadline = time.monotonic() + answer_s
            while (left := deadline - time.monotonic()) > 0:
                found = self._await(request, left)
                if found is not None:
                    return found
        raise LinkLostError(
            f"the board did not answer {_name(request)} in {1 + self._repeats} attempts.",
            where=self.link.name,
            hint="Check cable, power and baud rate; flash the board where it was never flashed.",
        )

    def _await(self, request: messages.Request, timeout_s: float) -> bytes | None:
        """The payload that answers ``request``, if it is in what arrives next."""
        answers = self._receive(timeout_s)
        types = (request.TYPE + ANSWER, REFUSED)
        matching = [each for each in answers if each.type in types and each.sequence == self._sequence]
        self.counters.stale += len(answers) - len(matching[:1])
        if not matching:
            return None
        if matching[0].type == REFUSED:
            raise self._refused(request, matching[0].payload)
        return matching[0].payload

    def _when_idle(self, request: messages.Request, answer_s: float | None = None) -> None:
        """Asks until the board is not busy any more."""
        deadline = time.monotonic() + BUSY_S
        while True:
            try:
                self._ask(request, messages.Nothing, answer_s)
            except RefusedError as error:
                if not error.is_for(Reason.BUSY) or time.monotonic() >= deadline:
                    raise
                self.poll(BUSY_PAUSE_S)
            else:
                return

    # errors

    def _refused(self, request: messages.Request, payload: bytes) -> BoardError:
        try:
            refusal = messages.Refused.from_bytes(payload)
            reason = Reason(refusal.reason)
        except ValueError:
            return self._nonsense(_name(request), "a refusal that this program does not know")
        what, hint = _REASONS[reason]
        return RefusedError(
            f"the board {what} ({_name(request)}, reason {reason}, detail {refusal.detail}).",
            where=self.link.name,
            hint=hint,
            refusal=refusal,
        )

    def _nonsense(self, request: str, what: str) -> BoardError:
        return BoardError(f"the board answered {request} with {what}.", where=self.link.name, hint=_FLASH)

    def _other_version(self, version: int) -> BoardError:
        return BoardError(
            f"its firmware speaks version {version} of the protocol; this program speaks {VERSION}.",
            where=self.link.name,
            hint=_FLASH,
        )


def outputs_crc(outputs: NDArray[np.int8]) -> int:
    """CRC-32 of a frame's outputs, as FRAME tells it."""
    return zlib.crc32(np.ascontiguousarray(outputs).tobytes())


def _name(request: messages.Request) -> str:
    return type(request).__name__.removeprefix("Ask")
