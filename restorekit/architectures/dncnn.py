"""DnCNN: a chain of convolutions that predicts the noise, to be taken off the picture.

Zhang, Zuo, Chen, Meng, Zhang, Beyond a Gaussian denoiser: residual learning of deep CNN for image
denoising, IEEE Transactions on Image Processing 26 (2017), section III: 3 x 3 convolutions, 64
wide, ReLU between them, 17 for one strength of noise and 20 for any. The batch normalisation that
it is trained with is part of the convolutions in what was released.

FDnCNN, of the same authors, is the same chain that takes the strength of the noise as one more
channel and gives the picture itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from restorekit.architectures._convolutions import fill, load
from restorekit.architectures._matconvnet import chain
from restorekit.architectures._plain_chain import (
    conv_relu_chain,
    hyperparameters_of,
    in_own_precision,
    initialised,
    merged,
)
from restorekit.contracts import Architecture, Network
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping


ONE_STRENGTH = 17
"""Convolutions of the networks for one strength of noise, whose figures bfloat16 lowers by 0.01 dB.
Those for any strength lose 0.03 to 0.05 dB in grey and 0.05 to 0.08 in colour at sigma 15, where
every layer adds its part: they stay in float32, which takes 3 to 4 times as long. With a noise map
it is 0.01 dB."""


class DnCNN(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the chain.
        convolutions: Of the chain, the first and the last included; at least 2.
        noise_map: Whether it is an FDnCNN.
    """

    def __init__(self, channels: int, features: int, convolutions: int, noise_map: bool) -> None:
        super().__init__()
        self.noise_map = noise_map
        self.model = conv_relu_chain(channels + noise_map, features, channels, convolutions)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to the same size; with a noise map ``(N, C + 1, H, W)``."""
        y = in_own_precision(self.model, x)
        return y if self.noise_map else x - y


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a DnCNN or an FDnCNN, without batch normalisation."""
    found = hyperparameters_of(tensors)
    return found is not None and found.given in {1, 3} and found.taken - found.given in {0, 1}


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any DnCNN.
    """
    found = hyperparameters_of(tensors)
    if found is None:
        raise CheckpointError("the tensors are no DnCNN")
    hyperparameters: dict[str, Any] = {
        "channels": found.given,
        "features": found.features,
        "convolutions": found.convolutions,
        "noise_map": found.taken > found.given,
    }
    with torch.device("meta"):
        module = DnCNN(**hyperparameters)
    load(module, tensors, "DnCNN")
    rough = found.convolutions <= ONE_STRENGTH or hyperparameters["noise_map"]
    return Network(
        module=module,
        architecture="dncnn",
        scale=1,
        channels=found.given,
        receptive_field=found.convolutions,
        overlap=2 * found.convolutions,
        tile=256,
        precisions=frozenset({"fp32", "fp16", "bf16"} if rough else {"fp32", "fp16"}),
        full_precision=(f"model.{2 * found.convolutions - 2}",),
        float_input=True,
        noise_map=hyperparameters["noise_map"],
        hyperparameters=hyperparameters,
    )


def untrained(
    *, batch_norm: bool = True, noise_map: bool = False, **hyperparameters: int
) -> nn.Module:
    """A DnCNN as training begins: He's weights (section III.D), and batch normalisation."""
    module = DnCNN(noise_map=noise_map, **hyperparameters)
    module.model = initialised(module.model, batch_norm=batch_norm)
    return module


def finished(module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a trained DnCNN, the normalisation made part of its convolutions."""
    return merged(cast("nn.Sequential", module.model))


def from_matlab(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict from the authors' file.

    Raises:
        CheckpointError: The file is another network's.
    """
    kinds, arrays = chain(content, "DnCNN")
    if kinds[:1] not in {("conv",), ("concat",)} or len(arrays) < 4:
        raise CheckpointError("the file is no DnCNN", got=", ".join(kinds[:3]))
    channels, features = len(arrays[-1]), len(arrays[0])
    noise_map = kinds[0] == "concat"
    with torch.device("meta"):
        template = DnCNN(channels, features, len(arrays) // 2, noise_map).state_dict()
    return fill(template, arrays, "DnCNN")


ARCHITECTURE = Architecture(
    "dncnn", detect, build, from_matlab=from_matlab, untrained=untrained, finished=finished
)
