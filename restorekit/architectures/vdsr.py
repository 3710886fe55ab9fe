"""VDSR: a deep chain of convolutions that sharpens the luma of an enlarged picture.

The picture is enlarged first, by bicubic; the network predicts what is missing from it, and one
set of weights serves all scales. Kim, Lee, Lee, Accurate image super-resolution using very deep
convolutional networks, CVPR 2016, section 3.1: 20 layers of 3 x 3, 64 wide, ReLU between them,
and the input added to the output.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import fill, load
from restorekit.contracts import Architecture, Network
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]


class VDSR(nn.Module):
    """The network; see the module's text.

    Args:
        features: Width of the chain.
        convolutions: Of the chain, the first and the last included; at least 2.
    """

    def __init__(self, features: int, convolutions: int) -> None:
        super().__init__()
        widths = [1, *[features] * (convolutions - 1), 1]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1) for before, after in pairwise(widths)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` luma in [0, 1], enlarged, to the same size."""
        y = x
        for layer in self.layers[:-1]:
            y = F.relu_(layer(y))
        return x + self.layers[-1](y)


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a VDSR."""
    count = len(tensors) // 2
    keys = {f"layers.{i}.{kind}" for i in range(count) for kind in ("weight", "bias")}
    if count < 2 or set(tensors) != keys:
        return False
    return tensors["layers.0.weight"].ndim == 4 and tensors["layers.0.weight"].shape[1] == 1


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any VDSR.
    """
    hyperparameters = {
        "features": tensors["layers.0.weight"].shape[0],
        "convolutions": len(tensors) // 2,
    }
    with torch.device("meta"):
        module = VDSR(**hyperparameters)
    load(module, tensors, "VDSR")
    return Network(
        module=module,
        architecture="vdsr",
        scale=1,
        channels=1,
        receptive_field=hyperparameters["convolutions"],
        overlap=2 * hyperparameters["convolutions"],
        tile=256,
        # bfloat16 rounds the picture itself, which the output is added to, to 48 dB.
        precisions=frozenset({"fp32"}),
        luma=True,
        enlarged=True,
        hyperparameters=hyperparameters,
    )


def from_matlab(content: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict from the authors' file: ``model`` with cells ``weight`` and ``bias``.

    Raises:
        CheckpointError: The file is another network's.
    """
    model = content.get("model")
    weights, biases = (getattr(model, name, None) for name in ("weight", "bias"))
    if not isinstance(weights, np.ndarray) or not isinstance(biases, np.ndarray):
        raise CheckpointError(
            "the file is no VDSR",
            expected="model.weight and model.bias",
            got=", ".join(sorted(content)) or "no variables",
        )
    with torch.device("meta"):
        template = VDSR(np.size(biases[0]), len(weights)).state_dict()
    try:
        arrays = [
            array
            for i, (weight, bias) in enumerate(zip(weights, biases, strict=True))
            for array in _convolution(weight, bias, template[f"layers.{i}.weight"])
        ]
    except ValueError as error:
        raise CheckpointError("the file is no VDSR", got=str(error)) from error
    return fill(template, arrays, "VDSR")


def _convolution(weight: Floats, bias: Floats, like: Tensor) -> tuple[Floats, Floats]:
    """MATLAB stores (height, width, in, out) and drops axes of one."""
    out, inside, height, width = like.shape
    kernel = np.reshape(weight, (height, width, inside, out)).transpose(3, 2, 0, 1)
    return kernel.astype(np.float32), np.reshape(bias, out).astype(np.float32)


ARCHITECTURE = Architecture("vdsr", detect, build, from_matlab=from_matlab)
