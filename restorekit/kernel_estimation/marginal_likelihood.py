"""The kernel of a shaken photo under which the photo is most probable, whatever the sharp one is.

The most probable pair of picture and kernel is a photo that is not blurred; the most probable
kernel, with all pictures weighed by their probability, is the right one::

    k = argmax_k p(y | k),  p(y | k) = integral of p(y | x, k) p(x) over x

The integral is bounded by the free energy of the gradients' mean and variance, and that is lowered
in turn: in what is known of the gradients (the E-step) and in the kernel (the M-step, a quadratic
problem). At each size the noise that is assumed falls, so that coarse features are settled first.

A. Levin, Y. Weiss, F. Durand, W. T. Freeman, Efficient marginal likelihood optimization in blind
deconvolution, CVPR 2011: the variant with the free energy, a diagonal covariance and gradients that
need not be those of a picture, which is their best. Other than there the kernel's sum is held at 1
and it has no prior, what is known of the gradients is kept from one kernel to the next, so that the
free energy falls at each noise, the photo's contrast does not matter, and two beginnings are tried.

Gradients are taken to be independent. Where they are not, what they have in common is taken for
blur: in one of Levin's photos, of hair and stripes, they correlate by 0.35 some 4 to 9 pixels along
one direction (in the others by 0.12 at most). Its kernels all have a streak that way, and none of
eight is a success, of the others 23 of 24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restorekit.classical._blur import gradient
from restorekit.contracts import Size
from restorekit.kernel_estimation import l0_gradient
from restorekit.kernel_estimation._coarse_to_fine import at, checked, reduced, sizes
from restorekit.kernel_estimation._gradient_posterior import Posterior, Seen, free_energy, updated
from restorekit.kernel_estimation._kernel_fit import plausible
from restorekit.kernel_estimation._kernel_system import KernelSystem
from restorekit.kernel_estimation._shake import Shake

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf
    from restorekit.kernel_estimation._strong_edges import Plane

NOISES = tuple(0.002 * 1.17**step for step in range(19, -1, -1))
"""sigma at each size, in units of white, for a photo of the usual contrast."""
USUAL = 0.015
"""The mean length of gradients, downwards and to the right each, that photos are brought to at each
size: the prior has one width, and a faint photo no other kernel than a contrasty one."""
FAINTEST = 1e-4
"""Such a mean below which nothing is seen."""
UPDATES = 2
"""Of what is known of the gradients, for each kernel."""


class Found(NamedTuple):
    """A kernel, and how improbable the photo is with it."""

    psf: Psf
    free_energy: float


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
    return both_kernels(image, size)[0]


def both_kernels(image: Image, size: int) -> list[Psf]:
    """What two beginnings lead to, a short line upright and one across; the more probable first."""
    photo = checked(image, size)
    upright = np.zeros((3, 3))
    upright[1:, 1] = 0.5
    found = [_coarse_to_fine(photo, size, kernel) for kernel in (upright, upright.T)]
    return [it.psf for it in sorted(found, key=lambda it: it.free_energy)]


def _coarse_to_fine(photo: Plane, size: int, kernel: Psf) -> Found:
    found = Found(kernel, np.inf)
    for share, side in sizes(size):
        grown = at(found.psf.astype(np.float32), Size(side, side)).astype(np.float64)
        found = _at_one_size(of_usual_contrast(reduced(photo, share, side)), plausible(grown))
    return found._replace(psf=plausible(found.psf))


def of_usual_contrast(photo: Plane) -> Plane:
    """The photo, ``(H, W)``, as many times as bright as makes its gradients :data:`USUAL`."""
    mean = float(np.abs(gradient(photo)[:, :-1, :-1]).mean())
    return photo * np.float32(USUAL / max(mean, FAINTEST))


def _at_one_size(photo: Plane, kernel: Psf) -> Found:
    """The kernel that makes a photo most probable, from one that is near it."""
    seen = Seen.of(photo, len(kernel))
    posterior = Posterior.beginning(seen)
    for noise in NOISES:
        for _ in range(UPDATES):
            posterior = updated(seen, kernel, posterior, noise)
        kernel = KernelSystem.of(seen, posterior).solved(kernel)
    return Found(kernel, free_energy(seen, kernel, posterior, NOISES[-1]))


def with_witness(image: Image, size: int) -> list[Psf]:
    """The most probable kernel, and that of the fewest edges, which errs in other ways.

    Both beginnings often lead to one wrong kernel, so that their agreement says little.
    """
    return [estimate_kernel(image, size), l0_gradient.estimate_kernel(image, size)]


ESTIMATOR = Shake(
    "marginal-likelihood",
    title="shake, by the kernel that makes the photo most probable",
    attempts=with_witness,
    reliable=0.88,
)
"""Of Levin's photos 20 are called reliable, and 18 of those are successes; where both beginnings
were to agree, by 0.8, it would be 21 of 30."""
