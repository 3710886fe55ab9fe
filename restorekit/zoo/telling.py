"""What a restorer is told beside the photo, and what is said where it cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.contracts import Deblurrer, Denoiser, DownScaling, Enlarger, KernelMap
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Kernel, Restorer

TELLABLE = ("kernel", "sigma")
"""The blur, and the strength of the noise."""


def tellable(restorer: Restorer) -> tuple[str, ...]:
    """What of ``TELLABLE`` changes what a restorer makes of a photo."""
    kernel = isinstance(restorer, Deblurrer) and restorer.takes_kernel
    sigma = isinstance(restorer, Denoiser) and restorer.takes_sigma
    return ("kernel",) * kernel + ("sigma",) * sigma


def check_told(name: str, can_be_told: Sequence[str], needed: Sequence[str]) -> None:
    """Refuse what a model cannot be told.

    Args:
        name: The model, for the message.
        can_be_told: Of ``TELLABLE``.
        needed: What somebody wants it to know, of ``TELLABLE``.

    Raises:
        UsageError: It cannot be told all of that.
    """
    if "kernel" in needed and "kernel" not in can_be_told:
        from restorekit.inference.conditions import cannot_be_told

        raise cannot_be_told(name)
    if "sigma" in needed and "sigma" not in can_be_told:
        raise UsageError(f"{name} cannot be told the noise", hint="leave out --sigma")


def tell(restorer: Restorer, sigma: float | None, kernel: Kernel | KernelMap | None) -> Restorer:
    """The restorer, told what it can be told.

    Raises:
        UsageError: It knows no such kernel.
    """
    if sigma is not None and isinstance(restorer, Denoiser):
        restorer = restorer.with_sigma(sigma)
    if isinstance(kernel, DownScaling):
        if not isinstance(restorer, Enlarger):
            raise UsageError(f"{restorer.name} undoes blur alone", got="a kernel of down-scaling")
        return restorer.with_down_scaling(kernel)
    if kernel is None or not isinstance(restorer, Deblurrer):
        return restorer
    if isinstance(kernel, KernelMap):
        from restorekit.classical._space_variant import SpaceVariant

        return SpaceVariant(restorer, kernel)
    return restorer.with_kernel(kernel)
