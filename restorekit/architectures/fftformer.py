"""FFTformer: attention by products of Fourier transforms of small patches.

Kong, Dong, Li, Ge, Pan, Efficient frequency domain-based transformers for high-quality image
deblurring, CVPR 2023: patches of 8 x 8 pixels are compared by their correlation, which is a product
of their spectra, and a feed-forward network weighs frequencies. The modules are spandrel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.architectures._spandrel import module_of
from restorekit.contracts import Architecture, Network, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

EMBEDDING = "patch_embed.proj.weight"
LEVELS = ("encoder_level1", "encoder_level2", "encoder_level3")
NEEDED = {EMBEDDING, "refinement.0.ffn.fft", "fuse1.att_channel.ffn.fft", "output.weight"}
MULTIPLE = 32
"""Patches of 8 pixels at a quarter of the size."""


def detect(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of an FFTformer."""
    return tensors.keys() >= NEEDED and tensors[EMBEDDING].ndim == 4


def build(tensors: Mapping[str, Tensor]) -> Network:
    """The network that these tensors belong to, with them loaded.

    Raises:
        CheckpointError: The tensors do not fit any FFTformer that makes a photo of a photo.
    """
    module, descriptor = module_of(tensors, "FFTformer")
    if descriptor.input_channels != 3:
        raise CheckpointError(
            "the FFTformer", expected="3 channels", got=str(descriptor.input_channels)
        )
    found = descriptor.model.hyperparameters
    return Network(
        module=module,
        architecture="fftformer",
        scale=1,
        channels=3,
        # Patches see their neighbours through convolutions alone: finite on paper, the whole tile
        # in practice.
        receptive_field=None,
        # Not measured: no released weights were at hand.
        overlap=64,
        tile=256,
        bytes_per_pixel=8192,
        size_requirements=SizeRequirements(MULTIPLE, MULTIPLE),
        # Transforms of Fourier are computed in float32 alone.
        precisions=frozenset({"fp32"}),
        hyperparameters={
            "features": found["dim"],
            "blocks": tuple(found["num_blocks"]),
            "refinement": found["num_refinement_blocks"],
            "expansion": found["ffn_expansion_factor"],
        },
    )


ARCHITECTURE = Architecture("fftformer", detect, build)
