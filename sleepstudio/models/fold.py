"""From the network as trained to the network as deployed, structure and weights, without TensorFlow.

Batch normalisation is folded into the convolution before it, parallel branches into one convolution (Ding et
al. 2021, *RepVGG*), dropout is left out. What the folded network computes is equal up to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sleepstudio.models.network import Layer, LayerKind, Network

NORM_EPSILON = 1e-3
"""Added to the variance by both normalisations (Keras's default, and SleepKit's)."""

LayerWeights = tuple[NDArray[np.float32], ...]
"""A layer's weights in Keras's order: convolutions (kernel, bias), batch normalisation (gain, offset, mean,
variance), normalisation over time (gain, offset). Kernels: (width, channels, 1) depthwise, else
(width, channels in, channels out)."""

_CONVOLUTIONS = (LayerKind.DEPTHWISE, LayerKind.CONVOLUTION)


@dataclass(frozen=True)
class _Branch:
    """A convolution as trained, and the normalisation that is folded into it."""

    convolution: Layer
    norm: Layer | None


@dataclass(frozen=True)
class Folding:
    """``network`` as deployed; ``sources``: which trained layers each of its convolutions is made of."""

    network: Network
    sources: Mapping[str, tuple[_Branch, ...]]

    def weights(self, trained: Mapping[str, LayerWeights]) -> dict[str, LayerWeights]:
        """Weights of the deployed network's layers from those of the trained network's."""
        folded = {
            name: trained[name]
            for name in self.network.by_name
            if name in trained and name not in self.sources
        }
        for name, branches in self.sources.items():
            kernels, biases = zip(*(_folded_branch(branch, trained) for branch in branches), strict=True)
            folded[name] = (
                np.sum(kernels, axis=0).astype(np.float32),
                np.sum(biases, axis=0).astype(np.float32),
            )
        return folded


def fold(network: Network) -> Folding:
    """The network as deployed.

    Normalisation over time depends on the night and stays, and so do the branches that have it.
    """
    renamed: dict[str, str] = {}
    layers: dict[str, Layer] = {}
    sources: dict[str, tuple[_Branch, ...]] = {}
    for layer in network.layers:
        inputs = tuple(renamed.get(name, name) for name in layer.inputs)
        layer = replace(layer, inputs=inputs)
        if layer.kind is LayerKind.DROPOUT:
            renamed[layer.name] = inputs[0]
        elif layer.kind is LayerKind.BATCH_NORM and _folds_back(network, layer.name):
            renamed[layer.name] = inputs[0]
            (branch,) = sources[inputs[0]]
            sources[inputs[0]] = (replace(branch, norm=layer),)
        elif layer.kind is LayerKind.ADD and _are_branches(network, layer.name, [layers[n] for n in inputs]):
            first, *others = inputs
            renamed[layer.name] = first
            sources[first] = tuple(branch for name in inputs for branch in sources[name])
            for name in others:
                del layers[name], sources[name]
        else:
            layers[layer.name] = layer
            if layer.kind in _CONVOLUTIONS:
                layers[layer.name] = replace(layer, bias=True)
                sources[layer.name] = (_Branch(layer, None),)
    return Folding(Network(tuple(layers.values())), sources)


def _folds_back(network: Network, norm: str) -> bool:
    """Whether the layer before ``norm`` is a convolution that nothing else reads."""
    (before,) = network.by_name[norm].inputs
    return network.by_name[before].kind in _CONVOLUTIONS and network.uses[before] == 1


def _are_branches(network: Network, addition: str, deployed: list[Layer]) -> bool:
    """Whether ``addition`` sums convolutions of one shape over one input that nothing else reads."""
    trained = network.by_name[addition].inputs
    if len(set(trained)) < len(trained) or any(network.uses[name] > 1 for name in trained):
        return False
    shapes = {(layer.kind, layer.inputs, layer.kernel, layer.dilation, layer.channels) for layer in deployed}
    return len(shapes) == 1 and deployed[0].kind in _CONVOLUTIONS


def _folded_branch(
    branch: _Branch, trained: Mapping[str, LayerWeights]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Kernel and bias of a convolution followed by its normalisation with the moving statistics."""
    kernel, *rest = (weight.astype(np.float64) for weight in trained[branch.convolution.name])
    bias = rest[0] if rest else np.zeros(branch.convolution.channels)
    if branch.norm is None:
        return kernel, bias
    gain, offset, mean, variance = (weight.astype(np.float64) for weight in trained[branch.norm.name])
    scale = gain / np.sqrt(variance + NORM_EPSILON)
    along_channels = scale[:, None] if branch.convolution.kind is LayerKind.DEPTHWISE else scale
    return kernel * along_channels, (bias - mean) * scale + offset
