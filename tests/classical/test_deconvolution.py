"""Deconvolution: the operators by their definitions, then what it does to blurred photos."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from noisy_pictures import psnr, result_of
from scipy import ndimage, signal

from restorekit import kernels
from restorekit.catalog import Catalog
from restorekit.classical import _deconvolution, hyper_laplacian, tv_l2
from restorekit.classical._blur import (
    GRADIENT,
    IDENTITY,
    Blur,
    gradient_power,
    planes_of,
    spectra_of,
)
from restorekit.classical._half_quadratic import half_quadratic
from restorekit.classical._least_squares import Estimate, regularized
from restorekit.classical._observation import bridged, observe
from restorekit.classical._spectral_model import fitted, powers
from restorekit.classical._tiles import tiled_bands
from restorekit.contracts import Deblurrer, Denoiser, Size
from restorekit.errors import UsageError
from restorekit.images.icc import srgb_decode, srgb_encode
from restorekit.images.noise_level import noise_level
from restorekit.images.reading import read
from restorekit.zoo.restorers import load_restorers

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf

PHOTOS = Path(__file__).parents[2] / "photos"
METHODS: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")
NAMES = (
    "inverse", "wiener", "unsupervised-wiener", "richardson-lucy", "richardson-lucy-tv",
    "hyper-laplacian", "tv-l2",
)  # fmt: skip
SHAKE = kernels.path(
    np.array([0, 1, 2.5, 3, 2, 0.5, -1.5, -3]), np.array([-4, -3, -1.5, 0.5, 2, 3, 3.5, 2])
)
UNEVEN = kernels.normalized(np.array([[0.0, 0, 3], [0, 1, 0], [0.5, 0, 0]]))


def sharp(side: int = 96, top: int = 80, left: int = 150) -> Image:
    """A part of a photo at half its size, ``(side, side, 3)``."""
    part = read(PHOTOS / "astronaut.jpg").color[top : top + 2 * side, left : left + 2 * side]
    return part.reshape(side, 2, side, 2, 3).mean((1, 3), dtype=np.float32)


def blurred(truth: Image, psf: Psf, sigma: float = 0.0) -> tuple[Image, Image]:
    """The photo that a camera would take of ``truth``, and the part of ``truth`` it shows.

    What is beyond the photo's border is blurred into it, and it has noise and 8 bits.
    """
    half = len(psf) // 2
    whole = signal.fftconvolve(truth, psf[:, :, None], mode="valid", axes=(0, 1))
    whole += np.random.default_rng(0).normal(0, sigma / 255, whole.shape)
    photo = (np.clip(whole, 0, 1) * 255).round().astype(np.float32) / 255
    return photo, truth[half:-half, half:-half]


def random(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


# The operators.


@pytest.mark.parametrize("shape", [(20, 31), (24, 30), (21, 21)])
@pytest.mark.parametrize("psf", [SHAKE, UNEVEN, kernels.delta()], ids=["shake", "uneven", "delta"])
def test_a_blur_is_a_convolution_and_its_adjoint_is_one(psf: Psf, shape: tuple[int, int]) -> None:
    blur = Blur(psf, shape)
    x, y = random(2, *shape), random(2, *shape, seed=1)
    expected = [ndimage.convolve(plane, psf, mode="wrap") for plane in x]
    np.testing.assert_allclose(blur.forward(x), expected, atol=2e-6)
    assert np.vdot(blur.forward(x), y) == pytest.approx(np.vdot(x, blur.adjoint(y)), rel=1e-4)
    both = planes_of(spectra_of(x) * blur.power, shape)
    np.testing.assert_allclose(both, blur.adjoint(blur.forward(x)), atol=2e-6)


@pytest.mark.parametrize("analysis", [GRADIENT, IDENTITY], ids=["gradient", "identity"])
def test_an_analysis_and_its_adjoint(analysis: Any) -> None:
    x = random(3, 20, 31)
    v = random(*analysis.forward(x).shape, seed=1)
    assert np.vdot(analysis.forward(x), v) == pytest.approx(
        np.vdot(x, analysis.adjoint(v)), rel=1e-4
    )
    both = planes_of(spectra_of(x) * analysis.power((20, 31)), (20, 31))
    np.testing.assert_allclose(both, analysis.adjoint(analysis.forward(x)), atol=1e-5)


def test_what_bridges_the_borders_is_harmonic() -> None:
    plane = np.cumsum(random(30, 24), axis=0) * 0.1
    whole = bridged(plane, (40, 36)).astype(np.float64)
    np.testing.assert_array_equal(whole[:30, :24], plane)
    curvature = ndimage.laplace(whole, mode="wrap")
    # The strip beside the photo sees its own ends, that below it is mirrored at them.
    assert np.abs(curvature[:, 24:]).max() < 1e-5
    assert np.abs(curvature[30:, 1:23]).max() < 1e-5


def test_least_squares_where_not_all_was_seen() -> None:
    """The gradient of what is minimised is nothing."""
    photo, _ = blurred(sharp(48), SHAKE)
    observed = observe(photo.transpose(2, 0, 1).copy(), np.zeros((3, 38, 38), bool), len(SHAKE))
    blur = Blur(SHAKE, observed.planes.shape[1:])
    penalty = gradient_power(blur.shape) * np.float32(0.01)
    x = regularized(observed, blur, penalty)
    ax = blur.forward(x)
    slope = blur.adjoint(observed.weights(ax) * (ax - observed.planes))
    slope += 0.01 * GRADIENT.adjoint(GRADIENT.forward(x))
    assert np.abs(slope).max() < 2e-4
    assert np.abs(blur.adjoint(observed.planes)).max() > 0.1


def test_another_penalty_goes_on_from_what_was_found() -> None:
    """What y leaves unexplained is carried on, and is still that of x."""
    photo, _ = blurred(sharp(48), SHAKE)
    observed = observe(photo.transpose(2, 0, 1).copy(), np.zeros((3, 38, 38), bool), len(SHAKE))
    blur = Blur(SHAKE, observed.planes.shape[1:])
    power = gradient_power(blur.shape)
    estimate = Estimate(observed, blur, power)
    for weight in (1.0, 0.3, 0.1):
        estimate.improve(power * np.float32(weight), steps=3)
    carried = estimate._unexplained.copy()
    estimate.look()
    assert np.abs(carried - estimate._unexplained).max() < 2e-4 * np.abs(carried).max()


# The denoisers of gradients.


@pytest.mark.parametrize("beta", [1.0, 22.6, 256.0])
@pytest.mark.parametrize("alpha", [0.5, 2 / 3, 1.0])
def test_the_table_finds_the_least(alpha: float, beta: float) -> None:
    v = np.linspace(-1, 1, 41, dtype=np.float32)
    tried = np.linspace(-1, 1, 20001)[:, None]
    cost = np.abs(tried) ** alpha + beta / 2 * (tried - v) ** 2
    w = hyper_laplacian.shrink(v.copy(), beta, alpha)
    found = np.abs(w) ** alpha + beta / 2 * (w - v) ** 2
    assert (found - cost.min(axis=0)).max() < 2e-3
    assert (w == 0).any()


def test_two_thirds_by_the_quartic() -> None:
    """The paper's analytic solution: w is a root of ``w (v - w)^3 = 8 / (27 beta^3)``."""
    beta, v = 3.0, np.array([0.9, 1.5, 4.0], np.float32)
    w = hyper_laplacian.shrink(v.copy(), beta)
    np.testing.assert_allclose(w * (v - w) ** 3, 8 / (27 * beta**3), rtol=0.03)


