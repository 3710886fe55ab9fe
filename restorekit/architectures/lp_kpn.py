"""LP-KPN: for every pixel of three levels of a Laplacian pyramid a kernel of its own.

Cai, Zeng, Yong, Cao, Zhang, Toward real-world single image super-resolution: a new benchmark and a
new model, ICCV 2019, section 4. The luma of an enlarged picture, each square of 16 pixels as the
channels of one, goes through residual blocks; from what they make three branches predict the
kernels, and the levels that these filter add up to the result. The pyramid is that of P. J. Burt,
E. H. Adelson, The Laplacian pyramid as a compact image code, IEEE Transactions on Communications 31
(1983), with nothing but black beyond the border, as the authors' program has it.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._convolutions import conv3x3, count, initialise, load
from restorekit.contracts import Architecture, Network, Results, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLD = 4
"""The body sees squares of so many pixels a side as one."""
TAPS = (1.0, 4.0, 6.0, 4.0, 1.0)
"""Of the pyramid's filter, over 16."""
SMALL = 0.1


def halved(x: Tensor) -> Tensor:
    """Filtered, and every other pixel: ``(N, 1, H, W)`` to ``(N, 1, H / 2, W / 2)``."""
    return F.conv2d(x, _kernel(x), stride=2, padding=2)


def doubled(x: Tensor) -> Tensor:
    """Zeros between the pixels, filtered: ``(N, 1, H, W)`` to ``(N, 1, 2 H, 2 W)``."""
    return F.conv_transpose2d(x, 4 * _kernel(x), stride=2, padding=2, output_padding=1)


def _kernel(x: Tensor) -> Tensor:
    taps = torch.tensor(TAPS, dtype=x.dtype, device=x.device) / sum(TAPS)
    return torch.outer(taps, taps)[None, None]


def pyramid(x: Tensor) -> list[Tensor]:
    """The three levels of ``(N, 1, H, W)``, the largest first; sides are multiples of 4."""
    half = halved(x)
    quarter = halved(half)
    return [x - doubled(half), half - doubled(quarter), quarter]


def rebuilt(levels: Sequence[Tensor]) -> list[Tensor]:
    """The pictures that levels make, the largest first: :func:`pyramid` turned around."""
    made = [levels[-1]]
    for level in reversed(levels[:-1]):
        made.append(level + doubled(made[-1]))
    return made[::-1]


def filtered(x: Tensor, kernels: Tensor) -> Tensor:
    """Each pixel's neighbours summed with the weights of its own kernel.

    Args:
        x: ``(N, 1, H, W)``.
        kernels: ``(N, side², H, W)``, row by row.
    """
    side = math.isqrt(kernels.shape[1])
    neighbours = F.unfold(x, side, padding=side // 2).view(kernels.shape)
    return (neighbours * kernels).sum(dim=1, keepdim=True)


class Block(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv1 = conv3x3(features, features)
        self.conv2 = conv3x3(features, features)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.conv2(F.relu_(self.conv1(x)))


def branch(inputs: int, features: int, side: int) -> nn.Sequential:
    """What predicts the kernels of one level."""
    return nn.Sequential(
        conv3x3(inputs, features),
        nn.ReLU(inplace=True),
        conv3x3(features, features),
        nn.ReLU(inplace=True),
        conv3x3(features, side**2),
    )


class LPKPN(nn.Module):
    """The network; see the module's text.

    Args:
        features: Width; a multiple of 16.
        blocks: Number of residual blocks.
        side: Of the kernels; odd.
    """

    def __init__(self, *, features: int, blocks: int, side: int) -> None:
        super().__init__()
        self.head = conv3x3(FOLD**2, features)
        self.body = nn.Sequential(*(Block(features) for _ in range(blocks)))
        self.after_body = conv3x3(features, features)
        # The full size first: there the features lie side by side as pixels.
        self.kernels = nn.ModuleList(
            branch(features // unfold**2, features, side) for unfold in (FOLD, 2, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, H, W)`` luma in [0, 1], enlarged, to the same; sides are multiples of 4."""
        return self.sizes(x)[0]

    def sizes(self, x: Tensor) -> list[Tensor]:
        """The result in full, half and quarter size, as its levels make them."""
        y = self.head(F.pixel_unshuffle(x, FOLD))
        y = y + self.after_body(self.body(y))
        levels: list[Tensor] = []
        for level, unfold, predict in zip(pyramid(x), (FOLD, 2, 1), self.kernels, strict=True):
            levels.append(filtered(level, predict(F.pixel_shuffle(y, unfold))))
        return rebuilt(levels)


LAST = re.compile(r"kernels\.[012]\.4")
KEYS = re.compile(
    r"^(head|after_body|body\.\d{1,4}\.conv[12]|kernels\.[012]\.[024])\.(weight|bias)$"
)
NEEDED = {
    f"{name}.weight"
    for name in ("head", "body.0.conv1", "after_body", "kernels.0.0", "kernels.2.4")
}


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an LP-KPN."""
    if not tensors.keys() >= NEEDED or not all(KEYS.match(key) for key in tensors):
        return False
    return all(tensors[key].ndim == 4 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any LP-KPN.
    """
    hyperparameters = {
        "features": tensors["head.weight"].shape[0],
        "blocks": count(tensors, "body."),
        "side": math.isqrt(tensors["kernels.2.4.weight"].shape[0]),
    }
    with torch.device("meta"):
        module = LPKPN(**hyperparameters)
    load(module, tensors, "LP-KPN")
    return Network(
        module=module,
        architecture="lp-kpn",
        scale=1,
        channels=1,
        receptive_field=_reach(hyperparameters["blocks"]),
        overlap=2 * _reach(hyperparameters["blocks"]),
        tile=768,
        size_requirements=SizeRequirements(FOLD, FOLD),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        luma=True,
        enlarged=True,
        hyperparameters=hyperparameters,
    )


def _reach(blocks: int) -> int:
    """Pixels, by way of the smallest level: four for each convolution, nine on the way up."""
    return FOLD * (2 * blocks + 5) + 9


def untrained(**hyperparameters: int) -> nn.Module:
    """An LP-KPN as training begins: kernels that change next to nothing.

    He's weights, as in the authors' program; here a tenth of them in the blocks and in what makes
    the kernels, whose middle begins as 1, so that what training sees first is the picture itself.
    """
    module = LPKPN(**hyperparameters)
    for name, layer in module.named_modules():
        initialise(layer, nn.init.kaiming_normal_)
        makes_kernels = LAST.fullmatch(name)
        if isinstance(layer, nn.Conv2d) and (makes_kernels or name.startswith("body.")):
            layer.weight.data *= SMALL
        if isinstance(layer, nn.Conv2d) and layer.bias is not None and makes_kernels:
            layer.bias.data[layer.out_channels // 2] = 1
    return module


ARCHITECTURE = Architecture(
    "lp-kpn", detect, build, untrained=untrained, results=Results("sizes", halved)
)
