"""The kernel of a shaken photo, from the edges that the sharp photo must have had.

Coarse to fine, and a few times at each size: the picture found so far is made cleaner and sharper
than it is (a bilateral and a shock filter), the edges of it that are strong and larger than the
kernel are kept, the kernel is what leads from them to the photo's own, and the next picture is what
that kernel and those edges say. At the full size, a deconvolution with few and steep gradients then
tells the kernel's finer parts. All this is done twice, since leaving out the edges of small things
saves some photos and leaves others with too few; the kernel with the cleaner deconvolution is it.

The filters and the kernel's equations are of S. Cho, S. Lee, Fast motion deblurring, ACM
Transactions on Graphics 28 (SIGGRAPH Asia 2009); the selection of edges, the picture's equation and
the refinement of L. Xu, J. Jia, Two-phase kernel estimation for robust motion deblurring, ECCV
2010, whose second phase has another sparse prior. That there are two, and the choice, are our own.
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
from restorekit.classical.bilateral import bilateral_filter
from restorekit.contracts import Size
from restorekit.kernel_estimation._coarse_to_fine import (
    at,
    checked,
    deconvolved,
    observed,
    reduced,
    sizes,
    unrest,
    within,
)
from restorekit.kernel_estimation._kernel_fit import fitted_kernel, plausible, point
from restorekit.kernel_estimation._shake import Shake
from restorekit.kernel_estimation._strong_edges import Selection, shocked, usefulness

if TYPE_CHECKING:
    from restorekit.classical._observation import Observation
    from restorekit.contracts import Image, Psf
    from restorekit.kernel_estimation._strong_edges import Gradients, Plane

ITERATIONS = 7
"""At each size."""
SPREAD, CONTRAST = 2.0, 0.2
"""Of the bilateral filter, in pixels and in units of white."""
FADE = 0.9
"""Of the filters' strength from one iteration to the next: less and less is invented."""
LOOSEN = 1.2
"""Of the thresholds from one iteration to the next: more and more edges take part."""
EDGES = 2e-3
"""lambda: how much the selected edges count beside the photo (equation 8 of Xu and Jia)."""
FAINT = 0.02
"""Gradients, in units of white, that do not take part in refining."""


def estimate_kernel(image: Image, size: int) -> Psf:
    """The kernel by which a photo is blurred, the same all over it.

    Args:
        image: ``(H, W, 1 or 3)``, 1 is white; some hundred pixels a side say enough.
        size: Side in pixels of the square that holds the kernel, odd, 3 or more. What is not much
            larger than the kernel is best.

    Returns:
        ``(size, size)``, as :mod:`restorekit.kernels` describes them, with no value below 0 and its
        centre of mass in the middle. A point where the picture has no edges.

    Raises:
        UsageError: The size cannot be meant.
    """
    return both_kernels(image, size)[0]


def both_kernels(image: Image, size: int) -> list[Psf]:
    """The kernel of both selections of edges, the better one first."""
    photo = checked(image, size)
    found = [_refined(photo, _coarse_to_fine(photo, size, large_only=it)) for it in (True, False)]
    return sorted(found, key=lambda kernel: unrest(photo, kernel))


def _coarse_to_fine(photo: Plane, size: int, *, large_only: bool) -> Psf:
    """The kernel, from the edges of all things or of those that are larger than the kernel."""
    kernel, sharp = point(3), None
    for share, side in sizes(size):
        blurred = reduced(photo, share, side)
        sharp = blurred if sharp is None else at(sharp, Size(*blurred.shape))
        borderless = within(gradient(blurred), 1)
        useful = usefulness(borderless, side) if large_only else np.ones_like(blurred)
        kernel, sharp = _at_one_size(blurred, sharp, side, useful)
    return kernel


def _at_one_size(blurred: Plane, sharp: Plane, side: int, useful: Plane) -> tuple[Psf, Plane]:
    """The kernel and the picture, from the picture that a smaller size gave."""
    seen = observed(blurred, side)
    target = within(gradient(blurred), 1)
    kernel, selection = point(side), None
    for iteration in range(ITERATIONS):
        predicted = within(gradient(_predicted(sharp, FADE**iteration)), max(2, side // 2))
        if selection is None:
            selection = Selection.strictest(predicted, useful, side)
        edges = selection.of(predicted)
        selection = selection.loosened(LOOSEN)
        kernel = plausible(fitted_kernel(edges, target, side))
        sharp = _picture(seen, kernel, edges)
    return kernel, sharp


def _predicted(sharp: Plane, strength: float) -> Plane:
    """Without noise and ringing, and with steps for slopes."""
    clean = bilateral_filter(np.ascontiguousarray(sharp)[:, :, None], SPREAD, CONTRAST * strength)
    return shocked(clean[:, :, 0], strength)


def _picture(seen: Observation, kernel: Psf, edges: Gradients) -> Plane:
    """The I of least ``|I * k - B|^2 + lambda |grad I - edges|^2`` (equation 8, Xu and Jia)."""
    shape = seen.planes.shape[1:]
    blur = Blur(kernel, (shape[0], shape[1]))
    wide = np.zeros((2, *seen.planes.shape), np.float32)
    wide[:, 0, : seen.height, : seen.width] = edges
    weight = np.float32(EDGES)
    spectra = spectra_of(seen.planes) * blur.adjoint_response
    spectra += weight * spectra_of(gradient_adjoint(wide))
    spectra /= blur.power + weight * gradient_power(blur.shape)
    return seen.photo(planes_of(spectra, blur.shape))[0]


def _refined(blurred: Plane, kernel: Psf) -> Psf:
    """The kernel again, from a deconvolution that invents nothing but leaves fine edges."""
    side = len(kernel)
    edges = within(gradient(deconvolved(blurred, kernel)), side // 2)
    edges *= np.hypot(*edges) > FAINT
    return plausible(fitted_kernel(edges, within(gradient(blurred), 1), side))


ESTIMATOR = Shake(
    "edge-prediction",
    title="shake, by the edges that the sharp photo must have had",
    attempts=both_kernels,
    reliable=0.75,
)
