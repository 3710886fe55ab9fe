"""Noise that JPEG or a blur has smoothed, against what it was before, and against pictures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as PillowImage
from scipy.ndimage import gaussian_filter

from restorekit.images.noise_level import noise_level
from restorekit.images.smoothed_noise import smoothed_noise_sigma

if TYPE_CHECKING:
    import numpy.typing as npt

PHOTOS = Path(__file__).parents[2] / "photos"
POLYU = Path(__file__).parents[3] / "shared" / "bench" / "polyu"
PAIRS = {  # with the sigma that gives FFDNet its best PSNR
    "Canon5D2_5_160_6400_reciever_4": 12,
    "Canon600D_4-5_125_1600_toy_16": 10,
    "Canon80D_8_8_6400_comproom_12": 10,
    "NikonD800_5-6_160_6400_wall_9": 10,
    "Sony_3-5_200_1600_classroom_14": 6,
    "Sony_4-5_125_3200_plant_13": 12,
}


def noise(sigma: float) -> npt.NDArray[np.float64]:
    return np.random.default_rng(0).normal(0, sigma / 255, (200, 300))


def ramp() -> npt.NDArray[np.float64]:
    return np.repeat(np.linspace(0.3, 0.7, 300)[None], 200, axis=0)


def jpeg(plane: npt.NDArray[np.float64], quality: int) -> npt.NDArray[np.float32]:
    file = io.BytesIO()
    pixels = np.clip(np.round(255 * plane), 0, 255).astype(np.uint8)
    PillowImage.fromarray(pixels).save(file, "JPEG", quality=quality)
    with PillowImage.open(file) as photo:
        return np.asarray(photo, np.float32) / 255


def opened(path: Path) -> npt.NDArray[np.float32]:
    with PillowImage.open(path) as photo:
        return np.asarray(photo, np.float32) / 255


@pytest.mark.parametrize(("sigma", "quality"), [(3, 90), (4, 80), (6, 75), (8, 60)])
def test_noise_that_jpeg_has_smoothed_is_told_as_it_was(sigma: float, quality: int) -> None:
    found = smoothed_noise_sigma(jpeg(ramp() + noise(sigma), quality))
    # What JPEG rounds up in the lower frequencies makes it a third too high at worst.
    assert 0.95 * sigma < 255 * found < 1.45 * sigma


@pytest.mark.parametrize(("sigma", "blur"), [(6, 0.7), (9, 0.7), (9, 1.0)])
def test_blurred_noise_counts_as_it_is_in_the_lower_bands(sigma: float, blur: float) -> None:
    smooth = gaussian_filter(noise(sigma), blur, mode="wrap")
    assert smooth.std() * 255 < 0.65 * sigma
    found = 255 * smoothed_noise_sigma((ramp() + smooth).astype(np.float32))
    # Frequency responses of the blur at 1/16 and 1/8 of a cycle per pixel: 0.93 to 0.54 here.
    assert 0.6 * sigma < found < 0.95 * sigma


@pytest.mark.parametrize("sigma", [0.5, 3, 10, 30])
def test_white_noise_is_left_to_the_other_estimate(sigma: float) -> None:
    assert smoothed_noise_sigma((ramp() + noise(sigma)).astype(np.float32)) == 0


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
@pytest.mark.parametrize("side", [1.0, 0.7])
def test_a_photo_without_noise_has_none(name: str, side: float) -> None:
    with PillowImage.open(PHOTOS / f"{name}.jpg") as photo:
        small = photo.resize((round(photo.width * side), round(photo.height * side)))
    assert smoothed_noise_sigma(np.asarray(small, np.float32).mean(axis=2) / 255) == 0


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (31, 31), (32, 32)])
def test_too_small_to_tell_is_none(shape: tuple[int, int]) -> None:
    assert smoothed_noise_sigma(np.random.default_rng(0).random(shape, np.float32)) == 0


@pytest.mark.parametrize("name", PAIRS)
def test_camera_photos_get_about_the_sigma_that_is_best_for_them(name: str) -> None:
    path = POLYU / f"{name}_real.JPG"
    if not path.is_file():
        pytest.skip(f"needs the benchmark photo {path.name}")
    assert 0.6 * PAIRS[name] < noise_level(opened(path)) < 1.5 * PAIRS[name]


@pytest.mark.parametrize("name", sorted(PAIRS)[::2])
def test_the_mean_of_many_photos_of_a_camera_has_none(name: str) -> None:
    path = POLYU / f"{name}_mean.JPG"
    if not path.is_file():
        pytest.skip(f"needs the benchmark photo {path.name}")
    assert noise_level(opened(path)) < 2
