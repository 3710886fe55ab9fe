"""The mean of all kernels by which a photo may be blurred, weighed by their probability.

Gradients of the sharp photo, the kernel's values and the noise are all unknown, and of each it is
told how probable which value is, as if they did not depend on each other; the free energy falls in
turn in each of them. Coarse to fine, since it has many lowest places.

R. Fergus, B. Singh, A. Hertzmann, S. T. Roweis, W. T. Freeman, Removing camera shake from a single
photograph, ACM Transactions on Graphics 25 (SIGGRAPH 2006), section 4, after J. W. Miskin, D. J. C.
MacKay, Ensemble learning for blind image separation and deconvolution, 2000. Other than there the
mixture of gradients is the same at each size, for photos brought to one contrast, and the kernel's
values are updated one after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restorekit.contracts import Size
from restorekit.kernel_estimation import l0_gradient
from restorekit.kernel_estimation._coarse_to_fine import at, checked, reduced, sizes
from restorekit.kernel_estimation._gradient_posterior import Posterior, Seen, updated
from restorekit.kernel_estimation._kernel_fit import plausible
from restorekit.kernel_estimation._kernel_posterior import KernelPosterior, noise_of, updated_kernel
from restorekit.kernel_estimation._kernel_system import KernelSystem
from restorekit.kernel_estimation._shake import Shake
from restorekit.kernel_estimation.marginal_likelihood import of_usual_contrast

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf
    from restorekit.kernel_estimation._strong_edges import Plane

NOISE = 0.03
"""sigma where each size begins, in units of white, for a photo of the usual contrast."""
ITERATIONS = 25
"""At each size."""


def estimate_kernel(image: Image, size: int) -> Psf:
    """The kernel by which a photo is blurred, the same all over it.

    Args:
        image: ``(H, W, 1 or 3)``, 1 is white; some hundred pixels a side say enough.
        size: Side in pixels of the square that holds the kernel, odd, 3 or more.

    Returns:
        ``(size, size)``, as :mod:`restorekit.kernels` describes them, with no value below 0 and its
        centre of mass in the middle.

    Raises:
        UsageError: The size cannot be meant.
    """
    photo = checked(image, size)
    kernel = np.zeros((3, 3))
    kernel[1:, 1] = 0.5
    for share, side in sizes(size):
        grown = plausible(at(kernel.astype(np.float32), Size(side, side)).astype(np.float64))
        kernel = _at_one_size(of_usual_contrast(reduced(photo, share, side)), grown)
    return plausible(kernel)


def _at_one_size(photo: Plane, kernel: Psf) -> Psf:
    """The mean kernel, from one that is near it."""
    seen = Seen.of(photo, len(kernel))
    posterior, known, noise = Posterior.beginning(seen), KernelPosterior.of(kernel), NOISE
    for _ in range(ITERATIONS):
        posterior = updated(seen, known.mean, posterior, noise, variance_of_kernel=known.variance)
        system = KernelSystem.of(seen, posterior)
        known = updated_kernel(system, known, noise)
        noise = noise_of(seen, system, known)
    return known.mean / known.mean.sum()


def with_witness(image: Image, size: int) -> list[Psf]:
    """The mean kernel, and that of the fewest edges, which errs in other ways."""
    return [estimate_kernel(image, size), l0_gradient.estimate_kernel(image, size)]


ESTIMATOR = Shake(
    "variational-bayes",
    title="shake, by the mean of all kernels there may be",
    attempts=with_witness,
    reliable=0.9,
)
"""Of Levin's photos 10 are called reliable, and 8 of those are successes, of 20 in all."""
