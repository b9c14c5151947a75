"""The application's end of a control pipe: a helper process whose every call ends within a time limit."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from sleepstudio.board.control import Message, read_message, write_message
from sleepstudio.errors import BoardError

LAST_WORDS = 12
CLOSE_LIMIT_S = 2.0
_ENDED = Message({"ended": True})

Progress = Callable[[int, int], None]


class ControlClient:
    """Starts the helper process and waits until it says that it is ready.

    ``what`` is what the user calls it; ``remedy`` what to do where it does not answer. A helper that does not
    answer in time is ended: what hangs in a vendor's library cannot be stopped otherwise.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        what: str,
        remedy: str,
        ready_limit_s: float,
        environment: Mapping[str, str] | None = None,
        on_notice: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        """Raises BoardError where it cannot be started, or reports an error instead of being ready."""
        self._what = what
        self._remedy = remedy
        self._on_notice = on_notice
        self._answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._lock = threading.Lock()
        self._number = 0
        self._closed = False
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
            )
        except OSError as error:
            raise BoardError(f"{what} cannot be started ({error.strerror or error}).") from error
        requests, messages, words = self._child.stdin, self._child.stdout, self._child.stderr
        if requests is None or messages is None or words is None:
            raise AssertionError("three pipes were asked for")
        self._requests: IO[bytes] = requests
        self._readers = [
            threading.Thread(target=self._read_messages, args=(messages,), daemon=True),
            threading.Thread(target=self._read_words, args=(words,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        try:
            self.ready = self._answer(0, ready_limit_s, None).fields
        except BoardError:
            self.close()
            raise

    def call(
        self,
        do: str,
        *,
        limit_s: float,
        data: bytes = b"",
        on_progress: Progress | None = None,
        **fields: Any,
    ) -> Message:
        """Asks, and waits for the answer at most ``limit_s``. Raises BoardError."""
        with self._lock:
            if self._closed:
                raise BoardError(f"{self._what} is closed.", hint=self._remedy)
            self._number += 1
            self._ask(Message({"do": do, "number": self._number, **fields}, data), limit_s)
            return self._answer(self._number, limit_s, on_progress)

    def close(self) -> None:
        """Ends the process. Twice is once; never raises."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._requests.close()
        try:
            self._child.wait(CLOSE_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for reader in self._readers:
            if reader is not threading.current_thread():
                reader.join(CLOSE_LIMIT_S)

    @property
    def process_id(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def _ask(self, request: Message, limit_s: float) -> None:
        """Writes a request; a process that does not read it is ended, which ends the writing."""
        too_late = threading.Event()

        def end() -> None:
            too_late.set()
            self._child.kill()

        timer = threading.Timer(limit_s, end)
        timer.start()
        try:
            write_message(self._requests, request)
        except OSError as error:
            raise (self._silence(limit_s) if too_late.is_set() else self._death()) from error
        finally:
            timer.cancel()

    def _answer(self, number: int, limit_s: float, on_progress: Progress | None) -> Message:
        deadline = time.monotonic() + limit_s
        while True:
            try:
                message = self._answers.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise self._silence(limit_s) from None
            if message is _ENDED:
                self._answers.put(_ENDED)
                raise self._death()
            if message.fields.get("answer") != number:
                continue
            if "progress" in message.fields:
                if on_progress is not None:
                    on_progress(*message.fields["progress"])
                continue
            if "error" in message.fields:
                error = message.fields["error"]
                raise BoardError(error["message"], where=error["where"], hint=error["hint"])
            return message

    def close_at_once(self) -> None:
        """Ends the process without asking it."""
        self._child.kill()
        self.close()

    def _silence(self, limit_s: float) -> BoardError:
        self.close_at_once()
        return BoardError(f"{self._what} did not answer within {limit_s:g} s.", hint=self._remedy)

    def _death(self) -> BoardError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(CLOSE_LIMIT_S)
        self._readers[1].join(CLOSE_LIMIT_S)
        code = self._child.returncode
        if code is None:
            how = "closed its pipe"
        elif code < 0:
            how = f"was ended by {_signal_name(-code)}"
        else:
            how = f"ended with status {code}"
        words = "; it said: " + " | ".join(self._last_words) if self._last_words else ""
        return BoardError(f"{self._what} {how}{words}.", hint=self._remedy)

    def _read_messages(self, stream: IO[bytes]) -> None:
        try:
            while (message := read_message(stream)) is not None:
                if "answer" in message.fields:
                    self._answers.put(message)
                elif self._on_notice is not None:
                    self._on_notice(message.fields)
        except ValueError as error:
            self._last_words.append(str(error))
            self._child.kill()
        finally:
            self._answers.put(_ENDED)
            stream.close()

    def _read_words(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                if text := line.decode(errors="replace").strip():
                    self._last_words.append(text[:300])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
