"""How much nearer to the clean picture each filter comes, with the sigma told and estimated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from noisy_pictures import PIECES, clean_piece, noisy, psnr, result_of

from restorekit.catalog import Catalog

METHODS: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")
SIGMAS = (15, 25, 50)
GAINS = {
    "box": (3.3, 5.2, 7.8),
    "gaussian": (3.3, 5.2, 7.8),
    "median": (2.3, 4.3, 6.9),
    "bilateral": (6.3, 7.4, 8.7),
    "guided": (5.9, 6.8, 8.2),
    "domain-transform": (5.4, 7.1, 9.2),
    "nl-means": (6.9, 8.5, 10.0),
    "total-variation": (6.5, 8.0, 10.0),
    "wavelet": (7.5, 8.8, 10.4),
}
"""In dB for each of ``SIGMAS``, the mean over both pieces: 0.2 dB below what was measured."""


def gain(name: str, told: float | None, sigma: float) -> float:
    gains: list[float] = []
    for piece in PIECES:
        clean = clean_piece(piece)
        image = noisy(clean, sigma)
        result = result_of(METHODS[name].with_sigma(told), image)
        gains.append(psnr(result, clean) - psnr(image, clean))
    return float(np.mean(gains))


@pytest.mark.parametrize("name", GAINS)
@pytest.mark.parametrize("index", range(3), ids=[f"sigma {sigma}" for sigma in SIGMAS])
def test_noise_goes_and_the_picture_stays(name: str, index: int) -> None:
    assert gain(name, SIGMAS[index], SIGMAS[index]) > GAINS[name][index]


@pytest.mark.parametrize("name", GAINS)
def test_little_noise_is_not_made_worse(name: str) -> None:
    assert gain(name, 5, 5) >= -0.1


@pytest.mark.parametrize("name", GAINS)
def test_the_estimate_serves_as_well_as_the_truth(name: str) -> None:
    assert gain(name, None, 25) > gain(name, 25, 25) - 0.25


def test_the_wavelet_is_ahead_of_the_same_library_s_bayes_shrink() -> None:
    """The threshold of each place gains over one threshold for each band, shifts and all."""
    from skimage.restoration import denoise_wavelet

    clean = clean_piece("coffee")[:, :, 1:2]
    image = noisy(clean, 25)
    shifts = [(down, across) for down in range(4) for across in range(4)]
    spun = np.mean(
        [
            np.roll(
                denoise_wavelet(
                    np.roll(image[:, :, 0], shift, (0, 1)),
                    sigma=25 / 255,
                    wavelet="db2",
                    rescale_sigma=False,
                ),
                (-shift[0], -shift[1]),
                (0, 1),
            )
            for shift in shifts
        ],
        axis=0,
    )
    ours = result_of(METHODS["wavelet"].with_sigma(25), image)
    assert psnr(ours, clean) > psnr(spun[:, :, None].astype(np.float32), clean) + 0.3
