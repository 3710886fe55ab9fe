"""A small U-Net for pictures with unknown noise or blur: plain convolutions, few and wide.

O. Ronneberger, P. Fischer, T. Brox, U-Net, MICCAI 2015, as an estimate of what is wrong with the
picture, which is taken off it (DnCNN, Zhang et al. 2017): residual blocks of two convolutions at
each scale, strided convolutions between the scales, and what the encoder saw added to what the
decoder makes. The picture's pixels are first put side by side in blocks of 2 x 2 (FFDNet, Zhang et
al. 2018), so that no layer works at full size. The widths are the house's own choice, for CPUs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import conv3x3, count, initialise, load
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Block(nn.Module):
    """Two convolutions with a ReLU between, added to what comes in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.first = conv3x3(features, features)
        self.second = conv3x3(features, features)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same."""
        return x + self.second(F.relu(self.first(x)))


def _blocks(features: int, number: int) -> nn.Sequential:
    return nn.Sequential(*(Block(features) for _ in range(number)))


class UNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width at each scale, from half the picture's size down; at least 2.
        blocks: At each scale, on the way down and on the way up.
    """

    def __init__(self, channels: int, features: Sequence[int], blocks: int) -> None:
        super().__init__()
        upper, lower = features[:-1], features[1:]
        self.head = conv3x3(4 * channels, features[0])
        self.encoders = nn.ModuleList(_blocks(wide, blocks) for wide in upper)
        self.halving = nn.ModuleList(
            nn.Conv2d(wide, wider, 2, stride=2) for wide, wider in zip(upper, lower, strict=True)
        )
        self.body = _blocks(features[-1], blocks)
        self.doubling = nn.ModuleList(
            nn.ConvTranspose2d(wider, wide, 2, stride=2)
            for wide, wider in zip(upper, lower, strict=True)
        )
        self.decoders = nn.ModuleList(_blocks(wide, blocks) for wide in upper)
        self.tail = conv3x3(features[0], 4 * channels)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to the same; H and W are multiples of 2 for every scale."""
        y = self.head(F.pixel_unshuffle(x.to(self.head.weight.dtype), 2))
        seen: list[Tensor] = []
        for encode, halve in zip(self.encoders, self.halving, strict=True):
            y = encode(y)
            seen.append(y)
            y = halve(y)
        y = self.body(y)
        for double, decode in zip(reversed(self.doubling), reversed(self.decoders), strict=True):
            y = decode(double(y) + seen.pop())
        # The last layer may be kept in float32 while the others run in half precision.
        wrong = F.pixel_shuffle(self.tail(y.to(self.tail.weight.dtype)), 2)
        return x.to(wrong.dtype) - wrong


def _telling(tensors: Mapping[str, Tensor]) -> list[str]:
    """The names of the tensors that tell the width at each scale."""
    upper = [f"encoders.{i}.0.first.weight" for i in range(count(tensors, "encoders."))]
    return [*upper, "body.0.first.weight"]


SHARED, SHARED_BY_DEEP = 64, 192
"""Pixels of a tile of up to three levels, and of deeper ones. On four frames of 1280 x 720 tiles
of restorekit-denoise that share 64 differ from the whole by 2 levels at most; those of
restorekit-deblur, which has four levels, by 12, and those that share 192 by 2."""


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a small U-Net."""
    keys = ["head.weight", *_telling(tensors), "tail.weight"]
    known = all(key in tensors and tensors[key].ndim == 4 for key in keys)
    return known and count(tensors, "halving.") == len(keys) - 3 > 0


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any small U-Net.
    """
    hyperparameters: dict[str, Any] = {
        "channels": len(tensors["tail.weight"]) // 4,
        "features": tuple(len(tensors[key]) for key in _telling(tensors)),
        "blocks": count(tensors, "body."),
    }
    with torch.device("meta"):
        module = UNet(**hyperparameters)
    load(module, tensors, "small U-Net")
    levels = len(hyperparameters["features"])
    return Network(
        module=module,
        architecture="unet",
        scale=1,
        channels=hyperparameters["channels"],
        receptive_field=None,
        overlap=SHARED if levels <= 3 else SHARED_BY_DEEP,
        # Measured: a flat red picture is wrong by 10 levels along its border with 0, by 2 with 16.
        surroundings=16,
        tile=512 if levels <= 3 else 768,
        size_requirements=SizeRequirements(2**levels, 2**levels),
        full_precision=("tail",),
        float_input=True,
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: Any) -> nn.Module:
    """A small U-Net as training begins: nearly the identity.

    K. He et al., Delving deep into rectifiers, ICCV 2015, equation 10; a tenth of it in what each
    block adds and in the last layer.
    """
    module = UNet(**hyperparameters)
    for layer in module.modules():
        initialise(layer, nn.init.kaiming_normal_, nonlinearity="relu")
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, Block):
                layer.second.weight.mul_(0.1)
        module.tail.weight.mul_(0.1)
    return module


ARCHITECTURE = Architecture("unet", detect, build, untrained=untrained)
