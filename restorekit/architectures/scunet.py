"""SCUNet: a U-Net whose blocks convolve one half of the channels and attend with the other.

Zhang et al., Practical blind denoising via Swin-Conv-UNet and data synthesis, Machine Intelligence
Research 20 (2023), section 3: seven groups of such blocks, windows of 8 x 8 shifted in every other
block. Its weights for real photos were trained on noise, JPEG and camera processing made up at
random. The modules are spandrel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.architectures._spandrel import module_of
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

NEEDED = {
    "m_head.0.weight",
    "m_down1.0.trans_block.msa.relative_position_params",
    "m_down1.0.conv1_1.weight",
    "m_tail.0.weight",
}
MULTIPLE = 64
"""Windows of 8 pixels at an eighth of the size."""


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an SCUNet."""
    return tensors.keys() >= NEEDED


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SCUNet.
    """
    module, descriptor = module_of(tensors, "SCUNet")
    found = descriptor.model.hyperparameters
    return Network(
        module=module,
        architecture="scunet",
        scale=1,
        channels=found["in_nc"],
        # Four blocks with windows of 64 pixels at the lowest level: the whole tile in practice.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        tile=512,
        bytes_per_pixel=5120,
        size_requirements=SizeRequirements(MULTIPLE, MULTIPLE),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters={
            "channels": found["in_nc"],
            "features": found["dim"],
            "blocks": tuple(found["config"]),
        },
    )


ARCHITECTURE = Architecture("scunet", detect, build)
