"""SRCNN: three convolutions that sharpen the luma of an enlarged picture.

The picture is enlarged first, by bicubic; one layer looks at patches, one maps what it saw, one
puts patches together again. Dong, Loy, He, Tang, Image super-resolution using deep convolutional
networks, IEEE TPAMI 38 (2016), section 3: 64 and 32 wide, with kernels of 9, 1 or 5, and 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import initialise, load
from restorekit.contracts import Architecture, Network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LAYERS = ("conv1", "conv2", "conv3")
KEYS = {f"{layer}.{kind}" for layer in LAYERS for kind in ("weight", "bias")}
DEVIATION = 0.001


class SRCNN(nn.Module):
    """The network; see the module's text.

    Args:
        features: Widths after the first and the second layer.
        kernels: Sides of the three layers' kernels, all odd.
    """

    def __init__(self, features: Sequence[int], kernels: Sequence[int]) -> None:
        super().__init__()
        first, second = features
        self.conv1 = _convolution(1, first, kernels[0])
        self.conv2 = _convolution(first, second, kernels[1])
        self.conv3 = _convolution(second, 1, kernels[2])

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` luma in [0, 1], enlarged, to the same size."""
        return self.conv3(F.relu_(self.conv2(F.relu_(self.conv1(x)))))


def _convolution(inputs: int, outputs: int, side: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, side, padding=side // 2)


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an SRCNN for luma."""
    if set(tensors) != KEYS:
        return False
    kernels = [tensors[f"{layer}.weight"] for layer in LAYERS]
    if any(it.ndim != 4 or it.shape[3] % 2 == 0 for it in kernels):
        return False
    return kernels[0].shape[1] == 1 and kernels[2].shape[0] == 1


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SRCNN.
    """
    shapes = [tensors[f"{layer}.weight"].shape for layer in LAYERS]
    kernels = tuple(shape[3] for shape in shapes)
    hyperparameters: dict[str, Any] = {
        "features": (shapes[0][0], shapes[1][0]),
        "kernels": kernels,
    }
    with torch.device("meta"):
        module = SRCNN(**hyperparameters)
    load(module, tensors, "SRCNN")
    reach = sum(side // 2 for side in kernels)
    return Network(
        module=module,
        architecture="srcnn",
        scale=1,
        channels=1,
        receptive_field=reach,
        overlap=2 * reach,
        tile=256,
        # The network makes every pixel anew: it has no picture to add to, which could stay exact.
        precisions=frozenset({"fp32"}),
        luma=True,
        enlarged=True,
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: Any) -> nn.Module:
    """An SRCNN as training begins: weights with a deviation of 0.001 (section 3.3), no biases."""
    module = SRCNN(**hyperparameters)
    for layer in module.children():
        initialise(layer, nn.init.normal_, std=DEVIATION)
    return module


ARCHITECTURE = Architecture("srcnn", detect, build, untrained=untrained)
