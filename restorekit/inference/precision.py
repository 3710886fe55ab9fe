"""A network in a lower precision, and what to try when its numbers run over."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from restorekit.inference.device import DTYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Network, Precision

LADDER: Sequence[Precision] = ("fp16", "bf16", "fp32")
"""From the smallest range to the largest precision."""


def higher(precision: Precision, network: Network) -> Precision | None:
    """The next precision to try after results that were not finite; None after float32."""
    above = LADDER[LADDER.index(precision) + 1 :]
    return next((p for p in above if p in network.precisions), None)


def lower(network: Network, device: torch.device, precision: Precision) -> torch.nn.Module:
    """A copy of the network's module on the device, in the precision.

    In bfloat16 the layers in ``network.full_precision`` stay in float32. On CPUs and on CUDA the
    weights lie channels last, which convolutions prefer there.
    """
    module = copy.deepcopy(network.module).eval().requires_grad_(requires_grad=False)
    module = module.to(device=device, dtype=DTYPES[precision])
    for name in network.full_precision if precision == "bf16" else ():
        module.get_submodule(name).float()
    for tensor in (*module.parameters(), *module.buffers()):
        # Torch's own way of doing this stumbles over weights with five axes, such as FFTformer's.
        if tensor.ndim == 4:
            tensor.data = tensor.data.contiguous(memory_format=memory_format(device))
    return module


def memory_format(device: torch.device) -> torch.memory_format:
    """The order of a tensor's values that the device's convolutions prefer."""
    return torch.channels_last if device.type in {"cpu", "cuda"} else torch.contiguous_format
