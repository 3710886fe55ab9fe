"""ZSSR: every restorer's promises, and what a photo teaches in little time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from noisy_pictures import clean_piece, psnr, result_of

from restorekit import kernels
from restorekit.contracts import (
    Deblurrer,
    Denoiser,
    DownScaling,
    Enlarger,
    InternalLearner,
    Scalable,
    Size,
)
from restorekit.errors import UsageError
from restorekit.images.convolution import convolve, down_scaled
from restorekit.images.imresize import imresize
from restorekit.internal_learning._lesson import Budget
from restorekit.internal_learning.zssr import RESTORER, TICKS, ZSSR
from restorekit.kernel_estimation._down_scaling_kernel import twice
from restorekit.tasks.super_resolve import SuperResolution, super_resolve

# What every restorer promises is checked here, too.
sys.path.insert(0, str(Path(__file__).parents[1] / "contracts"))
from restorer_promises import check_depths, picture, restored

if TYPE_CHECKING:
    from restorekit.contracts import Image

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = Budget(iterations=3, crop=16, features=4, convolutions=3)
SHORT = Budget(iterations=70, crop=32, features=16, convolutions=5)


def smaller(image: Image, scale: int = 2, psf: kernels.Psf | None = None) -> Image:
    """As photos are made in the papers: blurred, shrunk by bicubic, and rounded."""
    blurred = image if psf is None else convolve(image, psf)
    return (imresize(blurred, 1 / scale) * 255).round().clip(0, 255).astype(np.float32) / 255


def bicubic(image: Image, scale: int = 2) -> Image:
    return imresize(image, scale).astype(np.float32)


def test_it_can_be_told_all_that_it_takes() -> None:
    assert isinstance(RESTORER, Scalable)
    assert isinstance(RESTORER, Deblurrer)
    assert isinstance(RESTORER, Enlarger)
    assert isinstance(RESTORER, Denoiser)
    assert isinstance(RESTORER, InternalLearner)
    assert RESTORER.at_scale(2) is RESTORER
    assert RESTORER.at_scale(3).scale == 3
    assert RESTORER.with_seed(7).with_sigma(None).at_scale(4).seed == 7


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (16, 16), (23, 17)])
def test_every_size_keeps_the_promises(size: tuple[int, int], scale: int, channels: int) -> None:
    found = restored(ZSSR(scale, budget=TINY), picture(*size, channels))
    assert np.isfinite(found).all()


def test_depths_agree() -> None:
    check_depths(ZSSR(2, budget=TINY), picture(20, 30, 3))


@pytest.mark.parametrize("level", [0.0, 0.25, 1.0])
def test_a_constant_photo_stays_constant(level: float) -> None:
    image = np.full((19, 21, 3), level, np.float32)
    assert np.abs(result_of(ZSSR(2, budget=TINY), image) - level).max() < 1e-5


def test_a_photo_too_small_to_learn_from_is_bicubic_and_explains_itself() -> None:
    image = clean_piece("coffee")[:15, :40]
    restorer = ZSSR(2, budget=TINY)
    assert restorer.tiles(Size(15, 40)) == 1
    found = result_of(restorer, image)
    assert 0.001 < np.abs(found - bicubic(image).clip(0, 1)).mean() < 0.02
    assert (
        np.abs(imresize(found, 0.5) - image).mean()
        < 0.1 * np.abs(imresize(bicubic(image), 0.5) - image).mean()
    )


def test_the_seed_decides_all() -> None:
    image = clean_piece("astronaut")[:32, :32]
    first = result_of(ZSSR(2, seed=1, budget=TINY), image)
    np.testing.assert_array_equal(first, result_of(ZSSR(2, seed=1, budget=TINY), image))
    assert np.abs(first - result_of(ZSSR(2, seed=2, budget=TINY), image)).max() > 1e-4


def test_it_beats_bicubic_on_a_photo() -> None:
    clean = clean_piece("coffee")[:96, :96]
    photo = smaller(clean)
    gain = psnr(result_of(ZSSR(2, budget=SHORT), photo), clean) - psnr(bicubic(photo), clean)
    assert gain > 0.3


def test_a_told_blur_is_worth_more_than_half_a_decibel() -> None:
    clean, psf = clean_piece("coffee")[:64, :64], kernels.gaussian(2.0, 1.0, 30)
    photo, restorer = smaller(clean, psf=psf), ZSSR(2, budget=SHORT)
    untold = psnr(result_of(restorer, photo), clean)
    assert psnr(result_of(restorer.with_kernel(psf), photo), clean) > untold + 0.5


def moved(found: Image, clean: Image) -> tuple[float, float]:
    """How many pixels a result lies down and to the right of the truth, by least squares."""
    inner = np.s_[8:-8, 8:-8]
    planes = [it.mean(axis=2)[inner] for it in (found, clean)]
    slopes = np.stack([it.ravel() for it in np.gradient(planes[1])], axis=1)
    down, right = np.linalg.lstsq(slopes, (planes[1] - planes[0]).ravel(), rcond=None)[0]
    return float(down), float(right)


@pytest.mark.parametrize(("scale", "gain"), [(2, 1.5), (4, 1.5)])
def test_the_kernel_that_made_it_small_leads_back_to_the_truth(scale: int, gain: float) -> None:
    clean = clean_piece("coffee")[:96, :96]
    once = kernels.gaussian(1.9, 0.9, 30, size=13, shift=-0.5)
    kernel = DownScaling(once if scale == 2 else twice(once), scale)
    photo, restorer = down_scaled(clean, kernel), ZSSR(scale, budget=SHORT)
    found = result_of(restorer.with_down_scaling(kernel), photo)
    assert psnr(found, clean) > psnr(result_of(restorer, photo), clean) + gain
    assert max(map(abs, moved(found, clean))) < 0.1
    # That this sees a pixel: a kernel that lies one aside moves the result by as much.
    aside = DownScaling(np.roll(np.pad(kernel.psf, 1), (1, 1), (0, 1)), scale)
    assert min(map(abs, moved(result_of(restorer.with_down_scaling(aside), photo), clean))) > 0.4


def test_a_kernel_that_made_it_small_has_one_scale() -> None:
    restorer = RESTORER.with_down_scaling(DownScaling(kernels.bicubic(4), 4))
    assert restorer.at_scale(4).scale == 4
    with pytest.raises(UsageError, match="expected --scale 4, got 2"):
        restorer.at_scale(2)


def test_told_noise_is_taken_away() -> None:
    clean = clean_piece("coffee")[:64, :64]
    photo = smaller(clean)
    draw = np.random.default_rng(0)
    photo = (photo + draw.normal(0, 10 / 255, photo.shape)).clip(0, 1).astype(np.float32)
    restorer = ZSSR(2, budget=SHORT)
    untold = psnr(result_of(restorer, photo), clean)
    assert psnr(result_of(restorer.with_sigma(10), photo), clean) > untold + 1


def test_tiles_make_up_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    image = clean_piece("coffee")[:100, :104]
    restorer = ZSSR(2, kernel=kernels.gaussian(0.7), budget=TINY)
    whole = result_of(restorer, image)
    monkeypatch.setattr(ZSSR, "tile", 90)
    assert restorer.tiles(Size(100, 104)) == 2 * TICKS + 4
    # A tenth of a level: what the end of a tile still changes within it.
    assert np.abs(result_of(restorer, image) - whole).max() < 0.1 / 255


def test_learning_ends_when_a_person_interrupts() -> None:
    told: list[int] = []

    def interrupt(done: int, every: int) -> None:
        told.append(every)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(ZSSR(2, budget=SHORT).bands(picture(32, 32, 3), on_tile=interrupt))
    assert told == [2 * TICKS + 1] * 2


def test_a_kernel_larger_than_the_result_is_refused() -> None:
    restorer = ZSSR(2, kernel=kernels.gaussian(3), budget=TINY)
    with pytest.raises(UsageError, match="the kernel is larger than the result"):
        next(restorer.bands(picture(8, 40, 3)))


@pytest.mark.parametrize("scale", [2, 2.5, 3])
def test_the_task_finds_it_at_any_scale(scale: float) -> None:
    image = picture(12, 14, 3)
    found = super_resolve(image, SuperResolution(model="zssr", scale=scale))
    assert found.shape == (round(12 * scale), round(14 * scale), 3)
    # So small a photo is enlarged by bicubic, and corrected until it explains itself.
    assert np.abs(imresize(found, Size(12, 14)) - image).mean() < 0.08
