"""Down-scaling by kernels of chance: what is drawn, and where the small pixels lie."""

from __future__ import annotations

import numpy as np
import pytest

from restorekit import kernels
from restorekit.degradations import parse, psf_of
from restorekit.degradations.kernel_downscale import KernelDownscale
from restorekit.errors import UsageError
from restorekit.images.imresize import imresize


def centre_and_variances(psf: kernels.Psf) -> tuple[np.ndarray, np.ndarray]:
    """From the middle; the variances along and across, the smaller one first."""
    places = np.stack(np.indices(psf.shape)) - len(psf) // 2
    centre = (places * psf).sum(axis=(1, 2))
    apart = places - centre[:, None, None]
    spread = np.einsum("ihw,jhw,hw->ij", apart, apart, psf)
    return centre, np.linalg.eigvalsh(spread)


@pytest.mark.parametrize(("factor", "size", "most"), [(2, 11, 5.0), (4, 21, 10.0)])
def test_kernels_are_the_papers(factor: int, size: int, most: float) -> None:
    found = []
    for seed in range(60):
        kernel = KernelDownscale(factor, 0.6, most, size=size, seed=seed).kernel()
        assert kernel.scale == factor
        assert kernel.psf.shape == (size, size)
        assert kernel.psf.sum() == pytest.approx(1)
        assert kernel.psf.min() >= 0
        centre, variances = centre_and_variances(kernel.psf)
        # The widest are cut off by the square, when they are moved too.
        np.testing.assert_allclose(centre, -(factor - 1) / 2, atol=0.1)
        found.append(variances)
    # Noise and the square's end change a variance, and drawing a kernel between pixels widens it.
    assert 0.55 < np.min(found) < 1.2
    assert 0.75 * most < np.max(found) < 1.15 * most
    assert np.mean(found) == pytest.approx((0.6 + most) / 2, rel=0.2)


def test_without_noise_it_is_a_gaussian_drawn_out() -> None:
    drawn = [KernelDownscale(2, 2.0, 2.0, noise=0, seed=seed).kernel().psf for seed in (1, 2)]
    np.testing.assert_allclose(drawn[0], drawn[1], atol=1e-12)
    expected = kernels.gaussian(2**0.5, size=11, shift=-0.5)
    np.testing.assert_allclose(drawn[0], expected, atol=1e-3)
    noisy = KernelDownscale(2, 2.0, 2.0, seed=1).kernel().psf
    ratio = noisy[3:8, 3:8] / expected[3:8, 3:8]
    assert 0.1 < ratio.std() < 0.2
    assert 0.7 < ratio.min() < ratio.max() < 1.35


def test_the_seed_decides_the_kernel() -> None:
    chain = parse("kernel_downscale(2)|gaussian_noise(3)").draw(np.random.default_rng(5))
    again = parse(str(chain)).draw(np.random.default_rng(0))
    first, other = (KernelDownscale(2, seed=seed).kernel().psf for seed in (3, 4))
    assert chain == again
    np.testing.assert_array_equal(first, KernelDownscale(2, seed=3).kernel().psf)
    assert np.abs(first - other).max() > 0.01


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_impulses_lie_where_bicubic_puts_them(factor: int) -> None:
    row = np.zeros((60, 120, 1), np.float32)
    places = np.array([30, 55, 77])
    row[29, places] = 1
    step = KernelDownscale(factor, 1.0, 4.0, seed=2)
    small, bicubic = step(row), imresize(row, 1 / factor)
    reach = 12 // factor
    for place in places:
        middle = round((place + 0.5) / factor - 0.5)
        across = np.arange(middle - reach, middle + reach + 1)
        for found in (small, bicubic):
            light = found[:, across, 0].sum(axis=0)
            centre = (light * across).sum() / light.sum()
            # Samples see but a few of an impulse's phases, hence the tolerance.
            assert centre == pytest.approx((place + 0.5) / factor - 0.5, abs=0.2)


def test_a_smooth_picture_stays_where_it_is() -> None:
    down, right = np.mgrid[:96, :96].astype(np.float32)
    picture = (0.5 + 0.4 * np.sin(down / 14) * np.cos(right / 17))[:, :, None].astype(np.float32)
    step = KernelDownscale(2, 1.0, 4.0, seed=8)
    inner = np.s_[8:-8, 8:-8]
    apart = (step(picture) - imresize(picture, 0.5))[inner].ravel()
    slopes = [it[inner].ravel() for it in np.gradient(imresize(picture, 0.5)[:, :, 0])]
    moved = np.linalg.lstsq(np.stack(slopes, axis=1), apart, rcond=None)[0]
    np.testing.assert_allclose(moved, 0, atol=0.02)


def test_no_blur_before_bicubic_says_it() -> None:
    chain = parse("gaussian_blur(1)|kernel_downscale(2)").draw(np.random.default_rng(0))
    with pytest.raises(UsageError, match="has no blur before bicubic"):
        psf_of(chain)
