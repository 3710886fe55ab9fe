"""Blur kernels (point spread functions).

A PSF here is a float64 array ``(n, n)``, n odd, whose values sum to 1. Its middle pixel is the
place of the point: ``blurred(x) = sum over d of psf(d) image(x - d)``, which
``images/convolution.py`` does. The first axis points down,
the second to the right; angles are in degrees, counter-clockwise from the horizontal as one looks
at the picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from restorekit.errors import UsageError

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Psf

REACH = 4.0
"""How many standard deviations a Gaussian goes from its middle, where no size is told: what is
left out is less than half a level of 16 bits."""
SUBPIXELS = 8
"""Samples a pixel and axis, where the area of a shape inside of a pixel is measured."""


def delta() -> Psf:
    """The kernel that blurs nothing."""
    import numpy as np

    return np.ones((1, 1))


def gaussian(
    sigma: float,
    sigma_y: float | None = None,
    angle: float = 0,
    *,
    size: int | None = None,
    shift: float = 0,
) -> Psf:
    """``exp(-q / 2)``, with q the squared distance from the middle in standard deviations.

    Args:
        sigma: Standard deviation in pixels, above 0, along the axis that ``angle`` tells.
        sigma_y: Across it; None: the same.
        angle: In degrees.
        size: Side in pixels, odd; None: as far as it goes.
        shift: Pixels to the right and down from the middle.

    Raises:
        UsageError: Such a kernel cannot be.
    """
    import numpy as np

    q = _squared_distances(sigma, sigma_y, angle, size=size, shift=shift)
    return normalized(np.exp(-q / 2))


def generalized_gaussian(
    sigma: float,
    sigma_y: float | None = None,
    angle: float = 0,
    *,
    beta: float,
    size: int | None = None,
) -> Psf:
    """``exp(-q^beta / 2)``: pointed for beta below 1, flat for beta above it.

    Wang et al., "Real-ESRGAN", 2021, section 3.2; the arguments are those of :func:`gaussian`.

    Raises:
        UsageError: Such a kernel cannot be.
    """
    import numpy as np

    # Reached where the exponent is that of the Gaussian at its own reach.
    reach = REACH ** (1 / beta)
    q = _squared_distances(sigma, sigma_y, angle, size=size, reach=reach)
    return normalized(np.exp(-(q**beta) / 2))


def plateau(
    sigma: float,
    sigma_y: float | None = None,
    angle: float = 0,
    *,
    beta: float,
    size: int | None = None,
) -> Psf:
    """``1 / (1 + q^beta)``: a flat top with long flanks, the steeper the higher beta is.

    Wang et al., "Real-ESRGAN", 2021, section 3.2; the arguments are those of :func:`gaussian`.
    Without a size it ends at four standard deviations, for its flanks have no end.

    Raises:
        UsageError: Such a kernel cannot be.
    """
    q = _squared_distances(sigma, sigma_y, angle, size=size)
    return normalized(1 / (1 + q**beta))


def sinc(cutoff: float, *, size: int) -> Psf:
    """The ideal circular low-pass filter: ``cutoff J1(cutoff r) / (2 pi r)``, which rings.

    Wang et al., "Real-ESRGAN", 2021, equation 6. It is negative in places.

    Args:
        cutoff: In radians a pixel, above 0, to pi.
        size: Side in pixels, odd.

    Raises:
        UsageError: Such a kernel cannot be.
    """
    import numpy as np
    from scipy.special import j1

    down, right = _grid(size)
    radius = np.hypot(down, right)
    middle = size // 2
    radius[middle, middle] = 1
    values = cutoff * j1(cutoff * radius) / (2 * math.pi * radius)
    values[middle, middle] = cutoff**2 / (4 * math.pi)
    return normalized(values)


def disk(radius: float) -> Psf:
    """A disk of one brightness, as a lens out of focus makes it; each pixel by its share of it.

    Args:
        radius: In pixels, 0 or more.

    Raises:
        UsageError: Such a kernel cannot be.
    """
    import numpy as np

    size = 2 * math.ceil(max(radius - 0.5, 0)) + 1
    within = (np.arange(size * SUBPIXELS) + 0.5) / SUBPIXELS - size / 2
    inside = np.hypot(within[:, None], within) <= max(radius, 1 / SUBPIXELS)
    shares = inside.reshape(size, SUBPIXELS, size, SUBPIXELS).sum(axis=(1, 3))
    return normalized(shares.astype(np.float64))


def line(length: float, angle: float = 0) -> Psf:
    """A straight path of one speed, as a camera that is moved evenly leaves it.

    Args:
        length: In pixels, 0 or more.
        angle: In degrees.

    Raises:
        UsageError: Such a kernel cannot be.
    """
    import numpy as np

    half = math.ceil(length * SUBPIXELS)
    along = np.arange(-half, half + 1) * (length / (2 * half + 1))
    turn = math.radians(angle)
    return path(-along * math.sin(turn), along * math.cos(turn))


def path(down: npt.NDArray[Any], right: npt.NDArray[Any]) -> Psf:
    """The trace of a point: each place gives its share to the four pixels around it.

    Args:
        down: The places in pixels, one for each moment; moments are equally long.
        right: The same along the other axis. The kernel's middle is at (0, 0).

    Raises:
        UsageError: Such a kernel cannot be.
    """
    import numpy as np

    half = math.ceil(max(np.abs(down).max(), np.abs(right).max()) - 1e-9)
    trace = np.zeros((2 * half + 2, 2 * half + 2))
    row, column = np.floor(down).astype(np.int64), np.floor(right).astype(np.int64)
    low, left = down - row, right - column
    for step_down, share_down in ((0, 1 - low), (1, low)):
        for step_right, share_right in ((0, 1 - left), (1, left)):
            places = (row + half + step_down, column + half + step_right)
            np.add.at(trace, places, share_down * share_right)
    return normalized(trace[:-1, :-1])


def bicubic(scale: int) -> Psf:
    """The blur by which MATLAB's bicubic makes a picture smaller, Keys' cubic of a = -0.5 (1981).

    After it every ``scale``-th pixel is taken, from the first on. The small pixels lie amid those
    that they stand for, so that the kernel's middle is shifted by ``(scale - 1) / 2``.
    """
    import numpy as np

    half = math.ceil(2 * scale + (scale - 1) / 2)
    x = np.abs(np.arange(-half, half + 1) + (scale - 1) / 2) / scale
    inner, outer = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    taps = np.where(x < 1, inner, np.where(x < 2, outer, 0))
    return normalized(np.outer(taps, taps))


def after(first: Psf, second: Psf) -> Psf:
    """The kernel of two blurs, one after the other."""
    from scipy.signal import fftconvolve

    return normalized(fftconvolve(first, second))


def resized(psf: Psf, size: int) -> tuple[Psf, float]:
    """The kernel on ``size`` x ``size`` pixels, size odd: with a margin of nothing, or cut off.

    Returns:
        It, its sum being 1 again, and the share of the whole that was cut off.
    """
    import numpy as np

    more = (size - len(psf)) // 2
    kept = np.pad(psf, more) if more > 0 else psf[-more : len(psf) + more, -more : len(psf) + more]
    return normalized(kept), float(1 - kept.sum())


def shrunk(psf: Psf, factor: float, middle: float = 0) -> Psf:
    """The same blur of a picture that is ``factor`` times smaller, at least 1.

    Each pixel of it holds what falls into the square that it covers. Its middle is ``middle``
    pixels of ``psf`` to the right and down from that one's.
    """
    import numpy as np

    half = math.ceil(((len(psf) + 2 * abs(middle)) / factor - 1) / 2)
    edges = (np.arange(2 * half + 2) - half - 0.5) * factor + middle
    first = np.arange(len(psf)) - len(psf) / 2
    low = np.maximum(edges[:-1, None], first)
    high = np.minimum(edges[1:, None], first + 1)
    shares = np.maximum(high - low, 0)
    return normalized(shares @ psf @ shares.T)


def trimmed(psf: Psf) -> Psf:
    """Without the margin of nothing around it, its middle staying where it is."""
    import numpy as np

    half = len(psf) // 2
    down, right = np.nonzero(psf)
    reach = max(int(np.abs(it - half).max()) for it in (down, right))
    return normalized(psf[half - reach : half + reach + 1, half - reach : half + reach + 1])


def normalized(values: npt.NDArray[Any]) -> Psf:
    """The kernel whose values sum to 1.

    Raises:
        UsageError: Another form, or values without a sum.
    """
    import numpy as np

    total = float(np.sum(values, dtype=np.float64)) if values.size else 0.0
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not values.shape[0] % 2:
        raise UsageError("a kernel", expected="(n, n), n odd", got=str(values.shape))
    if not (math.isfinite(total) and total > 0):
        raise UsageError("a kernel", expected="values with a sum above 0", got=f"{total:g}")
    return values / total


def _squared_distances(
    sigma: float,
    sigma_y: float | None,
    angle: float,
    *,
    size: int | None,
    reach: float = REACH,
    shift: float = 0,
) -> Psf:
    """``d^T S^-1 d`` for every pixel, S the covariance of the axes and the angle."""
    sigma_y = sigma if sigma_y is None else sigma_y
    if not (0 < sigma < math.inf and 0 < sigma_y < math.inf):
        raise UsageError("a kernel's widths", expected="above 0", got=f"{sigma:g}, {sigma_y:g}")
    if size is None:
        size = 2 * math.ceil(reach * max(sigma, sigma_y) + abs(shift)) + 1
    down, right = _grid(size)
    down, right, turn = down - shift, right - shift, math.radians(angle)
    along = right * math.cos(turn) - down * math.sin(turn)
    aside = right * math.sin(turn) + down * math.cos(turn)
    return (along / sigma) ** 2 + (aside / sigma_y) ** 2


def _grid(size: int) -> tuple[Psf, Psf]:
    """How far down and to the right of the middle each pixel is."""
    import numpy as np

    if size < 1 or not size % 2:
        raise UsageError("a kernel's side", expected="an odd number of pixels", got=str(size))
    offsets = np.arange(size, dtype=np.float64) - size // 2
    down, right = np.meshgrid(offsets, offsets, indexing="ij")
    return down, right
