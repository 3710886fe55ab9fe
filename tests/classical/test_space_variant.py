"""Blur that differs from place to place: the motion behind it, and what undoes it cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from noisy_pictures import psnr, result_of

from restorekit import kernels
from restorekit.catalog import Catalog
from restorekit.classical import inverse, wiener
from restorekit.classical._denser_map import denser, explaining, middles, of_kernels
from restorekit.classical._space_variant import SpaceVariant, blended, strips
from restorekit.contracts import Cells, Deblurrer, KernelMap, Pluggable, Size
from restorekit.degradations.rotation_shake import RotationShake
from restorekit.errors import UsageError
from restorekit.images.convolution import convolve
from restorekit.images.reading import read
from restorekit.kernel_estimation._measures import likeness

if TYPE_CHECKING:
    from restorekit.contracts import Image

PHOTO = read(Path(__file__).parents[2] / "photos/astronaut.jpg").color[40:220, 120:380]
SIZE = Size(*PHOTO.shape[:2])
ROLL = RotationShake(4, 4, seed=1)
NINE = Cells(3, 3)
METHODS: Catalog[Any] = Catalog("restorekit.classical", "RESTORER", "method")


def true_map(cells: Cells, shake: RotationShake = ROLL) -> KernelMap:
    places = middles(cells, SIZE) + (np.array(SIZE) - 1) / 2
    return of_kernels(cells, [shake.psf_at((row, column), SIZE) for row, column in places])


def seen(truth: Image, shake: RotationShake = ROLL) -> Image:
    noise = np.random.default_rng(0).normal(0, 1 / 255, truth.shape)
    return (np.clip(shake(truth) + noise, 0, 1) * 255).round().astype(np.float32) / 255


@pytest.mark.parametrize(("length", "count"), [(100, 3), (101, 1), (50, 7), (2, 5), (1, 3)])
def test_weights_sum_to_one_and_fade_where_a_cell_ends(length: int, count: int) -> None:
    total = np.zeros(length)
    for it in strips(length, count, reach=4):
        total[it.span.start : it.span.stop] += it.weights
        assert it.weights.min() > 0
        assert it.seen.start <= it.span.start < it.span.stop <= it.seen.stop
        assert it.seen.start >= 0
        assert it.seen.stop <= length
        assert it.own.start == it.span.start - it.seen.start
    np.testing.assert_allclose(total, 1, atol=1e-6)
    steps = [np.abs(np.diff(it.weights)).max() for it in strips(300, 3, 4)]
    assert max(steps) < 2 / 100  # a hundred pixels from one middle to the next


def test_a_map_of_one_kernel_is_that_kernel_to_the_last_bit() -> None:
    psf = kernels.line(7, 30)
    same = KernelMap(np.broadcast_to(psf, (2, 3, *psf.shape)).copy())
    photo = seen(PHOTO)
    expected = result_of(wiener.RESTORER.with_kernel(psf), photo)
    varying = SpaceVariant(wiener.RESTORER, same)
    np.testing.assert_array_equal(result_of(varying, photo), expected)
    assert varying.tiles(SIZE) == 1


def test_cells_of_one_kernel_are_blended_into_what_the_whole_would_be() -> None:
    psf = kernels.line(7, 30)
    same = KernelMap(np.broadcast_to(psf, (2, 2, *psf.shape)).copy())
    photo, method = seen(PHOTO), inverse.RESTORER.with_sigma(1.2)
    bands = list(blended(method, same, photo))
    assert [it.top for it in bands] == [0, *np.cumsum([len(it.rows) for it in bands])[:-1]]
    result = np.concatenate([it.rows for it in bands])
    away = np.abs(result - result_of(method.with_kernel(psf), photo))
    assert away.mean() * 255 < 0.3
    assert away.max() * 255 < 3


def test_a_roll_is_undone_where_one_kernel_leaves_it() -> None:
    photo = seen(PHOTO)
    single = result_of(inverse.RESTORER.with_kernel(ROLL.psf_at((89.5, 129.5), SIZE)), photo)
    varying = SpaceVariant(inverse.RESTORER, true_map(NINE))
    counted: list[tuple[int, int]] = []
    bands = list(varying.bands(photo, on_tile=lambda *it: counted.append(it)))
    result = np.concatenate([it.rows for it in bands])
    inner = np.s_[8:-8, 8:-8]
    before, alone, ours = (psnr(it[inner], PHOTO[inner]) for it in (photo, single, result))
    assert ours > max(before, alone) + 1.7
    total = varying.tiles(SIZE)
    assert counted == [(it + 1, total) for it in range(total)]


@pytest.mark.parametrize(
    "name", [it.name for it in METHODS if it.task == "deblur" and isinstance(it, Deblurrer)]
)
def test_every_method_that_takes_a_kernel_takes_a_map(name: str) -> None:
    truth = PHOTO[:64, 60:140]
    sides = [kernels.resized(kernels.gaussian(it), 13)[0] for it in (0.9, 1.6)]
    share = strips(80, 2, 0)[1].weights[None, :, None]
    left, right = (convolve(truth, it) for it in sides)
    photo = left.copy()
    photo[:, -share.shape[1] :] += share * (right - left)[:, -share.shape[1] :]
    photo = (photo.clip(0, 1) * 255).round().astype(np.float32) / 255
    method = METHODS[name]
    if isinstance(method, Pluggable):
        method = method.with_denoiser(METHODS["wavelet"])
    result = result_of(SpaceVariant(method, of_kernels(Cells(1, 2), sides)), photo)
    assert psnr(result, truth) > psnr(photo, truth) + 1


def test_a_motion_is_found_from_nine_kernels_and_tells_all_others() -> None:
    few = true_map(NINE).psfs.reshape(9, *true_map(NINE).psfs.shape[2:])
    shifted = np.stack(
        [
            np.roll(it, (i % 3 - 1, 0), (0, 1))
            for i, it in enumerate(np.pad(few, ((0, 0), (1, 1), (1, 1))))
        ]
    )  # each is known up to a shift
    motion = explaining(shifted, middles(NINE, SIZE))
    assert motion is not None
    assert motion.explained > 0.9
    assert motion.shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(motion.shares @ motion.poses, 0, atol=1e-12)
    for place in middles(Cells(2, 5), SIZE) * 1.1:
        row, column = place + (np.array(SIZE) - 1) / 2
        assert likeness(motion.psf_at(place), ROLL.psf_at((row, column), SIZE)) > 0.93


def test_what_no_camera_does_is_blended_between_the_cells() -> None:
    disks = of_kernels(Cells(1, 2), [kernels.disk(1.5), kernels.disk(4)])
    assert explaining(disks.psfs[0], middles(Cells(1, 2), SIZE)) is None
    dense = denser(disks, SIZE)
    assert dense.cells.columns > 2
    assert dense.cells.rows > 1
    np.testing.assert_allclose(dense.psfs.sum((2, 3)), 1)
    np.testing.assert_allclose(dense.psfs[0, 0], disks.psfs[0, 0], atol=1e-12)
    np.testing.assert_allclose(dense.psfs[-1, -1], disks.psfs[0, 1], atol=1e-12)
    assert (np.diff(dense.psfs[0, :, 4, 4]) <= 1e-12).all()  # from small to large, step by step


def test_larger_kernels_than_photos_are_refused_and_small_photos_taken() -> None:
    varying = SpaceVariant(inverse.RESTORER, true_map(NINE))
    with pytest.raises(UsageError, match="larger than the result"):
        list(varying.bands(PHOTO[:3, :3]))
    points = of_kernels(Cells(1, 9), [kernels.delta(), *[kernels.disk(0.6)] * 8])
    small = SpaceVariant(inverse.RESTORER, points)
    assert result_of(small, PHOTO[:7, :8]).shape == (7, 8, 3)
