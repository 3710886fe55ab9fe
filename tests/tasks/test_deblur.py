"""Deblurring: what serves where nobody names a model, at which size, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from restorekit import kernels
from restorekit.classical._space_variant import SpaceVariant
from restorekit.contracts import Cells, KernelMap
from restorekit.errors import UsageError, WeightsError
from restorekit.images.convolution import convolve
from restorekit.images.icc import srgb_decode, srgb_encode
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read
from restorekit.images.reduced import Reduced
from restorekit.kernel_estimation._blind import BlindDeconvolution
from restorekit.metrics.sharpness import sharpness
from restorekit.tasks.deblur import Deblurring, change, deblur, load
from restorekit.zoo.methods import CLASSICAL, INTERNAL
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf
    from restorekit.zoo.events import Notice

OFFLINE = WeightsOptions(offline=True)
PHOTOS = Path(__file__).parents[2] / "photos"
PHOTO = read(PHOTOS / "astronaut.jpg").color[60:188, 150:310].copy()


def psnr(a: Image, b: Image, border: int = 8) -> float:
    inner = np.s_[border:-border, border:-border]
    return float(-10 * np.log10(np.mean((a[inner] - b[inner]) ** 2)))


@pytest.mark.parametrize(
    ("options", "serves"),
    [
        ({}, "consensus"),
        ({"work_scale": 0.5}, "restorekit-deblur"),
        ({"devices": DeviceOptions("cpu", self_ensemble=True)}, "restorekit-deblur"),
    ],
)
def test_the_default_is_the_network_of_the_manifest_and_then_what_needs_none(
    options: dict[str, Any], serves: str
) -> None:
    """What takes more blur, unless it cannot be run as asked for: then the house's network."""
    told: list[Notice] = []
    loaded = load(Deblurring(weights=OFFLINE, **options), told.append)
    assert loaded.description["model"] == serves
    assert re.match(rf".*maxim-deblurring are not .*: {serves} serves", told[0].text)
    with pytest.raises(WeightsError, match="-m restorekit-deblur is on this machine"):
        load(Deblurring("maxim-deblurring", weights=OFFLINE))


def test_a_kernel_that_is_told_is_undone() -> None:
    blurred = convolve(PHOTO, kernels.gaussian(1.6)).astype(np.float32)
    result = deblur(blurred, Deblurring(kernel="gaussian:1.6", sigma=0.5))
    assert load(Deblurring(kernel="gaussian:1.6")).identity == "tv-l2"
    assert psnr(result, PHOTO) > psnr(blurred, PHOTO) + 2


def test_a_kernel_of_one_pixel_changes_nothing(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.ones((1, 1)))
    result = deblur(PHOTO, Deblurring(kernel=str(tmp_path / "one.npy"), model="hyper-laplacian"))
    assert np.abs(result - PHOTO).max() < 1e-3


def test_a_kernel_off_its_middle_does_not_shift_the_photo(tmp_path: Path) -> None:
    psf = kernels.line(7, 30)
    np.save(tmp_path / "middle.npy", psf)
    np.save(tmp_path / "off.npy", np.pad(psf, ((0, 6), (5, 1))))
    blurred = convolve(PHOTO, psf).clip(0, 1)
    results = [
        deblur(blurred, Deblurring("inverse", kernel=str(tmp_path / it)))
        for it in ("middle.npy", "off.npy")
    ]
    np.testing.assert_array_equal(*results)


def test_a_map_is_told_to_what_takes_a_kernel(tmp_path: Path) -> None:
    same = np.broadcast_to(kernels.line(7, 30), (2, 2, 9, 9))
    np.save(tmp_path / "map.npy", same)
    np.save(tmp_path / "one.npy", same[0, 0])
    results = [
        deblur(PHOTO, Deblurring("wiener", kernel=str(tmp_path / it), sigma=sigma))
        for it in ("map.npy", "one.npy")
        for sigma in (None, 5)
    ]
    np.testing.assert_array_equal(results[0], results[2])
    np.testing.assert_array_equal(results[1], results[3])  # told the noise, too
    assert np.abs(results[0] - results[1]).max() > 1 / 255
    with pytest.raises(UsageError, match="cannot be told the blur"):
        load(Deblurring("maxim-deblurring", kernel=str(tmp_path / "map.npy")))


@pytest.mark.parametrize("model", [None, "maxim-deblurring", "wiener"])
def test_a_grid_is_for_what_finds_the_blur_and_refused_before_a_download(model: str | None) -> None:
    with pytest.raises(UsageError, match="--grid is for models that find the blur"):
        load(Deblurring(model, grid=Cells(2, 2), weights=OFFLINE))


def test_a_grid_is_told() -> None:
    loaded = load(Deblurring("l0-gradient", grid=Cells(2, 3), sigma=3))
    (restorer,) = loaded.restorers
    assert isinstance(restorer, BlindDeconvolution)
    assert (restorer.cells, restorer.sigma) == ((2, 3), 3)
    assert loaded.description["grid"] == "2x3"
    both = load(Deblurring("l0-gradient", grid=Cells(2, 3), linear=True)).restorers[0]
    assert isinstance(both, BlindDeconvolution)
    assert both.cells == (2, 3)
    assert both.undo.linear


