"""The kernel of a shaken photo, from gradients that are few for how strong they are together.

Blur makes the sum of gradients smaller, ``|x|_1``, so that whoever wants it small is content with
no sharpness at all; it makes their length smaller still, ``|x|_2``, so that the one divided by the
other is least for the sharp picture. Coarse to fine, and some times at each size::

    x = argmin_x |x * k - y|^2 / 2 + lambda |x|_1 / |x|_2       k = argmin_k |x * k - y|^2 + w |k|_1

y are the photo's gradients, downwards and to the right. The former is solved with ``|x|_2`` held at
what it was, by iterative shrinkage (ISTA); the latter by a step of iteratively reweighted least
squares.

D. Krishnan, T. Tay, R. Fergus, Blind deconvolution using a normalized sparsity measure, CVPR 2011,
section 3. The weights are our own, and have no unit: those of the authors' program go with
gradients of one length in all, so that a large photo is smoothed less than a small one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._blur import Blur, gradient
from restorekit.contracts import Size
from restorekit.images.convolution import fast_size
from restorekit.kernel_estimation._coarse_to_fine import at, checked, reduced, sizes, within
from restorekit.kernel_estimation._kernel_fit import plausible, point, sparse_kernel
from restorekit.kernel_estimation._shake import Shake
from restorekit.kernels import normalized

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf
    from restorekit.kernel_estimation._strong_edges import Gradients

SPARSITY = 0.5
"""lambda / |x|_2 for an x as long as y, in units of the root mean square of y."""
OTHER = 0.3
"""Another one, with which the kernel must be found again to be trusted: 0.4 goes wrong alike."""
ITERATIONS = 21
"""At each size, as in the paper."""
NORMS, STEPS = 2, 2
"""How often the length is measured at each, and the steps of shrinkage for each length."""
LEAST_LENGTH = 0.5
"""Of |x|_2 beside that of y: with less, what is shrunk would be shrunk more and more to nothing."""
POINTED = 3e-4
"""w, in units of the squares of all gradients."""


def estimate_kernel(image: Image, size: int, *, sparsity: float = SPARSITY) -> Psf:
    """The kernel by which a photo is blurred, the same all over it.

    Args:
        image: ``(H, W, 1 or 3)``, 1 is white; some hundred pixels a side say enough.
        size: Side in pixels of the square that holds the kernel, odd, 3 or more.
        sparsity: Above 0, less than 1: how much of gradients is shrunk. More leave only strong
            ones.

    Returns:
        ``(size, size)``, as :mod:`restorekit.kernels` describes them, with no value below 0 and its
        centre of mass in the middle. A point where the picture has no edges.

    Raises:
        UsageError: The size cannot be meant.
    """
    photo, kernel, sharp = checked(image, size), point(3), None
    for share, side in sizes(size):
        blurred = _equal(within(gradient(reduced(photo, share, side)), 1))
        shape = Size(*blurred.shape[1:])
        sharp = blurred if sharp is None else _equal(np.stack([at(it, shape) for it in sharp]))
        grown = at(kernel.astype(np.float32), Size(side, side)).astype(np.float64)
        kernel, sharp = _at_one_size(blurred, sharp, plausible(grown), sparsity)
    return plausible(kernel)


def _equal(gradients: Gradients) -> Gradients:
    """With a root mean square of 1 in each direction, unless they are all 0."""
    lengths = np.sqrt(np.square(gradients).mean(axis=(1, 2), keepdims=True))
    return gradients / np.maximum(lengths, np.float32(1e-6))


def _at_one_size(
    blurred: Gradients, sharp: Gradients, kernel: Psf, sparsity: float
) -> tuple[Psf, Gradients]:
    """The kernel and the gradients, from those that a smaller size gave."""
    side, (height, width) = len(kernel), blurred.shape[1:]
    shape = fast_size(height + side), fast_size(width + side)
    room = ((0, 0), (0, shape[0] - height), (0, shape[1] - width))
    y, x = np.pad(blurred, room), np.pad(sharp, room)
    seen = np.pad(within(np.ones_like(blurred), side // 2), room)
    for _ in range(ITERATIONS):
        x = _shrunk(x, y, seen, Blur(kernel, shape), sparsity)
        sharp = x[:, :height, :width]
        edges = within(sharp, max(2, side // 2))
        if not edges.any():
            return point(side), sharp
        found = sparse_kernel(edges, blurred, kernel, POINTED)
        kernel = normalized(np.maximum(found, 0)) if found.max() > 0 else point(side)
    return kernel, sharp


def _shrunk(x: Gradients, y: Gradients, seen: Gradients, blur: Blur, sparsity: float) -> Gradients:
    """The gradients after some steps; ``seen`` is 1 where ``x * k`` is known whole."""
    whole = float(np.linalg.norm(y))
    for _ in range(NORMS):
        length = max(float(np.linalg.norm(x)), LEAST_LENGTH * whole, 1e-6)
        threshold = np.float32(sparsity * whole / length)
        for _ in range(STEPS):
            gap = blur.forward(x) - y
            gap *= seen
            x = x - blur.adjoint(gap)
            x = np.sign(x) * np.maximum(np.abs(x) - threshold, 0)
    return x


def both_kernels(image: Image, size: int) -> list[Psf]:
    """The kernel of two lambdas."""
    return [estimate_kernel(image, size, sparsity=it) for it in (SPARSITY, OTHER)]


ESTIMATOR = Shake(
    "normalized-sparsity",
    title="shake, by gradients that are few for their strength",
    attempts=both_kernels,
    reliable=0.82,
)
