"""NAFNet's means over windows: numbers that the authors' own code made, and windows by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from waves import waves, wavy_picture

from restorekit.architectures.nafnet import WINDOW, NAFNet, build, window_means

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "channels": 3,
    "features": 4,
    "encoders": (1, 2),
    "middle": 1,
    "decoders": (1, 1),
}


def small(window: int) -> NAFNet:
    module = NAFNet(**SMALL, window=window).double().eval()
    module.load_state_dict(waves(module.state_dict()))
    return module


@pytest.mark.parametrize(
    ("size", "spread", "pixel", "last_row"),
    [
        (
            (24, 24),
            0.197453253898886,
            [-0.03961132, 0.29284322, -0.17520115],
            [-0.17262959, -0.14151988, -0.17239890],
        ),
        (
            (32, 48),
            0.19538095134556616,
            [-0.01750717, 0.32384488, -0.14428335],
            [-0.19276024, -0.12946541, -0.23641601],
        ),
    ],
)
@torch.no_grad()
def test_what_the_authors_code_makes(
    size: tuple[int, int], spread: float, pixel: Sequence[float], last_row: Sequence[float]
) -> None:
    """By ``NAFNetLocal`` of megvii-research/NAFNet in float64, trained on 16: windows of 24."""
    x = wavy_picture(3, *size)
    added = small(24)(x) - x
    assert added.std().item() == pytest.approx(spread, rel=1e-9)
    assert added[0, :, 3, 5].tolist() == pytest.approx(pixel, abs=1e-7)
    assert added[0, -1, -1, [0, 7, -1]].tolist() == pytest.approx(last_row, abs=1e-7)


@pytest.mark.parametrize("window", [1, 3, 4, 7])
@pytest.mark.parametrize("size", [(7, 9), (12, 5), (3, 11)])
def test_windows_by_hand(window: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    wanted = torch.empty_like(x)
    for row in range(size[0]):
        for column in range(size[1]):
            ends: list[slice] = []
            for at, length in zip((row, column), size, strict=True):
                side = min(window, length)
                start = min(max(at - (side - 1) // 2, 0), length - side)
                ends.append(slice(start, start + side))
            wanted[..., row, column] = x[:, :, ends[0], ends[1]].mean((2, 3))
    torch.testing.assert_close(window_means(x, window).expand_as(x), wanted)


@torch.no_grad()
def test_a_picture_of_the_windows_size_is_pooled_as_a_whole() -> None:
    x = wavy_picture(3, 24, 16)
    local, whole = small(24), small(1000)
    assert torch.equal(local(x), whole(x))
    larger = wavy_picture(3, 28, 16)
    assert (local(larger) - whole(larger)).abs().max() > 1e-6


@torch.no_grad()
def test_training_looks_at_the_whole() -> None:
    x = wavy_picture(3, 40, 40)
    module = small(24)
    assert torch.equal(module.train()(x), small(1000)(x))
    assert not torch.equal(module.eval()(x), small(1000)(x))


def test_running_sums_of_a_large_picture_keep_their_digits() -> None:
    torch.manual_seed(0)
    x = 100 + torch.randn(1, 1, 700, 900)
    exact = window_means(x.double(), 384)
    assert (window_means(x, 384) - exact).abs().max() < 2e-4
    half = window_means(x.bfloat16(), 384)
    assert half.dtype == torch.bfloat16


def test_windows_are_those_of_the_published_figures() -> None:
    network = build(NAFNet(**SMALL).state_dict())
    pools = [it.window for it in network.module.modules() if hasattr(it, "window")]
    assert pools == [384, 192, 192, 96, 192, 384]
    # A tile that a CPU runs by itself is pooled as in training.
    assert network.tile <= WINDOW
