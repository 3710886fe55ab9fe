"""What methods that find a kernel from coarse to fine have in common.

At a smaller size the kernel has fewer pixels, and a wrong one is seldom the best: what is found
there is where the next size begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import Blur, gradient
from restorekit.classical._observation import Observation, observe
from restorekit.classical.hyper_laplacian import hyper_laplacian
from restorekit.contracts import Size
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf
    from restorekit.kernel_estimation._strong_edges import Gradients, Plane

STEP = 2**0.5
"""From one size to the next."""
SMALLEST = 4
"""Pixels: a kernel with no larger side is where the sizes begin."""
WEIGHT = 3000.0
"""Of the hyper-Laplacian deconvolutions by which kernels are refined and compared."""
FLATTEST = 1 / 255
"""Standard deviation of a photo, in units of white, below which it shows nothing."""
FLAT = 0.01
"""Gradients, in units of white, that count as none where kernels are compared."""


def checked(image: Image, size: int) -> Plane:
    """The grey of a photo in which a kernel of that side is to be found.

    Raises:
        UsageError: The side cannot be meant, or the photo is smaller.
    """
    if size < 3 or not size % 2:
        raise UsageError(
            "the side of the kernel to find", expected="an odd number, 3 or more", got=str(size)
        )
    if min(image.shape[:2]) < size:
        raise UsageError(
            "the photo is too small to find its blur",
            expected=f"at least {size} pixels a side",
            got=f"{image.shape[1]}x{image.shape[0]}",
        )
    return image.mean(axis=2, dtype=np.float32)


def refuse_flat(photo: Plane) -> None:
    """Refuse a photo in which nothing is to be seen, blurred or not.

    Raises:
        UsageError: Its levels differ by less than rounding to 8 bits leaves.
    """
    if float(photo.std()) < FLATTEST:
        raise UsageError("the photo is of one brightness, which shows no blur", expected="edges")


def sizes(size: int) -> list[tuple[float, int]]:
    """The share of the photo's sides, and the kernel's side, from coarse to fine."""
    result, side = [(1.0, size)], float(size)
    while side > SMALLEST:
        side /= STEP
        result.append((side / size, max(3, 2 * round((side - 1) / 2) + 1)))
    return result[::-1]


def reduced(photo: Plane, share: float, side: int) -> Plane:
    """The photo at a share of its sides, but no smaller than its kernel."""
    return at(photo, Size(*(max(side, round(share * it)) for it in photo.shape)))


def at(plane: Plane, size: Size) -> Plane:
    """The plane at another size."""
    from restorekit.images.resize import resize  # Pillow, which names of methods need not wait for

    return resize(plane[:, :, None], size, "bicubic")[:, :, 0]


def observed(blurred: Plane, side: int) -> Observation:
    """The photo without a border that rings; clipped pixels are taken as they are."""
    return observe(blurred[None], np.zeros((1, *blurred.shape), np.bool_), side)


def within(gradients: Gradients, border: int) -> Gradients:
    """Without what the border falsifies."""
    result = np.zeros_like(gradients)
    inner = (..., slice(border, -border), slice(border, -border))
    result[inner] = gradients[inner]
    return result


def deconvolved(blurred: Plane, kernel: Psf) -> Plane:
    """The picture of which a kernel made the photo, with few and steep gradients."""
    seen = observed(blurred, len(kernel))
    shape = seen.planes.shape[1:]
    return seen.photo(hyper_laplacian(seen, Blur(kernel, (shape[0], shape[1])), WEIGHT))[0]


def unrest(blurred: Plane, kernel: Psf) -> float:
    """The share of pixels that are not flat after deconvolution: a wrong kernel leaves ringing."""
    edges = within(gradient(deconvolved(blurred, kernel)), len(kernel) // 2)
    return float((np.hypot(*edges) > FLAT).mean())
