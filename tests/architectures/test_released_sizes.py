"""Networks whose released files are not at hand: their tensors fill those files to the byte."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
import torch

from restorekit.architectures.drunet import DRUNet
from restorekit.architectures.nafnet import NAFNet
from restorekit.architectures.restormer import Restormer
from restorekit.zoo import manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn


def nafnet(features: int) -> nn.Module:
    blocks: dict[str, Any] = {"encoders": (2, 2, 4, 8), "middle": 12, "decoders": (2, 2, 2, 2)}
    return NAFNet(channels=3, features=features, **blocks)


def restormer(channels: int, *, centred: bool = False) -> nn.Module:
    return Restormer(
        channels=channels,
        features=48,
        blocks=(4, 6, 6, 8),
        refinement=4,
        heads=(1, 2, 4, 8),
        hidden=(127, 255, 510, 1021),
        centred=centred,
    )


def swinir(side: int = 64, features: int = 180, groups: int = 6, **tail: Any) -> nn.Module:
    from spandrel.architectures.SwinIR import SwinIR

    layers = [6] * groups
    with torch.device("cpu"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its call of torch.meshgrid
        return SwinIR(
            img_size=side,
            embed_dim=features,
            depths=layers,
            num_heads=layers,
            window_size=8,
            mlp_ratio=2,
            **tail,
        )


def scunet() -> nn.Module:
    from spandrel.architectures.SCUNet import SCUNet

    with torch.device("cpu"):
        return SCUNet()


@pytest.mark.parametrize(
    ("name", "make", "parameters"),
    [
        ("drunet", lambda: DRUNet(3, (64, 128, 256, 512), 4), 32_640_960),
        ("nafnet-denoising", lambda: nafnet(64), 115_982_915),
        ("nafnet-denoising-32", lambda: nafnet(32), 29_159_715),
        ("restormer-denoising", lambda: restormer(3), 26_111_668),
        ("restormer-deblurring", lambda: restormer(3, centred=True), 26_126_644),
        ("restormer-gaussian-gray-25", lambda: restormer(1), 26_109_076),
        ("swinir-denoising-25", lambda: swinir(128), 11_504_163),
        ("swinir-x2", lambda: swinir(upscale=2, upsampler="pixelshuffle"), 11_752_487),
        (
            "swinir-light-x2",
            lambda: swinir(64, 60, 4, upscale=2, upsampler="pixelshuffledirect"),
            910_152,
        ),
        ("swinir-real-x4", lambda: swinir(upscale=4, upsampler="nearest+conv"), 11_715_559),
        ("scunet", scunet, 17_946_072),
    ],
)
def test_tensors_fill_the_released_file(
    name: str, make: Callable[[], nn.Module], parameters: int
) -> None:
    with torch.device("meta"):
        module = make()
    assert sum(it.numel() for it in module.parameters()) == parameters
    state = module.state_dict().values()
    size = manifest.entry(name).bytes
    assert size is not None
    # What else lies in such a file is names and padding: a few hundred bytes for each tensor.
    beside = size - sum(it.numel() * it.element_size() for it in state)
    assert 0 < beside < 500 * len(state)


def nafnet_for_blur(features: int) -> nn.Module:
    blocks: dict[str, Any] = {"encoders": (1, 1, 1, 28), "middle": 1, "decoders": (1, 1, 1, 1)}
    return NAFNet(channels=3, features=features, **blocks)


def fftformer() -> nn.Module:
    from spandrel.architectures.FFTformer import FFTformer

    return FFTformer()


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (lambda: nafnet_for_blur(32), 17_111_907),
        (lambda: nafnet_for_blur(64), 67_888_835),
        (fftformer, 16_560_474),
    ],
)
def test_published_counts(make: Callable[[], nn.Module], parameters: int) -> None:
    """Of files whose sizes nobody published."""
    with torch.device("meta"):
        module = make()
    assert sum(it.numel() for it in module.parameters()) == parameters
