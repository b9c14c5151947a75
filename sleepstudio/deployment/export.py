"""Export: from a trained model to everything the board and its programmer need, verified."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sleepstudio.deployment.board_image import read_header
from sleepstudio.deployment.board_image_writer import board_image
from sleepstudio.deployment.c_export import c_header, check_variable_name
from sleepstudio.deployment.operators import OperatorCost, operator_table
from sleepstudio.deployment.verify import Verification, micro_runtime_available, verify
from sleepstudio.errors import ExportError
from sleepstudio.models.cost import network_cost
from sleepstudio.models.registry import exports_probabilities, network_of
from sleepstudio.monitor import SILENT, Monitor
from sleepstudio.staging.interpreter import Quantisation, TfliteModel

if TYPE_CHECKING:
    import keras

DEFAULT_VARIABLE = "sleepstudio_model"


@dataclass(frozen=True, eq=False)
class ExportedModel:
    """A model ready for the board.

    ``verification`` is None where the user chose to go without, ``board_image`` where our own firmware cannot
    run the model.
    """

    model: TfliteModel
    header: str
    board_image: bytes | None
    operators: tuple[OperatorCost, ...]
    verification: Verification | None

    @property
    def files(self) -> dict[str, bytes]:
        """The files of a run folder: name → content."""
        files = {"model.tflite": self.model.content, "model_buffer.h": self.header.encode("ascii", "replace")}
        return files if self.board_image is None else {**files, "board_image.bin": self.board_image}

    def summary(self) -> dict[str, Any]:
        """Everything but the bytes, as plain values for JSON."""
        return {
            "sha256": self.model.sha256,
            "bytes": len(self.model.content),
            "frame_size": self.model.frame_size,
            "features": self.model.features,
            "classes": self.model.classes,
            "output": "probabilities" if self.model.gives_probabilities else "logits",
            "input_quantisation": _plain(self.model.input_quantisation),
            "output_quantisation": _plain(self.model.output_quantisation),
            "macs_per_frame": sum(operator.macs for operator in self.operators),
            "verification": _plain(self.verification),
            "board": None if self.board_image is None else _board_facts(self.board_image),
            "operators": [dataclasses.asdict(operator) for operator in self.operators],
        }


def export_int8(
    model: keras.Model,
    architecture: str,
    params: Mapping[str, Any],
    representative_frames: NDArray[np.float32],
    verification_frames: NDArray[np.float32],
    *,
    name: str = "model",
    stage_set: int = 0,
    class_names: Sequence[str] = (),
    use_logits: bool = True,
    io_type: Literal["int8", "float32"] = "int8",
    quantisation_format: str = "INT8",
    variable: str = DEFAULT_VARIABLE,
    allow_unverified: bool = False,
    monitor: Monitor = SILENT,
) -> ExportedModel:
    """Converts, verifies and describes a trained model.

    ``architecture`` and ``params``: what the model was built from. ``representative_frames``: normalised
    frames of training recordings; ``verification_frames``: those of the test recordings, each
    (n, frame_size, features) float32. ``name`` and ``stage_set`` (2 to 5, 0 for another grouping): what the
    board image says of itself; where none can be made, that is a warning. ``use_logits`` False, or the
    architecture's own: the model ends in a softmax. Raises ExportError where the model cannot be converted,
    or the micro runtime is absent (unless ``allow_unverified``) or differs from the host in one value;
    ConfigurationError for wrong names.
    """
    check_variable_name(variable)
    if not micro_runtime_available() and allow_unverified:
        monitor.warning("the int8 model is not verified: the micro runtime is not installed.",
                        hint="Install it, on Linux: pip install 'sleepstudio[verify]'.")  # fmt: skip
    from sleepstudio.deployment.convert import convert_int8

    monitor.check_cancelled()
    network = network_of(architecture, params, int(model.input_shape[-1]), int(model.output_shape[-1]))
    converted = convert_int8(
        model,
        network,
        representative_frames,
        softmax=not use_logits or exports_probabilities(architecture, params),
        io_type=io_type,
        quantisation_format=quantisation_format,
    )
    monitor.check_cancelled()
    verification = None
    if micro_runtime_available() or not allow_unverified:
        verification = verify(converted, verification_frames, monitor=monitor)
        _check_exact(verification)
    header = c_header(
        converted.content, variable=variable, description=_description(converted, verification, class_names)
    )
    parameters = network_cost(network, converted.frame_size).parameters
    image = _board_image(converted, name, stage_set, parameters, monitor)
    return ExportedModel(converted, header, image, operator_table(converted.graph), verification)


def _board_image(
    model: TfliteModel, name: str, stage_set: int, parameters: int, monitor: Monitor
) -> bytes | None:
    try:
        return board_image(model, name=name, stage_set=stage_set, parameters=parameters)
    except ExportError as error:
        monitor.warning(f"there is no board image: {error.message}", hint=error.hint)
        return None


def _board_facts(image: bytes) -> dict[str, int]:
    """What the image takes on the board."""
    header = read_header(image)
    return {
        "image_bytes": header.total_bytes,
        "arena_bytes": header.arena_bytes,
        "layers": header.layers,
        "macs": header.macs,
    }


def _check_exact(verification: Verification) -> None:
    if not verification.exact:
        raise ExportError(
            f"the micro runtime differs from the host in {verification.differing} of {verification.values} "
            f"values, by up to {verification.worst:g}.",
            where="model.tflite",
            hint="Report this with the run's configuration; the model must not be deployed.",
        )


def _description(
    model: TfliteModel, verification: Verification | None, class_names: Sequence[str]
) -> dict[str, str]:
    lines = {
        "model id (sha256)": model.sha256,
        "input": f"1 x {model.frame_size} epochs x {model.features} features, "
        + _quantisation_text(model.input_quantisation),
        "output": f"1 x {model.frame_size} epochs x {model.classes} "
        + ("probabilities, " if model.gives_probabilities else "logits, ")
        + _quantisation_text(model.output_quantisation),
    }
    if class_names:
        lines["classes"] = ", ".join(class_names)
    if verification:
        lines["tensor arena"] = f"{verification.arena_bytes} bytes are enough"
        lines["verified"] = f"{verification.values} values equal to the reference kernels'"
    return lines


def _quantisation_text(quantisation: Quantisation | None) -> str:
    if quantisation is None:
        return "float32"
    return f"int8, scale {quantisation.scale:.9g}, zero point {quantisation.zero_point}"


def _plain(value: Quantisation | Verification | None) -> dict[str, Any] | None:
    return None if value is None else dataclasses.asdict(value)