def test_a_map_is_undone_in_linear_light_too(tmp_path: Path) -> None:
    np.save(tmp_path / "map.npy", np.broadcast_to(kernels.line(11, 30), (1, 2, 11, 11)))
    np.save(tmp_path / "one.npy", kernels.line(11, 30))
    results = [
        deblur(PHOTO, Deblurring("inverse", kernel=str(tmp_path / it), linear=True))
        for it in ("map.npy", "one.npy")
    ]
    np.testing.assert_array_equal(*results)
    told = KernelMap(kernels.line(11, 30)[None, None])
    with pytest.raises(UsageError, match="zssr knows photos in sRGB alone"):
        SpaceVariant(INTERNAL["zssr"], told).in_linear_light()


def in_light(photo: Image, psf: Psf) -> Image:
    """``photo`` as a camera blurs it, in 8 bits."""
    light = convolve(srgb_decode(photo).astype(np.float32), psf)
    return to_float(to_integers(srgb_encode(light.clip(0, 1)).astype(np.float32), 8))


def test_what_was_blurred_in_linear_light_is_undone_there() -> None:
    blurred = in_light(PHOTO, kernels.line(11, 30))
    told = Deblurring(model="tv-l2", kernel="motion:11:30", sigma=0.5)
    results = [deblur(blurred, it) for it in (told, replace(told, linear=True))]
    encoded, linear = (psnr(it, PHOTO) for it in results)
    assert linear > encoded + 2
    assert linear > psnr(blurred, PHOTO) + 8
    made_in_srgb = convolve(PHOTO, kernels.line(11, 30)).clip(0, 1).astype(np.float32)
    results = [deblur(made_in_srgb, it) for it in (told, replace(told, linear=True))]
    encoded, linear = (psnr(it, PHOTO) for it in results)
    assert encoded > linear + 2


def test_light_is_part_of_what_a_result_is_known_by() -> None:
    plain, linear = (Deblurring(model="consensus", linear=it) for it in (False, True))
    assert plain.job().options != linear.job().options
    loaded = load(linear)
    assert isinstance(loaded.restorers[0], BlindDeconvolution)
    assert loaded.restorers[0].undo.linear
    assert loaded.description["light"] == "linear"


def test_networks_know_no_linear_light() -> None:
    with pytest.raises(UsageError, match=r"dmphn is a network.*leave out --linear"):
        load(Deblurring(model="dmphn", linear=True, weights=OFFLINE))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"work_scale": 0.0}, "--work-scale"),
        ({"work_scale": 1.5}, "--work-scale"),
        ({"work_scale": 0.5, "kernel": "gaussian:1"}, "do not go together"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Deblurring(**options)  # type: ignore[arg-type]


def test_a_model_for_another_task_is_refused() -> None:
    with pytest.raises(UsageError, match="bm3d is for denoise"):
        load(Deblurring(model="bm3d"))


def test_at_a_smaller_size_what_is_left_alone_stays_as_it_was() -> None:
    same = Reduced(CLASSICAL["wiener"], 0.5)  # told no blur: it changes nothing
    rows = [band.rows for band in same.bands(PHOTO)]
    assert np.abs(np.concatenate(rows) - PHOTO).max() < 1e-5


def test_at_half_size_large_blur_is_undone_by_a_smaller_kernel() -> None:
    blurred = convolve(PHOTO, kernels.gaussian(3)).astype(np.float32)
    half = Reduced(CLASSICAL["wiener"].with_kernel(kernels.gaussian(1.5)).with_sigma(0.5), 0.5)
    result = np.concatenate([band.rows for band in half.bands(blurred)])
    assert psnr(result, PHOTO) > psnr(blurred, PHOTO) + 0.5


def test_what_enlarges_has_no_other_size_to_work_at() -> None:
    with pytest.raises(UsageError, match="enlarges"):
        Reduced(CLASSICAL["example-based"], 0.5)


def test_the_change_is_told() -> None:
    photo = read(PHOTOS / "astronaut.jpg")
    pixels = np.round(photo.color * 255).astype(np.uint8)
    softer = np.round(convolve(photo.color, kernels.gaussian(1.5)) * 255).astype(np.uint8)
    assert change(photo, pixels) == "no measurable change"
    assert re.match(r"softer: 0\..*or the photo was sharp before$", change(photo, softer))
    told = change(replace(photo, color=to_float(softer)), pixels)
    ratio = sharpness(pixels) / sharpness(softer)
    assert told.startswith("sharper: ")
    assert float(told.split()[1]) == pytest.approx(ratio, rel=0.05)
    assert "noise or ringing?" not in told
    flat = replace(photo, color=np.full_like(photo.color, 0.5))
    assert "noise or ringing?" in change(flat, pixels)
    tiny = replace(photo, color=photo.color[:2, :2])
    assert change(tiny, pixels[:2, :2]) == "too small to tell the change"
