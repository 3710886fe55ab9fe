"""What every network that is told the noise promises beside what a network does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from restorer_promises import check_depths, picture, restored
from sample_networks import SAMPLES, sample

from restorekit.contracts import Denoiser
from restorekit.images.noise_level import noise_level
from restorekit.inference.restorer import NetworkRestorer

if TYPE_CHECKING:
    from restorekit.contracts import Network


def built(family: str, number: int) -> Network:
    made = sample(family, number)
    return made.architecture.build(made.state())


TOLD = [
    (family, number)
    for family, samples in SAMPLES.items()
    for number in range(len(samples.hyperparameters))
    if built(family, number).noise_map and built(family, number).kernel_maps is None
]
pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.parametrize(("family", "number"), TOLD),
]


def denoiser(family: str, number: int, sigma: float | None, tile: int = 0) -> Denoiser:
    network = built(family, number)
    made = NetworkRestorer(
        network, name=family, device=torch.device("cpu"), precision="fp32", tile=tile
    )
    assert isinstance(made, Denoiser)
    assert made.takes_sigma
    assert made.sigma is None
    told = made.with_sigma(sigma)
    assert (told.sigma, made.sigma) == (sigma, None)
    assert (told.name, told.scale) == (family, 1)
    return told


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("tile", [0, 40])
def test_sigma_0_gives_the_picture_back(family: str, number: int, channels: int, tile: int) -> None:
    network = built(family, number)
    tile = tile and network.overlap + tile
    image = picture(61, 94, channels)
    result = restored(denoiser(family, number, 0, tile), image)
    # Where tiles meet it is a mean of equal numbers.
    assert np.abs(result - image).max() <= (1e-6 if tile else 0)
    eight = restored(denoiser(family, number, 0, tile), image, 8)
    np.testing.assert_array_equal(eight, np.rint(image * 255))


@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (2, 31), (23, 17)])
def test_every_size_is_taken_at_a_known_sigma(
    family: str, number: int, size: tuple[int, int], channels: int, bits: int
) -> None:
    told = denoiser(family, number, 25)
    assert np.isfinite(restored(told, picture(*size, channels), bits)).all()  # pyright: ignore[reportArgumentType]


def test_depths_agree_at_a_known_sigma(family: str, number: int) -> None:
    check_depths(denoiser(family, number, 25), picture(20, 30, 3))


def test_the_network_hears_of_sigma(family: str, number: int) -> None:
    image = picture(24, 30, 3)
    results = [restored(denoiser(family, number, sigma), image) for sigma in (5, 50, 5)]
    assert np.abs(results[0] - results[1]).max() > 1e-4
    np.testing.assert_array_equal(results[0], results[2])


def test_without_a_sigma_it_is_estimated(family: str, number: int) -> None:
    image = np.clip(0.5 + 0.1 * (picture(40, 48, 3) - 0.5), 0, 1)
    sigma = noise_level(image)
    assert sigma > 1
    np.testing.assert_array_equal(
        restored(denoiser(family, number, None), image),
        restored(denoiser(family, number, sigma), image),
    )


def test_grey_in_three_channels_stays_grey_for_a_grey_network(family: str, number: int) -> None:
    if built(family, number).channels == 3:
        pytest.skip(f"{family} {number} mixes the channels")
    grey = picture(24, 30, 1)
    colour = restored(denoiser(family, number, 25), np.repeat(grey, 3, axis=2))
    expected = restored(denoiser(family, number, 25), grey)
    np.testing.assert_allclose(colour, np.repeat(expected, 3, axis=2), atol=1e-6)