def test_total_variation_shortens_the_gradient_of_all_channels() -> None:
    v = random(2, 3, 5, 6)
    length = np.sqrt(np.square(v).sum(axis=(0, 1)))
    w = tv_l2.shrink(v.copy(), 0.5)
    expected = v * np.maximum(length - 2, 0) / length
    np.testing.assert_allclose(w, expected, atol=1e-6)
    assert (length < 2).any()


def test_a_denoiser_can_be_plugged_in() -> None:
    """It is shown the estimates, and what it says of them counts the more the larger beta is."""
    photo, truth = blurred(sharp(64), SHAKE, sigma=2)
    observed = observe(photo.transpose(2, 0, 1).copy(), np.zeros((3, 56, 56), bool), len(SHAKE))
    blur = Blur(SHAKE, observed.planes.shape[1:])
    asked: list[float] = []
    gains: list[float] = []

    def omniscient(planes: Any, beta: float) -> Any:
        asked.append(beta)
        seen = observed.photo(planes)
        gains.append(psnr(seen.transpose(1, 2, 0), truth) - psnr(photo, truth))
        seen[...] = truth.transpose(2, 0, 1)
        return planes

    result = half_quadratic(
        observed, blur, weight=100, analysis=IDENTITY, denoise=omniscient, betas=(1, 10, 100)
    )
    gains.append(psnr(observed.photo(result).transpose(1, 2, 0), truth) - psnr(photo, truth))
    assert asked == [1, 10, 100]
    assert gains == sorted(gains)
    assert gains[-1] > 10


