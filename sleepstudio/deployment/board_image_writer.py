"""Board images from int8 models (``docs/board_image.md``)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sleepstudio.deployment.board_image import (
    HEADER_BYTES,
    LAYER_BYTES,
    MAX_ARENA_BYTES,
    MAX_CLASSES,
    MAX_FEATURES,
    MAX_IMAGE_BYTES,
    MAX_LAYERS,
    MAX_ROW_STORE_BYTES,
    BoardImageHeader,
    exponential_table,
    probability_table,
)
from sleepstudio.deployment.board_image_layers import ELEMENTWISE, LayerRecord
from sleepstudio.deployment.lowering.arena import Lifetime, plan
from sleepstudio.deployment.lowering.graph_view import GraphView
from sleepstudio.deployment.lowering.layer import LoweredLayer
from sleepstudio.deployment.lowering.lower import lower
from sleepstudio.errors import ExportError
from sleepstudio.hypnogram import EPOCH_S
from sleepstudio.staging.interpreter import TfliteModel


def board_image(
    model: TfliteModel,
    *,
    name: str,
    stage_set: int,
    parameters: int,
    staging: Literal["offline", "live"] = "offline",
) -> bytes:
    """The image of a model whose input and output are int8; the host normalises its rows.

    ``name``: of the run; ``stage_set``: 2 to 5, 0 for another grouping; ``parameters``: of the trained
    network, to be shown. Raises ExportError where the engine cannot compute the model, or the board has no
    room for it.
    """
    source, target = model.input_quantisation, model.output_quantisation
    if source is None or target is None:
        raise ExportError(
            "the board takes and gives int8, the model float32.",
            where="quantization.io_type",
            hint="Set quantization.io_type to int8.",
        )
    view = GraphView(model.content)
    layers = lower(view)
    _check_sizes(model, layers)
    output = view.memory(view.graph.outputs[0])
    places = _place(layers, view.graph.inputs[0], output, view)
    blocks = _Blocks(HEADER_BYTES + len(layers) * LAYER_BYTES)
    records = [_record(layer, places, number, blocks) for number, layer in enumerate(layers)]
    header = BoardImageHeader(
        total_bytes=0,
        crc32=0,
        model_id=bytes.fromhex(model.sha256),
        name=name,
        stage_set=stage_set,
        staging=staging,
        gives_probabilities=model.gives_probabilities,
        normalises=False,
        frame_size=model.frame_size,
        features=model.features,
        classes=model.classes,
        layers=len(layers),
        arena_bytes=places.arena_bytes,
        input_at=places.memories[view.graph.inputs[0]],
        output_at=places.memories[output],
        input_scale=source.scale,
        input_zero_point=source.zero_point,
        output_scale=target.scale,
        output_zero_point=target.zero_point,
        layers_at=HEADER_BYTES,
        normaliser_at=0,
        probabilities_at=0,
        epoch_ms=round(EPOCH_S * 1000),
        macs=sum(layer.macs for layer in layers),
        parameters=parameters,
    )
    header = replace(header, probabilities_at=blocks.add(_probabilities(header)))
    return _sealed(header, b"".join(record.pack() for record in records) + blocks.content)


def _check_sizes(model: TfliteModel, layers: Sequence[LoweredLayer]) -> None:
    limits = (
        (model.classes, MAX_CLASSES, "classes", "Use a stage set of the four."),
        (model.features, MAX_FEATURES, "features", "Choose fewer columns with feature.feat_cols."),
        (len(layers), MAX_LAYERS, "layers", "Use fewer blocks."),
        (
            model.frame_size * model.features,
            MAX_ROW_STORE_BYTES,
            "bytes of rows",
            "Use a smaller frame_size.",
        ),
    )
    for value, limit, what, hint in limits:
        if value > limit:
            raise ExportError(f"the model has {value} {what}; the board takes {limit}.", hint=hint)


@dataclass(frozen=True)
class _Places:
    """Arena offsets: of each memory by its tensor, of each layer's scratch by the layer's number."""

    memories: dict[int, int]
    scratch: dict[int, int]
    arena_bytes: int


def _place(layers: Sequence[LoweredLayer], source: int, output: int, view: GraphView) -> _Places:
    """Plans the arena. Raises ExportError where it is larger than the board's memory."""
    first, last = {source: -1}, {source: -1}
    for number, layer in enumerate(layers):
        for memory in (layer.input, layer.second):
            if memory is not None:
                last[memory] = number
        first[layer.output] = last[layer.output] = number
    last[output] = len(layers)
    host = _written_over(layers, last)
    lifetimes: dict[int, Lifetime] = {}
    for memory, size in ((memory, view.shape(memory).elements) for memory in first):
        root = host.get(memory, memory)
        known = lifetimes.get(root, Lifetime(size, first[memory], last[memory]))
        lifetimes[root] = Lifetime(size, min(known.first, first[memory]), max(known.last, last[memory]))
    for number, layer in enumerate(layers):
        if layer.scratch_bytes:
            lifetimes[-1 - number] = Lifetime(layer.scratch_bytes, number, number)
    offsets, total = plan(lifetimes)
    if total > MAX_ARENA_BYTES:
        raise ExportError(
            f"the model needs {total >> 10} KiB for activations; the board has {MAX_ARENA_BYTES >> 10} KiB.",
            where="frame_size",
            hint="Use a smaller frame_size or a network with fewer channels.",
        )
    return _Places(
        {memory: offsets[host.get(memory, memory)] for memory in first},
        {number: offsets.get(-1 - number, 0) for number in range(len(layers))},
        total,
    )


