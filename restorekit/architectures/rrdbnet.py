"""RRDBNet: residual in residual dense blocks.

The generator of ESRGAN (Wang et al. 2018, section 3.1, figure 4) and, with other training, of
BSRGAN (Zhang et al. 2021) and Real-ESRGAN (Wang et al. 2021, section 3.3). For scales 1 and 2
Real-ESRGAN puts a pixel-unshuffle in front, so that the body always runs at a quarter of the
result's size.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._blocks import double, in_blocks
from restorekit.architectures._convolutions import (
    conv3x3,
    count,
    fill,
    initialise,
    load,
    parameters_in_order,
)
from restorekit.contracts import Architecture, Network, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from restorekit.contracts import GraphLayer

SLOPE = 0.2
RESIDUAL_SCALE = 0.2
DENSE_SIDE = 192
UPSAMPLE_SIDE = 64
"""Sides of the blocks that were fastest on a CPU: see benchmarks/README.md."""


class ResidualDenseBlock(nn.Module):
    """Five convolutions, each of which sees all that came before it."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(features, growth)
        self.conv2 = conv3x3(features + growth, growth)
        self.conv3 = conv3x3(features + 2 * growth, growth)
        self.conv4 = conv3x3(features + 3 * growth, growth)
        self.conv5 = conv3x3(features + 4 * growth, features)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return in_blocks(self._dense, x, side=DENSE_SIDE, reach=5)

    def _dense(self, x: Tensor) -> Tensor:
        seen = x
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen = torch.cat((seen, F.leaky_relu(conv(seen), SLOPE, inplace=True)), 1)
        return torch.add(x, self.conv5(seen), alpha=RESIDUAL_SCALE)


