"""Int8 conversion: from a trained Keras model to a ``.tflite`` that the micro runtime computes rightly."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sleepstudio.deployment.micro_operators import check_operators
from sleepstudio.errors import ConfigurationError, ExportError
from sleepstudio.models.build_folded import folded_model
from sleepstudio.models.network import Network
from sleepstudio.staging.interpreter import TfliteModel
from sleepstudio.staging.tflite_graph import read_graph

FORMATS = ("INT8",)
MAX_REPRESENTATIVE_FRAMES = 256
"""Ranges settle with fewer; each costs one float inference."""


def convert_int8(
    model: keras.Model,
    network: Network,
    representative_frames: NDArray[np.float32],
    *,
    softmax: bool = False,
    io_type: Literal["int8", "float32"] = "int8",
    quantisation_format: str = "INT8",
) -> TfliteModel:
    """The int8 model of ``model``, which was built from ``network``.

    ``representative_frames``: (n, frame_size, features) float32, real normalised frames, from whose range
    the activations are quantised; of more than 256, an even selection. ``softmax``: end in probabilities.
    Weights are int8 per channel, activations int8, biases int32, after TensorFlow Lite's specification.
    Raises ExportError where conversion fails or the micro runtime cannot compute the graph,
    ConfigurationError for another format than INT8, StudyError where model and network differ.
    """
    if quantisation_format not in FORMATS:
        raise ConfigurationError(
            f"quantisation format {quantisation_format!r} is not available.",
            where="quantization.format",
            hint=f"Available: {', '.join(FORMATS)}.",
        )
    frames = _checked_frames(representative_frames, model, network)
    deployed = folded_model(model, network, frames.shape[1], softmax=softmax)
    return TfliteModel(quantise(deployed, frames, io_type=io_type))


def quantise(
    deployed: keras.Model,
    representative_frames: NDArray[np.float32],
    *,
    io_type: Literal["int8", "float32"] = "int8",
) -> bytes:
    """A ``.tflite`` of a Keras model of batch one, all arithmetic in int8, its operators checked.

    Raises ExportError.
    """
    if deployed.input_shape[0] != 1:
        raise ExportError(
            f"the model's batch is {deployed.input_shape[0] or 'open'}, not one.",
            hint="A dilated network converted with another batch is computed wrongly by the micro runtime.",
        )
    converter = tf.lite.TFLiteConverter.from_keras_model(deployed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _one_by_one(representative_frames)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if io_type == "int8":
        converter.inference_input_type = converter.inference_output_type = tf.int8
    try:
        with _silent():
            content = bytes(converter.convert())
    except (RuntimeError, ValueError, TypeError, tf.errors.OpError) as error:
        raise ExportError(
            f"TensorFlow Lite cannot convert the model: {_last_line(error)}.",
            hint="Use another activation or normalisation in the architecture.",
        ) from error
    check_operators(read_graph(content))
    return content


def _checked_frames(frames: NDArray[np.float32], model: keras.Model, network: Network) -> NDArray[np.float32]:
    length = model.input_shape[1]
    if frames.ndim != 3 or not len(frames) or frames.shape[2] != network.features:
        raise ExportError(
            f"representative frames have shape {frames.shape}, not (n, epochs, {network.features}).",
            hint="Give at least one normalised frame of the training recordings.",
        )
    if length is not None and frames.shape[1] != length:
        raise ExportError(f"representative frames have {frames.shape[1]} epochs; the model takes {length}.")
    if not np.isfinite(frames).all():
        raise ExportError("representative frames have values that are not finite.",
                          hint="Normalise the features first.")  # fmt: skip
    chosen = np.unique(np.linspace(0, len(frames) - 1, MAX_REPRESENTATIVE_FRAMES).round().astype(int))
    return np.asarray(frames[chosen], np.float32)


def _one_by_one(frames: NDArray[np.float32]) -> Iterator[list[Any]]:
    for frame in frames:
        yield [frame[None]]


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keras announces the intermediate SavedModel on standard output, and conversion warns of the obvious."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1].strip().rstrip(".")[:300]
