"""The host in the place of a board: what a board is compared with, and what stages without one."""

from __future__ import annotations

import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sleepstudio.board.messages import QUEUED_ROWS
from sleepstudio.board.staged import StagedEpoch, StagedFrame
from sleepstudio.staging.interpreter import Quantisation
from sleepstudio.staging.rolling import Int8FrameModel, input_quantisation, quantised_zero, rolling_frame


class DescribedModel(Int8FrameModel, Protocol):
    """An int8 model that says what its outputs are (:class:`sleepstudio.staging.interpreter.TfliteModel`)."""

    @property
    def output_quantisation(self) -> Quantisation | None: ...

    @property
    def gives_probabilities(self) -> bool: ...


class HostModel:
    """A run's int8 model on the reference kernels, as a board sees it."""

    def __init__(self, model: DescribedModel) -> None:
        """Raises StudyError where the model takes floats."""
        self.model = model
        self._quantisation = input_quantisation(model)
        self._zero = quantised_zero(self._quantisation)

    def newest(self, rows: NDArray[np.float32]) -> NDArray[np.int8]:
        """(classes,) outputs of the newest of ``rows`` (n, columns)."""
        newest = rows[-self.model.frame_size :]
        frame = rolling_frame(self._quantisation.quantise(newest), self._zero, self.model.frame_size)
        outputs: NDArray[np.int8] = self.model.predict_int8(frame[None])[0, len(newest) - 1]
        return outputs

    def frame(self, rows: NDArray[np.float32]) -> NDArray[np.int8]:
        """(frame_size, columns) → (frame_size, classes) int8."""
        outputs: NDArray[np.int8] = self.model.predict_int8(self._quantisation.quantise(rows)[None])[0]
        return outputs

    def probabilities(self, outputs: NDArray[np.int8]) -> NDArray[np.float32]:
        """(…, classes) float32 of outputs."""
        quantisation = self.model.output_quantisation
        values = outputs.astype(np.float32) if quantisation is None else quantisation.dequantise(outputs)
        if self.model.gives_probabilities:
            return values
        shifted = np.exp(values - values.max(axis=-1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float32)


class HostRollingStager:
    """A rolling session without a board."""

    def __init__(self, host: HostModel) -> None:
        self._host = host
        self._rows: list[NDArray[np.float32]] = []
        self._staged = 0

    @property
    def room(self) -> int:
        return QUEUED_ROWS - (len(self._rows) - self._staged)

    def offer(self, row: NDArray[np.float32]) -> None:
        self._rows.append(np.asarray(row, np.float32))

    def pump(self, timeout_s: float) -> list[StagedEpoch]:
        if self._staged == len(self._rows):
            time.sleep(timeout_s)
            return []
        began = time.monotonic()
        size = self._host.model.frame_size
        outputs = self._host.newest(np.stack(self._rows[max(0, self._staged + 1 - size) : self._staged + 1]))
        staged = StagedEpoch(
            self._staged,
            int(outputs.argmax()),
            tuple(outputs.tolist()),
            tuple(np.rint(255 * self._host.probabilities(outputs)).astype(int).tolist()),
            None,
            round(1000 * (time.monotonic() - began), 2),
        )
        self._staged += 1
        return [staged]


class HostFrameStager:
    """A frames session without a board."""

    def __init__(self, host: HostModel) -> None:
        self._host = host

    def stage(self, rows: NDArray[np.float32]) -> StagedFrame:
        began = time.monotonic()
        return StagedFrame(self._host.frame(rows), None, round(1000 * (time.monotonic() - began), 2))


class NoBoard:
    """What is known of a board where there is none."""

    def read_counters(self) -> None:
        return None

    def read_costs(self) -> None:
        return None
