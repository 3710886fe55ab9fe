"""RCAN: residual groups of residual blocks that weigh each channel by the mean of all that it sees.

Zhang, Li, Li, Wang, Zhong, Fu, Image super-resolution using very deep residual channel attention
networks, ECCV 2018, section 3: 10 groups of 20 blocks, 64 features, in the frame of EDSR; each
group ends with a convolution and is added to what came in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from restorekit.architectures._attention import ChannelAttention
from restorekit.architectures._convolutions import conv3x3, count, load
from restorekit.architectures._edsr_frame import Frame, canonical, scale_of
from restorekit.contracts import Architecture, Network

if TYPE_CHECKING:
    from collections.abc import Mapping


class Residual(nn.Module):
    """Layers, what they make added to what came in."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return x + self.body(x)


def block(features: int, reduction: int) -> nn.Module:
    """Two convolutions and the weighing of their channels (section 3.3, RCAB)."""
    return Residual(
        conv3x3(features, features),
        nn.ReLU(inplace=True),
        conv3x3(features, features),
        ChannelAttention(features, reduction),
    )


def group(features: int, blocks: int, reduction: int) -> nn.Module:
    """Blocks and a convolution (section 3.2, RIR)."""
    inside = (block(features, reduction) for _ in range(blocks))
    return Residual(*inside, conv3x3(features, features))


class RCAN(Frame):
    """The network; see the module's text.

    Args:
        features: Width.
        groups: Number of groups.
        blocks: Of each group.
        reduction: How many times narrower the weighing of the channels is.
        scale: 2, 3, 4 or 8.

    Raises:
        UsageError: Another scale.
    """

    def __init__(
        self, *, features: int, groups: int, blocks: int, reduction: int, scale: int
    ) -> None:
        inside = (group(features, blocks, reduction) for _ in range(groups))
        super().__init__(features, scale, inside)


# BasicSR's body.1.residual_group.3.rcab.0 is the authors' body.1.body.3.body.0, and its body.1.conv
# is the last of the group's body, whose number the blocks tell.
RENAMED = (
    (re.compile(r"^(body\.\d{1,4})\.residual_group\."), r"\1.body."),
    (re.compile(r"\.rcab\.3\.attention\.1\."), ".body.3.conv_du.0."),
    (re.compile(r"\.rcab\.3\.attention\.3\."), ".body.3.conv_du.2."),
    (re.compile(r"\.rcab\."), ".body."),
)
FIRST = "body.0.body.0.body."
KEYS = re.compile(
    r"^(head\.0|tail\.1|tail\.0\.[024]|body\.\d{1,4}|body\.\d{1,4}\.body\.\d{1,4}"
    r"(\.body\.([02]|3\.conv_du\.[02]))?|(sub|add)_mean)\.(weight|bias)$"
)
NEEDED = {"head.0.weight", f"{FIRST}0.weight", f"{FIRST}2.weight", f"{FIRST}3.conv_du.0.weight",
          "tail.0.0.weight", "tail.1.weight", "sub_mean.weight"}  # fmt: skip


def _known(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under the authors' keys."""
    blocks = count(tensors, "body.0.residual_group.")
    ends = (re.compile(r"^(body\.\d{1,4})\.conv\."), rf"\1.body.{blocks}.")
    return canonical(tensors, (*RENAMED, ends))


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an RCAN of either project."""
    found = _known(tensors)
    if not found.keys() >= NEEDED or not all(KEYS.match(key) for key in found):
        return False
    return all(found[key].ndim == 4 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any RCAN.
    """
    found = _known(tensors)
    features = found["head.0.weight"].shape[0]
    hyperparameters = {
        "features": features,
        "groups": count(found, "body.") - 1,
        "blocks": count(found, "body.0.body.") - 1,
        "reduction": features // found[f"{FIRST}3.conv_du.0.weight"].shape[0],
        "scale": scale_of(found, "RCAN"),
    }
    with torch.device("meta"):
        module = RCAN(**hyperparameters)
    load(module, found, "RCAN")
    return Network(
        module=module,
        architecture="rcan",
        scale=hyperparameters["scale"],
        channels=3,
        # Channels are weighed by their means over all that it sees.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        tile=256,
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """An RCAN as training begins: PyTorch's own weights, as its authors' program has."""
    return RCAN(**hyperparameters)


ARCHITECTURE = Architecture("rcan", detect, build, untrained=untrained)
