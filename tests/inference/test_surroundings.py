"""The mirror image around a picture: what is seen, and that it is taken away again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from restorekit.inference.surroundings import Surrounded, without
from restorekit.tasks.denoise import Denoising, denoise
from restorekit.tasks.super_resolve import SuperResolution, super_resolve
from restorekit.zoo.restorers import DeviceOptions

CPU = DeviceOptions("cpu")
RED = np.float32([220, 20, 30]) / 255


@pytest.mark.parametrize("shape", [(9, 7, 3), (1, 1, 1), (2, 30, 3)])
def test_parts_are_those_of_numpys_reflection(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).random(shape, np.float32)
    whole = np.pad(picture, ((5, 5), (5, 5), (0, 0)), mode="reflect")
    seen = Surrounded(torch.from_numpy(picture), 5)
    assert seen.shape == whole.shape
    for rows in (slice(0, 4), slice(5, 5 + shape[0]), slice(3, whole.shape[0])):
        for columns in (slice(0, whole.shape[1]), slice(5, 6), slice(2, 8)):
            assert np.array_equal(seen[rows, columns].numpy(), whole[rows, columns])


@pytest.mark.parametrize("cuts", [[], [10], [2, 3, 5, 17, 18], list(range(1, 20))])
def test_bands_lose_them_wherever_they_are_cut(cuts: list[int]) -> None:
    """Also bands that lie in them wholly, at the top and at the bottom."""
    whole = torch.rand(20, 9, 3, generator=torch.Generator().manual_seed(0))
    bands = torch.tensor_split(whole, cuts)
    kept = list(without(iter(bands), 3, 14))
    assert torch.equal(torch.cat(kept), whole[3:17, 3:6])
    assert all(len(it) for it in kept)


def test_strong_colours_reach_the_border() -> None:
    flat = np.broadcast_to(RED, (48, 60, 3)).copy()
    clean = denoise(flat, Denoising(model="restorekit-denoise", devices=CPU))
    large = super_resolve(flat, SuperResolution(model="restorekit-sr-x2", scale=2, devices=CPU))
    assert np.abs(clean - RED).max() * 255 < 3
    assert np.abs(large - RED).max() * 255 < 3