class RRDB(nn.Module):
    """Three dense blocks and a scaled skip around them."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.rdb1 = ResidualDenseBlock(features, growth)
        self.rdb2 = ResidualDenseBlock(features, growth)
        self.rdb3 = ResidualDenseBlock(features, growth)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return torch.add(x, self.rdb3(self.rdb2(self.rdb1(x))), alpha=RESIDUAL_SCALE)


class RRDBNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture, 3 or 1.
        features: Width of the body.
        growth: Channels that each dense convolution adds.
        blocks: Number of RRDBs.
        unshuffle: Side of the pixel-unshuffle in front: 1 is none.
        upsamplings: Nearest-neighbour doublings at the end; the scale is 2^upsamplings / unshuffle.
    """

    def __init__(
        self,
        *,
        channels: int,
        features: int,
        growth: int,
        blocks: int,
        unshuffle: int,
        upsamplings: int,
    ) -> None:
        super().__init__()
        self.unshuffle = unshuffle
        self.upsamplings = upsamplings
        self.conv_first = conv3x3(channels * unshuffle**2, features)
        self.body = nn.Sequential(*(RRDB(features, growth) for _ in range(blocks)))
        self.conv_body = conv3x3(features, features)
        self.conv_up1 = conv3x3(features, features)
        if upsamplings == 2:
            self.conv_up2 = conv3x3(features, features)
        self.conv_hr = conv3x3(features, features)
        self.conv_last = conv3x3(features, channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to ``(N, C, H * scale, W * scale)``."""
        if self.unshuffle > 1:
            x = F.pixel_unshuffle(x, self.unshuffle)  # (N, C * unshuffle^2, H / unshuffle, ...)
        x = self.conv_first(x)
        x = x + self.conv_body(self.body(x))
        return in_blocks(self._upsample, x, side=UPSAMPLE_SIDE, reach=2, scale=2**self.upsamplings)

    def _upsample(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.conv_up1(double(x)), SLOPE, inplace=True)
        if self.upsamplings == 2:
            x = F.leaky_relu(self.conv_up2(double(x)), SLOPE, inplace=True)
        x = F.leaky_relu(self.conv_hr(x), SLOPE, inplace=True)
        # The last layer may be kept in float32 while the body runs in half precision.
        return self.conv_last(x.to(self.conv_last.weight.dtype))


# Keys of the first release (KAIR's form), rewritten to those that Real-ESRGAN's files use.
RENAMED = (
    (re.compile(r"^RRDB_trunk\.(\d+)\.RDB(\d)\."), r"body.\1.rdb\2."),
    (re.compile(r"^trunk_conv\."), "conv_body."),
    (re.compile(r"^upconv(\d)\."), r"conv_up\1."),
    (re.compile(r"^HRconv\."), "conv_hr."),
)
# ESRGAN's own files number an nn.Sequential instead; the numbers depend on the upsamplings.
SEQUENTIAL = re.compile(r"^model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.")
NUMBERED = re.compile(r"^model\.(\d+)\.(weight|bias)$")
# All that an RRDBNet holds; a tensor of another name makes it one of its many variants.
KEYS = re.compile(
    r"^(conv_(first|body|up1|up2|hr|last)|body\.\d+\.rdb[123]\.conv[1-5])\.(weight|bias)$"
)
NEEDED = {
    f"{name}.weight"
    for name in ("conv_first", "body.0.rdb1.conv1", "conv_body", "conv_up1", "conv_last")
}


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the keys of :class:`RRDBNet`, whichever release they come from."""
    if "model.0.weight" in tensors:
        return _from_sequential(tensors)
    renamed: dict[str, Tensor] = {}
    for key, value in tensors.items():
        for pattern, replacement in RENAMED:
            key = pattern.sub(replacement, key)  # noqa: PLW2901
        renamed[key] = value
    return renamed


def _from_sequential(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    heads = sorted({int(match[1]) for key in tensors if (match := NUMBERED.match(key))})
    tail = [*["conv_up1", "conv_up2"][: len(heads) - 3], "conv_hr", "conv_last"]
    names = {str(n): name for n, name in zip(heads, ["conv_first", *tail], strict=False)}
    blocks = [int(match[1]) for key in tensors if (match := SEQUENTIAL.match(key))]
    trunk = f"model.1.sub.{max(blocks, default=-1) + 1}."
    renamed: dict[str, Tensor] = {}
    for key, value in tensors.items():
        if key.startswith(trunk):
            renamed[key.replace(trunk, "conv_body.")] = value
        elif match := NUMBERED.match(key):
            renamed[f"{names.get(match[1], match[1])}.{match[2]}"] = value
        else:
            renamed[SEQUENTIAL.sub(r"body.\1.rdb\2.conv\3.", key)] = value
    return renamed


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an RRDBNet of any release."""
    keys = set(canonical(tensors))
    return keys >= NEEDED and all(KEYS.match(key) for key in keys)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any RRDBNet.
    """
    state = canonical(tensors)
    first, last = state["conv_first.weight"], state["conv_last.weight"]
    channels = last.shape[0]
    hyperparameters = {
        "channels": channels,
        "features": first.shape[0],
        "growth": state["body.0.rdb1.conv1.weight"].shape[0],
        "blocks": count(state, "body."),
        "unshuffle": math.isqrt(first.shape[1] // channels),
        "upsamplings": 2 if "conv_up2.weight" in state else 1,
    }
    with torch.device("meta"):
        module = RRDBNet(**hyperparameters)
    load(module, state, "RRDBNet")
    unshuffle = hyperparameters["unshuffle"]
    return Network(
        module=module,
        architecture="rrdbnet",
        scale=2 ** hyperparameters["upsamplings"] // unshuffle,
        channels=channels,
        # Some 15 convolutions a block: finite on paper, the whole photo in practice.
        receptive_field=None,
        overlap=OVERLAP * unshuffle,
        tile=1024,
        size_requirements=SizeRequirements(minimum=unshuffle, multiple_of=unshuffle),
        full_precision=("conv_last",),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """An RRDBNet as training begins.

    In the dense blocks He's weights, a tenth as large: deep residual networks learn easier when
    each block begins by changing little (ESRGAN, section 3.1).
    """
    module = RRDBNet(**hyperparameters)
    for layer in module.body.modules():
        initialise(layer, nn.init.kaiming_normal_)
        if isinstance(layer, nn.Conv2d):
            layer.weight.data *= 0.1
    return module


def from_graph(layers: Sequence[GraphLayer]) -> dict[str, Tensor]:
    """The state dict of an ncnn graph: its convolutions stand in the order of the module's.

    Raises:
        CheckpointError: The graph is another network's.
    """
    convolutions = [layer for layer in layers if layer.kind == "Convolution"]
    blocks, rest = divmod(len(convolutions) - 6, 15)
    kinds = {layer.kind for layer in layers}
    if rest or blocks < 1 or not kinds <= GRAPH_KINDS:
        raise CheckpointError(
            "the graph is no RRDBNet",
            expected="15 convolutions a block and 6 around them",
            got=f"{len(convolutions)} convolutions and {', '.join(sorted(kinds))}",
        )
    first = convolutions[0].weights[0]
    growth = convolutions[1].weights[0].shape[0]
    channels = convolutions[-1].weights[0].shape[0]
    unshuffle = math.isqrt(first.shape[1] // channels)
    with torch.device("meta"):
        template = RRDBNet(
            channels=channels,
            features=first.shape[0],
            growth=growth,
            blocks=blocks,
            unshuffle=unshuffle,
            upsamplings=2,
        )
    arrays = parameters_in_order(convolutions)
    return fill(template.state_dict(), arrays, "RRDBNet")


GRAPH_KINDS = {
    "Input", "Split", "Convolution", "ReLU", "Concat", "BinaryOp", "Interp", "Reorg", "Eltwise",
}  # fmt: skip

OVERLAP = 128
"""Pixels of the body: with 128 no photo tried was a level off the whole, with 96 all four were."""

ARCHITECTURE = Architecture("rrdbnet", detect, build, from_graph, untrained=untrained)
