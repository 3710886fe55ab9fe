"""High-to-Low: its size, what it sees, photos of any size and in tiles, and who may open it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from small_degrader import small_degrader, write_degrader

from restorekit.architectures import _high_to_low
from restorekit.architectures._high_to_low import HighToLow, build, degraded
from restorekit.errors import CheckpointError, UsageError
from restorekit.zoo.load import open_network

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_thread")


def photo(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).random((height, width, channels), np.float32)


def run(image: np.ndarray, channels: int = 3, seed: int = 7) -> np.ndarray:
    return degraded(small_degrader(channels), image, np.random.default_rng(seed))


def block(taken: int, given: int) -> int:
    around = 0 if taken == given else (taken + 1) * given
    return 2 * taken + 9 * taken * given + 2 * given + 9 * given**2 + around


def test_its_weights_are_those_of_twelve_blocks() -> None:
    with torch.device("meta"):
        module = HighToLow(channels=3, features=(96, 128, 256, 512))
    widths = [96, 96, 96, 128, 128, 256, 256, 512, 512]
    down = sum(block(*pair) for pair in pairwise(widths))
    up = 2 * block(128, 128) + 2 * block(32, 32)
    ends = 9 * 4 * 96 + 2 * 32 + (9 * 32 + 1) * 3
    assert sum(it.numel() for it in module.parameters()) == down + up + ends == 12_023_139


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (3, 9), (16, 16), (33, 70)])
def test_photos_of_any_size(size: tuple[int, int], channels: int) -> None:
    for kind in (1, 3):
        result = run(photo(*size, channels), kind)
        assert result.shape == (max(1, size[0] // 4), max(1, size[1] // 4), channels)
        assert result.dtype == np.float32
        assert 0 <= result.min() <= result.max() <= 1


def test_noise_is_seen_and_replayed() -> None:
    image = photo(64, 64)
    first = run(image, seed=1)
    np.testing.assert_array_equal(run(image, seed=1), first)
    assert np.abs(run(image, seed=2) - first).mean() > 0.001
    assert np.abs(run(1 - image, seed=1) - first).mean() > 0.001


def test_tiled_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    image = photo(16 * 23, 16 * 31 + 5)
    whole = run(image)
    assert whole.std() > 0.05
    for tile in (17, 24):
        monkeypatch.setattr(_high_to_low, "TILE", tile)
        np.testing.assert_allclose(run(image), whole, rtol=0, atol=2e-6)


def test_what_it_sees_lies_within_its_reach() -> None:
    module = small_degrader().double()
    middle = _high_to_low.REACH + 1
    side = 16 * (2 * middle + 1)
    x = torch.rand(1, 4, side, side, dtype=torch.double, requires_grad=True)
    cell = slice(4 * middle, 4 * middle + 4)
    (seen,) = torch.autograd.grad(module(x)[..., cell, cell].sum(), x)
    rows, columns = (seen.abs().sum((0, 1)) > 0).nonzero(as_tuple=True)
    for axis in (rows, columns):
        before, behind = 16 * middle - int(axis.min()), int(axis.max()) - (16 * middle + 15)
        # 125 pixels by hand: 5, 2 * 4, 4 * 4 and 8 * 4 on the way down, 32, 16 and 4 on that up
        # and 12 that the grid of 16 adds.
        assert 16 * (_high_to_low.REACH - 1) < max(before, behind) <= 16 * _high_to_low.REACH


def test_it_is_read_from_its_tensors() -> None:
    module = small_degrader(1)
    again = build(module.state_dict(), "mine")
    x = torch.rand(1, 2, 32, 48)
    assert torch.equal(again(x), module(x))
    assert not again.training


def test_other_tensors_are_refused() -> None:
    state = small_degrader().state_dict()
    with pytest.raises(CheckpointError, match=r"mine holds no network that degrades.*hllhgan"):
        build({"weight": torch.zeros(3)}, "mine")
    with pytest.raises(CheckpointError, match="no High-to-Low network: extra"):
        build({**state, "extra": torch.zeros(3)}, "mine")
    with pytest.raises(UsageError, match="last a multiple of 16"):
        HighToLow(channels=3, features=(4, 4, 4, 8))


def test_it_restores_nothing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no network that is known"):
        open_network(write_degrader(tmp_path / "degrader.safetensors"))
