"""The mean of all kernels: values that are not below 0, the noise, kernels found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from shaken import SHAKE, blurred, sharp

from restorekit import kernels
from restorekit.kernel_estimation import l0_gradient
from restorekit.kernel_estimation._gradient_posterior import Posterior, Seen, updated
from restorekit.kernel_estimation._kernel_posterior import (
    LARGER,
    OMEGA,
    KernelPosterior,
    noise_of,
    rates_of,
    rectified,
    updated_kernel,
)
from restorekit.kernel_estimation._kernel_system import KernelSystem
from restorekit.kernel_estimation._measures import likeness
from restorekit.kernel_estimation.variational_bayes import ESTIMATOR, estimate_kernel

NOISE = 0.01
SEEN = Seen.of(blurred(sharp(), SHAKE)[40:100, 30:80].mean(axis=2), 7)


def problem(kernel: np.ndarray) -> KernelSystem:
    posterior = Posterior.beginning(SEEN)
    for _ in range(6):
        posterior = updated(SEEN, kernel, posterior, NOISE)
    return KernelSystem.of(SEEN, posterior)


@pytest.mark.parametrize("below", [-5.0, -0.3, 0.0, 2.0, 20.0, 99.0])
def test_what_is_left_of_a_gaussian_has_the_moments_of_integration(below: float) -> None:
    deviation = 0.02

    def moment(power: int) -> float:
        # Without the constant that both integrals share, so that nothing underflows.
        def density(t: float) -> float:
            return t**power * np.exp(-(t**2) / 2 - below * t)

        end = 40 / max(below, 1) + max(-2 * below, 0)
        return integrate.quad(density, 0, end, points=[end / 9], limit=200, epsabs=0)[0]

    mean, variance = rectified(-below * deviation, deviation**-2)
    whole, first, second = (moment(it) for it in range(3))
    assert mean == pytest.approx(deviation * first / whole, rel=1e-5)
    expected = deviation**2 * (second / whole - (first / whole) ** 2)
    assert variance == pytest.approx(expected, rel=1e-4)


def test_far_below_nothing_jumps() -> None:
    near, far = rectified(-99.99, 1), rectified(-100.01, 1)
    np.testing.assert_allclose(near, far, rtol=1e-3)


def test_the_prior_has_the_mean_of_a_kernel() -> None:
    assert OMEGA.sum() == pytest.approx(1)
    assert np.isclose(OMEGA @ LARGER, 1)
    small, large = rates_of(np.array([0.0, 1.0]))
    assert large == pytest.approx(2 / LARGER[1], rel=1e-3)
    assert small > 10 * large


def test_at_rest_each_value_has_what_the_others_leave_of_it() -> None:
    system = problem(kernels.resized(SHAKE, 7)[0])
    known = KernelPosterior.of(np.full((7, 7), 1 / 49))
    for _ in range(20):
        known = updated_kernel(system, known, NOISE)
    mean, rates = known.mean.ravel(), rates_of(known.mean.ravel())
    for d in (24, 25, 10, 0):
        precision = system.matrix[d, d] / NOISE**2
        others = system.matrix[d] @ mean - system.matrix[d, d] * mean[d]
        centre = ((system.target[d] - others) / NOISE**2 - rates[d]) / precision
        deviation = precision**-0.5
        own = stats.truncnorm(-centre / deviation, np.inf, centre, deviation)
        assert mean[d] == pytest.approx(own.mean(), rel=0.03)
        assert known.variance.ravel()[d] == pytest.approx(own.var(), rel=0.03)


def test_the_expected_error_is_what_drawn_kernels_miss() -> None:
    """Of a kernel of independent values that vary, the mean error over draws of it."""
    system = problem(kernels.gaussian(1.2, size=7))
    mean, variance = kernels.gaussian(1.2, size=7), np.full((7, 7), 1e-4)
    rng, power = np.random.default_rng(0), float(np.square(SEEN.gradients).sum())
    draws = mean + 0.01 * rng.standard_normal((2000, 7, 7))
    error = np.mean([system.loss(it) for it in draws]) + power
    expected = (error / (2 * SEEN.height * SEEN.width)) ** 0.5
    found = noise_of(SEEN, system, KernelPosterior(mean, variance))
    assert found == pytest.approx(expected, rel=0.02)
    assert found > 1.02 * noise_of(SEEN, system, KernelPosterior.of(mean))


def test_gradients_are_surer_of_a_kernel_that_is_known() -> None:
    kernel, before = kernels.gaussian(1.2, size=7), Posterior.beginning(SEEN)
    known = updated(SEEN, kernel, before, NOISE)
    same = updated(SEEN, kernel, before, NOISE, variance_of_kernel=np.zeros((7, 7)))
    np.testing.assert_allclose(same.mean, known.mean, atol=1e-6)
    # A variance of v in all values adds v / sigma^2 for each pixel that a gradient reaches.
    loose = updated(SEEN, kernel, before, NOISE, variance_of_kernel=np.full((7, 7), 1e-4))
    added = (1 / loose.variance - 1 / known.variance)[:, 20:40, 20:30]
    np.testing.assert_allclose(added, 49 * 1e-4 / NOISE**2, rtol=1e-3)


@pytest.mark.parametrize("psf", [SHAKE, kernels.line(9, 30)], ids=["shake", "line"])
def test_a_known_kernel_is_found(psf: np.ndarray) -> None:
    found = estimate_kernel(blurred(sharp(), psf), 13)
    assert found.shape == (13, 13)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert likeness(found, psf) >= 0.88


def test_what_has_no_edges_has_some_kernel() -> None:
    found = estimate_kernel(np.full((40, 50, 1), 0.5, np.float32), 7)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0


def test_the_estimator_trusts_what_fewest_edges_say_too() -> None:
    photo = blurred(sharp(80), kernels.line(5, 30))
    found = ESTIMATOR.with_size(5).estimate(photo)
    witness = l0_gradient.estimate_kernel(photo, 5)
    np.testing.assert_array_equal(found.alternatives[1], witness)
    np.testing.assert_array_equal(found.psf, estimate_kernel(photo, 5))
