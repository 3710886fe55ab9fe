"""What a blurred photo and a kernel say of the sharp photo's gradients: their mean and variance.

The gradients x of the sharp photo, downwards and to the right, each on its own, and y of the
blurred one::

    y = k * x + n,  n ~ N(0, sigma^2)        p(x_i) = sum over j of pi_j N(x_i; 0, 1 / p_j)

What is probable, ``q(x, h) = product of N(x_i; mu_i, v_i) q(h_i)`` with h_i the part of the mixture
that x_i comes from, is found by lowering the free energy ``E_q[log q(x, h) - log p(y, x, h | k)]``,
which is never below ``-log p(y | k)``: first in q(h), then in mu and v. That each gradient has a
variance is what tells this from a search for the one most probable picture, which no blur would
win.

J. W. Miskin, D. J. C. MacKay, Ensemble learning for blind image separation and deconvolution, in
Advances in Independent Component Analysis, Springer 2000; A. Levin, Y. Weiss, F. Durand, W. T.
Freeman, Efficient marginal likelihood optimization in blind deconvolution, CVPR 2011, the free
energy with a diagonal covariance in the domain of filters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from restorekit.classical._blur import Blur, gradient, planes_of, spectra_of
from restorekit.images.convolution import fast_size, transfer_function

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Psf
    from restorekit.kernel_estimation._strong_edges import Gradients, Plane

    Shares = npt.NDArray[np.float32]
    """``(J, 2, H, W)``, of sum 1 over the first axis: q(h)."""

WEIGHTS = np.array([0.272, 0.425, 0.248, 0.055], np.float32)
"""pi: fitted to the gradients of 53 photos at their size and at half of it."""
WIDER = np.float32(6)
"""Times the standard deviations of photos' gradients. With those themselves kernels come out too
short; where their sum is left free, it grows to about as much, which is the same. Chosen among 1 to
10 with five of Levin's photos."""
PRECISIONS = (WIDER * np.array([0.0055, 0.0179, 0.0579, 0.1822], np.float32)) ** -2
"""p; the standard deviations, in units of white, were fitted as well."""
STEPS = 5
"""Of conjugate gradients, each time from the mean before: few, since there will be a next time."""
TINY = 1e-30
"""Instead of the 0 that is divided by where nothing is left to do."""


