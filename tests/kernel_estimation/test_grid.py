"""A kernel for each cell of a photo, and what those cells take that tell none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit import kernels
from restorekit.classical import inverse
from restorekit.classical._denser_map import middles
from restorekit.classical._space_variant import SpaceVariant
from restorekit.contracts import Cells, Gridded, KernelEstimate, Size
from restorekit.degradations.rotation_shake import RotationShake
from restorekit.errors import UsageError
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.kernel_estimation._blind import BlindDeconvolution
from restorekit.kernel_estimation._grid import check_grid, estimate_map, filled, windows
from restorekit.kernel_estimation._measures import likeness, map_words

if TYPE_CHECKING:
    from restorekit.contracts import BlurKind, Image, OnTile

SIZE, NINE = Size(600, 900), Cells(3, 3)


@dataclass(frozen=True)
class Told:
    """Finds the radius of a disk in the brightness of a part; the dark tell nothing."""

    name: str = "told"
    title: str = "a disk as wide as the part is bright"
    kind: BlurKind = "motion"

    def estimate(self, image: Image, *, on_tile: OnTile | None = None) -> KernelEstimate:
        bright = float(np.median(image))
        psf = np.pad(kernels.disk(round(10 * bright)), ((0, 2), (0, 2)))
        return KernelEstimate(psf, bright, reliable=bright > 0.1)


def photo(*levels: float) -> Image:
    return np.repeat(np.array(levels, np.float32), 300)[None, :, None].repeat(300, 0)


def test_cells_are_looked_at_with_enough_around_them() -> None:
    found = list(windows(Size(200, 900), Cells(2, 3)))
    assert len(found) == 6
    assert all(it[0] == slice(0, 200) for it in found)
    assert [it[1] for it in found[:3]] == [slice(0, 300), slice(300, 600), slice(600, 900)]
    small = [it[1] for it in windows(Size(400, 400), Cells(1, 3))]
    assert small == [slice(0, 256), slice(71, 327), slice(144, 400)]


def test_each_cell_has_its_own_kernel_with_its_mass_in_the_middle() -> None:
    counted: list[tuple[int, int]] = []
    found = estimate_map(
        Told(), photo(0.3, 0.6, 0.9), Cells(1, 3), on_tile=lambda *it: counted.append(it)
    )
    assert counted == [(1, 3), (2, 3), (3, 3)]
    assert found.reliable.all()
    for psf, radius in zip(found.kernels.psfs[0], (3, 6, 9), strict=True):
        np.testing.assert_allclose(
            psf, kernels.resized(kernels.disk(radius), len(psf))[0], atol=1e-12
        )
    first, second = map_words(found)
    assert "blur over" in first
    assert "3 of 1x3 cells reliable" in first
    assert second.endswith("0.30 0.60 0.90")


def test_a_cell_without_a_kernel_takes_that_of_those_around_it() -> None:
    found = estimate_map(Told(), photo(0.2, 0.0, 0.2, 0.9), Cells(1, 4))
    assert found.reliable.tolist() == [[True, False, True, True]]
    psfs = found.kernels.psfs[0]
    # Distances of 1, 1 and 2 cells: weights of 1, 1 and a quarter.
    np.testing.assert_allclose(psfs[1], (psfs[0] + psfs[2] + psfs[3] / 4) / 2.25, atol=1e-12)
    assert "3 of 1x4 cells reliable, the others as those around them" in map_words(found)[0]
    assert "(0.00)" in map_words(found)[1]


def test_a_motion_tells_the_cells_that_tell_nothing() -> None:
    shake = RotationShake(1.5, 4, seed=1)
    places = middles(NINE, SIZE)
    truth = [shake.psf_at(tuple(it + (np.array(SIZE) - 1) / 2), SIZE) for it in places]
    reliable = np.array([1, 1, 0, 1, 1, 1, 0, 1, 1], bool)
    wrong = [it if good else kernels.line(9) for it, good in zip(truth, reliable, strict=True)]
    made = filled(wrong, reliable, places)
    for number in (2, 6):
        assert likeness(made[number], truth[number]) > 0.93 > likeness(wrong[number], truth[number])


def test_where_no_cell_tells_a_kernel_all_have_that_of_the_whole() -> None:
    found = estimate_map(Told(), photo(0, 0), Cells(1, 2))
    assert not found.usable
    assert "0 of 1x2 cells reliable: all as the whole photo, not reliable either" in " ".join(
        map_words(found)
    )
    restorer, told = BlindDeconvolution(Told()).with_grid(Cells(1, 2)).prepared(photo(0, 0))
    assert told.endswith("the photo left as it was")
    assert restorer.name == "tv-l2"


def test_a_grid_is_found_and_undone() -> None:
    blind = BlindDeconvolution(Told(), undo=inverse.RESTORER)
    assert isinstance(blind, Gridded)
    restorer, told = blind.with_grid(Cells(1, 2)).prepared(photo(0.4, 0.8))
    assert isinstance(restorer, SpaceVariant)
    assert restorer.kernels.cells == (1, 2)
    assert "2 of 1x2 cells reliable" in told
    soft = photo(0.4, 0.8) / 8  # disks of radius 0 and 1
    assert "left as it was" in BlindDeconvolution(Told()).with_grid(Cells(1, 2)).prepared(soft)[1]


@pytest.mark.parametrize(
    ("cells", "method", "words"),
    [
        (Cells(0, 3), "consensus", "--grid: expected 1x1 to 9x9, rows by columns, got 0x3"),
        (Cells(2, 10), "defocus", "got 2x10"),
        (Cells(3, 3), "kernelgan", "kernelgan finds one kernel"),
    ],
)
def test_a_grid_that_cannot_be_meant(cells: Cells, method: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_grid(cells, ESTIMATORS[method])
