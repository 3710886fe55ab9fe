"""SR3: a U-Net that is shown a picture and a noisy guess at the better one, and tells the noise.

C. Saharia et al., Image super-resolution via iterative refinement, IEEE TPAMI 45 (2023), section
2.5 and appendix A. Blocks normalise and convolve twice, and hear between the two how much noise
there is; at a low resolution, and in the middle, each place looks at all others. The names of the
weights, and the block, which is that of DDPM and not that of BigGAN, are those of the port to
PyTorch that the field uses (J. Liangwei, Image-Super-Resolution-via-Iterative-Refinement).

SR3+ is the same without attention, so that it suits photos of any size, and is told how much noise
it was given in the picture, too: H. Sahak et al., Denoising diffusion probabilistic models for
robust image super-resolution in the wild, 2023, section 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from restorekit.architectures._convolutions import load
from restorekit.architectures._diffusion_blocks import (
    Block,
    Down,
    NormedConvolution,
    Up,
    level_embedding,
)
from restorekit.architectures._noise_schedules import betas_of, schedule_of
from restorekit.contracts import Architecture, Diffusion, Network, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "denoise_fn."
"""Before the names of the U-Net's weights in the port's files."""


class SR3(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at full size.
        multipliers: How many times as wide each level is, from full size down.
        blocks: At each level on the way down; there is one more on the way up.
        attention: The levels with attention, full size being 0 and the middle the one after the
            lowest.
        augmented: Whether it is told how much noise there is in the picture.
        schedule: Of the noise: ``linear`` or ``cosine``.
        timesteps: Of the schedule.
    """

    betas: Tensor
    """The share of noise that each step adds, ``(timesteps,)``."""

    def __init__(
        self,
        *,
        channels: int,
        features: int,
        multipliers: tuple[int, ...],
        blocks: int,
        attention: tuple[int, ...] = (),
        augmented: bool = False,
        schedule: str = "linear",
        timesteps: int = 2000,
    ) -> None:
        super().__init__()
        self.register_buffer("betas", betas_of(schedule, timesteps).float())
        self.noise_level_mlp = level_embedding(features)
        self.augmentation_mlp = level_embedding(features) if augmented else None
        widths = [features * it for it in multipliers]
        attends = [level in attention for level in range(len(widths) + 1)]
        self.downs, seen = _way_down(channels, features, widths, blocks, attends)
        below = widths[-1]
        self.mid = nn.ModuleList(
            Block(below, below, features, attends=it) for it in (attends[-1], False)
        )
        self.ups = _way_up(features, widths, seen, blocks, attends)
        self.final_conv = NormedConvolution(widths[0], channels)

    def forward(self, picture: Tensor, noisy: Tensor, levels: Tensor) -> Tensor:
        """The noise in ``noisy``, ``(N, C, H, W)``.

        Args:
            picture: What is to be restored, at the size of the result: ``(N, C, H, W)`` in [0, 1];
                H and W are multiples of 2 to the number of levels less one.
            noisy: The guess, of the same shape, in -1 to 1 but for its noise.
            levels: ``(N, 1 or 2)``, the root of gamma of ``noisy`` and, where the network is
                augmented, that of ``picture``.
        """
        heard = self.noise_level_mlp(levels[:, 0])
        if self.augmentation_mlp is not None:
            heard = heard + self.augmentation_mlp(levels[:, 1])
        x = torch.cat([2 * picture - 1, noisy], dim=1)
        seen: list[Tensor] = []
        for layer in self.downs:
            x = layer(x, heard) if isinstance(layer, Block) else layer(x)
            seen.append(x)
        for layer in self.mid:
            x = layer(x, heard)
        for layer in self.ups:
            x = (
                layer(torch.cat([x, seen.pop()], dim=1), heard)
                if isinstance(layer, Block)
                else layer(x)
            )
        return self.final_conv(x)

    @property
    def diffusion(self) -> Diffusion:
        """What it is taught."""
        left = torch.cumprod(1 - self.betas.detach().cpu().double(), dim=0)
        return Diffusion((1.0, *left.tolist()), self.augmentation_mlp is not None)


