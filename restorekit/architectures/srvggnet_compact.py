"""SRVGGNetCompact: a plain chain of convolutions at low resolution, upsampled once at the end.

The small networks of Real-ESRGAN (Wang et al. 2021; the project's releases v0.2.5.0 and later):
the result is the nearest-neighbour enlargement of the input plus what the chain predicts.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import fill, initialise, load, parameters_in_order
from restorekit.contracts import Architecture, Network
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from restorekit.contracts import GraphLayer


KEY = re.compile(r"^body\.\d{1,4}\.(weight|bias)$")


class SRVGGNetCompact(nn.Module):
    """The network; see the module's text.

    Args:
        channels: Of the picture.
        features: Width of the chain.
        convolutions: Of the chain, without the first and the last.
        scale: Of the pixel-shuffle at the end.
    """

    def __init__(self, channels: int, features: int, convolutions: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        chain: list[nn.Module] = [nn.Conv2d(channels, features, 3, padding=1), nn.PReLU(features)]
        for _ in range(convolutions):
            chain += [nn.Conv2d(features, features, 3, padding=1), nn.PReLU(features)]
        chain.append(nn.Conv2d(features, channels * scale**2, 3, padding=1))
        self.body = nn.Sequential(*chain)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` in [0, 1] to ``(N, C, H * scale, W * scale)``."""
        # The last layer may be kept in float32 while the chain runs in half precision.
        y = self.body[:-1](x.to(next(self.body.parameters()).dtype))
        y = self.body[-1](y.to(next(self.body[-1].parameters()).dtype))
        y = F.pixel_shuffle(y, self.scale)  # (N, C, H * scale, W * scale)
        return y + F.interpolate(x.to(y.dtype), scale_factor=float(self.scale), mode="nearest")


def _last(tensors: Mapping[str, Tensor]) -> int:
    return max(int(key.split(".")[1]) for key in tensors)


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an SRVGGNetCompact with learned slopes (PReLU)."""
    if not tensors or not all(KEY.match(key) for key in tensors):
        return False
    last = _last(tensors)
    weights = {f"body.{i}.weight": 1 if i % 2 else 4 for i in range(last + 1)}
    biases = {f"body.{i}.bias": 1 for i in range(0, last + 1, 2)}
    dimensions = {key: tensor.ndim for key, tensor in tensors.items()}
    return last >= 2 and last % 2 == 0 and dimensions == {**weights, **biases}


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SRVGGNetCompact.
    """
    first = tensors["body.0.weight"]
    last = _last(tensors)
    hyperparameters = {
        "channels": first.shape[1],
        "features": first.shape[0],
        "convolutions": last // 2 - 1,
        "scale": math.isqrt(tensors[f"body.{last}.weight"].shape[0] // first.shape[1]),
    }
    with torch.device("meta"):
        module = SRVGGNetCompact(**hyperparameters)
    load(module, tensors, "SRVGGNetCompact")
    reach = hyperparameters["convolutions"] + 2
    return Network(
        module=module,
        architecture="srvggnet-compact",
        scale=hyperparameters["scale"],
        channels=hyperparameters["channels"],
        receptive_field=reach,
        overlap=2 * reach,
        # As pre_pad in its authors' program: flat red is off by 2 levels at the border, not by 10.
        surroundings=10,
        tile=256,
        full_precision=(f"body.{last}",),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """An SRVGGNetCompact as training begins: near its nearest-neighbour enlargement.

    K. He et al., Delving deep into rectifiers, ICCV 2015, equation 15, for PReLUs of slope 1/4, and
    a tenth of it in the last layer. With PyTorch's own weights, which the authors' program has, the
    signal dies on its way, and hundreds of steps pass in which nothing is learned.
    """
    module = SRVGGNetCompact(**hyperparameters)
    for layer in module.body:
        initialise(layer, nn.init.kaiming_normal_, a=0.25)
    with torch.no_grad():
        next(module.body[-1].parameters()).mul_(0.1)
    return module


def from_graph(layers: Sequence[GraphLayer]) -> dict[str, Tensor]:
    """The state dict of an ncnn graph: convolutions and slopes stand in the order of the module's.

    Raises:
        CheckpointError: The graph is another network's.
    """
    chain = [layer for layer in layers if layer.kind in {"Convolution", "PReLU"}]
    kinds = [layer.kind for layer in chain]
    wanted = ["Convolution", "PReLU"] * (len(chain) // 2) + ["Convolution"]
    shuffled = any(layer.kind == "PixelShuffle" for layer in layers)
    if kinds != wanted or not shuffled:
        raise CheckpointError(
            "the graph is no SRVGGNetCompact",
            expected="convolutions and PReLUs in turn, then a PixelShuffle",
            got=", ".join(sorted({layer.kind for layer in layers})),
        )
    first, last = chain[0].weights[0], chain[-1].weights[0]
    scale = math.isqrt(last.shape[0] // first.shape[1])
    with torch.device("meta"):
        template = SRVGGNetCompact(first.shape[1], first.shape[0], len(chain) // 2 - 1, scale)
    arrays = parameters_in_order(chain)
    return fill(template.state_dict(), arrays, "SRVGGNetCompact")


ARCHITECTURE = Architecture("srvggnet-compact", detect, build, from_graph, untrained=untrained)
