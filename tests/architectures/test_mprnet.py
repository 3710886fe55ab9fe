"""MPRNet: numbers that the authors' own code made, its published sizes, its patches and stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from waves import waves, wavy_picture

from restorekit.architectures.mprnet import ARCHITECTURE, MPRNet
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {"channels": 3, "features": 8, "growth": 4, "extra": 6, "blocks": 2, "reduction": 4}
OTHER = {"channels": 3, "features": 6, "growth": 2, "extra": 2, "blocks": 3, "reduction": 2}


def wavy(arguments: dict[str, Any]) -> dict[str, Tensor]:
    """There is one slope, which the files name in every block."""
    made = waves(MPRNet(**arguments).state_dict())
    slope = torch.tensor([0.2], dtype=torch.float64)
    return {key: slope if key.endswith(".body.1.weight") else it for key, it in made.items()}


def module(**changes: Any) -> MPRNet:
    torch.manual_seed(0)
    return MPRNet(**{**SMALL, **changes})


@pytest.mark.parametrize(
    ("arguments", "spread", "pixel", "last_row"),
    [
        (
            SMALL,
            0.07584508711130668,
            [0.005505864, -0.0142950911, 0.0043441239],
            [0.2053935528, -0.0401422929, 0.0162332503],
        ),
        (
            OTHER,
            0.05822710144148084,
            [0.0331839285, 0.0257630923, -0.0254512036],
            [0.0833319906, -0.0814053438, 0.0145120589],
        ),
    ],
    ids=["two blocks", "three blocks"],
)
@torch.no_grad()
def test_what_the_authors_code_makes(
    arguments: dict[str, Any], spread: float, pixel: Sequence[float], last_row: Sequence[float]
) -> None:
    """By the MPRNet of spandrel_extra_arches 0.2.0 in float64, which is the authors'."""
    network = ARCHITECTURE.build(wavy(arguments))
    assert network.hyperparameters == arguments
    x = wavy_picture(3, 16, 24)
    added = network.module(x) - x
    assert added.std().item() == pytest.approx(spread, rel=1e-7)
    assert added[0, :, 3, 5].tolist() == pytest.approx(pixel, abs=1e-7)
    assert added[0, -1, 15, [0, 7, 23]].tolist() == pytest.approx(last_row, abs=1e-7)


@pytest.mark.parametrize(
    ("features", "growth", "extra", "parameters"),
    [(96, 48, 32, 20_127_073), (80, 48, 32, 15_741_025), (40, 20, 16, 3_637_249)],
    ids=["blur", "noise", "rain"],
)
def test_the_published_sizes(features: int, growth: int, extra: int, parameters: int) -> None:
    with torch.device("meta"):
        made = MPRNet(
            channels=3, features=features, growth=growth, extra=extra, blocks=8, reduction=4
        )
    assert sum(it.numel() for it in made.parameters()) == parameters


@torch.no_grad()
def test_each_stage_sees_more_than_the_one_before() -> None:
    """The first result of a half, and no later one, is made of that half alone."""
    network = module()
    x = torch.rand(1, 3, 16, 16)
    other = x.clone()
    other[..., 8:, :] = 1 - other[..., 8:, :]
    for number, (one, two) in enumerate(zip(network.stages(x), network.stages(other), strict=True)):
        same = torch.equal(one[..., :8, :], two[..., :8, :])
        assert same == (number == 2)


@torch.no_grad()
def test_dark_last_layers_leave_the_picture() -> None:
    network = module()
    for layer in (network.tail, network.sam12.conv2, network.sam23.conv2):
        layer.weight.zero_()  # type: ignore[union-attr]
    x = torch.rand(1, 3, 8, 16)
    for result in network.stages(x):
        torch.testing.assert_close(result, x, rtol=0, atol=0)


def test_the_last_result_is_the_networks_and_needs_all_parts() -> None:
    network = module()
    x = torch.rand(1, 3, 16, 16)
    results = network.stages(x)
    torch.testing.assert_close(network(x), results[0], rtol=0, atol=0)
    results[0].square().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        # Without a bias, two features of which a ReLU is left nothing let no gradient through.
        assert parameter.grad.any() or "conv_du" in name


def test_there_is_one_slope_under_many_names() -> None:
    network = module()
    slopes = [key for key, value in network.state_dict().items() if value.shape == (1,)]
    assert len(slopes) == 3 + 2 * (6 + 8) + 3 * SMALL["blocks"]
    assert sum(it.numel() == 1 for it in network.parameters()) == 1
    state = {**network.state_dict(), **dict.fromkeys(slopes, torch.tensor([0.1]))}
    built = ARCHITECTURE.build(state).module.state_dict()
    assert {built[key].item() for key in slopes} == {torch.tensor(0.1).item()}


def test_a_width_that_cannot_be_is_refused() -> None:
    state = module().state_dict()
    state["concat23.weight"] = torch.zeros(3, 16, 3, 3)
    with pytest.raises(CheckpointError, match=r"no MPRNet: concat23\.weight"):
        ARCHITECTURE.build(state)
