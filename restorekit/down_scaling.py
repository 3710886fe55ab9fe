"""Kernels that are all of how a picture became small: every so-manyth pixel is taken after them.

The small pixels lie amid those that they stand for, so that a kernel's centre of mass lies
``(scale - 1) / 2`` before its middle along both axes, as that of ``kernels.bicubic`` does. Other
kernels are blurs, after which bicubic makes the picture smaller.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from restorekit import kernels
from restorekit.contracts import DownScaling
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.contracts import Psf

ASIDE = 0.25
"""Pixels by which a centre of mass may miss the place that tells the scale: half of the way to that
of the next one."""
BLUR_SIDE = 15
"""Side of the blur that is looked for before bicubic: that of the kernels which SRMD knows."""
SMOOTHNESS = 0.03
"""What differences between that blur's neighbours cost: bicubic hides how it varies from pixel to
pixel, so that without this it would be noise, and like no kernel that a network has learned."""
LARGEST_MISS = 0.3
"""How much of a kernel, by its norm, blur and bicubic may miss. DIV2KRK's, whose pixels are noisy
by a quarter, are missed by 0.11 on average; what misses more is sharper than bicubic itself."""


def from_psf(psf: Psf, what: str = "a kernel of down-scaling") -> DownScaling:
    """The down-scaling of a kernel, whose centre of mass tells its scale.

    Args:
        psf: ``(n, n)``, n odd, that sums to 1.
        what: What messages call it.

    Raises:
        UsageError: It is centred as no down-scaling by 2 or more is.
    """
    if not is_centred_as_one(psf):
        down, right = _centre(psf)
        raise UsageError(
            what,
            expected="a centre of mass at -0.5, -0.5 from its middle for scale 2, -1.5 for 4",
            got=f"{down:.2f}, {right:.2f}",
            hint="turn it by 180 degrees if it is written as networks convolve",
        )
    return DownScaling(psf, _nearest_scale(psf))


def is_centred_as_one(psf: Psf) -> bool:
    """Whether a kernel lies as those of down-scaling by 2 or more do; blurs lie in the middle."""
    scale = _nearest_scale(psf)
    return scale > 1 and max(abs(it + (scale - 1) / 2) for it in _centre(psf)) <= ASIDE


def centred(psf: Psf, scale: int) -> Psf:
    """``psf`` moved so that its centre of mass is where a down-scaling kernel's belongs."""
    from scipy import ndimage

    away = [-(scale - 1) / 2 - it for it in _centre(psf)]
    # Between two pixels linearly: a spline would overshoot below 0.
    return kernels.normalized(ndimage.shift(psf, away, order=1))


def at_scale(kernel: DownScaling, scale: int) -> DownScaling:
    """How the same lens makes a picture less small: a smaller kernel, centred for ``scale``."""
    if scale == kernel.scale:
        return kernel
    factor = kernel.scale / scale
    return DownScaling(kernels.shrunk(kernel.psf, factor, (1 - factor) / 2), scale)


def blur_before_bicubic(kernel: DownScaling) -> Psf:
    """The blur that, followed by MATLAB's bicubic, is most like a kernel.

    ``argmin_b |b * bicubic - k|^2 + c |grad b|^2`` over all ``b >= 0`` of 15 x 15 pixels, then
    made to sum to 1; c is small.

    Raises:
        UsageError: None is like it: it is sharper than bicubic, or too wide.
    """
    import numpy as np
    from scipy.optimize import nnls
    from scipy.signal import convolve2d

    bicubic = kernels.bicubic(kernel.scale)
    side = max(len(kernel.psf), len(bicubic) + BLUR_SIDE - 1)
    wanted, _ = kernels.resized(kernel.psf, side)
    root = _root(kernel.scale)
    # What each pixel of the blur contributes to explaining the kernel, nearest ones only.
    seen = convolve2d(np.pad(wanted, BLUR_SIDE), bicubic[::-1, ::-1], "same")
    middle = len(seen) // 2
    kept = slice(middle - BLUR_SIDE // 2, middle + BLUR_SIDE // 2 + 1)
    found, _ = nnls(root.T, np.linalg.solve(root, seen[kept, kept].ravel()))
    blur = kernels.normalized(found.reshape(BLUR_SIDE, BLUR_SIDE))
    made, _ = kernels.resized(convolve2d(blur, bicubic), side)
    missed = float(np.linalg.norm(made - wanted) / np.linalg.norm(wanted))
    if missed > LARGEST_MISS:
        raise UsageError(
            "no blur before bicubic is like this kernel, which is sharper, or too wide",
            expected=f"up to {LARGEST_MISS:.0%} of it missed",
            got=f"{missed:.0%}",
            hint="--model zssr takes it as it is",
        )
    return blur


@lru_cache(maxsize=8)
def _root(scale: int) -> Psf:
    """The Cholesky factor of what a blur's squared error and roughness depend on it by."""
    import numpy as np
    from scipy.signal import convolve2d

    bicubic = kernels.bicubic(scale)
    reach = BLUR_SIDE - 1
    alike = convolve2d(np.pad(bicubic, reach), bicubic[::-1, ::-1], "same")
    middle = len(alike) // 2
    place = np.arange(BLUR_SIDE)
    apart = place[:, None] - place + middle
    gram = alike[apart[:, None, :, None], apart[None, :, None, :]].reshape(BLUR_SIDE**2, -1)
    steps = np.diff(np.eye(BLUR_SIDE + 2), axis=0)[:, 1:-1]
    rough = steps.T @ steps
    one = np.eye(BLUR_SIDE)
    cost = SMOOTHNESS * gram[0, 0] * (np.kron(rough, one) + np.kron(one, rough))
    root: Psf = np.linalg.cholesky(gram + cost)
    return root


def _nearest_scale(psf: Psf) -> int:
    return round(1 - sum(_centre(psf)))


def _centre(psf: Psf) -> tuple[float, float]:
    """How far down and to the right of the middle the centre of mass is."""
    import numpy as np

    places = np.arange(len(psf)) - len(psf) // 2
    down, right = (float(psf.sum(axis=axis) @ places) for axis in (1, 0))
    return down, right
