"""MAXIM: U-Nets in a row whose blocks mix pixels near and far by matrices with gates.

Tu et al., MAXIM: multi-axis MLP for image processing, CVPR 2022; the variant MAXIM-3S of its
section 4 has three stages and 22.2 million parameters. One network for many tasks: noise, blur,
rain, haze, darkness. All stages but the last predict the picture at every scale on the way; what
they saw and made is fused into the next. Layers that only serve the loss in training are not here.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from restorekit.architectures._convolutions import check, count, load
from restorekit.architectures._maxim_levels import (
    Bottleneck,
    Decoder,
    Encoder,
    Resize,
    Supervision,
)
from restorekit.architectures._maxim_release import from_tfjs
from restorekit.architectures._multi_axis import Convolution, CrossGate
from restorekit.contracts import Architecture, Network, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Shape(NamedTuple):
    """What tells one MAXIM from another."""

    features: int
    """Channels at full size, a multiple of 4; they double with every level."""
    sides: tuple[int, ...]
    """Side of blocks and of the grid at each level, and at last below the lowest."""
    stages: int
    groups: int
    """Pairs of mixing and attention in every encoder, decoder and bottleneck."""
    bottlenecks: int

    @property
    def widths(self) -> list[int]:
        """Channels at each level."""
        return [self.features << level for level in range(len(self.sides) - 1)]

    @property
    def multiple_of(self) -> int:
        """Every level can cut multiples of this into its blocks."""
        return math.lcm(*(side << level for level, side in enumerate(self.sides)))


class Seen(NamedTuple):
    """What a stage hands to the next: a tensor ``(N, H, W, C)`` for each level."""

    bridges: list[Tensor]
    """What its encoder and its decoder made, added."""
    supervised: list[Tensor]
    """What its decoder made, after attention to the picture that it predicts."""


class Stage(nn.Module):
    """One of the U-Nets."""

    def __init__(self, shape: Shape, *, first: bool, last: bool) -> None:
        super().__init__()
        sides, groups, widths = shape.sides, shape.groups, shape.widths
        levels = list(enumerate(widths))
        above, below = [widths[0], *widths], [*widths[1:], widths[-1]]
        skips = [len(widths) * c for c in widths]
        self.inputs = nn.ModuleList(Convolution(3, c, 3, padding=1) for c in widths)
        self.fusions = nn.ModuleList(CrossGate(c, c, sides[i]) for i, c in levels if not first)
        self.encoders = nn.ModuleList(
            Encoder(above[i], c, sides[i], groups, gated=not first) for i, c in levels
        )
        self.bottlenecks = nn.ModuleList(
            Bottleneck(widths[-1], sides[-1], groups) for _ in range(shape.bottlenecks)
        )
        self.gates = nn.ModuleList(CrossGate(skips[i], c, sides[i], below[i]) for i, c in levels)
        self.decoders = nn.ModuleList(
            Decoder(below[i], skips[i], c, sides[i], groups) for i, c in levels
        )
        up = levels[::-1]
        # In the order of their use: from the lowest level up, once for the gates, once to decode.
        self.resizes = nn.ModuleList(
            Resize(d, c, i - j) for order in (levels, up) for i, c in up for j, d in order
        )
        self.supervisions = nn.ModuleList(Supervision(c) for c in widths if not last)

    def forward(self, pictures: Sequence[Tensor], before: Seen | None) -> tuple[Tensor, Seen]:
        """The features of the result, and what the next stage should hear of.

        Args:
            pictures: At each level, ``(N, H, W, 3)``.
            before: Of the stage before; None for the first.
        """
        inputs = [conv(picture) for conv, picture in zip(self.inputs, pictures, strict=True)]
        heard: Sequence[Tensor | None] = [None] * len(inputs)
        if before is not None:
            fused = zip(self.fusions, inputs, before.supervised, strict=True)
            inputs = [fusion((x,), y)[0] for fusion, x, y in fused]
            heard = before.bridges
        x, encoded = inputs[0], list[Tensor]()
        for encoder, skip, bridge in zip(self.encoders, inputs, heard, strict=True):
            x, whole = encoder(x, skip, bridge)
            encoded.append(whole)
        for bottleneck in self.bottlenecks:
            x = bottleneck(x)
        decoded = self._decoded(x, self._skips(x, encoded))
        pairs = zip(self.supervisions, decoded, pictures, strict=False)
        supervised = [attend(y, picture) for attend, y, picture in pairs]
        bridges = [y + z for y, z in zip(encoded, decoded, strict=True)]
        return decoded[0], Seen(bridges, supervised)

    def _skips(self, x: Tensor, encoded: list[Tensor]) -> list[Tensor]:
        """What the encoders saw at each level, gated by what lies below it."""
        levels, skips = len(encoded), list[Tensor]()
        for n, gate in enumerate(reversed(self.gates)):
            resizes = self.resizes[levels * n : levels * (n + 1)]
            signal = (resize(y) for resize, y in zip(resizes, encoded, strict=True))
            skip, x = gate(signal, x)
            skips.insert(0, skip)
        return skips

    def _decoded(self, x: Tensor, skips: list[Tensor]) -> list[Tensor]:
        levels, decoded = len(skips), list[Tensor]()
        for n, decoder in enumerate(reversed(self.decoders), levels):
            resizes = self.resizes[levels * n : levels * (n + 1)]
            signal = (resize(y) for resize, y in zip(resizes, reversed(skips), strict=True))
            x = decoder(x, signal)
            decoded.insert(0, x)
        return decoded


class MAXIM(nn.Module):
    """The network; see the module's text, and :class:`Shape` for the arguments."""

    def __init__(
        self, *, features: int, sides: tuple[int, ...], stages: int, groups: int, bottlenecks: int
    ) -> None:
        super().__init__()
        shape = Shape(features, sides, stages, groups, bottlenecks)
        self.levels = len(shape.widths)
        self.stages = nn.ModuleList(
            Stage(shape, first=n == 0, last=n == stages - 1) for n in range(stages)
        )
        self.output = Convolution(features, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, H, W)`` in [0, 1] to the same; H and W are multiples of ``multiple_of``."""
        # What is predicted is added to the picture: it may be rough, the picture itself not.
        picture = x.permute(0, 2, 3, 1).to(next(self.stages.parameters()).dtype)
        # At each level the pixel right and below of the middle of those it stands for.
        steps = [2**level for level in range(self.levels)]
        pictures = [picture[:, step // 2 :: step, step // 2 :: step] for step in steps]
        first, *others = self.stages
        y, seen = first(pictures, None)
        for stage in others:
            y, seen = stage(pictures, seen)
        y = self.output(y.to(self.output.weight.dtype))
        return x + y.permute(0, 3, 1, 2)


ENTRANCE = "stages.0.inputs.0.weight"
LEVELS = "stages.0.encoders."
BOTTOM = "stages.0.bottlenecks.0"
MIX = "mixers.0.grid.mix.weight"
OVERLAP = 64
"""Tiles differ from the whole picture most in the 32 pixels beside a cut: by 0.2 levels (root
mean square) where noise is removed and 3.5 where blur is. All over the tile they differ by 0.06 and
1.5, which no overlap mends: the grids and the attentions see less. 128 and more were no better."""


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a MAXIM, under the names that its modules have here."""
    wanted = (ENTRANCE, f"{LEVELS}0.groups.{MIX}", f"{BOTTOM}.{MIX}", "output.weight")
    return all(key in tensors for key in wanted)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any MAXIM.
    """
    shape = _shape(tensors)
    # Before a network of 2,750 tensors is built.
    check(_expected(shape), tensors, "MAXIM")
    with torch.device("meta"):
        module = MAXIM(**shape._asdict())
    load(module, tensors, "MAXIM")
    return Network(
        module=module,
        architecture="maxim",
        scale=1,
        channels=3,
        # Its grids and attentions span the picture.
        receptive_field=None,
        overlap=OVERLAP,
        tile=768,
        bytes_per_pixel=3200,
        size_requirements=SizeRequirements(shape.multiple_of, shape.multiple_of),
        precisions=frozenset({"fp32", "bf16"}),
        full_precision=("output",),
        float_input=True,
        hyperparameters=shape._asdict(),
    )


def _shape(tensors: Mapping[str, Tensor]) -> Shape:
    levels = count(tensors, LEVELS)
    mixes = [*(f"{LEVELS}{level}.groups.{MIX}" for level in range(levels)), f"{BOTTOM}.{MIX}"]
    missing = [key for key in mixes if key not in tensors]
    if missing:
        raise CheckpointError("the tensors are no MAXIM", expected=missing[0])
    return Shape(
        features=len(tensors[ENTRANCE]),
        sides=tuple(math.isqrt(len(tensors[key])) for key in mixes),
        stages=count(tensors, "stages."),
        groups=count(tensors, f"{LEVELS}0.groups.mixers."),
        bottlenecks=count(tensors, "stages.0.bottlenecks."),
    )


@functools.cache
def _expected(shape: Shape) -> Mapping[str, torch.Size]:
    """The names and sizes of the tensors of a network of this shape."""
    with torch.device("meta"):
        module = MAXIM(**shape._asdict())
    return {key: value.shape for key, value in module.state_dict().items()}


ARCHITECTURE = Architecture("maxim", detect, build, from_tfjs=from_tfjs)
