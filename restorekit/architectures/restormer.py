"""Restormer: a U-Net of transformer blocks whose attention is between channels, not pixels.

Zamir et al., Restormer: efficient transformer for high-resolution image restoration, CVPR 2022,
section 3. Each channel, with its near neighbourhood mixed in, is compared with each other one over
the whole picture (multi-Dconv head transposed attention, equation 1); then a gated feed-forward
network looks at each pixel and its neighbours (equation 2). What it makes is added to the picture.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import count, load
from restorekit.contracts import Architecture, Network, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping


class ChannelNorm(nn.Module):
    """Each pixel's channels divided by their standard deviation.

    Args:
        features: Channels.
        centred: Whether their mean is taken off first, and a bias added at last; the networks for
            noise do neither, those for blur and rain do both.
    """

    def __init__(self, features: int, *, centred: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features)) if centred else None

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        variance, mean = torch.var_mean(x, dim=1, correction=0, keepdim=True)
        scale = self.weight[:, None, None] * torch.rsqrt(variance + 1e-5)
        return x * scale if self.bias is None else (x - mean) * scale + self.bias[:, None, None]


def named(**modules: nn.Module) -> nn.Sequential:
    """The modules in a row, under the names that they have in the released files."""
    return nn.Sequential(OrderedDict(modules))


def pointwise(taken: int, given: int) -> nn.Conv2d:
    """A convolution of 1 x 1."""
    return nn.Conv2d(taken, given, 1, bias=False)


def depthwise(features: int) -> nn.Conv2d:
    """A convolution of 3 x 3 within each channel."""
    return nn.Conv2d(features, features, 3, padding=1, groups=features, bias=False)


def conv3x3(taken: int, given: int) -> nn.Conv2d:
    """A convolution of 3 x 3."""
    return nn.Conv2d(taken, given, 3, padding=1, bias=False)


class TransposedAttention(nn.Module):
    """Multi-Dconv head transposed attention: channels attend to channels."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = pointwise(features, 3 * features)
        self.qkv_dwconv = depthwise(3 * features)
        self.project_out = pointwise(features, features)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        heads = (len(self.temperature), -1)
        flat = self.qkv_dwconv(self.qkv(x)).flatten(2)  # (N, 3 C, H W)
        q, k, v = (it.unflatten(1, heads) for it in flat.chunk(3, dim=1))  # (N, heads, C', H W)
        likeness = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1)
        attention = (likeness * self.temperature).softmax(dim=-1)  # (N, heads, C', C')
        return self.project_out((attention @ v).reshape(x.shape))