def _way_down(
    channels: int, features: int, widths: list[int], blocks: int, attends: list[bool]
) -> tuple[nn.ModuleList, list[int]]:
    """The layers, and the width of what each makes."""
    layers: list[nn.Module] = [nn.Conv2d(2 * channels, features, 3, padding=1)]
    made = [features]
    for level, width in enumerate(widths):
        if level:
            layers.append(Down(made[-1]))
            made.append(made[-1])
        for _ in range(blocks):
            layers.append(Block(made[-1], width, features, attends=attends[level]))
            made.append(width)
    return nn.ModuleList(layers), made


def _way_up(
    features: int, widths: list[int], seen: list[int], blocks: int, attends: list[bool]
) -> nn.ModuleList:
    """The layers; each block takes what one on the way down has made, too."""
    layers: list[nn.Module] = []
    below = widths[-1]
    for level, width in reversed([*enumerate(widths)]):
        for _ in range(blocks + 1):
            layers.append(Block(below + seen.pop(), width, features, attends=attends[level]))
            below = width
        if level:
            layers.append(Up(width))
    return nn.ModuleList(layers)


NEEDED = {
    "betas": 1,
    "noise_level_mlp.1.weight": 2,
    "downs.0.weight": 4,
    "downs.1.res_block.noise_func.noise_func.0.weight": 2,
    "mid.0.res_block.block1.block.3.weight": 4,
    "final_conv.block.3.weight": 4,
}
"""Tensors, and how many axes each has."""


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an SR3."""
    own = _own(tensors)
    return all(key in own and own[key].ndim == axes for key, axes in NEEDED.items())


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SR3.
    """
    tensors = _own(tensors)
    hyperparameters = _hyperparameters(tensors)
    with torch.device("meta"):
        module = SR3(**hyperparameters)
    load(module, tensors, "SR3")
    multiple = 2 ** (len(hyperparameters["multipliers"]) - 1)
    return Network(
        module=module,
        architecture="sr3",
        scale=1,
        channels=hyperparameters["channels"],
        # Normalised by the means over all that it sees.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        # The means that it is trained on are those of 256 x 256 pixels.
        tile=256,
        bytes_per_pixel=96 * hyperparameters["features"],
        size_requirements=SizeRequirements(multiple, multiple),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        enlarged=True,
        diffusion=module.diffusion,
        hyperparameters=hyperparameters,
    )


def _own(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Without the prefix of the port's files, and what they hold of the schedule twice."""
    if not any(key.startswith(PREFIX) for key in tensors):
        return tensors
    found = {k.removeprefix(PREFIX): it for k, it in tensors.items() if k.startswith(PREFIX)}
    return {**found, **{key: tensors[key] for key in ("betas",) if key in tensors}}


def _hyperparameters(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """All that :class:`SR3` takes."""
    features = tensors["downs.0.weight"].shape[0]
    levels: list[list[str]] = [[]]
    """For each level the beginnings of the names in its blocks."""
    number = 1
    while any(key.startswith(f"downs.{number}.") for key in tensors):
        if f"downs.{number}.conv.weight" in tensors:
            levels.append([])
        else:
            levels[-1].append(f"downs.{number}.")
        number += 1
    try:
        widths = [tensors[f"{it[-1]}res_block.block2.block.3.bias"].shape[0] for it in levels]
    except (KeyError, IndexError) as error:
        raise CheckpointError("the tensors are no SR3", expected="a level's blocks") from error
    places = [*(it[-1] for it in levels), "mid.0."]
    return {
        "channels": tensors["final_conv.block.3.weight"].shape[0],
        "features": features,
        "multipliers": tuple(width // features for width in widths),
        "blocks": len(levels[0]),
        "attention": tuple(
            level for level, place in enumerate(places) if f"{place}attn.qkv.weight" in tensors
        ),
        "augmented": "augmentation_mlp.1.weight" in tensors,
        "schedule": schedule_of(tensors["betas"]),
        "timesteps": len(tensors["betas"]),
    }


def untrained(**hyperparameters: Any) -> nn.Module:
    """An SR3 as training begins: PyTorch's own weights; it tells no noise yet."""
    module = SR3(**hyperparameters)
    for parameter in module.final_conv.block[3].parameters():
        nn.init.zeros_(parameter)
    return module


ARCHITECTURE = Architecture("sr3", detect, build, untrained=untrained)
