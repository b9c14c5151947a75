"""Board images as the host makes and reads them; that they compute rightly is in tests/firmware."""

from __future__ import annotations

import dataclasses
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from converted_examples import CLASSES, FEATURES, FRAME_SIZE, Converted, make
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sleepstudio.deployment.board_image import (
    HEADER_BYTES,
    MAX_ARENA_BYTES,
    BoardImageHeader,
    exponential_table,
    parse_header,
    read_header,
)
from sleepstudio.deployment.board_image_layers import Kind, layer_names, read_layers
from sleepstudio.deployment.board_image_writer import board_image
from sleepstudio.deployment.export import export_int8
from sleepstudio.deployment.lowering.arena import Lifetime, plan
from sleepstudio.deployment.operators import operator_table
from sleepstudio.errors import ExportError
from sleepstudio.monitor import Monitor


@pytest.fixture(scope="module")
def image(dilated: Converted) -> bytes:
    return board_image(dilated.int8, name="Nächte " * 9, stage_set=4, parameters=1234)


def test_the_header_says_what_the_model_is(dilated: Converted, image: bytes) -> None:
    header, model = read_header(image), dilated.int8
    source, target = model.input_quantisation, model.output_quantisation
    assert source is not None
    assert target is not None
    assert header.model_sha256 == model.sha256
    assert (header.frame_size, header.features, header.classes) == (FRAME_SIZE, FEATURES, CLASSES)
    assert (header.input_scale, header.input_zero_point) == (source.scale, source.zero_point)
    assert (header.output_scale, header.output_zero_point) == (target.scale, target.zero_point)
    assert (header.staging, header.gives_probabilities, header.normalises) == ("offline", False, False)
    assert (header.stage_set, header.parameters, header.epoch_ms) == (4, 1234, 30_000)
    assert header.total_bytes == len(image)
    assert header.macs == sum(row.macs for row in operator_table(model.graph))


def test_fields_stand_where_the_page_says(image: bytes) -> None:
    header = read_header(image)
    assert image[:4] == b"SSBI"
    assert struct.unpack_from("<HHII", image, 4) == (1, 192, len(image), zlib.crc32(image[16:]))
    assert struct.unpack_from("<4H3I", image, 84) == (
        header.frame_size, header.features, header.classes, header.layers, header.arena_bytes,
        header.input_at, header.output_at)  # fmt: skip
    scaled = (header.input_scale, header.input_zero_point, header.output_scale, header.output_zero_point)
    assert struct.unpack_from("<fifi", image, 104) == scaled
    assert struct.unpack_from("<3I", image, 132) == (30_000, header.macs, 1234)


def test_a_long_name_is_cut_at_a_character(image: bytes) -> None:
    name = read_header(image).name
    assert len(name.encode()) <= 32
    assert ("Nächte " * 9).startswith(name)
    assert len(name) > 25


@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(str.strip),
    numbers=st.lists(st.integers(0, 2**32 - 1), min_size=6, max_size=6),
    staging=st.sampled_from(["offline", "live"]),
    flags=st.tuples(st.booleans(), st.booleans()),
    frame_size=st.integers(1, 65_535),
)
@settings(max_examples=200)
def test_headers_survive_packing(name: str, numbers: list[int], staging: str, flags: tuple[bool, bool],
                                 frame_size: int) -> None:  # fmt: skip
    header = BoardImageHeader(
        192, 0, bytes(range(32)), name.encode()[:32].decode(errors="ignore"), 5, staging, *flags,  # type: ignore[arg-type]
        frame_size, 14, 5, 3, *numbers[:3], 0.5, -128, 0.25, 127, *numbers[3:], 30_000, 7, 8)  # fmt: skip
    content = header.pack()
    assert len(content) == HEADER_BYTES
    assert parse_header(content) == header
    crc = zlib.crc32(content[16:])
    sealed = content[:12] + struct.pack("<I", crc) + content[16:]
    assert read_header(sealed) == dataclasses.replace(header, crc32=crc)


@pytest.mark.parametrize("length", [0, 4, 191])
def test_what_is_no_image(image: bytes, length: int) -> None:
    with pytest.raises(ExportError, match="not a board image"):
        read_header(image[:length])


def test_damage_is_told_from_another_version(image: bytes) -> None:
    flipped = bytearray(image)
    flipped[-1] ^= 1
    with pytest.raises(ExportError, match="CRC"):
        read_header(bytes(flipped))
    with pytest.raises(ExportError, match=f"{len(image) - 4} bytes of {len(image)}"):
        read_header(image[:-4])
    with pytest.raises(ExportError, match="version 2"):
        read_header(image[:4] + b"\2\0" + image[6:])
    with pytest.raises(ExportError, match="out of range"):
        parse_header(image[:88] + b"\1\0" + image[90:])


def test_headers_are_read_without_a_runtime() -> None:
    heavy = ("ai_edge_litert", "tensorflow", "flatbuffers", "scipy")
    code = f"import sys, sleepstudio.deployment.board_image_layers; print(sys.modules.keys() & set({heavy}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_layers_are_named_for_people(image: bytes) -> None:
    names = layer_names(image)
    assert names[0] == "0 depthwise 5"
    assert any(name.endswith(" depthwise 7, d 2") for name in names)
    assert any("conv 1×1 5→16" in name or "conv 1×1" in name for name in names)
    assert len(names) == read_header(image).layers


