"""EDSR: a long chain of residual blocks without normalisation.

Lim, Son, Kim, Nah, Lee, Enhanced deep residual networks for single image super-resolution, CVPR
workshops 2017, section 3: 32 blocks of 256 features, or 16 of 64 in the baseline. Wide blocks add a
tenth of what they make (section 3.2), without which training them is not stable.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from restorekit.architectures._convolutions import conv3x3, count, load
from restorekit.architectures._edsr_frame import Frame, canonical, scale_of
from restorekit.contracts import Architecture, Network

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDE = 256
"""Features from which on blocks add a tenth: no file tells the share, and of the released networks
those of 256 features have 0.1 and those of 64 have 1."""


class Block(nn.Module):
    """Two convolutions, a share of which is added to what came in."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.share = 0.1 if features >= WIDE else 1.0
        self.body = nn.Sequential(
            conv3x3(features, features), nn.ReLU(inplace=True), conv3x3(features, features)
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features, H, W)`` to the same."""
        return torch.add(x, self.body(x), alpha=self.share)


class EDSR(Frame):
    """The network; see the module's text.

    Args:
        features: Width.
        blocks: Number of residual blocks.
        scale: 2, 3, 4 or 8.

    Raises:
        UsageError: Another scale.
    """

    def __init__(self, *, features: int, blocks: int, scale: int) -> None:
        super().__init__(features, scale, (Block(features) for _ in range(blocks)))


# BasicSR's body.3.conv1 is the authors' body.3.body.0.
RENAMED = (
    (re.compile(r"^(body\.\d{1,4})\.conv1\."), r"\1.body.0."),
    (re.compile(r"^(body\.\d{1,4})\.conv2\."), r"\1.body.2."),
)
KEYS = re.compile(
    r"^(head\.0|tail\.1|tail\.0\.[024]|body\.\d{1,4}(\.body\.[02])?|(sub|add)_mean)\.(weight|bias)$"
)
NEEDED = {"head.0.weight", "body.0.body.0.weight", "body.0.body.2.weight", "tail.0.0.weight",
          "tail.1.weight", "sub_mean.weight"}  # fmt: skip


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an EDSR of either project."""
    found = canonical(tensors, RENAMED)
    if not found.keys() >= NEEDED or not all(KEYS.match(key) for key in found):
        return False
    return all(found[key].ndim == 4 for key in NEEDED)


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any EDSR.
    """
    found = canonical(tensors, RENAMED)
    hyperparameters = {
        "features": found["head.0.weight"].shape[0],
        "blocks": count(found, "body.") - 1,
        "scale": scale_of(found, "EDSR"),
    }
    with torch.device("meta"):
        module = EDSR(**hyperparameters)
    load(module, found, "EDSR")
    # Two a block, the first convolution, that behind the body, and those of the tail: three there
    # look at larger pictures, and reach two pixels of the small one together at any scale.
    reach = 2 * hyperparameters["blocks"] + 4
    return Network(
        module=module,
        architecture="edsr",
        scale=hyperparameters["scale"],
        channels=3,
        receptive_field=reach,
        overlap=2 * reach,
        tile=256,
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters=hyperparameters,
    )


def untrained(**hyperparameters: int) -> nn.Module:
    """An EDSR as training begins: PyTorch's own weights, as its authors' program has."""
    return EDSR(**hyperparameters)


ARCHITECTURE = Architecture("edsr", detect, build, untrained=untrained)
