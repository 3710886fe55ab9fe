"""Training of networks that are told the blur: what pairs tell them, and what a run leaves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit import kernels
from restorekit.contracts import Size
from restorekit.degradations import parse, psf_of
from restorekit.errors import UsageError
from restorekit.images.convolution import convolve
from restorekit.training.pairs import Shown, shown
from restorekit.training.recipe import read_recipe
from restorekit.training.train import train
from restorekit.zoo.load import open_network

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Psf
    from restorekit.degradations import Chain
    from restorekit.training.request import Training

pytestmark = pytest.mark.usefixtures("one_thread")


def chain(text: str) -> Chain:
    return parse(text).draw(np.random.default_rng(0))


@pytest.mark.parametrize(
    "text",
    [
        "gaussian_blur(1.5, 0.7, 30)",
        "motion_blur(6, 20)|defocus(2)",
        "sinc(2, 9)|downscale(2, 'matlab')|gaussian_noise(5)",
        "plateau_blur(2, 2, 0, 1.5)|quantize(8)",
    ],
)
def test_the_kernel_of_a_chain_is_what_it_makes_of_a_point(text: str) -> None:
    drawn = chain(text)
    psf = psf_of(drawn)
    blurs = [it for it in str(drawn).split("|") if "blur" in it or "focus" in it or "sinc" in it]
    point = np.zeros((61, 61, 1), np.float32)
    point[30, 30] = 0.5
    made = chain("|".join(blurs)).steps
    expected = point
    for step in made:
        expected = convolve(expected, step.psf())  # pyright: ignore[reportAttributeAccessIssue]
    np.testing.assert_allclose(convolve(point, psf), expected, atol=1e-6)
    assert psf.sum() == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "gaussian_blur(0)", "downscale(2)|jpeg(50)", "defocus(0.4)"])
def test_without_blur_the_kernel_is_one_pixel(text: str) -> None:
    np.testing.assert_array_equal(psf_of(chain(text)), [[1.0]])


def test_blur_of_the_smaller_picture_has_no_kernel() -> None:
    with pytest.raises(UsageError, match="no one kernel: expected blur before"):
        psf_of(chain("downscale(2)|gaussian_blur(1)"))


def test_pairs_tell_the_kernel_before_the_noise() -> None:
    def maps(psf: Psf, size: Size) -> np.ndarray:
        return np.full((2, *size), psf.max(), np.float32)

    drawn = chain("gaussian_blur(1.2)|downscale(2, 'matlab')|gaussian_noise(25.5)")
    picture = np.zeros((5, 6, 3), np.float32)
    told = shown(picture, drawn, Shown(noise_map=True, kernel_maps=maps), 2)
    assert told.shape == (5, 6, 6)
    np.testing.assert_array_equal(told[..., :3], picture)
    np.testing.assert_allclose(told[..., 3:5], kernels.gaussian(1.2).max(), rtol=1e-6)
    np.testing.assert_allclose(told[..., 5], 0.1, rtol=1e-6)


def test_a_run_leaves_a_file_that_holds_its_own_basis(
    request_for: Callable[..., Training],
) -> None:
    recipe = read_recipe("srmd")
    asked = {**recipe.network.hyperparameters, "features": 8, "convolutions": 3, "scale": 2}
    small = dataclasses.replace(
        recipe,
        network=dataclasses.replace(recipe.network, hyperparameters=asked),
        data=dataclasses.replace(
            recipe.data,
            scale=2,
            degradation=recipe.data.degradation.replace("downscale(4", "downscale(2"),
        ),
    ).with_(steps=4, batch=2, patch=32)
    done = train(request_for(recipe=small))
    network = open_network(done.weights)
    assert network.scale == 2
    assert network.noise_map
    assert network.kernel_maps is not None
    basis = network.module.state_dict()["basis"].numpy()
    assert basis.shape == (15, 15, 15)
    psf = kernels.gaussian(1.6, size=15)
    expected = np.tensordot(basis, psf, axes=2)
    found = network.kernel_maps(psf, Size(1, 1))
    assert found.shape == (15, 1, 1)
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-5)
