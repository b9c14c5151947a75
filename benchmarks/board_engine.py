"""What the engine costs on the board: instructions of a frame by kind of layer, and the sizes of images.

    python -m benchmarks.board_engine [NAME …] [--layers] [--frame-size 240]

Networks with random weights (the instructions of a frame hardly depend on them) run on the virtual board,
under the firmware that would be flashed: the four presets, and `test`, a network of another style with
2.17 M MACs, for which a first engine took 14.3 M instructions and CMSIS-NN 4.0 15.9 M. Budget for `test`:
7 M. Instructions are neither time nor energy: on silicon, loads and memory add to them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.virtual_board import CLASSES, FEATURES, await_told, untrained_image
from sleepstudio.board.client import BoardClient
from sleepstudio.board.firmware_image import firmware_image
from sleepstudio.board.flash import flash_board
from sleepstudio.board.link import open_link
from sleepstudio.board.messages import Frame, Kind
from sleepstudio.board.virtual import VirtualBoard
from sleepstudio.deployment.board_image import read_header
from sleepstudio.deployment.board_image_layers import LayerRecord, read_layers
from sleepstudio.monitor import SILENT

NETWORKS = ("test", "tcn-10k", "tcn-20k", "tcn-20k-branched", "tcn-30k")
BUDGET = 7_000_000
ROWS_AT_ONCE = 16


def test_image(frame_size: int) -> bytes:
    """Convolutions of five taps, squeeze-and-excitation after each pair, with a logistic function."""
    import keras
    from keras import layers

    from sleepstudio.deployment.board_image_writer import board_image
    from sleepstudio.deployment.convert import quantise
    from sleepstudio.staging.interpreter import TfliteModel

    def block(x: Any, channels: int, dilation: int) -> Any:
        y = layers.DepthwiseConv2D((1, 5), padding="same", dilation_rate=(1, dilation))(x)
        y = layers.Conv2D(channels, 1, activation="relu6")(y)
        gain = layers.GlobalAveragePooling2D(keepdims=True)(y)
        gain = layers.Conv2D(channels // 4, 1, activation="relu")(gain)
        y = layers.Multiply()([y, layers.Conv2D(channels, 1, activation="sigmoid")(gain)])
        return layers.Add()([x, y]) if x.shape[-1] == channels else y

    keras.utils.set_random_seed(0)
    frame = keras.Input(batch_shape=(1, frame_size, FEATURES))
    x = layers.Reshape((1, frame_size, FEATURES))(frame)
    x = layers.Conv2D(32, (1, 5), padding="same", activation="relu6")(x)
    for channels, dilation in ((32, 1), (32, 2), (48, 4), (48, 8)):
        x = block(x, channels, dilation)
    network = keras.Model(frame, layers.Reshape((frame_size, CLASSES))(layers.Conv2D(CLASSES, 1)(x)))
    frames = np.random.default_rng(0).normal(size=(8, frame_size, FEATURES)).astype(np.float32)
    model = TfliteModel(quantise(network, frames))
    return board_image(model, name="test", stage_set=CLASSES, parameters=network.count_params())


def layer_costs(client: BoardClient, image: bytes, session: int) -> tuple[int, ...]:
    """Instructions of each layer for one frame."""
    header = read_header(image)
    rows = np.random.default_rng(1).normal(size=(header.frame_size, header.features)).astype(np.float32)
    client.begin(session, Kind.FRAMES)
    for first in range(0, len(rows), ROWS_AT_ONCE):
        client.rows(session, first, rows[first : first + ROWS_AT_ONCE])
    client.run(session, 0)
    await_told(client, Frame)
    return tuple(client.costs().layers)


def tell(name: str, image: bytes, costs: tuple[int, ...], *, each: bool) -> None:
    header, layers = read_header(image), read_layers(image)
    total = sum(costs)
    print(f"\n{name}: {total / 1e6:.2f} M instructions for {header.frame_size} epochs, "
          f"{total / header.macs:.2f} a MAC; image {header.total_bytes / 1024:.1f} KiB, "
          f"arena {header.arena_bytes / 1024:.1f} KiB")  # fmt: skip
    if each:
        for number, (layer, cost) in enumerate(zip(layers, costs, strict=True)):
            print(f"  {number:3} {layer.name:24} {cost:10,}")
        return
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for layer, cost in zip(layers, costs, strict=True):
        for place, value in enumerate((cost, layer.macs, layer.rows_out * layer.channels_out)):
            kinds[_kind(layer)][place] += value
    print(f"  {'kind':10} {'instructions':>12} {'a MAC':>6} {'an output':>9}")
    for kind, (cost, macs, outputs) in sorted(kinds.items(), key=lambda item: -item[1][0]):
        a_mac = f"{cost / macs:6.2f}" if macs else " " * 6
        print(f"  {kind:10} {cost:12,} {a_mac} {cost / outputs:9.1f}")


def _kind(layer: LayerRecord) -> str:
    first, *rest = layer.name.split()
    return f"{first} 1×1" if rest[:1] == ["1×1"] else first


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NETWORKS))
    parser.add_argument("--layers", action="store_true", help="a line for each layer")
    parser.add_argument("--frame-size", type=int, default=240)
    arguments = parser.parse_args()
    chosen = arguments.names or list(NETWORKS)
    if unknown := set(chosen) - set(NETWORKS):
        parser.error(f"no network {', '.join(sorted(unknown))}")
    make = {"test": test_image}
    images = {
        name: make[name](arguments.frame_size)
        if name in make
        else untrained_image(name, arguments.frame_size)
        for name in chosen
    }
    totals = {}
    with tempfile.TemporaryDirectory() as folder, VirtualBoard(Path(folder) / "board.mram") as board:
        first = next(iter(images.values()))
        flash_board(board.probe, lambda: open_link(board.port), firmware_image(), first, monitor=SILENT)
        client = BoardClient(open_link(board.port))
        for session, (name, image) in enumerate(images.items(), start=1):
            client.send_image(image)
            costs = layer_costs(client, image, session)
            tell(name, image, costs, each=arguments.layers)
            totals[name] = sum(costs)
        client.close()
    if "test" in totals and arguments.frame_size == 240:
        print(f"\ntest: {totals['test']:,} instructions, budget {BUDGET:,}")
        return int(totals["test"] > BUDGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
