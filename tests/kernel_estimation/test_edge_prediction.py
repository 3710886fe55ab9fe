"""Edge prediction: its parts by their definitions, then kernels found in blurred photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import signal
from shaken import SHAKE, blurred, sharp

from restorekit import kernels
from restorekit.errors import UsageError
from restorekit.kernel_estimation._coarse_to_fine import sizes
from restorekit.kernel_estimation._kernel_fit import fitted_kernel, plausible
from restorekit.kernel_estimation._measures import likeness
from restorekit.kernel_estimation._strong_edges import Selection, shocked, usefulness
from restorekit.kernel_estimation.edge_prediction import ESTIMATOR, estimate_kernel

if TYPE_CHECKING:
    from restorekit.contracts import Psf


@pytest.mark.parametrize(
    "psf", [SHAKE, kernels.line(9, 30), kernels.gaussian(1.6)], ids=["shake", "line", "gaussian"]
)
def test_a_known_kernel_is_found(psf: Psf) -> None:
    found = estimate_kernel(blurred(sharp(), psf), 13)
    assert found.shape == (13, 13)
    assert found.dtype == np.float64
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert likeness(found, psf) > 0.9
    middle = np.tensordot(found, np.indices(found.shape), ((0, 1), (1, 2)))
    np.testing.assert_allclose(middle, 6, atol=0.6)


def test_a_sharp_photo_has_nearly_a_point() -> None:
    found = estimate_kernel(sharp(), 9)
    assert found[3:6, 3:6].sum() > 0.9
    assert likeness(found, kernels.delta()) > 0.85


def test_what_has_no_edges_has_a_point() -> None:
    found = estimate_kernel(np.full((40, 50, 1), 0.5, np.float32), 7)
    np.testing.assert_array_equal(found, np.pad([[1.0]], 3))


def test_sizes_grow_to_the_one_asked_for() -> None:
    assert sizes(3) == [(1.0, 3)]
    found = sizes(27)
    assert found[-1] == (1.0, 27)
    assert found[0][1] == 3
    assert all(side % 2 for _, side in found)
    assert found == sorted(found)


@pytest.mark.parametrize("size", [0, 1, 8, -5])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    with pytest.raises(UsageError, match=f"an odd number, 3 or more, got {size}"):
        estimate_kernel(sharp(), size)


def test_a_size_larger_than_the_photo_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 21 pixels a side, got 40x20"):
        estimate_kernel(np.zeros((20, 40, 1), np.float32), 21)


def test_known_edges_tell_the_kernel() -> None:
    """Not exactly: conjugate gradients stop early."""
    edges = np.zeros((2, 60, 70), np.float32)
    edges[:, 10:-10, 10:-10] = np.random.default_rng(1).standard_normal((2, 40, 50))
    seen = np.stack([signal.convolve(it, SHAKE, mode="same") for it in edges])
    found = fitted_kernel(edges, seen.astype(np.float32), len(SHAKE))
    np.testing.assert_allclose(found, SHAKE, atol=0.01)


def test_what_is_no_kernel_becomes_one() -> None:
    values = np.zeros((9, 9))
    values[1:3, 1:4] = 2  # the kernel, off its place
    values[7, 7] = 0.12  # a speck
    values[4, 1:8] = 0.05  # faint
    values[6, 2] = -3
    expected = np.zeros((9, 9))
    expected[4:6, 3:6] = 1 / 6
    moved = [expected, np.roll(expected, -1, 0)]  # its middle lies between two pixels
    assert any(np.allclose(plausible(values), it) for it in moved)


def test_the_shock_filter_makes_a_slope_a_step() -> None:
    slope = np.tile(1 / (1 + np.exp(-(np.arange(40) - 19.5) / 2)), (20, 1)).astype(np.float32)
    steep = slope
    for _ in range(12):
        steep = shocked(steep, 0.5)
    assert np.diff(steep[10]).max() > 3 * np.diff(slope[10]).max()
    assert steep.min() >= slope.min()
    assert steep.max() <= slope.max()


def test_edges_of_small_things_are_of_little_use() -> None:
    step, bar = np.zeros((2, 40, 40), np.float32), np.zeros((2, 40, 40), np.float32)
    step[1, :, 20] = 1
    bar[1, :, 19], bar[1, :, 21] = 1, -1  # two pixels wide
    assert usefulness(step, 11)[20, 20] == pytest.approx(11 / 11.5, rel=1e-5)
    assert usefulness(bar, 11)[20, 20] == pytest.approx(0, abs=1e-5)


def test_every_direction_keeps_its_share_of_edges() -> None:
    gradients = np.random.default_rng(2).standard_normal((2, 50, 50)).astype(np.float32)
    gradients[0] *= 3  # mostly horizontal edges
    strict = Selection.strictest(gradients, np.ones((50, 50), np.float32), 5)
    kept = strict.of(gradients)
    upright = np.abs(kept[0]) < np.tan(np.pi / 8) * np.abs(kept[1])
    assert upright.sum() == round(0.5 * 50 * 5)  # the rarest direction is what decides
    loose = strict.loosened(1.2).of(gradients)
    assert (loose != 0).sum() > (kept != 0).sum()
    np.testing.assert_array_equal(loose[kept != 0], kept[kept != 0])


def test_the_estimate_is_the_better_kernel_and_how_alike_both_are() -> None:
    blurry = blurred(sharp(), SHAKE)
    found = ESTIMATOR.with_size(13).estimate(blurry)
    first, second = found.alternatives
    assert np.array_equal(found.psf, estimate_kernel(blurry, 13))
    assert np.array_equal(found.psf, first)
    alike = (first * second).sum() / np.linalg.norm(first) / np.linalg.norm(second)
    assert found.confidence == pytest.approx(alike)
    assert 0.5 < found.confidence <= 1
