"""The kernel that leads from sharp edges to the photo's, and what can be a kernel at all.

S. Cho, S. Lee, Fast motion deblurring, ACM Transactions on Graphics 28 (SIGGRAPH Asia 2009),
section 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft, ndimage

from restorekit.images.convolution import fast_size
from restorekit.images.kernel_files import centred
from restorekit.kernels import normalized, resized

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Psf
    from restorekit.kernel_estimation._strong_edges import Gradients

SECOND = np.float32(0.5)
"""Weight of the squared second derivatives beside the first, as in Cho and Lee's section 5."""
RIDGE = 1e-3
"""beta, as a share of the squares of all sharp derivatives."""
STEPS = 20
"""Of conjugate gradients: few, since stopping early keeps noise out of the kernel as well."""
NOTHING = 1e-4
"""Values of a kernel that count as none where few are wanted."""
LEAST = 0.05
"""Of a kernel's largest value: what is less is noise."""
SPECK = 0.02
"""Of a kernel's sum: parts that hang together and hold less are noise."""


def derivatives(gradients: Gradients) -> npt.NDArray[np.float32]:
    """The gradients and the second derivatives that follow from them, ``(5, H, W)``.

    Args:
        gradients: Downwards and to the right; they need not be those of a picture.
    """
    down, right = gradients
    mixed = (np.diff(down, axis=1, append=0) + np.diff(right, axis=0, append=0)) / 2
    second = [np.diff(down, axis=0, append=0), np.diff(right, axis=1, append=0), mixed]
    return np.stack([down, right, *(np.sqrt(SECOND) * it for it in second)])


def fitted_kernel(sharp: Gradients, blurred: Gradients, side: int) -> npt.NDArray[np.float64]:
    """The k of least ``sum of |d_i * k - b_i|^2 + beta |k|^2`` (equation 10), nearly.

    d_i and b_i are the derivatives of the sharp and the blurred picture. All that the problem knows
    of them is how the former go with themselves and with the latter at each shift: conjugate
    gradients need those two small pictures alone.

    Args:
        sharp: ``(2, H, W)``, not all 0.
        blurred: The same.
        side: Of the kernel in pixels, odd.

    Returns:
        ``(side, side)``, of any sign and sum.
    """
    own, shared = _correlations(derivatives(sharp), derivatives(blurred), side)
    return _solution(own, shared, RIDGE * float(own[0, 0]), np.zeros_like(shared))


def sparse_kernel(
    sharp: Gradients, blurred: Gradients, before: Psf, weight: float
) -> npt.NDArray[np.float64]:
    """The k of least ``sum of |d_i * k - b_i|^2 + weight |d|^2 |k|_1``, nearly.

    One step of iteratively reweighted least squares, in which ``k^2 / |before|`` stands for
    ``|k|``; D. Krishnan, T. Tay, R. Fergus, Blind deconvolution using a normalized sparsity
    measure, CVPR 2011, section 3.

    Args:
        sharp: ``(2, H, W)``, not all 0: the gradients themselves are the d_i.
        blurred: The same.
        before: What is improved.
        weight: Above 0.

    Returns:
        ``(side, side)``, of any sign and sum.
    """
    own, shared = _correlations(sharp, blurred, len(before))
    weights = weight * float(own[0, 0]) / np.maximum(before, NOTHING)
    return _solution(own, shared, weights, before)


def _correlations(
    first: Gradients, second: Gradients, side: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """How the planes of ``first`` go with themselves, and with ``second``'s, at each shift.

    The former at all shifts between two pixels of a kernel, 0 first; the latter at a kernel's.
    """
    height, width = (fast_size(length + side) for length in first.shape[1:])
    one: Any = fft.rfft2(first, (height, width))
    other: Any = fft.rfft2(second, (height, width))
    own: Any = fft.irfft2((one.conj() * one).sum(axis=0), (height, width))
    shared: Any = fft.irfft2((one.conj() * other).sum(axis=0), (height, width))
    shifts = fft.ifftshift(np.arange(1 - side, side))
    inside = np.arange(side) - side // 2
    return (
        own[np.ix_(shifts, shifts)].astype(np.float64),
        shared[np.ix_(inside, inside)].astype(np.float64),
    )


def _solution(
    own: npt.NDArray[np.float64],
    target: npt.NDArray[np.float64],
    ridge: float | npt.NDArray[np.float64],
    start: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """``(T + ridge) k = target`` after some steps; T convolves with ``own``."""
    side = len(target)
    response: Any = fft.rfft2(own)

    def applied(k: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        spread: Any = fft.irfft2(response * fft.rfft2(k, own.shape), own.shape)
        return spread[:side, :side] + ridge * k

    k = start
    residual = target - applied(k)
    direction, power = residual, float(np.vdot(residual, residual))
    for _ in range(STEPS):
        if power <= 0:
            break  # nothing is left to do
        bent = applied(direction)
        length = power / float(np.vdot(direction, bent))
        k = k + length * direction
        residual = residual - length * bent
        before, power = power, float(np.vdot(residual, residual))
        direction = residual + power / before * direction
    return k


def plausible(values: npt.NDArray[np.float64]) -> Psf:
    """The kernel in values that noise has been added to: not negative, of sum 1, in its middle.

    Args:
        values: ``(n, n)``, n odd. Without one above 0 the kernel is a point.
    """
    if values.max() <= 0:
        return point(len(values))
    kept = np.where(values < LEAST * values.max(), 0, values)
    parts: Any
    parts, count = ndimage.label(kept, np.ones((3, 3)))  # pyright: ignore[reportGeneralTypeIssues, reportAssignmentType]
    sums = np.asarray(ndimage.sum_labels(kept, parts, np.arange(count + 1)))
    kernel = normalized(np.where(sums[parts] < SPECK * kept.sum(), 0, kept))
    return resized(centred(kernel), len(values))[0]


def point(side: int) -> Psf:
    """The kernel of that side that blurs nothing."""
    return resized(np.ones((1, 1)), side)[0]