def test_the_spectral_model_finds_the_noise() -> None:
    photo, _ = blurred(sharp(128, 0, 100), kernels.gaussian(1.6), sigma=5)
    seen = _deconvolution.Deconvolution("x", "x", _never)._seen(photo, kernels.gaussian(1.6))
    assert fitted(powers(seen), None).sigma * 255 == pytest.approx(5, rel=0.15)
    told = fitted(powers(seen), 5 / 255)
    assert told.sigma == 5 / 255
    assert 0.5 < told.p < 2.5


def _never(*_: object) -> Any:
    raise AssertionError


# Restorers.


def method(name: str, psf: Psf | None = SHAKE, sigma: float | None = None) -> Any:
    loaded = load_restorers(name, task="deblur", psf=psf, sigma=sigma).restorers[0]
    assert isinstance(loaded, Deblurrer)
    assert isinstance(loaded, Denoiser)
    assert loaded.takes_kernel
    return loaded


def test_every_deblurrer_is_tested_here() -> None:
    names = sorted([*NAMES, "plug-and-play"])
    assert names == [it.name for it in METHODS if it.task == "deblur"]


@pytest.mark.parametrize("name", NAMES)
def test_a_point_changes_nothing(name: str) -> None:
    image = random(20, 30, 3).clip(0, 1)
    for psf in (None, kernels.delta(), np.pad(kernels.delta(), 3)):
        np.testing.assert_array_equal(result_of(method(name, psf), image), image)


@pytest.mark.parametrize("name", NAMES)
def test_next_to_a_point_changes_next_to_nothing(name: str) -> None:
    image = sharp(48)
    result = result_of(method(name, kernels.gaussian(0.25), 0.0), image)
    assert np.sqrt(np.square(result - image).mean()) < 1.2 / 255


GAINS = {
    "inverse": (6.0, 2.4),
    "wiener": (6.0, 2.4),
    "unsupervised-wiener": (6.0, 2.4),
    "richardson-lucy": (5.0, 2.0),
    "richardson-lucy-tv": (5.0, 2.0),
    "hyper-laplacian": (6.0, 3.0),
    "tv-l2": (6.0, 3.0),
}
"""In dB over the blurred photo, without noise that is told, and with a sigma of 3."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("index", [0, 1], ids=["clean", "noisy"])
def test_a_known_blur_goes_up_to_the_borders(name: str, index: int) -> None:
    sigma = (0.0, 3.0)[index]
    photo, truth = blurred(sharp(), SHAKE, sigma)
    result = result_of(method(name, sigma=sigma), photo)
    gain = psnr(result, truth) - psnr(photo, truth)
    assert gain > GAINS[name][index]
    # No ringing: the outer pixels, which know less, are still better than before.
    rim = np.ones(truth.shape[:2], bool)
    rim[5:-5, 5:-5] = False
    before, after = (np.square(it - truth)[rim].mean() for it in (photo, result))
    assert after < 0.75 * before


@pytest.mark.parametrize("name", ["inverse", "hyper-laplacian"])
def test_noise_is_estimated_of_the_blurred_photo(name: str) -> None:
    photo, truth = blurred(sharp(), SHAKE, 5)
    assert noise_level(photo) == pytest.approx(5, rel=0.25)
    told = psnr(result_of(method(name, sigma=5), photo), truth)
    assert psnr(result_of(method(name), photo), truth) > told - 0.3


@pytest.mark.parametrize("name", NAMES)
def test_grey_is_grey_and_what_is_constant_stays_so(name: str) -> None:
    grey = blurred(sharp(40), SHAKE)[0][:, :, :1]
    one = result_of(method(name), grey)
    three = result_of(method(name), np.repeat(grey, 3, axis=2))
    np.testing.assert_array_equal(three, np.repeat(one, 3, axis=2))
    flat = np.full((24, 31, 3), (0.1, 0.5, 1), np.float32)
    # Richardson and Lucy's light cannot be 0, total variation's edges beyond the border are faint.
    assert np.abs(result_of(method(name), flat) - flat).max() < 1 / 255


@pytest.mark.parametrize("name", ["wiener", "richardson-lucy", "hyper-laplacian"])
def test_tiles_make_up_the_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, _ = blurred(sharp(250, 0, 0)[:, :, :1], SHAKE, 2)
    deblurrer = method(name, sigma=2)
    whole = result_of(deblurrer, photo)
    settled = deblurrer._solve(photo, SHAKE)
    monkeypatch.setattr(_deconvolution, "TILE", 121)
    monkeypatch.setattr(type(deblurrer), "_solve", lambda *_: settled)
    assert deblurrer.tiles(Size(242, 242)) == 4
    apart = np.abs(result_of(deblurrer, photo) - whole) * 255
    # Far below the noise: what is seen of a lost frequency goes on for many kernels.
    assert apart.mean() < 0.4
    assert np.quantile(apart, 0.999) < 5


def test_no_step_is_left_where_two_tiles_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tile whose result is its own place, far from its neighbour's, fades into it."""
    photo = np.zeros((200, 300, 3), np.float32)
    shown: list[int] = []

    def by_number(image: Image) -> Image:
        shown.append(image.shape[1])
        return np.full_like(image, len(shown) / 10)

    def result(blend: int) -> Image:
        shown.clear()
        bands = tiled_bands(photo, by_number, channels=3, tile=100, reach=40, blend=blend)
        return np.concatenate([band.rows for band in bands])

    hard, soft = result(0), result(20)
    assert np.abs(np.diff(hard, axis=1)).max() == pytest.approx(0.1)
    assert np.abs(np.diff(soft, axis=1)).max() == pytest.approx(0.1 / 40, rel=1e-3)
    assert np.abs(np.diff(soft, axis=0)).max() == pytest.approx(0.3 / 40, rel=1e-3)
    np.testing.assert_allclose(soft[:80, :80], 0.1, rtol=1e-6)
    np.testing.assert_allclose(soft[100, 150], np.mean([0.2, 0.5]), atol=0.01)


