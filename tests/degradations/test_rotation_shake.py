"""A hand that rolls the camera: each place of a photo has a kernel of its own."""

from __future__ import annotations

import numpy as np
import pytest

from restorekit import kernels
from restorekit.contracts import Size
from restorekit.degradations.rotation_shake import RotationShake
from restorekit.kernel_estimation._measures import likeness, spread

SIZE = Size(121, 161)


@pytest.mark.parametrize("place", [(60, 80), (20, 25), (100, 40), (60, 140)])
def test_a_point_becomes_the_kernel_of_its_place(place: tuple[int, int]) -> None:
    point = np.zeros((*SIZE, 1), np.float32)
    point[place] = 1
    shake = RotationShake(6, 6, seed=3)
    psf, _ = kernels.resized(shake.psf_at(place, SIZE), 39)
    seen = np.pad(shake(point)[:, :, 0], 19)[place[0] : place[0] + 39, place[1] : place[1] + 39]
    assert seen.sum() == pytest.approx(1, abs=2e-3)
    assert likeness(psf, seen.astype(np.float64)) > 0.97
    middles = [np.tensordot(it, np.indices(it.shape), ((0, 1), (1, 2))) for it in (psf, seen)]
    np.testing.assert_allclose(middles[0], 19, atol=0.1)  # the picture stays where it is
    np.testing.assert_allclose(middles[1], middles[0], atol=0.1)


def test_a_roll_blurs_across_the_way_to_its_place() -> None:
    shake = RotationShake(5, anxiety=0, seed=1)
    assert len(shake.psf_at((60, 80), SIZE)) == 1
    right, below = (spread(shake.psf_at(it, SIZE)) for it in ((60, 160), (120, 80)))
    assert right.length == pytest.approx(80 * np.radians(5), rel=0.05)
    assert right.angle == pytest.approx(90, abs=2)
    assert below.length == pytest.approx(60 * np.radians(5), rel=0.1)
    assert min(below.angle, 180 - below.angle) < 2


def test_it_turns_about_the_place_that_it_is_told() -> None:
    shake = RotationShake(4, right=0.25, down=-0.5, seed=2)
    assert len(shake.psf_at((60 - 60.5, 80 + 40.25), SIZE)) == 1
    assert len(shake.psf_at((60, 80), SIZE)) > 3
