"""SwinIR: transformer blocks that attend within windows of 8 x 8 pixels, shifted by half each time.

Liang, Cao, Sun, Zhang, Van Gool, Timofte, SwinIR: image restoration using Swin transformer, ICCV
workshops 2021. The same body serves noise, JPEG and super-resolution; its tail tells the job, and
the scale. The modules are spandrel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.architectures._spandrel import module_of
from restorekit.contracts import Architecture, Network, SizeRequirements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

BLOCK = "layers.0.residual_group.blocks.0."
NEEDED = {
    f"{BLOCK}attn.relative_position_bias_table",
    f"{BLOCK}attn.relative_position_index",
    f"{BLOCK}mlp.fc1.bias",
    f"{BLOCK}norm1.weight",
    "conv_first.weight",
    "patch_embed.norm.weight",
}
OVERLAP = 64
"""Twice what the authors' own script shares (``main_test_swinir.py``), because the outermost pixels
of a tile count nothing here. Seams were not measured: no released weights were at hand."""


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of a SwinIR."""
    # Swin2SR has the same names and a few more.
    return tensors.keys() >= NEEDED and f"{BLOCK}attn.logit_scale" not in tensors


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any SwinIR.
    """
    module, descriptor = module_of(tensors, "SwinIR")
    found = descriptor.model.hyperparameters
    # Pixels of the picture that become one before the windows are cut
    multiple = found["window_size"] * found["start_unshuffle"]
    return Network(
        module=module,
        architecture="swinir",
        scale=descriptor.scale,
        channels=descriptor.input_channels,
        # 8 pixels a block: finite on paper, the whole tile in practice.
        receptive_field=None,
        overlap=OVERLAP,
        tile=256,
        bytes_per_pixel=12288,
        size_requirements=SizeRequirements(multiple, multiple),
        # No released weights were at hand to check what bfloat16 costs.
        precisions=frozenset({"fp32"}),
        hyperparameters={
            "channels": descriptor.input_channels,
            "features": found["embed_dim"],
            "depths": tuple(found["depths"]),
            "heads": tuple(found["num_heads"]),
            "window": found["window_size"],
            "mlp_ratio": found["mlp_ratio"],
            "upsampler": found["upsampler"],
            "scale": descriptor.scale,
        },
    )


ARCHITECTURE = Architecture("swinir", detect, build)
