"""What training begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from restorekit.architectures import deblurgan
from restorekit.architectures.srvggnet_compact import untrained
from restorekit.errors import CheckpointError
from restorekit.training.beginning import beginning
from restorekit.training.parts import NetworkPart
from restorekit.zoo.checkpoint import write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.training.events import Event, Told

SMALL = {"channels": 3, "features": 16, "convolutions": 3, "scale": 4}


@pytest.fixture
def given(tmp_path: Path) -> tuple[str, dict[str, torch.Tensor]]:
    """A file of weights for 4 times, and its tensors."""
    torch.manual_seed(1)
    tensors = untrained(**SMALL).state_dict()
    path = tmp_path / "x4.safetensors"
    write_safetensors(path, tensors, {})
    return str(path), tensors


def part(**changes: Any) -> NetworkPart:
    return NetworkPart("srvggnet_compact", {**SMALL, **changes})


def no_event(event: Event) -> None:
    raise AssertionError(event)


def test_weights_of_the_recipes_network_are_taken_whole(
    given: tuple[str, dict[str, torch.Tensor]],
) -> None:
    _, module = beginning(part(), given[0], no_event)
    for key, value in module.state_dict().items():
        assert torch.equal(value, given[1][key]), key


def test_weights_of_another_scale_give_what_fits(
    given: tuple[str, dict[str, torch.Tensor]],
) -> None:
    """The last layer makes 4 x 4 pixels of each there, and 2 x 2 here."""
    told: list[Told] = []
    torch.manual_seed(2)
    _, module = beginning(part(scale=2), given[0], told.append)
    own = module.state_dict()
    shared = {key for key, value in own.items() if value.shape == given[1][key].shape}
    assert len(shared) == len(own) - 2
    assert all(torch.equal(own[key], given[1][key]) for key in shared)
    assert all(key in told[0].text for key in own.keys() - shared)
    assert module(torch.rand(1, 3, 8, 8)).shape == (1, 3, 16, 16)


def test_weights_of_another_width_are_no_start(
    given: tuple[str, dict[str, torch.Tensor]],
) -> None:
    with pytest.raises(CheckpointError, match=r"same width, got one of which 0% fits"):
        beginning(part(features=24), given[0], no_event)


def test_dropout_is_the_recipes_not_that_of_the_weights(tmp_path: Path) -> None:
    small = {"channels": 3, "features": 4, "blocks": 2, "convolutions": 2}
    path = tmp_path / "a.safetensors"
    write_safetensors(path, deblurgan.untrained(**small).state_dict(), {})
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(3))
    results: list[torch.Tensor] = []
    for dropout in (0.0, 0.5):
        there = NetworkPart("deblurgan", {**small, "dropout": dropout})
        _, module = beginning(there, str(path), no_event)
        for convolution in module.modules():
            if isinstance(convolution, torch.nn.Conv2d):
                convolution.weight.data.mul_(100)  # the last layer begins with next to nothing
        assert module.training
        with torch.no_grad():
            results.append((module(x) - module(x)).abs().max())
    assert results[0] == 0 < results[1]