def _written_over(layers: Sequence[LoweredLayer], last: dict[int, int]) -> dict[int, int]:
    """Results that take the memory of an operand nobody needs any more: memory → its host."""
    host: dict[int, int] = {}
    for number, layer in enumerate(layers):
        if layer.kind in ELEMENTWISE and last[layer.input] == number and layer.source == layer.target:
            host[layer.output] = host.get(layer.input, layer.input)
    return host


@dataclass
class _Blocks:
    """What comes after the layer table: weights, tables, records; equal ones once."""

    start: int
    content: bytes = b""
    _known: dict[bytes, int] = field(default_factory=dict)

    def add(self, block: bytes) -> int:
        """The offset of the block in the image, 0 for none."""
        if not block:
            return 0
        if block not in self._known:
            self._known[block] = self.start + len(self.content)
            self.content += block + bytes(-len(block) % 4)
        return self._known[block]


def _record(layer: LoweredLayer, places: _Places, number: int, blocks: _Blocks) -> LayerRecord:
    second_at = blocks.add(layer.second_data)
    if layer.second is not None:
        second_at = places.memories[layer.second]
    return LayerRecord(
        kind=layer.kind,
        flags=layer.flags,
        rows_in=layer.source.rows,
        rows_out=layer.target.rows,
        channels_in=layer.source.channels,
        channels_out=layer.target.channels,
        taps=layer.taps,
        dilation=layer.dilation,
        before=layer.before,
        input_at=places.memories[layer.input],
        second_at=second_at,
        output_at=places.memories[layer.output],
        scratch_at=places.scratch[number],
        data_at=blocks.add(layer.data),
        scaling_at=blocks.add(layer.scalings),
        zero_in=layer.zero_in,
        zero_second=layer.zero_second,
        zero_out=layer.zero_out,
        low=layer.activation_range[0],
        high=layer.activation_range[1],
        reserved_54=0,
        macs=layer.macs,
        reserved_60=0,
    )


def _probabilities(header: BoardImageHeader) -> bytes:
    if header.gives_probabilities:
        return probability_table(header).tobytes()
    return exponential_table(header.output_scale).astype("<u4").tobytes()


def _sealed(header: BoardImageHeader, body: bytes) -> bytes:
    """The image with its length and its CRC. Raises ExportError where it is larger than its region."""
    total = HEADER_BYTES + len(body)
    if total > MAX_IMAGE_BYTES:
        raise ExportError(
            f"the image has {total >> 10} KiB; the board's region for it has {MAX_IMAGE_BYTES >> 10} KiB.",
            hint="Use a network with fewer parameters.",
        )
    content = replace(header, total_bytes=total).pack() + body
    return content[:12] + zlib.crc32(content[16:]).to_bytes(4, "little") + content[16:]
