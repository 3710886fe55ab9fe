"""BM3D: each step by hand, then what it does to noisy photos."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from restorekit.classical import _bm3d_steps, _filter, bm3d
from restorekit.classical._bm3d_collaboration import (
    Step,
    collaborate,
    hard_threshold,
    wiener,
)
from restorekit.classical._bm3d_matching import BLOCK, Search, groups
from restorekit.classical._bm3d_transforms import bior15, dct, haar, kaiser
from restorekit.images.reading import read
from restorekit.metrics.psnr import psnr

if TYPE_CHECKING:
    from restorekit.contracts import Image

pytestmark = pytest.mark.usefixtures("one_thread")

PHOTOS = Path(__file__).parents[2] / "photos"
HALF = math.sqrt(0.5)


def crop(name: str, top: int, left: int, side: int = 96) -> Image:
    """A part of a photo at half its size, where its own grain is gone."""
    part = read(PHOTOS / name).color[top : top + 2 * side, left : left + 2 * side]
    return part.reshape(side, 2, side, 2, 3).mean((1, 3), dtype=np.float32)


def noisy(clean: Image, sigma: float) -> Image:
    noise = np.random.default_rng(0).normal(0, sigma, clean.shape)
    return (clean + noise).astype(np.float32)


# The bases and the window.


def test_haar_by_hand() -> None:
    expected = [
        [0.5, 0.5, 0.5, 0.5],
        [0.5, 0.5, -0.5, -0.5],
        [HALF, -HALF, 0, 0],
        [0, 0, HALF, -HALF],
    ]
    np.testing.assert_allclose(haar(4), expected, atol=1e-7)
    assert haar(1) == 1


@pytest.mark.parametrize("length", [1, 2, 8, 32])
def test_haar_is_orthonormal(length: int) -> None:
    np.testing.assert_allclose(haar(length) @ haar(length).T, torch.eye(length), atol=1e-6)


def test_dct_is_that_of_scipy() -> None:
    from scipy import fft

    for length in (8, 11):
        expected = np.asarray(fft.dct(np.eye(length), axis=0, norm="ortho"))
        np.testing.assert_allclose(dct(length), expected, atol=1e-6)


def test_bior15_of_two_is_haar_and_of_eight_the_wavelet() -> None:
    np.testing.assert_allclose(bior15(2), haar(2), atol=1e-6)
    basis = bior15(8).double().numpy()
    np.testing.assert_allclose(np.linalg.norm(basis, axis=1), 1, atol=1e-6)
    # The mean comes first; every detail of a constant line is zero.
    np.testing.assert_allclose(basis @ np.ones(8), [math.sqrt(8), *[0] * 7], atol=1e-6)
    # The finest details are Haar's; the synthesis low-pass is a box, so that any pair's part of
    # the way back from the coarser coefficients is constant over the pair.
    np.testing.assert_allclose(basis[4, :2], [HALF, -HALF], atol=1e-6)
    pairs = np.linalg.inv(basis)[:, :4].reshape(4, 2, 4)
    np.testing.assert_allclose(pairs[:, 0], pairs[:, 1], atol=1e-6)


def test_bior15_of_eight_by_hand() -> None:
    # The low-pass, wrapped around eight samples, is (128, 128, 22, -22, 0, 0, -22, 22) and its
    # shifts by two; wrapped around four it is Haar's.
    basis = bior15(8).double().numpy()
    fine = np.array([150, 106, -106, -150, -22, 22, -22, 22])
    coarse = np.array([84, 172, 172, 84, -84, -172, -172, -84])
    np.testing.assert_allclose(basis[2], fine / np.linalg.norm(fine), atol=1e-6)
    np.testing.assert_allclose(basis[3], np.roll(basis[2], 4), atol=1e-6)
    np.testing.assert_allclose(basis[1], coarse / np.linalg.norm(coarse), atol=1e-6)


def test_kaiser_by_hand() -> None:
    def bessel(x: float) -> float:
        return sum((x / 2) ** (2 * k) / math.factorial(k) ** 2 for k in range(20))

    line = [bessel(2 * math.sqrt(1 - (2 * i / 7 - 1) ** 2)) / bessel(2) for i in range(8)]
    window = kaiser(8, 2.0).reshape(8, 8)
    np.testing.assert_allclose(window, np.outer(line, line), atol=1e-6)
    assert window[0, 0] == pytest.approx(1 / 2.2795853**2, abs=1e-6)


# Groups.


def test_groups_are_the_nearest_patches_of_the_window() -> None:
    search = Search(step=2, reach=3, size=8, threshold=0.25)
    rows, columns = search.window + search.pitch, search.window
    patches = torch.rand(5, rows, columns, generator=torch.Generator().manual_seed(1))
    inside = torch.zeros(rows, columns, dtype=torch.bool)
    inside[3:31, 3:15] = True
    found = {
        int(m[0]): m.tolist() for members in groups(patches, inside, search) for m in members.T
    }
    table = patches.flatten(1).T.double().numpy()
    usable = inside.flatten().numpy()
    numbers = np.arange(rows * columns).reshape(rows, columns)
    references = [numbers[i, j] for i in range(3, 31, 2) for j in range(3, 15, 2)]
    assert sorted(found) == references
    sizes = set()
    for reference in references:
        i, j = divmod(reference, columns)
        near = numbers[i - 3 : i + 4, j - 3 : j + 4].flatten()
        near = near[usable[near]]
        distances = np.square(table[near] - table[reference]).sum(1)
        near = near[np.argsort(distances)][: np.count_nonzero(distances <= 0.25)][:8]
        size = 2 ** int(math.log2(len(near)))
        assert found[reference] == near[:size].tolist()
        sizes.add(size)
    assert sizes == {1, 2, 4, 8}


def test_a_patch_is_always_in_its_own_group() -> None:
    search = Search(step=3, reach=4, size=4, threshold=0.1)
    flat = torch.full((6, search.window, search.window), 0.3)
    inside = torch.zeros(search.window, search.window, dtype=torch.bool)
    inside[4:-4, 4:-4] = True
    (members,) = groups(flat, inside, search)
    assert members.shape == (4, BLOCK**2)
    firsts = [(4 + 3 * i) * search.window + 4 + 3 * j for i in range(8) for j in range(8)]
    assert members[0].tolist() == firsts


# Shrinking and putting back.


def test_hard_threshold_by_hand() -> None:
    stack = torch.tensor([[[3.0, -0.5]], [[-2.1, 1.9]]])  # (2 patches, 1 group, 2 coefficients)
    shrunk, weights = hard_threshold(stack, stack, 1.0, factor=2.0)
    assert shrunk.tolist() == [[[3.0, 0.0]], [[pytest.approx(-2.1), 0.0]]]
    assert weights.tolist() == [0.5]
    _, weights = hard_threshold(stack, stack, 9.0, factor=2.0)
    assert weights.tolist() == [1.0]


def test_wiener_by_hand() -> None:
    noisy, guide = torch.tensor([[[10.0, 10.0]]]), torch.tensor([[[1.0, 3.0]]])
    shrunk, weights = wiener(noisy, guide, 1.0)
    assert shrunk[0, 0].tolist() == pytest.approx([5.0, 9.0])
    assert weights.tolist() == pytest.approx([1 / (0.5**2 + 0.9**2)])


def test_a_single_patch_is_what_the_formulas_say() -> None:
    clean = crop("chelsea.jpg", 40, 60)[:8, :8, :1]
    sigma = 0.1
    y = noisy(clean, sigma)
    wavelets = np.kron(bior15(8), bior15(8)).astype(np.float64)
    spectrum = wavelets @ y.ravel()
    basic = np.linalg.solve(wavelets, spectrum * (np.abs(spectrum) > 2.7 * sigma))
    cosines = np.kron(dct(8), dct(8)).astype(np.float64)
    power = np.square(cosines @ basic)
    expected = cosines.T @ (power / (power + sigma**2) * (cosines @ y.ravel()))
    result = bm3d.bm3d(y, sigma)
    np.testing.assert_allclose(result[:, :, 0], expected.reshape(8, 8), atol=1e-5)
    assert np.abs(result - y).max() > 0.05


def test_overlapping_estimates_are_weighted_by_kept_coefficients_and_window() -> None:
    picture = torch.rand(1, 8, 9, generator=torch.Generator().manual_seed(5))
    alone = Search(step=1, reach=0, size=1, threshold=0.0)
    estimate = collaborate(picture, None, 0.2, Step(8, alone, dct, _threshold_at_two))
    basis, window = np.kron(dct(8), dct(8)), kaiser(8, 2.0).reshape(8, 8).numpy()
    values, weights = np.zeros((8, 9)), np.zeros((8, 9))
    kept_by = set()
    for left in (0, 1):
        spectrum = basis @ picture[0, :, left : left + 8].numpy().ravel()
        kept = np.abs(spectrum) > 0.4
        kept_by.add(int(kept.sum()))
        restored = (basis.T @ (spectrum * kept)).reshape(8, 8)
        values[:, left : left + 8] += window / kept.sum() * restored
        weights[:, left : left + 8] += window / kept.sum()
    assert len(kept_by) == 2
    np.testing.assert_allclose(estimate[0], values / weights, atol=1e-5)


def _threshold_at_two(
    stack: torch.Tensor, guide: torch.Tensor, deviation: float
) -> tuple[torch.Tensor, torch.Tensor]:
    return hard_threshold(stack, guide, deviation, factor=2.0)


def _weigh_only(
    stack: torch.Tensor, guide: torch.Tensor, deviation: float
) -> tuple[torch.Tensor, torch.Tensor]:
    return stack, guide[0, :, 0].abs() + 0.1


@pytest.mark.parametrize(
    "step", [_bm3d_steps.BASIC, _bm3d_steps.BASIC_IN_STRONG_NOISE, _bm3d_steps.FINAL]
)
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (8, 8), (65, 40), (31, 130)])
def test_nothing_shrunk_is_the_picture_itself(
    size: tuple[int, int], step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In strips of one row of blocks, with weights of groups that differ.
    monkeypatch.setattr("restorekit.classical._bm3d_collaboration.TABLE", 1)
    picture = torch.rand(2, *size, generator=torch.Generator().manual_seed(3))
    estimate = collaborate(picture, None, 0.0, step._replace(shrink=_weigh_only))
    torch.testing.assert_close(estimate, picture, atol=1e-5, rtol=0)


def test_strips_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    y = noisy(crop("coffee.jpg", 60, 100), 0.1)
    whole = bm3d.bm3d(y, 0.1)
    monkeypatch.setattr("restorekit.classical._bm3d_collaboration.TABLE", 1)
    difference = np.abs(bm3d.bm3d(y, 0.1) - whole)
    # Sums in another order: here and there a coefficient falls on the other side of the threshold.
    assert np.median(difference) < 1e-6
    assert difference.max() < 1 / 255


# Photos.


def _transposed(image: Image) -> Image:
    return image.transpose(1, 0, 2)


@pytest.mark.parametrize(
    ("name", "channels", "sigma", "floor"),
    [
        ("astronaut.jpg", 1, 10, 4.9),
        ("astronaut.jpg", 1, 25, 7.3),
        ("astronaut.jpg", 1, 50, 9.1),
        ("astronaut.jpg", 3, 10, 7.0),
        ("astronaut.jpg", 3, 25, 9.7),
        ("astronaut.jpg", 3, 50, 11.4),
        ("chelsea.jpg", 1, 10, 4.0),
        ("chelsea.jpg", 1, 25, 8.0),
        ("chelsea.jpg", 1, 50, 11.1),
        ("chelsea.jpg", 3, 10, 5.9),
        ("chelsea.jpg", 3, 25, 9.1),
        ("chelsea.jpg", 3, 50, 11.7),
    ],
)
def test_gain_in_decibels(name: str, channels: int, sigma: int, floor: float) -> None:
    clean = crop(name, *((40, 150) if name == "astronaut.jpg" else (60, 100)))
    clean = clean if channels == 3 else clean.mean(2, keepdims=True)
    y = noisy(clean, sigma / 255)
    restored = bm3d.bm3d(y, sigma / 255)
    assert (restored.shape, restored.dtype) == (clean.shape, np.float32)
    assert psnr(restored, clean) - psnr(y, clean) > floor


@pytest.mark.parametrize("channels", [1, 3])
def test_sigma_0_changes_nothing(channels: int) -> None:
    image = crop("coffee.jpg", 0, 0, 20)[:, :, :channels]
    result = bm3d.bm3d(image, 0)
    np.testing.assert_array_equal(result, image)
    assert not np.shares_memory(result, image)


@pytest.mark.parametrize("sigma", [5 / 255, 60 / 255])
@pytest.mark.parametrize("colour", [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.1, 0.9, 0.3)])
def test_a_constant_picture_stays_constant(
    colour: tuple[float, float, float], sigma: float
) -> None:
    image = np.full((40, 33, 3), colour, np.float32)
    # Wiener's gain takes from the mean of a stack too, the more the darker the picture.
    assert np.abs(bm3d.bm3d(image, sigma) - image).max() < 3e-4


@pytest.mark.parametrize("sigma", [20 / 255, 80 / 255])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (1, 50), (8, 8), (9, 12)])
def test_tiny_pictures(size: tuple[int, int], channels: int, sigma: float) -> None:
    clean = np.full((*size, channels), (0.3, 0.5, 0.8)[:channels], np.float32)
    y = noisy(clean, sigma)
    result = bm3d.bm3d(y, sigma)
    assert result.shape == clean.shape
    assert np.square(result - clean).mean() <= np.square(y - clean).mean() + 1e-6


def test_the_same_every_time_and_the_input_unchanged() -> None:
    y = noisy(crop("coffee.jpg", 60, 100, 64), 0.1)
    before = y.copy()
    first = bm3d.bm3d(y, 0.1)
    np.testing.assert_array_equal(bm3d.bm3d(y, 0.1), first)
    np.testing.assert_array_equal(y, before)


def test_grey_in_three_channels_is_grey() -> None:
    y = noisy(crop("coffee.jpg", 60, 100, 40)[:, :, :1], 0.1)
    result = bm3d.bm3d(np.repeat(y, 3, axis=2), 0.1)
    np.testing.assert_array_equal(result, np.repeat(bm3d.bm3d(y, 0.1), 3, axis=2))


def test_turned_or_mirrored_pictures_are_restored_alike() -> None:
    y = noisy(crop("coffee.jpg", 60, 100, 64), 0.1)
    expected = bm3d.bm3d(y, 0.1)
    # The patches of reference are not the same ones, but what they see is.
    for turn in (np.flipud, np.fliplr, _transposed):
        result = turn(bm3d.bm3d(np.ascontiguousarray(turn(y)), 0.1))
        assert psnr(np.clip(result, 0, 1), np.clip(expected, 0, 1)) > 38


@pytest.mark.parametrize("sigma", [25.0, 60.0])
def test_tiles_cost_nothing_and_do_not_show(sigma: float, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = crop("astronaut.jpg", 40, 150, 132)
    y = np.clip(noisy(clean, sigma / 255), 0, 1)
    method = bm3d.RESTORER.with_sigma(sigma)
    (band,) = method.bands(y)
    whole = band.rows.astype(np.float32)
    # Tiles of 66 with a border of 40: what the last ones see would begin at 26, on the grid of no
    # step; from 24 on their references are those of the whole.
    monkeypatch.setattr(_filter, "TILE", 66)
    tiled = np.concatenate([band.rows for band in method.bands(y)]).astype(np.float32)
    assert 70 < psnr(tiled, whole) < math.inf
    assert np.abs(tiled - whole).max() < 2 / 255
    assert psnr(tiled, clean) > psnr(whole, clean) - 0.01