def test_exponentials() -> None:
    table = exponential_table(0.05)
    assert table[0] == 1 << 24
    np.testing.assert_allclose(table / (1 << 24), np.exp(-0.05 * np.arange(256)), atol=2**-25)


@given(
    st.lists(
        st.builds(lambda size, first, length: Lifetime(size, first, first + length),
                  st.integers(1, 5000), st.integers(0, 20), st.integers(0, 8)),
        max_size=24,
    )
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_memories_that_live_together_are_apart(lifetimes: list[Lifetime]) -> None:
    offsets, total = plan(dict(enumerate(lifetimes)))
    for number, buffer in enumerate(lifetimes):
        assert offsets[number] % 4 == 0
        assert offsets[number] + buffer.size <= total
        for other in range(number):
            if lifetimes[other].meets(buffer):
                apart = (offsets[other] + lifetimes[other].size <= offsets[number]
                         or offsets[number] + buffer.size <= offsets[other])  # fmt: skip
                assert apart
    steps = range(30)
    alive = (sum(one.size for one in lifetimes if one.first <= step <= one.last) for step in steps)
    assert total >= max(alive, default=0)


def test_no_layer_writes_over_what_is_still_needed(image: bytes) -> None:
    """Each arena byte that a layer reads was written by the layer that the graph says, found by following
    the records alone."""
    header, layers = read_header(image), read_layers(image)
    owner = np.full(header.arena_bytes, -2)
    owner[header.input_at : header.input_at + header.frame_size * header.features] = -1
    for number, layer in enumerate(layers):
        size = layer.rows_in * layer.channels_in
        reads = [(layer.input_at, size)]
        if layer.kind in (Kind.SUM, Kind.PRODUCT) and not layer.flags & 2:
            reads.append((layer.second_at, layer.channels_in if layer.flags & 1 else size))
        for at, length in reads:
            assert len(np.unique(owner[at : at + length])) == 1
            assert owner[at] > -2
        if layer.kind in (Kind.CONVOLUTION, Kind.DEPTHWISE):
            words = layer.taps * -(-layer.channels_in // 4) * 4
            scratch = 4 * words if layer.kind == Kind.CONVOLUTION else 4 * layer.taps + words // layer.taps
            owner[layer.scratch_at : layer.scratch_at + scratch] = -2
        owner[layer.output_at : layer.output_at + layer.rows_out * layer.channels_out] = number
    outputs = owner[header.output_at : header.output_at + header.frame_size * header.classes]
    assert set(outputs) == {len(layers) - 1}


def test_long_frames_fit_or_are_refused_with_the_figure() -> None:
    rng = np.random.default_rng(0)
    for frame_size, fits in ((1440, True), (9000, False)):
        frames = rng.normal(size=(1, frame_size, FEATURES)).astype(np.float32)
        params = {"blocks": [{"filters": 64, "norm": "batch", "ex_ratio": 2}]}
        model = make("tcn", params, frames, frame_size=frame_size).int8
        if fits:
            assert read_header(board_image(model, name="", stage_set=4, parameters=0)).arena_bytes > 250_000
        else:
            with pytest.raises(
                ExportError, match=f"KiB for activations; the board has {MAX_ARENA_BYTES >> 10}"
            ):
                board_image(model, name="", stage_set=4, parameters=0)


def test_a_float_model_is_refused_with_the_key(frames: NDArray[np.float32]) -> None:
    params = {"blocks": [{"filters": 4, "norm": "batch"}]}
    model = make("tcn", params, frames, io_type="float32").int8
    with pytest.raises(ExportError, match="io_type") as caught:
        board_image(model, name="", stage_set=4, parameters=0)
    assert caught.value.where == "quantization.io_type"


class Listener(Monitor):
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, message: str, **_: str) -> None:
        self.warnings.append(message)


def test_an_export_without_an_image_is_a_warning(dilated: Converted, frames: NDArray[np.float32]) -> None:
    listener = Listener()
    params = {"blocks": [{"filters": 4, "norm": "batch"}]}
    model = make("tcn", params, frames).float_model
    exported = export_int8(model, "tcn", params, frames, frames[:1], io_type="float32",
                           allow_unverified=True, monitor=listener)  # fmt: skip
    assert exported.board_image is None
    assert "board_image.bin" not in exported.files
    assert exported.summary()["board"] is None
    assert any("board image" in warning for warning in listener.warnings)


def test_an_export_says_what_the_image_takes(frames: NDArray[np.float32]) -> None:
    params = {"blocks": [{"filters": 4, "norm": "batch"}]}
    model = make("tcn", params, frames).float_model
    exported = export_int8(
        model, "tcn", params, frames, frames[:1], name="kept", stage_set=4, allow_unverified=True
    )
    header = read_header(exported.files["board_image.bin"])
    assert (header.name, header.stage_set) == ("kept", 4)
    assert exported.summary()["board"] == {
        "image_bytes": header.total_bytes,
        "arena_bytes": header.arena_bytes,
        "layers": header.layers,
        "macs": header.macs,
    }
    assert header.parameters == sum(np.prod(weight.shape) for weight in model.weights)
