"""The most probable kernel: what is known of gradients, the kernel's problem, kernels found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, signal
from shaken import SHAKE, blurred, sharp

from restorekit import kernels
from restorekit.kernel_estimation import l0_gradient
from restorekit.kernel_estimation._gradient_posterior import (
    PRECISIONS,
    WEIGHTS,
    Posterior,
    Seen,
    free_energy,
    shares_of,
    updated,
)
from restorekit.kernel_estimation._kernel_system import KernelSystem, on_simplex
from restorekit.kernel_estimation._measures import likeness
from restorekit.kernel_estimation.marginal_likelihood import (
    ESTIMATOR,
    both_kernels,
    estimate_kernel,
    of_usual_contrast,
)

NOISE = 0.01
SMALL = blurred(sharp(), SHAKE)[40:100, 30:80].mean(axis=2)
SEEN = Seen.of(SMALL, 9)


def known(kernel: np.ndarray, times: int = 6) -> Posterior:
    posterior = Posterior.beginning(SEEN)
    for _ in range(times):
        posterior = updated(SEEN, kernel, posterior, NOISE)
    return posterior


@pytest.mark.parametrize(("mean", "variance"), [(0.02, 1e-4), (-0.3, 4e-3), (0.0, 1e-6)])
def test_parts_of_the_mixture_are_as_likely_as_integration_says(
    mean: float, variance: float
) -> None:
    deviation = variance**0.5

    def log_share(weight: float, precision: float) -> float:
        def integrand(x: float) -> float:
            own = np.exp(-((x - mean) ** 2) / (2 * variance)) / (2 * np.pi * variance) ** 0.5
            return own * (np.log(weight) + (np.log(precision / (2 * np.pi)) - precision * x**2) / 2)

        ends = mean - 10 * deviation, mean + 10 * deviation
        return integrate.quad(integrand, *ends, points=[mean])[0]

    logs = np.array([log_share(*it) for it in zip(WEIGHTS, PRECISIONS, strict=True)])
    expected = np.exp(logs - logs.max())
    square = np.full((2, 1, 1), mean**2 + variance, np.float32)
    found = shares_of(square)[:, 0, 0, 0]
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-4)


def test_a_gradient_that_is_seen_sharp_has_the_gaussian_posterior() -> None:
    """Without blur each pixel is on its own, and mu and v are those of a product of Gaussians."""
    found = known(kernels.resized(kernels.delta(), 9)[0], 12)
    weight = np.tensordot(PRECISIONS, found.shares, 1) + SEEN.mask / NOISE**2
    np.testing.assert_allclose(found.variance, 1 / weight, rtol=1e-4)
    np.testing.assert_allclose(found.mean, SEEN.gradients / NOISE**2 / weight, atol=1e-4)


def test_the_free_energy_does_not_rise() -> None:
    kernel = kernels.gaussian(1.5, size=9)
    posterior = Posterior.beginning(SEEN)
    energies: list[float] = []
    for step in range(12):
        posterior = updated(SEEN, kernel, posterior, NOISE)
        energies.append(free_energy(SEEN, kernel, posterior, NOISE))
        if step % 2:
            kernel = KernelSystem.of(SEEN, posterior).solved(kernel)
            energies.append(free_energy(SEEN, kernel, posterior, NOISE))
    falls = -np.diff(energies)
    assert falls.min() >= -1e-6 * abs(energies[-1])  # what float32 sums are good for
    assert falls[:3].min() > 10  # nats


def test_the_true_kernel_makes_the_photo_more_probable_than_others() -> None:
    line = kernels.line(9, 30)
    part = blurred(sharp(), line)[:80, :80].mean(axis=2)
    seen = Seen.of(part, 9)

    def energy(kernel: np.ndarray) -> float:
        posterior = Posterior.beginning(seen)
        for noise in (0.03, 0.01, 0.005):
            for _ in range(6):
                posterior = updated(seen, kernel, posterior, noise)
        return free_energy(seen, kernel, posterior, 0.005)

    right = energy(kernels.resized(line, 9)[0])
    assert right < energy(kernels.resized(kernels.line(9, 120), 9)[0])
    assert right < energy(kernels.resized(kernels.delta(), 9)[0])


def test_the_kernels_problem_is_the_expected_error() -> None:
    posterior = known(kernels.gaussian(1.5, size=9))
    system = KernelSystem.of(SEEN, posterior)
    np.testing.assert_allclose(system.matrix, system.matrix.T, rtol=1e-4, atol=1e-5)
    power = float(np.square(SEEN.gradients).sum())
    rows, columns = slice(4, 4 + SEEN.height), slice(4, 4 + SEEN.width)
    for kernel in (kernels.resized(SHAKE, 9)[0], kernels.gaussian(1.2, size=9)):
        error = 0.0
        for x, v, y in zip(posterior.mean, posterior.variance, SEEN.gradients, strict=True):
            missed = y - signal.convolve(x, kernel, mode="same")
            spread = signal.convolve(v, kernel**2, mode="same")
            error += float((missed**2 + spread)[rows, columns].sum())
        assert system.loss(kernel) + power == pytest.approx(error, rel=1e-4)


def test_the_best_kernel_is_a_kernel_that_no_other_beats() -> None:
    system = KernelSystem.of(SEEN, known(kernels.gaussian(1.5, size=9)))
    found = system.solved(np.full((9, 9), 1 / 81))
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    slope = 2 * (system.matrix @ found.ravel() - system.target).reshape(9, 9)
    kept = found > 1e-3
    # Where the kernel is not 0 the slope is one; elsewhere it is no less: the optimum's conditions.
    scale = float(np.abs(system.target).max())
    assert np.ptp(slope[kept]) < 0.02 * scale
    assert slope[found == 0].min() > slope[kept].mean() - 0.02 * scale


def test_the_nearest_on_the_simplex() -> None:
    np.testing.assert_allclose(on_simplex(np.array([0.5, 0.3, 0.2])), [0.5, 0.3, 0.2])
    np.testing.assert_allclose(on_simplex(np.array([2.0, 0.0, -1.0])), [1, 0, 0])
    np.testing.assert_allclose(on_simplex(np.array([0.6, 0.6, -3.0])), [0.5, 0.5, 0])


@pytest.mark.parametrize("psf", [SHAKE, kernels.line(9, 30)], ids=["shake", "line"])
def test_a_known_kernel_is_found(psf: np.ndarray) -> None:
    found = estimate_kernel(blurred(sharp(), psf), 13)
    assert found.shape == (13, 13)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert likeness(found, psf) >= 0.9


def test_contrast_does_not_matter() -> None:
    photo = blurred(sharp(80), SHAKE)[:, :, :1]
    faint = photo * np.float32(0.25)
    assert likeness(estimate_kernel(photo, 7), estimate_kernel(faint + 0.3, 7)) > 0.9999
    even, same = (of_usual_contrast(it[:, :, 0]) for it in (photo, faint))
    np.testing.assert_allclose(even, same, rtol=1e-5)


def test_what_has_no_edges_has_some_kernel() -> None:
    found = estimate_kernel(np.full((40, 50, 1), 0.5, np.float32), 7)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0


def test_the_estimator_trusts_what_fewest_edges_say_too() -> None:
    photo = blurred(sharp(80), kernels.line(5, 30))
    found = ESTIMATOR.with_size(5).estimate(photo)
    witness = l0_gradient.estimate_kernel(photo, 5)
    assert np.array_equal(found.psf, estimate_kernel(photo, 5))
    assert np.array_equal(found.alternatives[1], witness)
    first, second = (it / np.linalg.norm(it) for it in (found.psf, witness))
    assert found.confidence == pytest.approx(float((first * second).sum()))
    assert found.reliable == (found.confidence > ESTIMATOR.reliable)


def test_of_two_beginnings_the_more_probable_is_taken() -> None:
    photo = blurred(sharp(80), kernels.line(5, 30))
    first, second = both_kernels(photo, 5)
    assert np.array_equal(first, estimate_kernel(photo, 5))
    assert not np.array_equal(first, second)
