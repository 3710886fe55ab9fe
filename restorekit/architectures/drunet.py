"""DRUNet: a U-Net of residual blocks without any bias, told how strong the noise is.

Zhang, Li, Zuo, Zhang, Van Gool, Timofte, Plug-and-play image restoration with deep denoiser prior,
IEEE Transactions on Pattern Analysis and Machine Intelligence 44 (2022), section 3: four scales,
64 to 512 wide, four residual blocks each on the way down and up; what the encoder saw is added to
what the decoder makes. A picture with its noise map twice as bright gives a result twice as bright.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from restorekit.architectures._convolutions import count, initialise, load
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping


class ResidualBlock(nn.Module):
    """Two convolutions with a ReLU between, added to what comes in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.res = nn.Sequential(
            nn.Conv2d(features, features, 3, padding=1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(features, features, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        return x + self.res(x)


def residual_blocks(features: int, blocks: int) -> list[nn.Module]:
    """As many blocks of this width."""
    return [ResidualBlock(features) for _ in range(blocks)]


def halving(wide: int, wider: int, blocks: int) -> nn.Sequential:
    """Residual blocks, then half the size."""
    down = nn.Conv2d(wide, wider, 2, stride=2, bias=False)
    return nn.Sequential(*residual_blocks(wide, blocks), down)


def doubling(wider: int, wide: int, blocks: int) -> nn.Sequential:
    """Twice the size, then residual blocks."""
    up = nn.ConvTranspose2d(wider, wide, 2, stride=2, bias=False)
    return nn.Sequential(up, *residual_blocks(wide, blocks))


class DRUNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at each of the four scales.
        blocks: At each scale, on the way down and on the way up.
    """

    def __init__(self, channels: int, features: tuple[int, int, int, int], blocks: int) -> None:
        super().__init__()
        first, second, third, fourth = features
        self.m_head = nn.Conv2d(channels + 1, first, 3, padding=1, bias=False)
        self.m_down1 = halving(first, second, blocks)
        self.m_down2 = halving(second, third, blocks)
        self.m_down3 = halving(third, fourth, blocks)
        self.m_body = nn.Sequential(*residual_blocks(fourth, blocks))
        self.m_up3 = doubling(fourth, third, blocks)
        self.m_up2 = doubling(third, second, blocks)
        self.m_up1 = doubling(second, first, blocks)
        self.m_tail = nn.Conv2d(first, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C + 1, H, W)``, the last channel the noise map, to ``(N, C, H, W)``.

        H and W are multiples of 8.
        """
        whole = self.m_head(x)
        half = self.m_down1(whole)
        quarter = self.m_down2(half)
        eighth = self.m_down3(quarter)
        y = self.m_up3(self.m_body(eighth) + eighth)
        y = self.m_up2(y + quarter)
        y = self.m_up1(y + half)
        return self.m_tail(y + whole)


WIDTHS = ("m_head.weight", "m_down2.0.res.0.weight", "m_down3.0.res.0.weight")
BODY = "m_body.0.res.0.weight"
SHARED = 128
"""The authors cut pictures so that every pixel has 64 around it that are thrown away
(``main_dpir_denoising.py``); two neighbouring tiles then share twice as many."""


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a DRUNet with a noise map."""
    if not all(
        key in tensors and tensors[key].ndim == 4 for key in (*WIDTHS, BODY, "m_tail.weight")
    ):
        return False
    # Averages or shuffled pixels instead of strided convolutions make it one of its variants.
    strided = f"m_down1.{count(tensors, 'm_body.')}.weight" in tensors
    return strided and tensors[WIDTHS[0]].shape[1] == len(tensors["m_tail.weight"]) + 1


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any DRUNet.
    """
    hyperparameters: dict[str, Any] = {
        "channels": len(tensors["m_tail.weight"]),
        "features": tuple(len(tensors[key]) for key in (*WIDTHS, BODY)),
        "blocks": count(tensors, "m_body."),
    }
    with torch.device("meta"):
        module = DRUNet(**hyperparameters)
    load(module, tensors, "DRUNet")
    return Network(
        module=module,
        architecture="drunet",
        scale=1,
        channels=hyperparameters["channels"],
        # 185 pixels in the released networks: with less than twice that shared, tiles differ.
        receptive_field=None,
        overlap=SHARED,
        tile=512,
        size_requirements=SizeRequirements(8, 8),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        noise_map=True,
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: Any) -> nn.Module:
    """A DRUNet as training begins: orthogonal weights of gain 0.2, as in the authors' program."""
    module = DRUNet(**hyperparameters)
    for layer in module.modules():
        initialise(layer, nn.init.orthogonal_, gain=0.2)
    return module


ARCHITECTURE = Architecture("drunet", detect, build, untrained=untrained)
