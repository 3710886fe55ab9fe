"""The estimate of sigma against noise of a known strength."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as PillowImage

from restorekit.images.noise_level import noise_level

if TYPE_CHECKING:
    from restorekit.contracts import Image

PHOTOS = Path(__file__).parents[2] / "photos"
BENCH = Path(__file__).parents[3] / "shared" / "bench"
HARD = ("set12/12.png", "kodak24_500/kodim13.png", "set12/04.png", "kodak24_500/kodim01.png")
"""The grainiest, two with fine texture all over, and one with much black."""


def opened(path: Path) -> Image:
    with PillowImage.open(path) as photo:
        pixels = np.asarray(photo, np.float32) / 255
    return pixels.reshape(*pixels.shape[:2], -1)


def noisy(clean: Image, sigma: float, seed: int = 0) -> Image:
    draw = np.random.default_rng(seed)
    return clean + draw.standard_normal(clean.shape, np.float32) * np.float32(sigma / 255)


def stored(image: Image) -> Image:
    """Clipped and rounded to 8 bits."""
    return np.round(image.clip(0, 1) * 255) / np.float32(255)


def ramp(height: int, width: int) -> Image:
    line = np.linspace(0.3, 0.7, width, dtype=np.float32)
    return np.repeat(line[None, :, None], height, axis=0)


@pytest.mark.parametrize("sigma", [0.5, 2, 10, 50])
@pytest.mark.parametrize("side", [512, 192])
def test_noise_on_a_smooth_picture_is_measured_to_a_few_percent(side: int, sigma: float) -> None:
    assert noise_level(noisy(ramp(side, side), sigma)) == pytest.approx(sigma, rel=0.04)


@pytest.mark.parametrize("side", [20, 32, 64])
def test_small_pictures_are_measured_roughly(side: int) -> None:
    found = [noise_level(noisy(ramp(side, side), 20, seed)) for seed in range(4)]
    assert np.mean(found) == pytest.approx(20, rel=0.15)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_a_photo_s_texture_is_not_taken_for_noise(name: str) -> None:
    clean = opened(PHOTOS / f"{name}.jpg")
    assert noise_level(clean) < 1.5
    assert noise_level(stored(noisy(clean, 25))) == pytest.approx(25, rel=0.06)


@pytest.mark.parametrize("sigma", [5, 10, 25, 50])
@pytest.mark.parametrize("name", HARD)
def test_hard_photos_are_within_a_tenth(name: str, sigma: float) -> None:
    path = BENCH / name
    if not path.is_file():
        pytest.skip(f"needs the benchmark photo {name}")
    image = noisy(opened(path), sigma)
    assert noise_level(image) == pytest.approx(sigma, rel=0.1)
    assert noise_level(stored(image)) == pytest.approx(sigma, rel=0.1)


def test_dark_and_bright_areas_that_clipping_has_cleaned_do_not_count() -> None:
    clean = ramp(200, 300)
    clean[:, :100] = 0
    clean[:, 200:] = 1
    assert noise_level(stored(noisy(clean, 25))) == pytest.approx(25, rel=0.06)


def test_channels_count_alike() -> None:
    clean = np.repeat(ramp(128, 128), 3, axis=2)
    draw = np.random.default_rng(5).standard_normal(clean.shape, np.float32)
    image = clean + draw * np.array([5, 10, 20], np.float32) / np.float32(255)
    expected = np.sqrt((25 + 100 + 400) / 3)
    assert noise_level(image) == pytest.approx(expected, rel=0.05)
    grey = image[:, :, :1]
    assert noise_level(np.repeat(grey, 3, axis=2)) == pytest.approx(noise_level(grey), rel=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 1), (7, 3, 3), (1, 500, 1), (500, 1, 3)])
def test_pictures_too_small_to_tell_have_none(shape: tuple[int, int, int]) -> None:
    image = np.random.default_rng(1).random(shape, dtype=np.float32)
    assert noise_level(image) == 0


@pytest.mark.parametrize("level", [0, 0.3, 1])
def test_a_constant_picture_has_none(level: float) -> None:
    assert noise_level(np.full((60, 70, 3), level, np.float32)) < 1e-3


def test_a_large_photo_needs_little_memory_and_always_gives_the_same_figure() -> None:
    image = np.tile(noisy(ramp(500, 500), 10), (6, 6, 1))
    tracemalloc.start()
    found = noise_level(image)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == pytest.approx(10, rel=0.03)
    assert peak < 150e6
    assert noise_level(image) == found
