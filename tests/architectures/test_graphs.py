"""A graph's weights, layer by layer, become the tensors of the network that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from restorekit.architectures import rrdbnet, srvggnet_compact
from restorekit.architectures.rrdbnet import RRDBNet
from restorekit.architectures.srvggnet_compact import SRVGGNetCompact
from restorekit.contracts import GraphLayer
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from restorekit.contracts import Architecture

COMPACT, RRDB = srvggnet_compact.ARCHITECTURE, rrdbnet.ARCHITECTURE


def graph(module: nn.Module, *others: str) -> list[GraphLayer]:
    """The layers of a module in the order in which they were made, and others without weights."""
    layers: list[GraphLayer] = []
    for name, part in module.named_modules():
        if isinstance(part, (nn.Conv2d, nn.PReLU)):
            kind = "PReLU" if isinstance(part, nn.PReLU) else "Convolution"
            weights = tuple(value.detach().numpy() for value in part.parameters())
            layers.append(GraphLayer(kind, name, (), (), {}, weights))
    return [*layers, *(GraphLayer(kind, kind, (), (), {}, ()) for kind in others)]


def compact(scale: int = 4) -> nn.Module:
    return SRVGGNetCompact(3, 8, 2, scale)


def residual(unshuffle: int = 1) -> nn.Module:
    return RRDBNet(channels=3, features=8, growth=4, blocks=2, unshuffle=unshuffle, upsamplings=2)


@pytest.mark.parametrize(
    ("architecture", "module", "others"),
    [
        (COMPACT, compact(4), ("PixelShuffle", "Interp", "BinaryOp")),
        (COMPACT, compact(2), ("PixelShuffle",)),
        (RRDB, residual(1), ("Interp", "BinaryOp", "Concat")),
        (RRDB, residual(2), ("Reorg", "Interp")),
    ],
    ids=["compact-x4", "compact-x2", "rrdbnet-x4", "rrdbnet-x2"],
)
def test_weights_find_their_names(
    architecture: Architecture, module: nn.Module, others: tuple[str, ...]
) -> None:
    assert architecture.from_graph is not None
    tensors = architecture.from_graph(graph(module, *others))
    wanted = module.state_dict()
    assert list(tensors) == list(wanted)
    assert all(torch.equal(tensors[key], wanted[key]) for key in wanted)
    tensors["conv_last.weight" if architecture is RRDB else "body.0.weight"].zero_()
    assert all(value.abs().max() > 0 for key, value in wanted.items() if key.endswith("weight"))


@pytest.mark.parametrize(
    ("architecture", "layers"),
    [
        (COMPACT, []),
        (RRDB, []),
        (COMPACT, graph(compact())),
        (COMPACT, graph(residual(), "PixelShuffle")),
        (RRDB, graph(compact(), "PixelShuffle")),
        (RRDB, graph(residual(), "Sigmoid")),
        (RRDB, graph(residual())[1:]),
        (RRDB, graph(residual())[::-1]),
        (COMPACT, [*graph(compact())[::-1], *graph(compact(), "PixelShuffle")[1:]]),
    ],
)
def test_graphs_of_others_are_refused(architecture: Architecture, layers: list[GraphLayer]) -> None:
    assert architecture.from_graph is not None
    with pytest.raises(CheckpointError, match="the graph is no"):
        architecture.from_graph(layers)
