"""Noise has the mean and the variance of its equation."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import flat, picture

from restorekit.degradations.camera_noise import CameraNoise, _camera_matrix, _demosaiced, _mosaic
from restorekit.degradations.correlated_noise import CorrelatedNoise
from restorekit.degradations.film_grain import FilmGrain
from restorekit.degradations.gaussian_noise import GaussianNoise
from restorekit.degradations.poisson_noise import PoissonNoise
from restorekit.degradations.speckle import Speckle


def levels(result: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """The noise in levels of 255."""
    return (result.astype(np.float64) - clean) * 255


def correlation(noise: np.ndarray) -> np.ndarray:
    return np.corrcoef(noise.reshape(-1, 3), rowvar=False)


@pytest.mark.parametrize("sigma", [2, 15, 40])
def test_gaussian_noise_is_white(sigma: float) -> None:
    clean = flat(0.5)
    noise = levels(GaussianNoise(sigma, clip=False, seed=1)(clean), clean)
    assert noise.mean() == pytest.approx(0, abs=4 * sigma / np.sqrt(noise.size))
    assert noise.std() == pytest.approx(sigma, rel=0.01)
    assert ((noise / sigma) ** 4).mean() == pytest.approx(3, rel=0.03)
    np.testing.assert_allclose(correlation(noise), np.eye(3), atol=0.02)
    beside = (noise[:, 1:] * noise[:, :-1]).mean() / sigma**2
    assert beside == pytest.approx(0, abs=0.01)


def test_gaussian_noise_is_the_same_everywhere() -> None:
    for value in (0.0, 0.3, 1.0):
        noise = levels(GaussianNoise(20, clip=False, seed=2)(flat(value)), flat(value))
        assert noise.std() == pytest.approx(20, rel=0.01)
    dark = GaussianNoise(20, seed=2)(flat(0.0))
    assert dark.min() == 0
    assert (dark == 0).mean() == pytest.approx(0.5, abs=0.01)


def test_channels_share_noise() -> None:
    clean = flat(0.5)
    same = levels(GaussianNoise(20, "same", seed=3)(clean), clean)
    np.testing.assert_array_equal(same[..., 0], same[..., 1])
    np.testing.assert_array_equal(same[..., 0], same[..., 2])
    correlated, variances = [], []
    for seed in range(30):
        noise = levels(GaussianNoise(20, "mixed", clip=False, seed=seed)(clean), clean)
        covariance = np.cov(noise.reshape(-1, 3), rowvar=False)
        assert np.linalg.eigvalsh(covariance).max() < 1.03 * 20**2
        correlated.append(np.abs(correlation(noise)[np.triu_indices(3, 1)]).max())
        variances.append(np.trace(covariance) / 3)
    assert np.mean(correlated) > 0.2
    # Each eigenvalue is drawn from 0 to sigma^2.
    assert np.mean(variances) == pytest.approx(20**2 / 2, rel=0.2)
    grey = flat(0.5, 1)
    assert levels(GaussianNoise(20, "mixed", seed=1)(grey), grey).std() == pytest.approx(
        20, rel=0.02
    )


@pytest.mark.parametrize("scale", [0.5, 1, 2])
@pytest.mark.parametrize("value", [0.1, 0.4, 0.7])
def test_photon_noise_grows_with_the_light(value: float, scale: float) -> None:
    clean = flat(value)
    result = PoissonNoise(scale, photons=2000, seed=4)(clean).astype(np.float64)
    variance = scale**2 * value / 2000
    assert result.mean() == pytest.approx(value, abs=5 * np.sqrt(variance / clean.size))
    assert result.var() == pytest.approx(variance, rel=0.02)
    np.testing.assert_allclose(correlation(result - clean), np.eye(3), atol=0.02)


def test_photons_are_counted() -> None:
    counts = PoissonNoise(1, photons=20, seed=5)(flat(0.2)) * 20
    np.testing.assert_allclose(counts, counts.round(), atol=1e-5)
    # Of the Poisson distribution of mean 4.
    assert (counts.round() == 0).mean() == pytest.approx(np.exp(-4), rel=0.05)
    assert (counts.round() == 4).mean() == pytest.approx(4**4 * np.exp(-4) / 24, rel=0.02)
    grey = levels(PoissonNoise(1, channels="same", seed=5)(flat(0.5)), flat(0.5))
    np.testing.assert_allclose(grey[..., 0], grey[..., 2], atol=1e-4)
    assert grey.var() == pytest.approx(255**2 * 0.5 / 256, rel=0.03)


def test_speckle_is_in_proportion_to_the_light() -> None:
    for value in (0.0, 0.2, 0.6):
        noise = levels(Speckle(30, seed=6)(flat(value)), flat(value))
        assert noise.std() == pytest.approx(30 * value, rel=0.01)
        assert noise.mean() == pytest.approx(0, abs=0.1)
    same = levels(Speckle(30, "same", seed=6)(flat(0.5)), flat(0.5))
    np.testing.assert_array_equal(same[..., 0], same[..., 1])


def test_grain_is_most_in_the_midtones_and_clumps() -> None:
    for value, share in ((0.5, 1), (0.1, 0.6), (0.9, 0.6), (0.0, 0), (1.0, 0)):
        noise = levels(FilmGrain(10, 1.0, seed=7)(flat(value)), flat(value))
        assert noise.std() == pytest.approx(10 * share, rel=0.05, abs=1e-4)
    fine = levels(FilmGrain(10, 0, seed=8)(flat(0.5)), flat(0.5))[..., 0]
    coarse = levels(FilmGrain(10, 1.5, seed=8)(flat(0.5)), flat(0.5))[..., 0]
    neighbours = [(it[:, 1:] * it[:, :-1]).mean() / it.var() for it in (fine, coarse)]
    # White noise smoothed by a Gaussian has exp(-d^2 / 4 s^2) as its correlation.
    np.testing.assert_allclose(neighbours, [0, np.exp(-1 / (4 * 1.5**2))], atol=0.03)
    dyes = levels(FilmGrain(10, 1.0, "independent", seed=8)(flat(0.5)), flat(0.5))
    np.testing.assert_allclose(correlation(dyes), np.eye(3), atol=0.06)


def test_correlated_noise_is_coarser_in_the_colours() -> None:
    """Its colour differences are Cb and Cr of BT.601, its luma has nothing of them."""
    clean = flat(0.5)
    noise = levels(CorrelatedNoise(6, 3, 0.7, 2.5, seed=9)(clean), clean)
    y = noise @ [0.299, 0.587, 0.114]
    cb, cr = (noise[..., 2] - y) / 1.772, (noise[..., 0] - y) / 1.402
    assert y.std() == pytest.approx(6, rel=0.03)
    for plane, size, distance in ((y, 0.7, 1), (cb, 2.5, 4), (cr, 2.5, 4)):
        beside = (plane[:, distance:] * plane[:, :-distance]).mean() / plane.var()
        assert beside == pytest.approx(np.exp(-(distance**2) / (4 * size**2)), abs=0.05)
    for plane in (cb, cr):
        assert plane.std() == pytest.approx(3, rel=0.08)
    np.testing.assert_allclose(correlation(np.stack([y, cb, cr], -1)), np.eye(3), atol=0.08)
    grey = levels(CorrelatedNoise(6, 3, 0, seed=9)(flat(0.5, 1)), flat(0.5, 1))
    assert grey.std() == pytest.approx(6, rel=0.02)
    assert abs((grey[:, 1:] * grey[:, :-1]).mean()) < 0.02 * grey.var()


def test_camera_noise_of_a_grey_sensor_follows_the_chain_rule() -> None:
    value, shot, read = 0.4, 1e-4, 1e-5
    clean = flat(value, 1)
    result = CameraNoise(shot, read, seed=9)(clean).astype(np.float64)
    light = (0.5 - np.sin(np.arcsin(1 - 2 * value) / 3)) ** 2.2
    raw = light / 1.25
    # dy/dr = dy/dt dt/dl dl/dr for y = 3 t^2 - 2 t^3, t = l^(1/2.2), l = 1.25 r.
    t = light ** (1 / 2.2)
    slope = 6 * t * (1 - t) * light ** (1 / 2.2 - 1) / 2.2 * 1.25
    assert result.mean() == pytest.approx(value, abs=0.002)
    assert result.std() == pytest.approx(slope * np.sqrt(shot * raw + read), rel=0.02)


def test_camera_noise_comes_back_to_the_colours() -> None:
    smooth = picture(64, 64)
    smooth[:] = np.linspace(0.2, 0.7, 64, dtype=np.float32)[:, None, None]
    smooth[..., 0] *= 0.8
    result = CameraNoise(1e-12, seed=10)(smooth)
    np.testing.assert_allclose(result[2:-2, 2:-2], smooth[2:-2, 2:-2], atol=0.01)
    noisy = levels(CameraNoise(0.005, seed=10)(flat(0.5)), flat(0.5))
    # Demosaicing smears the noise over its neighbours, and the matrix over the colours.
    assert (noisy[:, 1:, 0] * noisy[:, :-1, 0]).mean() / noisy[..., 0].var() > 0.3
    assert correlation(noisy)[0, 1] < -0.1


def test_camera_matrices_keep_white_and_differ() -> None:
    one, other = _camera_matrix(np.array([1.0, 0, 0, 0])), _camera_matrix(np.array([0, 1.0, 2, 0]))
    for matrix in (one, other):
        np.testing.assert_allclose(matrix @ np.ones(3), 1)
        assert np.linalg.cond(matrix) < 20
    assert np.abs(one - other).max() > 0.05


def test_demosaicing_keeps_samples_and_linear_ramps() -> None:
    down, right = np.mgrid[0:12, 0:16].astype(np.float32)
    ramps = np.stack([down / 30, right / 30, (down + right) / 60], axis=2)
    seen = _demosaiced(_mosaic(ramps)[:, :, 0])
    np.testing.assert_allclose(seen[1:-1, 1:-1], ramps[1:-1, 1:-1], atol=1e-6)
    np.testing.assert_array_equal(_mosaic(seen), _mosaic(ramps))
