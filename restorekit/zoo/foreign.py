"""Networks that the project does not know itself, opened with spandrel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restorekit.architectures._spandrel import described
from restorekit.contracts import Network, Precision, SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

OVERLAP = 32
"""Input pixels that tiles share where nobody measured how many hide the seams."""
PURPOSES = frozenset({"SR", "Restoration"})


def open_foreign(tensors: Mapping[str, torch.Tensor], origin: str) -> Network:
    """The network that these tensors belong to, if spandrel knows it.

    Args:
        tensors: By the names that the network gave them.
        origin: What messages call the file.

    Raises:
        CheckpointError: Nobody knows the network, or it does not turn one photo into another.
    """
    descriptor = described(tensors, origin)
    _check(descriptor, origin)
    return _wrapped(descriptor)


def _check(descriptor: Any, origin: str) -> None:
    name, purpose = descriptor.architecture.name, descriptor.purpose
    if purpose not in PURPOSES:
        raise CheckpointError(
            f"{origin} is a {name} for another job",
            expected="super-resolution or restoration of photos",
            got=purpose,
        )
    channels = (descriptor.input_channels, descriptor.output_channels)
    if channels not in {(1, 1), (3, 3)}:
        raise CheckpointError(
            f"{origin} is a {name} that does not turn a photo into a photo",
            expected="1 or 3 channels in and out",
            got=f"{channels[0]} in and {channels[1]} out",
        )


def _wrapped(descriptor: Any) -> Network:
    size = descriptor.size_requirements
    precisions: set[Precision] = {"fp32"}
    if descriptor.supports_bfloat16:
        precisions.add("bf16")
    if descriptor.supports_half:
        precisions.add("fp16")
    return Network(
        module=_module(descriptor),
        architecture=descriptor.architecture.name,
        scale=descriptor.scale,
        channels=descriptor.input_channels,
        receptive_field=None,
        overlap=OVERLAP,
        size_requirements=SizeRequirements(
            minimum=max(1, size.minimum), multiple_of=max(1, size.multiple_of)
        ),
        precisions=frozenset(precisions),
        hyperparameters={"tags": tuple(descriptor.tags)},
    )


def _module(descriptor: Any) -> torch.nn.Module:
    """The descriptor as a module: some networks need spandrel's way of calling them."""
    from torch import Tensor, nn

    class Foreign(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            # Registered here, so that moving and casting this module reaches its weights.
            self.model = descriptor.model
            self.descriptor = descriptor

        def forward(self, x: Tensor) -> Tensor:
            """``(N, C, H, W)`` in [0, 1] to ``(N, C, H * scale, W * scale)``, padded inside."""
            return self.descriptor(x)

    return Foreign().eval()
