"""LP-KPN: its size, its pyramid, kernels that do nothing, and what training sees first."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from restorekit.architectures.lp_kpn import (
    ARCHITECTURE,
    LPKPN,
    doubled,
    filtered,
    halved,
    pyramid,
    rebuilt,
    untrained,
)

pytestmark = pytest.mark.usefixtures("one_thread")


def small() -> LPKPN:
    torch.manual_seed(0)
    return LPKPN(features=16, blocks=1, side=5)


def test_the_size_of_the_authors_program() -> None:
    """34 convolutions and three branches of three, 64 wide, as the Caffe model lists them."""
    with torch.device("meta"):
        module = LPKPN(features=64, blocks=16, side=5)
    body = 9 * (16 * 64 + 33 * 64 * 64) + 34 * 64
    branches = 9 * ((4 + 16 + 64) * 64 + 3 * (64 * 64 + 64 * 25)) + 3 * (2 * 64 + 25)
    assert sum(it.numel() for it in module.parameters()) == body + branches == 1_430_539


def test_the_levels_add_up_to_the_picture() -> None:
    torch.manual_seed(1)
    x = torch.rand(2, 1, 12, 20)
    levels = pyramid(x)
    assert [tuple(it.shape[2:]) for it in levels] == [(12, 20), (6, 10), (3, 5)]
    made = rebuilt(levels)
    torch.testing.assert_close(made[0], x)
    torch.testing.assert_close(made[1], halved(x))
    assert levels[0].abs().mean() < x.mean()


def test_the_filter_is_the_binomial_one_and_doubling_its_adjoint() -> None:
    x = torch.zeros(1, 1, 12, 12, dtype=torch.double)
    x[0, 0, 6, 6] = 256
    small = halved(x)[0, 0]
    assert small[3, 3] == 36  # the middle, 6 times 6
    assert small[2, 3] == small[3, 4] == 6
    assert small[2, 2] == 1
    torch.manual_seed(2)
    y = torch.rand(1, 1, 6, 6, dtype=torch.double)
    x = torch.rand(1, 1, 12, 12, dtype=torch.double)
    torch.testing.assert_close((halved(x) * y).sum() * 4, (x * doubled(y)).sum())
    inside = doubled(torch.ones(1, 1, 8, 8))[..., 2:-2, 2:-2]
    torch.testing.assert_close(inside, torch.ones_like(inside))


def test_each_pixel_has_its_own_kernel() -> None:
    x = torch.arange(12.0).view(1, 1, 3, 4)
    kernels = torch.zeros(1, 9, 3, 4)
    kernels[0, 4] = 1
    kernels[0, :, 1, 2] = torch.tensor([0, 0, 0, 0, 0, 2.0, 0, 0, 0])  # twice its right neighbour
    expected = x.clone()
    expected[0, 0, 1, 2] = 14
    torch.testing.assert_close(filtered(x, kernels), expected)
    same = torch.rand(25)
    y = F.conv2d(x, same.view(1, 1, 5, 5), padding=2)
    torch.testing.assert_close(filtered(x, same.view(1, 25, 1, 1).expand(1, 25, 3, 4)), y)


def test_kernels_that_do_nothing_leave_the_picture() -> None:
    module = small()
    with torch.no_grad():
        for predict in module.kernels:
            predict[-1].weight.zero_()
            predict[-1].bias.copy_(F.one_hot(torch.tensor(12), 25))
        x = torch.rand(1, 1, 8, 16)
        torch.testing.assert_close(module(x), x)


def test_training_sees_three_sizes_and_begins_near_the_picture() -> None:
    torch.manual_seed(3)
    module = untrained(features=64, blocks=16, side=5)
    x = torch.rand(1, 1, 16, 24)
    with torch.no_grad():
        made = module.sizes(x)
    assert ARCHITECTURE.results is not None
    assert ARCHITECTURE.results.method == "sizes"
    truth = x
    for size in made:
        assert size.shape == truth.shape
        assert 0 < (size - truth).abs().mean() < 0.2
        truth = halved(truth)


def test_what_running_it_needs() -> None:
    network = ARCHITECTURE.build(LPKPN(features=16, blocks=1, side=5).state_dict())
    assert network.luma
    assert network.enlarged
    assert (network.scale, network.channels) == (1, 1)
