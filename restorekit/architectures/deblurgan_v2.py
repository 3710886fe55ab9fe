"""DeblurGAN-v2: a classifier's features of five sizes, put together from the smallest up.

Kupyn, Martyniuk, Wu, Wang, DeblurGAN-v2: deblurring (orders-of-magnitude) faster and better, ICCV
2019, section 3.1 and figure 2: a feature pyramid network over a classifier that was trained to tell
objects. Each size is added to the doubled one below it, brought to a quarter of the picture's size,
and all of them together make what is added to the picture. As its authors run it, all channels are
normalised by their means over what is seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures._backbones import BACKBONES, Side, parts
from restorekit.architectures._convolutions import load
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = range(5)
MULTIPLE = 2 ** len(LEVELS)


def conv1x1(inputs: int, outputs: int) -> nn.Conv2d:
    """A 1 x 1 convolution without bias."""
    return nn.Conv2d(inputs, outputs, 1, bias=False)


def smoothed(inputs: int, outputs: int) -> nn.Sequential:
    """A 3 x 3 convolution, each of whose channels is normalised over the picture."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.InstanceNorm2d(outputs), nn.ReLU(inplace=True)
    )


def enlarged(x: Tensor, times: int) -> Tensor:
    """``(N, C, H, W)`` to ``(N, C, times H, times W)``: each pixel repeated."""
    return F.interpolate(x, scale_factor=times, mode="nearest") if times > 1 else x


class Pyramid(nn.Module):
    """The features of a classifier, from the smallest size up.

    Args:
        backbone: A name of ``BACKBONES``.
        width: Channels of each size; half of them of the largest.
    """

    def __init__(self, backbone: str, width: int) -> None:
        super().__init__()
        widths, self.lost, _ = BACKBONES[backbone]
        for level, part in enumerate(parts(backbone)):
            self.add_module(f"enc{level}", part)
            given = width if level else width // 2
            self.add_module(f"lateral{level}", conv1x1(widths[level], given))
        for step in LEVELS[1:-1]:
            self.add_module(f"td{step}", smoothed(width, width))

    def forward(self, x: Tensor) -> list[Tensor]:
        """``(N, 3, H, W)`` in [-1, 1] to the features of a half to a 32nd of its size."""
        made: list[Tensor] = []
        for level, lost in zip(LEVELS, self.lost, strict=True):
            x = self.get_submodule(f"enc{level}")(x)
            made.append(_made_up(self.get_submodule(f"lateral{level}")(x), lost))
        for step, level in enumerate(reversed(LEVELS[1:-1]), 1):
            together = made[level] + enlarged(made[level + 1], 2)
            made[level] = self.get_submodule(f"td{step}")(together)
        return made


def _made_up(x: Tensor, lost: Side) -> Tensor:
    return F.pad(x, (*lost, *lost), mode="reflect") if any(lost) else x


class Head(nn.Module):
    """Two convolutions of one size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.block0 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.block1 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H, W)``."""
        return F.relu(self.block1(F.relu(self.block0(x))))


class DeblurGANv2(nn.Module):
    """The network that restores; see the module's text.

    Args:
        backbone: ``mobilenet``, or ``inception``, which needs the library timm.
        features: Channels that each size brings to what is put together; twice as many before.
    """

    def __init__(self, *, backbone: str, features: int) -> None:
        super().__init__()
        self.fpn = Pyramid(backbone, 2 * features)
        for level in LEVELS[1:]:
            self.add_module(f"head{level}", Head(2 * features, features))
        self.smooth = smoothed(4 * features, features)
        self.smooth2 = smoothed(features, features // 2)
        self.final = nn.Conv2d(features // 2, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, H, W)`` in [0, 1] to the same; H and W are multiples of 32.

        They are at least 64, and at least 128 where it looks through Inception-ResNet-v2.
        """
        largest, *seen = self.fpn(2 * x - 1)
        # The smallest first, each brought to a quarter of the picture's size.
        brought = [
            enlarged(self.get_submodule(f"head{level}")(seen[level - 1]), 2 ** (level - 1))
            for level in reversed(LEVELS[1:])
        ]
        y = enlarged(self.smooth(torch.cat(brought, dim=1)), 2)
        y = self.final(enlarged(self.smooth2(y + largest), 2))
        # What the released network adds is in the range -1 to 1.
        return (x + torch.tanh(y) / 2).clamp(0, 1)


NEEDED = {
    "fpn.td1.0.weight",
    "fpn.td3.0.weight",
    "fpn.lateral0.weight",
    "fpn.lateral4.weight",
    "head1.block0.weight",
    "head4.block1.weight",
    "smooth2.0.weight",
    "final.weight",
}
INCEPTION = "fpn.enc0.conv.weight"
SPARE = re.compile(
    r"^fpn\.(features|inception)\.|\.(running_mean|running_var|num_batches_tracked)$"
)
"""What the released files have twice, or keep of the training and never look at."""


def canonical(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of :class:`DeblurGANv2`, without what a released file has besides."""
    return {key: value for key, value in tensors.items() if not SPARE.search(key)}


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a DeblurGAN-v2."""
    return tensors.keys() >= NEEDED and all(tensors[key].ndim == 4 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any DeblurGAN-v2 that is known, or timm is missing.
    """
    state = canonical(tensors)
    hyperparameters: dict[str, Any] = {
        "backbone": "inception" if INCEPTION in state else "mobilenet",
        "features": len(state["head1.block0.weight"]),
    }
    with torch.device("meta"):
        module = DeblurGANv2(**hyperparameters)
    load(module, state, "DeblurGAN-v2")
    return Network(
        module=module.eval(),
        architecture="deblurgan-v2",
        scale=1,
        channels=3,
        # Channels are normalised over all that it sees.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        # The paper restores photos of 1280 x 720 in one piece.
        tile=1024,
        size_requirements=SizeRequirements(
            BACKBONES[hyperparameters["backbone"]].minimum, MULTIPLE
        ),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: Any) -> nn.Module:
    """A DeblurGAN-v2 as training begins, but that its classifier has not learned to tell objects.

    Raises:
        CheckpointError: timm is missing.
    """
    return DeblurGANv2(**hyperparameters)


ARCHITECTURE = Architecture("deblurgan-v2", detect, build, untrained=untrained)
