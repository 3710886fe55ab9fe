"""FFDNet: denoising at half the size, told how strong the noise is.

The picture's four sub-pictures of half the size, and a map of the noise, go through a chain of
convolutions, whose output is put together again. Zhang, Zuo, Zhang, FFDNet: toward a fast and
flexible solution for CNN-based image denoising, IEEE Transactions on Image Processing 27 (2018),
section III: 15 convolutions, 64 wide, for grey, 12, 96 wide, for colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import fill, load
from restorekit.architectures._matconvnet import chain
from restorekit.architectures._plain_chain import (
    conv_relu_chain,
    hyperparameters_of,
    in_own_precision,
)
from restorekit.contracts import Architecture, Network, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


class FFDNet(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the chain.
        convolutions: Of the chain, the first and the last included; at least 2.
    """

    def __init__(self, channels: int, features: int, convolutions: int) -> None:
        super().__init__()
        self.model = conv_relu_chain(4 * channels + 1, features, 4 * channels, convolutions)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C + 1, H, W)``, the last channel the noise map, to ``(N, C, H, W)``; even sizes."""
        picture, noise = x[:, :-1], x[:, -1:, ::2, ::2]
        y = in_own_precision(self.model, torch.cat([F.pixel_unshuffle(picture, 2), noise], dim=1))
        return F.pixel_shuffle(y, 2)


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an FFDNet."""
    found = hyperparameters_of(tensors)
    return found is not None and found.given in {4, 12} and found.taken == found.given + 1


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any FFDNet.
    """
    found = hyperparameters_of(tensors)
    if found is None:
        raise CheckpointError("the tensors are no FFDNet")
    hyperparameters = {
        "channels": found.given // 4,
        "features": found.features,
        "convolutions": found.convolutions,
    }
    with torch.device("meta"):
        module = FFDNet(**hyperparameters)
    load(module, tensors, "FFDNet")
    return Network(
        module=module,
        architecture="ffdnet",
        scale=1,
        channels=hyperparameters["channels"],
        receptive_field=2 * found.convolutions + 1,
        overlap=4 * found.convolutions + 2,
        tile=384,
        size_requirements=SizeRequirements(multiple_of=2),
        full_precision=(f"model.{2 * found.convolutions - 2}",),
        float_input=True,
        noise_map=True,
        hyperparameters=hyperparameters,
    )


def from_matlab(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict from the authors' file, whose sub-pictures stand column by column.

    Raises:
        CheckpointError: The file is another network's.
    """
    kinds, arrays = chain(content, "FFDNet")
    if kinds[:1] != ("SubP",) or len(arrays) < 4:
        raise CheckpointError("the file is no FFDNet", got=", ".join(kinds[:3]))
    channels = len(arrays[-1]) // 4
    order = _torch_order(channels)
    first = arrays[0][:, np.append(order, 4 * channels)]
    kernel, bias = arrays[-2:]
    ordered = [first, *arrays[1:-2], kernel[order], bias[order]]
    with torch.device("meta"):
        template = FFDNet(channels, len(arrays[0]), len(arrays) // 2).state_dict()
    return fill(template, ordered, "FFDNet")


def _torch_order(channels: int) -> npt.NDArray[np.intp]:
    """Where the authors' files have the sub-pictures that torch's pixel_unshuffle makes."""
    return np.array([4 * channel + place for channel in range(channels) for place in (0, 2, 1, 3)])


ARCHITECTURE = Architecture("ffdnet", detect, build, from_matlab=from_matlab)
