"""Parts of a network that run block by block make what they make of the whole."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.architectures import rrdbnet
from restorekit.architectures._blocks import double, in_blocks
from restorekit.architectures.rrdbnet import RRDBNet

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = ((9, 9), (16, 40), (33, 17), (50, 61))


class Counted:
    """Convolutions with a count of the blocks that they saw."""

    def __init__(self, scale: int) -> None:
        torch.manual_seed(1)
        self.scale, self.calls = scale, 0
        self.first, self.last = nn.Conv2d(3, 5, 3, padding=1), nn.Conv2d(5, 2, 5, padding=2)

    def __call__(self, x: Tensor) -> Tensor:
        self.calls += 1
        x = F.relu(self.first(x))
        return self.last(F.interpolate(x, scale_factor=float(self.scale), mode="nearest"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [1, 2, 4])
@torch.no_grad()
def test_blocks_are_the_whole(size: tuple[int, int], scale: int) -> None:
    part = Counted(scale)
    x = torch.rand(2, 3, *size)
    whole = part(x)
    part.calls = 0
    made = in_blocks(part, x, side=13, reach=3, scale=scale)
    assert part.calls == -(-size[0] // 13) * -(-size[1] // 13)
    assert made.shape == (2, 2, size[0] * scale, size[1] * scale)
    assert (made - whole).abs().max() < 1e-5


@torch.no_grad()
def test_too_short_a_reach_shows() -> None:
    part = Counted(1)
    x = torch.rand(1, 3, 40, 40)
    assert (in_blocks(part, x, side=13, reach=2) - part(x)).abs().max() > 1e-4


def test_training_runs_in_one_piece() -> None:
    part = Counted(1)
    x = torch.rand(1, 3, 40, 40, requires_grad=True)
    in_blocks(part, x, side=13, reach=3).sum().backward()
    assert part.calls == 1
    assert x.grad is not None
    assert x.grad.abs().min() > 0


@pytest.mark.parametrize(("unshuffle", "upsamplings"), [(1, 2), (1, 1), (2, 2)])
@torch.no_grad()
def test_rrdbnet_in_blocks_is_the_whole(
    monkeypatch: pytest.MonkeyPatch, unshuffle: int, upsamplings: int
) -> None:
    torch.manual_seed(2)
    net = RRDBNet(
        channels=3,
        features=8,
        growth=4,
        blocks=1,
        unshuffle=unshuffle,
        upsamplings=upsamplings,
    ).double()  # so that a reach that is one pixel short shows, however little such a pixel counts
    x = torch.rand(1, 3, 46, 38, dtype=torch.double)
    monkeypatch.setattr(rrdbnet, "DENSE_SIDE", 10**6)
    monkeypatch.setattr(rrdbnet, "UPSAMPLE_SIDE", 10**6)
    whole = net(x)
    monkeypatch.setattr(rrdbnet, "DENSE_SIDE", 19)
    monkeypatch.setattr(rrdbnet, "UPSAMPLE_SIDE", 11)
    assert (net(x) - whole).abs().max() < 1e-13
    assert whole.std() > 1e-3


@torch.no_grad()
def test_rrdbnet_at_its_own_sides() -> None:
    torch.manual_seed(3)
    net = RRDBNet(channels=1, features=4, growth=2, blocks=1, unshuffle=1, upsamplings=2)
    x = torch.rand(1, 1, rrdbnet.DENSE_SIDE + 9, 31)
    with torch.enable_grad():  # in one piece
        whole = net(x).detach()
    assert (net(x) - whole).abs().max() < 1e-5


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(1, 3, 5, 7), (2, 1, 1, 1), (3, 8, 16, 2)])
def test_double_repeats_each_pixel(
    shape: tuple[int, ...], dtype: torch.dtype, layout: torch.memory_format
) -> None:
    torch.manual_seed(4)
    x = torch.rand(shape).to(dtype).contiguous(memory_format=layout)
    assert torch.equal(double(x), F.interpolate(x, scale_factor=2.0, mode="nearest"))