class GatedFeedForward(nn.Module):
    """Gated-Dconv feed-forward network: one half, through GELU, lets the other pass."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.project_in = pointwise(features, 2 * hidden)
        self.dwconv = depthwise(2 * hidden)
        self.project_out = pointwise(hidden, features)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        gate, value = self.dwconv(self.project_in(x)).chunk(2, dim=1)
        return self.project_out(F.gelu(gate) * value)


class TransformerBlock(nn.Module):
    """Attention, then the feed-forward network, each added to what came in."""

    def __init__(self, features: int, hidden: int, heads: int, *, centred: bool) -> None:
        super().__init__()
        self.norm1 = named(body=ChannelNorm(features, centred=centred))
        self.attn = TransposedAttention(features, heads)
        self.norm2 = named(body=ChannelNorm(features, centred=centred))
        self.ffn = GatedFeedForward(features, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))


def halving(features: int) -> nn.Sequential:
    """``(N, C, H, W)`` to ``(N, 2 C, H / 2, W / 2)``."""
    return named(body=nn.Sequential(conv3x3(features, features // 2), nn.PixelUnshuffle(2)))


def doubling(features: int) -> nn.Sequential:
    """``(N, C, H, W)`` to ``(N, C / 2, 2 H, 2 W)``."""
    return named(body=nn.Sequential(conv3x3(features, 2 * features), nn.PixelShuffle(2)))


class Restormer(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at full size; it doubles with each of the three levels below.
        blocks: On the way down at each of the four levels, and as many on the way up.
        refinement: Blocks at full size, at last.
        heads: Of the attention at each level.
        hidden: Width inside the feed-forward networks, for each of the four widths.
        centred: See :class:`ChannelNorm`.
    """

    def __init__(
        self,
        *,
        channels: int,
        features: int,
        blocks: tuple[int, ...],
        refinement: int,
        heads: tuple[int, ...],
        hidden: tuple[int, ...],
        centred: bool,
    ) -> None:
        super().__init__()
        c = [features << level for level in range(4)]

        def stage(number: int, level: int, width: int) -> nn.Sequential:
            block = (c[width], hidden[width], heads[level])
            return nn.Sequential(
                *(TransformerBlock(*block, centred=centred) for _ in range(number))
            )

        self.patch_embed = named(proj=conv3x3(channels, c[0]))
        self.encoder_level1 = stage(blocks[0], 0, 0)
        self.down1_2 = halving(c[0])
        self.encoder_level2 = stage(blocks[1], 1, 1)
        self.down2_3 = halving(c[1])
        self.encoder_level3 = stage(blocks[2], 2, 2)
        self.down3_4 = halving(c[2])
        self.latent = stage(blocks[3], 3, 3)
        self.up4_3 = doubling(c[3])
        self.reduce_chan_level3 = pointwise(c[3], c[2])
        self.decoder_level3 = stage(blocks[2], 2, 2)
        self.up3_2 = doubling(c[2])
        self.reduce_chan_level2 = pointwise(c[2], c[1])
        self.decoder_level2 = stage(blocks[1], 1, 1)
        self.up2_1 = doubling(c[1])
        # At full size what was seen is put beside what was made, and nothing halves them again.
        self.decoder_level1 = stage(blocks[0], 0, 1)
        self.refinement = stage(refinement, 0, 1)
        self.output = conv3x3(c[1], channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same; H and W are multiples of 8."""
        whole = self.encoder_level1(self.patch_embed(x))
        half = self.encoder_level2(self.down1_2(whole))
        quarter = self.encoder_level3(self.down2_3(half))
        y = self.up4_3(self.latent(self.down3_4(quarter)))
        y = self.decoder_level3(self.reduce_chan_level3(torch.cat([y, quarter], dim=1)))
        y = self.up3_2(y)
        y = self.decoder_level2(self.reduce_chan_level2(torch.cat([y, half], dim=1)))
        y = self.decoder_level1(torch.cat([self.up2_1(y), whole], dim=1))
        return x + self.output(self.refinement(y))


EMBEDDING = "patch_embed.proj.weight"
LEVELS = ("encoder_level1", "encoder_level2", "encoder_level3", "latent")
NEEDED = {
    *(f"{level}.0.attn.temperature" for level in LEVELS),
    *(f"{level}.0.ffn.project_out.weight" for level in LEVELS),
    EMBEDDING,
    "refinement.0.attn.temperature",
    "output.weight",
}


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a Restormer."""
    return tensors.keys() >= NEEDED and all(tensors[key].ndim > 1 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any Restormer that makes a photo of a photo.
    """
    features, channels = tensors[EMBEDDING].shape[:2]
    hyperparameters: dict[str, Any] = {
        "channels": channels,
        "features": features,
        "blocks": tuple(count(tensors, f"{level}.") for level in LEVELS),
        "refinement": count(tensors, "refinement."),
        "heads": tuple(len(tensors[f"{level}.0.attn.temperature"]) for level in LEVELS),
        "hidden": tuple(tensors[f"{it}.0.ffn.project_out.weight"].shape[1] for it in LEVELS),
        "centred": f"{LEVELS[0]}.0.norm1.body.bias" in tensors,
    }
    if channels not in {1, 3}:
        raise CheckpointError("the Restormer", expected="1 or 3 channels", got=str(channels))
    with torch.device("meta"):
        module = Restormer(**hyperparameters)
    load(module, tensors, "Restormer")
    return Network(
        module=module,
        architecture="restormer",
        scale=1,
        channels=channels,
        # Channels are compared over all that it sees.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        # The largest patches that it was trained on.
        tile=384,
        keeps_tile=True,
        bytes_per_pixel=8192,
        size_requirements=SizeRequirements(8, 8),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


ARCHITECTURE = Architecture("restormer", detect, build)
