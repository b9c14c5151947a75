"""Malformed images: refused with the reason, and whatever is accepted stays inside its memory."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from engine_networks import mixed, preset
from host_engine import HostEngine, library, tried

from sleepstudio.deployment.board_image import HEADER_BYTES, LAYER_BYTES, read_header
from sleepstudio.deployment.board_image_layers import Kind, LayerRecord, read_layers
from sleepstudio.deployment.board_image_writer import board_image

OK, NO_IMAGE, TRUNCATED, VERSION, CRC, HEADER, KIND, SHAPE, MEMORY, DATA, ARITHMETIC = range(11)
MUTANTS = 6000


@pytest.fixture(scope="module")
def image() -> bytes:
    """Every kind of layer but padding."""
    return board_image(mixed("sm"), name="mixed", stage_set=4, parameters=1)


def sealed(content: bytes | bytearray) -> bytes:
    """With a CRC that fits what is there."""
    return bytes(content[:12]) + struct.pack("<I", zlib.crc32(content[16:])) + bytes(content[16:])


def with_field(image: bytes, at: int, form: str, value: float) -> bytes:
    changed = bytearray(image)
    struct.pack_into(form, changed, at, value)
    return sealed(changed)


def with_layer(image: bytes, changed: Kind, /, **fields: Any) -> bytes:
    """The image with its first layer of a kind changed."""
    layers = read_layers(image)
    number = next(n for n, layer in enumerate(layers) if layer.kind == changed)
    at = read_header(image).layers_at + number * LAYER_BYTES
    record: LayerRecord = dataclasses.replace(layers[number], **fields)
    return sealed(image[:at] + record.pack() + image[at + LAYER_BYTES :])


def status_of(image: bytes) -> int:
    (result,) = tried([image])
    return result[0]


@pytest.mark.parametrize(
    ("at", "form", "value", "status"),
    [
        (0, "<B", 0, NO_IMAGE),
        (4, "<H", 2, VERSION),
        (6, "<H", 188, VERSION),
        (8, "<I", 1 << 30, TRUNCATED),
        (80, "<B", 6, HEADER),
        (82, "<B", 2, HEADER),
        (84, "<H", 0, HEADER),
        (84, "<H", 65535, HEADER),
        (86, "<H", 0, HEADER),
        (88, "<H", 1, HEADER),
        (88, "<H", 9, HEADER),
        (90, "<H", 0, HEADER),
        (90, "<H", 257, HEADER),
        (92, "<I", 1 << 30, HEADER),
        (96, "<I", 0xFFFFFFFC, HEADER),
        (96, "<I", 2, HEADER),
        (104, "<f", 0.0, HEADER),
        (104, "<f", float("nan"), HEADER),
        (104, "<f", float("inf"), HEADER),
        (108, "<i", 128, HEADER),
        (120, "<I", 0xFFFFFFF0, HEADER),
        (128, "<I", 0xFFFFFF00, HEADER),
        (136, "<I", 1, HEADER),
    ],
)
def test_header_fields(image: bytes, at: int, form: str, value: float, status: int) -> None:
    """As docs/board_image.md places them."""
    changed = bytearray(image)
    struct.pack_into(form, changed, at, value)
    truncated = at == 8
    assert status_of(bytes(changed) if truncated else sealed(changed)) == status


@pytest.mark.parametrize("length", [0, 3, HEADER_BYTES - 1, HEADER_BYTES])
def test_cut_images(image: bytes, length: int) -> None:
    assert status_of(image[:length]) == TRUNCATED


def test_one_flipped_bit_anywhere(image: bytes) -> None:
    rng = np.random.default_rng(0)
    flipped = []
    for at in rng.integers(16, len(image), 200):
        changed = bytearray(image)
        changed[at] ^= 1 << int(rng.integers(8))
        flipped.append(bytes(changed))
    assert {status for status, _ in tried(flipped)} == {CRC}


def test_what_stands_behind_the_image_does_not_matter(image: bytes) -> None:
    assert tried([image + bytes(100)]) == tried([image])


def test_an_image_at_an_odd_address_is_refused(image: bytes) -> None:
    import ctypes

    memory = np.frombuffer(b"\0" * 2 + image, np.uint8).copy()
    model = ctypes.create_string_buffer(library().ss_test_model_bytes())
    at = ctypes.c_void_p(memory.ctypes.data + 2)
    assert library().ss_model_open(at, ctypes.c_size_t(len(image)), model) == 11


@pytest.mark.parametrize(
    ("kind", "fields", "status"),
    [
        (Kind.TABLE, {"kind": 9}, KIND),
        (Kind.TABLE, {"kind": 0}, KIND),
        (Kind.TABLE, {"flags": 8}, KIND),
        (Kind.CONVOLUTION, {"taps": 0}, SHAPE),
        (Kind.CONVOLUTION, {"taps": 256}, SHAPE),
        (Kind.CONVOLUTION, {"dilation": 0}, SHAPE),
        (Kind.CONVOLUTION, {"rows_out": 0}, SHAPE),
        (Kind.CONVOLUTION, {"channels_out": 65535}, SHAPE),
        (Kind.DEPTHWISE, {"channels_in": 1}, SHAPE),
        (Kind.MEAN, {"rows_out": 2}, SHAPE),
        (Kind.SUM, {"rows_out": 1}, SHAPE),
        (Kind.SOFTMAX, {"channels_in": 0}, SHAPE),
        (Kind.CONVOLUTION, {"macs": 1}, SHAPE),
        (Kind.CONVOLUTION, {"input_at": 0xFFFFFFFC}, MEMORY),
        (Kind.CONVOLUTION, {"output_at": 1}, MEMORY),
        (Kind.CONVOLUTION, {"scratch_at": 1 << 20}, MEMORY),
        (Kind.DEPTHWISE, {"scratch_at": 0x7FFFFFFC}, MEMORY),
        (Kind.PRODUCT, {"second_at": 1 << 30, "flags": 0}, MEMORY),
        (Kind.TABLE, {"input_at": 1 << 24}, MEMORY),
        (Kind.CONVOLUTION, {"data_at": 0xFFFFFFFC}, DATA),
        (Kind.CONVOLUTION, {"data_at": 193}, DATA),
        (Kind.CONVOLUTION, {"scaling_at": 1 << 20}, DATA),
        (Kind.SUM, {"data_at": 1 << 19}, DATA),
        (Kind.SUM, {"flags": 2, "second_at": 1 << 19}, DATA),
        (Kind.TABLE, {"data_at": 1 << 31}, DATA),
        (Kind.CONVOLUTION, {"zero_in": 128}, ARITHMETIC),
        (Kind.CONVOLUTION, {"zero_out": -129}, ARITHMETIC),
        (Kind.CONVOLUTION, {"low": 5, "high": 4}, ARITHMETIC),
        (Kind.MEAN, {"flags": 0}, ARITHMETIC),
        # records that are no scaling: their fourth numbers are no shifts
        (Kind.CONVOLUTION, {"scaling_at": HEADER_BYTES}, ARITHMETIC),
        (Kind.SOFTMAX, {"data_at": HEADER_BYTES}, ARITHMETIC),
    ],
)
def test_layer_fields(image: bytes, kind: Kind, fields: dict[str, Any], status: int) -> None:
    assert status_of(with_layer(image, kind, **fields)) == status


def first(image: bytes, kind: Kind) -> LayerRecord:
    return next(layer for layer in read_layers(image) if layer.kind == kind)


def refitted(image: bytes, kind: Kind, /, **fields: Any) -> int:
    """The status of an image whose first layer of a kind is changed."""
    return status_of(with_layer(image, kind, **fields))


@pytest.mark.parametrize("kind", [Kind.SUM, Kind.PRODUCT, Kind.TABLE, Kind.SOFTMAX])
def test_what_goes_element_by_element_may_write_where_it_reads_and_only_exactly_there(
    image: bytes, kind: Kind
) -> None:
    layer = first(image, kind)
    arena = read_header(image).arena_bytes
    assert refitted(image, kind, output_at=layer.input_at) == OK
    # four bytes further, and four bytes before; where that leaves the arena, it is refused for that
    assert refitted(image, kind, input_at=0, output_at=4) == MEMORY
    assert refitted(image, kind, input_at=4, output_at=0) == MEMORY
    assert refitted(image, kind, output_at=arena - 4) == MEMORY


@pytest.mark.parametrize("kind", [Kind.CONVOLUTION, Kind.DEPTHWISE, Kind.MEAN, Kind.PADDING])
def test_what_reads_a_row_more_than_once_may_not_write_there(image: bytes, kind: Kind) -> None:
    if kind == Kind.PADDING:  # the image has none: a table becomes one
        image = with_layer(image, Kind.TABLE, kind=kind)
    layer = first(image, kind)
    assert refitted(image, kind, output_at=layer.input_at) == MEMORY
    if kind in (Kind.CONVOLUTION, Kind.DEPTHWISE):
        assert refitted(image, kind, scratch_at=layer.input_at) == MEMORY
        assert refitted(image, kind, scratch_at=layer.output_at) == MEMORY


@pytest.mark.parametrize("kind", [Kind.SUM, Kind.PRODUCT])
def test_a_second_operand_that_is_one_row_may_not_be_written_over(image: bytes, kind: Kind) -> None:
    layer = first(image, kind)
    assert layer.rows_in > 1
    assert refitted(image, kind, flags=layer.flags & 4, second_at=layer.output_at) == OK
    assert refitted(image, kind, flags=layer.flags & 4 | 1, second_at=layer.output_at) == MEMORY
    assert refitted(image, kind, flags=layer.flags & 4 | 3, second_at=layer.output_at) == OK, "of the image"


def test_what_is_read_of_the_image_ends_where_it_ends(image: bytes) -> None:
    total = read_header(image).total_bytes
    layer = first(image, Kind.SUM)
    operand = layer.rows_in * layer.channels_in + 3 & ~3
    assert operand < total, "else it could not be in the image"
    convolution = first(image, Kind.CONVOLUTION)
    weights = convolution.taps * (convolution.channels_in + 3 & ~3) * (convolution.channels_out + 1 & ~1)
    for kind, field, size in [
        (Kind.TABLE, "data_at", 256),
        (Kind.SUM, "data_at", 2048),
        (Kind.CONVOLUTION, "data_at", weights),
    ]:
        assert refitted(image, kind, **{field: total - size}) == OK
        assert refitted(image, kind, **{field: total - size + 4}) == DATA
    in_image = {"flags": layer.flags & 4 | 2}
    assert refitted(image, Kind.SUM, **in_image, second_at=total - operand) == OK
    assert refitted(image, Kind.SUM, **in_image, second_at=total - operand + 4) == DATA
    # the last scaling record would end behind the image
    assert refitted(image, Kind.SUM, scaling_at=total - 12) == DATA


@pytest.mark.parametrize("kind", [Kind.SUM, Kind.PRODUCT, Kind.TABLE])
def test_sizes_whose_product_leaves_32_bits_are_no_small_sizes(image: bytes, kind: Kind) -> None:
    """65,536 × 65,536 would be 0."""
    sizes = dict.fromkeys(("rows_in", "rows_out", "channels_in", "channels_out"), 65535)
    assert refitted(image, kind, **sizes) == MEMORY
    assert refitted(image, kind, **sizes, flags=first(image, kind).flags & 4 | 2, second_at=0) == MEMORY


def mutants(images: list[bytes], count: int) -> Iterator[bytes]:
    """Images with fields of header, layers, records or data changed, and a CRC that fits."""
    rng = np.random.default_rng(20)
    values = [0, 1, 2, 3, 4, 7, 8, 31, 32, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 1 << 16, 1 << 20,
              (1 << 31) - 1, 1 << 31, (1 << 32) - 4, (1 << 32) - 1]  # fmt: skip
    for number in range(count):
        content = bytearray(images[number % len(images)])
        header = read_header(bytes(content))
        tables = HEADER_BYTES + header.layers * LAYER_BYTES
        for _ in range(int(rng.integers(1, 4))):
            end = int(rng.choice([HEADER_BYTES, tables, tables, tables, len(content)]))
            width = int(rng.choice([1, 2, 4]))
            at = int(rng.integers(16, end - 4)) // width * width
            old = int.from_bytes(content[at : at + width], "little")
            new = int(rng.choice(values)) if rng.random() < 0.5 else old + int(rng.integers(-9, 10))
            content[at : at + width] = (new % (1 << 8 * width)).to_bytes(width, "little")
        yield sealed(content)


def test_mutated_images_under_sanitizers(image: bytes) -> None:
    """Accepted ones are run. That many are, and refused for many reasons, says that mutants go deep."""
    others = [board_image(mixed(name), name="", stage_set=4, parameters=1) for name in ("mb", "lg")]
    small = board_image(preset("tcn-20k", 3, 9), name="", stage_set=3, parameters=1)
    statuses = Counter(
        status for status, _ in tried(mutants([image, *others, small], MUTANTS), timeout_s=300)
    )
    assert sum(statuses.values()) == MUTANTS
    assert statuses[OK] > MUTANTS // 10
    assert {HEADER, KIND, SHAPE, MEMORY, DATA, ARITHMETIC} <= statuses.keys()


def test_a_changed_weight_changes_what_comes_out(image: bytes) -> None:
    layers = read_layers(image)
    last = next(layer for layer in reversed(layers) if layer.kind == Kind.CONVOLUTION)
    changed = bytearray(image)
    changed[last.data_at] ^= 0x40
    (before, after) = tried([image, sealed(changed)])
    assert before[0] == after[0] == OK
    assert before[1] != after[1]


def test_every_status_has_its_words() -> None:
    import ctypes

    text = library().ss_status_text
    text.restype = ctypes.c_char_p
    words = [text(status) for status in range(14)]
    assert len(set(words)) == 14
    assert text(99) == b"unknown status"


def test_the_engine_opens_what_the_writer_writes(image: bytes) -> None:
    assert HostEngine(image).status == OK
