"""One network, three releases, three sets of keys: the results are the same to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from release_keys import esrgan, kair, real_esrgan

from restorekit.architectures.rrdbnet import ARCHITECTURE, RRDBNet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

pytestmark = pytest.mark.usefixtures("one_thread")

FORMS = ((4, 1, 2), (2, 1, 1), (2, 2, 2), (1, 4, 2))
"""Scale, side of the pixel-unshuffle, upsamplings."""


def random_net(unshuffle: int, upsamplings: int, blocks: int = 2) -> RRDBNet:
    torch.manual_seed(5)
    return RRDBNet(
        channels=3,
        features=8,
        growth=4,
        blocks=blocks,
        unshuffle=unshuffle,
        upsamplings=upsamplings,
    )


@pytest.mark.parametrize("release", [real_esrgan, kair, esrgan])
@pytest.mark.parametrize(("scale", "unshuffle", "upsamplings"), FORMS)
@torch.no_grad()
def test_the_same_tensors_give_the_same_result(
    release: Callable[[Mapping[str, Tensor]], dict[str, Tensor]],
    scale: int,
    unshuffle: int,
    upsamplings: int,
) -> None:
    module = random_net(unshuffle, upsamplings)
    tensors = release(module.state_dict())
    assert ARCHITECTURE.detect(tensors)
    network = ARCHITECTURE.build(tensors)
    assert network.scale == scale
    assert network.hyperparameters["unshuffle"] == unshuffle
    assert network.size_requirements.multiple_of == unshuffle
    x = torch.rand(1, 3, 8, 12)
    result = network.module(x)
    assert result.shape == (1, 3, 8 * scale, 12 * scale)
    assert torch.equal(result, module(x))


@pytest.mark.parametrize(
    "added",
    [
        "model.1.sub.0.RDB1.conv1x1.weight",
        "model.13.weight",
        "model.x.weight",
        "model",
        "model.1.sub.0.norm.weight",
    ],
)
def test_variants_are_left_to_others(added: str) -> None:
    tensors = esrgan(random_net(1, 2).state_dict())
    assert ARCHITECTURE.detect(tensors)
    assert not ARCHITECTURE.detect({**tensors, added: torch.zeros(3)})


def test_ten_blocks_are_counted_as_numbers() -> None:
    module = random_net(1, 2, blocks=11)
    network = ARCHITECTURE.build(esrgan(module.state_dict()))
    assert network.hyperparameters["blocks"] == 11
    x = torch.rand(1, 3, 6, 6)
    with torch.no_grad():
        assert torch.equal(network.module(x), module(x))