def test_tiles_side_by_side_are_those_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, _ = blurred(sharp(120), SHAKE, 2)
    monkeypatch.setattr(_deconvolution, "TILE", 45)
    results = [
        result_of(replace(method("tv-l2", sigma=2), together=together), photo)
        for together in (1, 3)
    ]
    np.testing.assert_array_equal(*results)
    with pytest.raises(AssertionError):
        result_of(replace(method("tv-l2", sigma=2), prepare=lambda *_: _never), photo)


def lamps() -> Image:
    """A dark picture with lamps far brighter than white, ``(96, 96, 1)``."""
    picture = sharp()[:, :, :1] * 0.5
    for row, column in ((20, 25), (30, 70), (62, 40), (75, 78)):
        picture[row : row + 3, column : column + 3] = 6
    return picture


@pytest.mark.parametrize("name", ["richardson-lucy", "hyper-laplacian", "tv-l2", "inverse"])
def test_clipped_pixels_are_told_apart(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, truth = blurred(lamps(), SHAKE, 1)
    assert (photo == 1).any()
    told = psnr(result_of(method(name, sigma=1), photo), truth.clip(0, 1))
    monkeypatch.setattr(_deconvolution, "CLIPPED", 2.0)
    untold = psnr(result_of(method(name, sigma=1), photo), truth.clip(0, 1))
    assert told > untold + 1.5


def test_in_linear_light() -> None:
    """What a camera blurs there is better undone there."""
    light, truth = blurred(srgb_decode(sharp()).astype(np.float32), SHAKE)
    photo = srgb_encode(light).astype(np.float32)
    plain = method("hyper-laplacian", sigma=0.5)
    ways = [result_of(it, photo) for it in (replace(plain, linear=True), plain)]
    linear, encoded = (psnr(it, srgb_encode(truth).astype(np.float32)) for it in ways)
    assert linear > encoded + 1


BAD = {
    "as high as wide, an odd number": np.ones((4, 4)),
    "finite values": np.full((3, 3), np.nan),
    "no value below 0": np.array([[0.0, 0, 0], [0, 2, -1], [0, 0, 0]]),
    "a sum above 0": np.zeros((3, 3)),
    "a matrix of numbers": np.ones(3),
}


@pytest.mark.parametrize("wanted", BAD)
def test_what_is_no_kernel_is_refused(wanted: str) -> None:
    with pytest.raises(UsageError, match=re.escape(wanted)) as caught:
        METHODS["wiener"].with_kernel(BAD[wanted])
    assert "\n" not in str(caught.value)


def test_a_kernel_larger_than_the_photo_is_refused() -> None:
    with pytest.raises(UsageError, match="at most 8 pixels a side, got 9"):
        next(method("wiener", kernels.gaussian(1)).bands(np.zeros((8, 20, 1), np.float32)))


@pytest.mark.parametrize("sigma", [-1, float("nan"), float("inf")])
def test_a_sigma_that_cannot_be_is_refused(sigma: float) -> None:
    with pytest.raises(UsageError, match=r"expected a sigma of 0 or more.*got"):
        METHODS["tv-l2"].with_sigma(sigma)
