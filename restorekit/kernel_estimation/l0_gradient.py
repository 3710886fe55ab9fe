"""The kernel of a shaken photo, from the picture with the fewest edges that explains it.

Coarse to fine, and a few times at each size: of all pictures that the kernel found so far makes the
photo of, the one with few gradients that are not 0, however large they are; and the kernel that
leads from its gradients to the photo's::

    S = argmin_S |S * k - B|^2 + lambda |grad S|_0        k = argmin_k |grad S * k - grad B|^2 + ...

A blurred edge costs more gradients than a sharp one, so that, unlike under the priors of natural
pictures, no blur is not the best explanation. S is no restored photo: it has no texture.

J. Pan, Z. Hu, Z. Su, M.-H. Yang, Deblurring text images via L0-regularized intensity and gradient
prior, CVPR 2014, equations 4 to 9, without the intensity; L. Xu, S. Zheng, J. Jia, Unnatural L0
sparse representation for natural image deblurring, CVPR 2013.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from restorekit.classical._blur import (
    Blur,
    gradient,
    gradient_adjoint,
    gradient_power,
    planes_of,
    spectra_of,
)
from restorekit.contracts import Size
from restorekit.kernel_estimation._coarse_to_fine import (
    at,
    checked,
    observed,
    reduced,
    sizes,
    within,
)
from restorekit.kernel_estimation._kernel_fit import fitted_kernel, plausible, point
from restorekit.kernel_estimation._measures import first_of_two
from restorekit.kernel_estimation._strong_edges import Selection

if TYPE_CHECKING:
    from restorekit.classical._observation import Observation
    from restorekit.contracts import Image, KernelEstimate, OnTile, Psf
    from restorekit.kernel_estimation._strong_edges import Plane

ITERATIONS = 5
"""At each size."""
FADE = 1.1
"""lambda falls by this each time, down to ``LEAST_EDGES``: smaller edges come in."""
LEAST_EDGES = 1e-4
LAST_BETA, RISE = 1e5, 2.0
"""How far the splitting goes, from 2 lambda on, and by what steps."""
LOOSEN = 1.1
"""Of the threshold of edges that tell the kernel, from one iteration to the next."""
RELIABLE = 0.8
"""Correlation from which on kernels of two lambdas are taken for the same."""


def estimate_kernel(image: Image, size: int, *, edges: float = 16e-3) -> Psf:
    """The kernel by which a photo is blurred, the same all over it.

    Args:
        image: ``(H, W, 1 or 3)``, 1 is white; some hundred pixels a side say enough.
        size: Side in pixels of the square that holds the kernel, odd, 3 or more.
        edges: lambda, above 0: what an edge costs. More leave only strong ones.

    Returns:
        ``(size, size)``, as :mod:`restorekit.kernels` describes them, with no value below 0 and its
        centre of mass in the middle. A point where the picture has no edges.

    Raises:
        UsageError: The size cannot be meant.
    """
    photo, kernel = checked(image, size), point(3)
    for share, side in sizes(size):
        grown = at(kernel.astype(np.float32), Size(side, side)).astype(np.float64)
        kernel, edges = _at_one_size(reduced(photo, share, side), plausible(grown), edges)
    return kernel


def _at_one_size(blurred: Plane, kernel: Psf, edges: float) -> tuple[Psf, float]:
    """The kernel, from the one that a smaller size gave, and the lambda that is left."""
    side = len(kernel)
    seen = observed(blurred, side)
    target = within(gradient(blurred), 1)
    everywhere, selection = np.ones_like(blurred), None
    for _ in range(ITERATIONS):
        steep = within(gradient(few_edges(seen, kernel, edges)), max(2, side // 2))
        if selection is None:
            selection = Selection.strictest(steep, everywhere, side)
        kernel = plausible(fitted_kernel(selection.of(steep), target, side))
        selection = selection.loosened(LOOSEN)
        edges = max(LEAST_EDGES, edges / FADE)
    return kernel, edges


def few_edges(seen: Observation, kernel: Psf, edges: float) -> Plane:
    """The S of least ``|S * k - B|^2 + lambda |grad S|_0``, nearly, by half-quadratic splitting.

    ``(H, W)``; each beta keeps the gradients whose square is at least ``lambda / beta``.
    """
    height, width = seen.planes.shape[1:]
    blur = Blur(kernel, (height, width))
    fidelity = spectra_of(seen.planes) * blur.adjoint_response
    power = gradient_power(blur.shape)
    picture, beta = seen.planes, 2 * edges
    while beta < LAST_BETA:
        steep = gradient(picture)
        steep *= np.square(steep).sum(axis=0) >= edges / beta
        pull = np.float32(beta) * spectra_of(gradient_adjoint(steep))
        spectra = (fidelity + pull) / (blur.power + np.float32(beta) * power)
        picture = planes_of(spectra, blur.shape)
        beta *= RISE
    return seen.photo(picture)[0]


@dataclass(frozen=True)
class L0Gradient:
    """Finds the blur of a shaken photo; see the module's text."""

    size: int = 31
    """Side in pixels of the square that holds the kernel, odd."""
    name: Literal["l0-gradient"] = "l0-gradient"
    title: str = "shake, by the picture with the fewest edges"
    kind: Literal["motion"] = "motion"

    def with_size(self, size: int) -> L0Gradient:
        """The same, looking for a kernel within ``size`` x ``size`` pixels."""
        return replace(self, size=size)

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        """See :class:`restorekit.contracts.KernelEstimator`.

        The confidence is how alike the kernels of two lambdas are, as their normalised correlation.
        """
        found = [estimate_kernel(image, self.size, edges=it) for it in (16e-3, 8e-3)]
        if on_tile is not None:
            on_tile(1, 1)
        return first_of_two(found, RELIABLE)


ESTIMATOR = L0Gradient()