class Seen(NamedTuple):
    """The photo's gradients, with room for those that were blurred into them from beyond."""

    gradients: Gradients
    """``(2, H, W)``: y where it was seen, and 0."""
    mask: Plane
    """``(H, W)``: 1 where it was seen, and 0."""
    height: int
    """Of what was seen, from half a kernel below the top on."""
    width: int
    """Of what was seen, from half a kernel right of the left border on."""
    side: int
    """Of the kernel, odd."""

    @classmethod
    def of(cls, photo: Plane, side: int) -> Seen:
        """What a photo ``(h, w)`` may tell of a kernel of that side."""
        height, width = (length - 1 for length in photo.shape)
        shape = fast_size(height + side - 1), fast_size(width + side - 1)
        rows, columns = (slice(side // 2, side // 2 + length) for length in (height, width))
        gradients, mask = np.zeros((2, *shape), np.float32), np.zeros(shape, np.float32)
        gradients[:, rows, columns] = gradient(photo)[:, :-1, :-1]
        mask[rows, columns] = 1
        return cls(gradients, mask, height, width, side)


class Posterior(NamedTuple):
    """q(x, h)."""

    mean: Gradients
    """mu."""
    variance: Gradients
    """v."""
    shares: Shares
    """q(h)."""

    @classmethod
    def beginning(cls, seen: Seen) -> Posterior:
        """Where nothing is known yet: gradients are taken for faint ones, until they must not."""
        variance = np.full_like(seen.gradients, 1 / (WEIGHTS @ PRECISIONS))
        return cls(np.zeros_like(variance), variance, shares_of(variance))

    @property
    def square(self) -> Gradients:
        """``E[x^2]``."""
        return np.square(self.mean) + self.variance


def shares_of(square: Gradients) -> Shares:
    """The best q(h): ``q(h_i = j)`` goes with ``pi_j sqrt(p_j) exp(-p_j E[x_i^2] / 2)``.

    Args:
        square: ``E[x^2]``.
    """
    shares = np.multiply.outer(-PRECISIONS / 2, square)
    shares += np.log(WEIGHTS * np.sqrt(PRECISIONS))[:, None, None, None]
    shares -= shares.max(axis=0)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=0)
    return shares


def updated(
    seen: Seen,
    kernel: Psf,
    before: Posterior,
    noise: float,
    *,
    variance_of_kernel: Psf | None = None,
) -> Posterior:
    """q(x, h) of less free energy.

    Of q(h) the best. Of v the best, with w_i the mean precision of the prior:
    ``1 / v_i = sum over seen p of k(p - i)^2 / sigma^2 + w_i``. And of mu, which would solve
    ``(K^T M K / sigma^2 + w) mu = K^T M y / sigma^2`` with M the mask, what some conjugate
    gradients make of the one before.

    Args:
        seen: The photo.
        kernel: k, ``(side, side)``.
        before: q(x, h) until now.
        noise: sigma, in units of white.
        variance_of_kernel: Of a kernel that is known but for so much; kernel is its mean then.
    """
    shares = shares_of(before.square)
    own = np.tensordot(PRECISIONS, shares, 1)
    if variance_of_kernel is not None:
        own += weight_of(seen, np.sqrt(variance_of_kernel)) * np.float32(noise**-2)
    variance = 1 / (weight_of(seen, kernel) * np.float32(noise**-2) + own)
    blur = Blur(kernel, _shape(seen))
    mask = seen.mask * np.float32(noise**-2)
    missed = seen.gradients - blur.forward(before.mean)
    missed *= mask
    residual = blur.adjoint(missed) - own * before.mean
    mean, direction = before.mean.copy(), variance * residual
    power = float(np.vdot(direction, residual))
    for _ in range(STEPS):
        bent = blur.adjoint(mask * blur.forward(direction)) + own * direction
        length = np.float32(power / max(float(np.vdot(direction, bent)), TINY))
        mean += length * direction
        residual -= length * bent
        eased = variance * residual
        last, power = power, float(np.vdot(eased, residual))
        direction = eased + np.float32(power / max(last, TINY)) * direction
    return Posterior(mean, variance, shares)


def weight_of(seen: Seen, kernel: Psf) -> Plane:
    """How much the photo tells of each gradient: ``sum over seen p of k(p - i)^2``, ``(H, W)``."""
    response = transfer_function(np.square(kernel), *_shape(seen)).conj()
    return np.maximum(planes_of(response * spectra_of(seen.mask), _shape(seen)), 0)


def free_energy(seen: Seen, kernel: Psf, posterior: Posterior, noise: float) -> float:
    """``E_q[log q(x, h) - log p(y, x, h | k)]``, in nats.

    The data's part is ``E|y - k * x|^2 / (2 sigma^2)`` where it was seen, in which the variance of
    each gradient counts by its weight.
    """
    mean, variance, shares = posterior
    missed = seen.mask * (seen.gradients - Blur(kernel, _shape(seen)).forward(mean))
    error = _sum(np.square(missed)) + _sum(weight_of(seen, kernel) * variance)
    count = len(mean) * _sum(seen.mask)
    data = error / (2 * noise**2) + count * np.log(noise * np.sqrt(2 * np.pi))
    constant = np.log(WEIGHTS * np.sqrt(PRECISIONS / (2 * np.pi)))
    energy = np.tensordot(PRECISIONS, shares, 1) * posterior.square / 2
    energy -= np.tensordot(constant, shares, 1) + special.entr(shares).sum(axis=0)
    energy -= (np.log(2 * np.pi * variance) + 1) / 2
    return data + _sum(energy)


def _shape(seen: Seen) -> tuple[int, int]:
    return seen.mask.shape[0], seen.mask.shape[1]


def _sum(values: Plane) -> float:
    return float(values.sum(dtype=np.float64))
