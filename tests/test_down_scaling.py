"""Kernels that are all of how a picture became small, and the blurs that are like them."""

from __future__ import annotations

import numpy as np
import pytest

from restorekit import kernels
from restorekit.contracts import DownScaling
from restorekit.degradations.kernel_downscale import KernelDownscale
from restorekit.down_scaling import at_scale, blur_before_bicubic, from_psf
from restorekit.errors import UsageError
from restorekit.kernel_estimation._down_scaling_kernel import twice


def whole(blur: kernels.Psf, scale: int) -> kernels.Psf:
    return kernels.after(blur, kernels.bicubic(scale))


def missed(blur: kernels.Psf, kernel: DownScaling) -> float:
    """By blur and bicubic, of the kernel, by its norm."""
    made = whole(blur, kernel.scale)
    wanted, _ = kernels.resized(kernel.psf, max(len(made), len(kernel.psf)))
    made, _ = kernels.resized(made, len(wanted))
    return float(np.linalg.norm(made - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_centre_of_mass_tells_the_scale(scale: int) -> None:
    psf = kernels.gaussian(1.9, 0.9, 30, size=21, shift=-(scale - 1) / 2)
    assert from_psf(psf).scale == scale
    assert from_psf(kernels.bicubic(scale)).scale == scale
    with pytest.raises(UsageError, match="turn it by 180 degrees"):
        from_psf(psf[::-1, ::-1])


@pytest.mark.parametrize("shift", [(0, 0), (-0.5, -1.5), (-0.9, 0.4)])
def test_a_blur_is_no_down_scaling(shift: tuple[float, float]) -> None:
    psf = kernels.path(np.array([shift[0]]), np.array([shift[1]]))
    with pytest.raises(UsageError, match="expected a centre of mass at"):
        from_psf(psf)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_blur_that_bicubic_followed_is_found_again(scale: int) -> None:
    blur = kernels.gaussian(1.8, 1.2, 60, size=15)
    found = blur_before_bicubic(DownScaling(whole(blur, scale), scale))
    assert found.shape == (15, 15)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0
    assert np.linalg.norm(found - blur) < 0.12 * np.linalg.norm(blur)
    assert missed(found, DownScaling(whole(blur, scale), scale)) < 0.02


def test_how_near_it_comes_to_the_kernels_of_div2krk() -> None:
    drawn = [KernelDownscale(2, seed=seed).kernel() for seed in range(20)]
    smooth = [KernelDownscale(2, noise=0, seed=seed).kernel() for seed in range(20)]
    errors, clean = (
        [missed(blur_before_bicubic(it), it) for it in them] for them in (drawn, smooth)
    )
    # The noise of single pixels, 0.14 of them on average, is what cannot be had.
    assert np.mean(errors) < 0.14
    assert max(errors) < 0.2
    assert np.mean(clean) < 0.05


@pytest.mark.parametrize(
    "kernel",
    [
        DownScaling(kernels.gaussian(0.4, size=13, shift=-0.5), 2),
        DownScaling(kernels.gaussian(6, size=41, shift=-0.5), 2),
        DownScaling(kernels.gaussian(0.8, size=21, shift=-1.5), 4),
    ],
)
def test_what_is_sharper_than_bicubic_or_too_wide_is_refused(kernel: DownScaling) -> None:
    with pytest.raises(UsageError, match="no blur before bicubic is like this kernel"):
        blur_before_bicubic(kernel)


def test_half_of_it_is_nearly_the_kernel_that_was_applied_twice() -> None:
    once = kernels.gaussian(1.9, 0.9, 30, size=13, shift=-0.5)
    half = at_scale(DownScaling(twice(once), 4), 2)
    assert half.scale == from_psf(half.psf).scale == 2
    wanted, _ = kernels.resized(once, len(half.psf))
    assert np.corrcoef(half.psf.ravel(), wanted.ravel())[0, 1] > 0.95
    assert at_scale(half, 2) is half
