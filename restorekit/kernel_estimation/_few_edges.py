"""The kernel that leads from a picture with few edges to the photo, whatever else the picture is.

Coarse to fine, and a few times at each size: the picture that the kernel found so far makes the
photo of, with few gradients that are not 0, however large they are; and the kernel that leads from
its gradients to the photo's::

    S = argmin_S |S * k - B|^2 + lambda |grad S|_0 + ...  k = argmin_k |grad S * k - grad B|^2 + ...

Methods differ in what else they ask of the picture.

L. Xu, S. Zheng, J. Jia, Unnatural L0 sparse representation for natural image deblurring, CVPR 2013;
J. Pan, Z. Hu, Z. Su, M.-H. Yang, Deblurring text images via L0-regularized intensity and gradient
prior, CVPR 2014, equations 4 to 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from restorekit.kernel_estimation._strong_edges import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.classical._blur import Planes
    from restorekit.classical._observation import Observation
    from restorekit.contracts import Image, Psf
    from restorekit.kernel_estimation._strong_edges import Plane

EDGES = 16e-3
"""lambda at first."""
ITERATIONS = 5
"""At each size."""
FADE = 1.1
"""lambda falls by this each time, down to ``LEAST_EDGES``: smaller edges come in."""
LEAST_EDGES = 1e-4
LAST_BETA, RISE = 1e5, 2.0
"""How far the splitting goes, from 2 lambda on, and by what steps."""
LOOSEN = 1.1
"""Of the threshold of edges that tell the kernel, from one iteration to the next."""


class FewEdges:
    """Pictures with few edges of which a kernel makes the photo.

    Args:
        seen: The photo, B.
        kernel: k.
        edges: lambda, above 0: what an edge costs.
        share: Of the photo's full size.
    """

    def __init__(
        self, seen: Observation, kernel: Psf, edges: float = EDGES, share: float = 1
    ) -> None:
        height, width = seen.planes.shape[1:]
        self.seen, self.edges, self.share = seen, edges, share
        self._blur = Blur(kernel, (height, width))
        self._fidelity = spectra_of(seen.planes) * self._blur.adjoint_response
        self._power = gradient_power(self._blur.shape)

    def picture(
        self, start: Planes, near: Planes | None = None, alpha: float = 0, rise: float = RISE
    ) -> Planes:
        """The S of least ``|S * k - B|^2 + lambda |grad S|_0 + alpha |S - u|^2``, nearly.

        By half-quadratic splitting: each beta keeps the gradients whose square is at least ``lambda
        / beta``.

        Args:
            start: Where S is looked for first, ``(1, H, W)`` as those of ``seen``.
            near: u; None: alpha is 0.
            alpha: 0 or more.
            rise: Of beta from step to step, above 1: large is faster and nearer to ``start``.
        """
        fidelity, seen = self._fidelity, self._blur.power
        if near is not None:
            fidelity = fidelity + np.float32(alpha) * spectra_of(near)
            seen = seen + np.float32(alpha)
        picture, beta = start, 2 * self.edges
        while beta < LAST_BETA:
            steep = gradient(picture)
            steep *= np.square(steep).sum(axis=0) >= self.edges / beta
            pull = np.float32(beta) * spectra_of(gradient_adjoint(steep))
            spectra = (fidelity + pull) / (seen + np.float32(beta) * self._power)
            picture = planes_of(spectra, self._blur.shape)
            beta *= rise
        return picture


def kernel_of_few_edges(
    image: Image, size: int, imagined: Callable[[FewEdges], Planes], edges: float = EDGES
) -> Psf:
    """The kernel by which a photo is blurred, the same all over it.

    Args:
        image: ``(H, W, 1 or 3)``, 1 is white; some hundred pixels a side say enough.
        size: Side in pixels of the square that holds the kernel, odd, 3 or more.
        imagined: Which picture it is that leads to the kernel.
        edges: lambda at first, above 0. More leave only strong ones.

    Returns:
        ``(size, size)``, as :mod:`restorekit.kernels` describes them, with no value below 0 and its
        centre of mass in the middle. A point where the picture has no edges.

    Raises:
        UsageError: The size cannot be meant.
    """
    photo, kernel = checked(image, size), point(3)
    for share, side in sizes(size):
        grown = at(kernel.astype(np.float32), Size(side, side)).astype(np.float64)
        blurred, kernel = reduced(photo, share, side), plausible(grown)
        seen, target = observed(blurred, side), within(gradient(blurred), 1)
        selection = None
        for _ in range(ITERATIONS):
            picture = seen.photo(imagined(FewEdges(seen, kernel, edges, share)))[0]
            steep = within(gradient(picture), max(2, side // 2))
            selection = _next(selection, steep, side)
            kernel = plausible(fitted_kernel(selection.of(steep), target, side))
            edges = max(LEAST_EDGES, edges / FADE)
    return kernel


def _next(selection: Selection | None, steep: Plane, side: int) -> Selection:
    """The edges that tell the kernel, at first the fewest, and then more and more."""
    if selection is None:
        return Selection.strictest(steep, np.ones_like(steep[0]), side)
    return selection.loosened(LOOSEN)
