"""What a chain tells of itself: its kernel and its noise, for networks that are told them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from restorekit.degradations._step import Blur
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.contracts import Psf
    from restorekit.degradations._chain import Chain


def sigma_of(chain: Chain) -> float:
    """Standard deviation of all the white noise in a chain, in levels of 255."""
    import numpy as np

    levels = [float(getattr(step, "sigma", 0)) for step in chain.steps if _is_white_noise(step)]
    return float(np.sqrt(np.square(levels).sum()))


def psf_of(chain: Chain) -> Psf:
    """The kernel of all the blurring in a chain, before the picture is made smaller.

    Raises:
        UsageError: It is blurred after that, or made smaller by a kernel of its own: no blur at the
            size of the true picture says it.
    """
    from restorekit.kernels import after, delta

    if any(type(step).__name__ == "KernelDownscale" for step in chain.steps):
        raise UsageError(
            "the degradation has no blur before bicubic", got=str(chain), hint="downscale(2)"
        )
    sizes = [place for place, step in enumerate(chain.steps) if _changes_size(step)]
    blurs = {place: step.psf() for place, step in enumerate(chain.steps) if isinstance(step, Blur)}
    if sizes and max(blurs, default=-1) > min(sizes):
        raise UsageError(
            "the degradation has no one kernel",
            expected="blur before the picture is made smaller",
            got=str(chain),
        )
    return functools.reduce(after, blurs.values(), delta())


def _is_white_noise(step: object) -> bool:
    return type(step).__name__ == "GaussianNoise"


def _changes_size(step: object) -> bool:
    return type(step).__name__ in {"Downscale", "Resize"}
