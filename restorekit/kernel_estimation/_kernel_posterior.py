"""What known gradients leave open of a kernel: the mean and the variance of each of its values.

Values of a kernel are not below 0, most are nearly 0 and some are large: a mixture of exponential
distributions. What is probable of each is then a Gaussian cut off below 0, ::

    p(k_d) = sum over c of omega_c lambda_c exp(-lambda_c k_d)
    log q(k_d) = -(A_dd k_d^2 / 2 - (b_d - sum over e, not d, of A_de E[k_e]) k_d) / sigma^2
                 - E[lambda] k_d + const.  for k_d >= 0

with A and b of :mod:`restorekit.kernel_estimation._kernel_system` and E[lambda] over the parts that
a value may come from. One value after another, each step lowers the free energy.

J. W. Miskin, D. J. C. MacKay, Ensemble learning for blind image separation and deconvolution, in
Advances in Independent Component Analysis, Springer 2000.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from restorekit.contracts import Psf
    from restorekit.kernel_estimation._gradient_posterior import Seen
    from restorekit.kernel_estimation._kernel_system import KernelSystem, Values

OMEGA = np.array([0.8, 0.2])
"""omega: of values that are nearly 0, and of those along the camera's way."""
LARGER = np.array([0.1, 4.6])
"""1 / lambda, in units of the mean of the kernel's values."""
SWEEPS = 4
"""Over all values, each time."""
LEAST_NOISE = 1e-3
"""In units of white: eight bits round by as much."""
FAR = 100.0
"""Standard deviations below 0 from which on a Gaussian's rest is an exponential distribution."""


class KernelPosterior(NamedTuple):
    """q(k)."""

    mean: Psf
    """E[k], ``(n, n)``, above 0."""
    variance: Psf
    """The same, of its square's unit."""

    @classmethod
    def of(cls, kernel: Psf) -> KernelPosterior:
        """A kernel that is known."""
        return cls(kernel, np.zeros_like(kernel))


def updated_kernel(system: KernelSystem, before: KernelPosterior, noise: float) -> KernelPosterior:
    """q(k) of less free energy.

    Args:
        system: A and b.
        before: q(k) until now.
        noise: sigma, in units of white.
    """
    mean, variance = before.mean.ravel().copy(), before.variance.ravel().copy()
    precisions = np.diag(system.matrix) / noise**2
    for _ in range(SWEEPS):
        rates = rates_of(mean)
        slopes = (system.target / noise**2) - rates
        for d, precision in enumerate(precisions):
            others = float(system.matrix[d] @ mean) / noise**2 - precision * mean[d]
            mean[d], variance[d] = rectified((slopes[d] - others) / precision, precision)
    return KernelPosterior(mean.reshape(before.mean.shape), variance.reshape(before.mean.shape))


def noise_of(seen: Seen, system: KernelSystem, kernel: KernelPosterior) -> float:
    """The most probable sigma, in units of white: the root of ``E|y - k * x|^2`` for each y."""
    error = system.loss(kernel.mean) + float(np.diag(system.matrix) @ kernel.variance.ravel())
    error += float(np.square(seen.gradients).sum(dtype=np.float64))
    return max(error / (2 * seen.height * seen.width), LEAST_NOISE**2) ** 0.5


def rates_of(mean: Values) -> Values:
    """E[lambda] of each value, from its mean: ``q(c)`` goes with ``omega_c p(mean | c)``."""
    rates = len(mean) / LARGER
    shares = OMEGA * rates * np.exp(-rates * mean[:, None]) + np.finfo(np.float64).tiny
    return (shares @ rates) / shares.sum(axis=1)


def rectified(centre: float, precision: float) -> tuple[float, float]:
    """The mean and the variance of a Gaussian of which only what is not below 0 is left."""
    deviation = precision**-0.5
    below = -centre / deviation
    if below > FAR:
        return deviation / below, (deviation / below) ** 2
    hazard = math.sqrt(2 / math.pi) / float(special.erfcx(below / math.sqrt(2)))
    return centre + deviation * hazard, deviation**2 * (1 - hazard * (hazard - below))
