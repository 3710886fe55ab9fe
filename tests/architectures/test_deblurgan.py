"""DeblurGAN: its published size, the keys of its release, pixels worked out by hand."""

from __future__ import annotations

import math
import re

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from restorekit.architectures.deblurgan import ARCHITECTURE, Block, DeblurGAN, untrained
from restorekit.errors import CheckpointError

RELEASED = re.compile(r"model\.(1|4|7|1[0-8]\.conv_block\.[16]|19|22|26)\.(weight|bias)")
"""The keys of the authors' file, as people who could not load it list them."""


def network(**changes: int) -> DeblurGAN:
    torch.manual_seed(0)
    return DeblurGAN(
        **{"channels": 3, "features": 4, "blocks": 2, "convolutions": 2, **changes}
    ).eval()


def test_the_published_size_and_keys() -> None:
    with torch.device("meta"):
        paper, program = (
            DeblurGAN(channels=3, features=64, blocks=9, convolutions=number) for number in (2, 1)
        )
    # Counted in the authors' later program, which has one convolution for each of nine blocks.
    assert sum(it.numel() for it in program.parameters()) == 6_067_459
    convolution = 9 * 256 * 256 + 256
    assert sum(it.numel() for it in paper.parameters()) == 6_067_459 + 9 * convolution
    keys = list(paper.state_dict())
    assert len(keys) == 2 * (3 + 18 + 2 + 1)
    assert all(RELEASED.fullmatch(key) for key in keys)
    assert set(program.state_dict()) == {key for key in keys if ".conv_block.6." not in key}


def test_the_statistics_of_a_released_file_are_left_out() -> None:
    state = network().state_dict()
    statistics = {
        f"model.{place}.running_{kind}": torch.full((8,), 1e6)
        for place in ("2", "10.conv_block.2", "11.conv_block.7")
        for kind in ("mean", "var")
    }
    assert ARCHITECTURE.detect({**state, **statistics})
    built = ARCHITECTURE.build({**state, **statistics})
    x = torch.rand(1, 3, 12, 16)
    with torch.no_grad():
        torch.testing.assert_close(built.module.eval()(x), network()(x), rtol=0, atol=0)


def test_the_form_is_told_by_the_tensors() -> None:
    state = network().state_dict()
    one = {key: value for key, value in state.items() if ".conv_block.6." not in key}
    for tensors, convolutions in ((state, 2), (one, 1)):
        assert ARCHITECTURE.detect(tensors)
        found = ARCHITECTURE.build(tensors).hyperparameters
        assert (found["blocks"], found["convolutions"]) == (2, convolutions)


def test_other_resnets_are_others() -> None:
    state = network().state_dict()
    # Without dropout the second convolution is one place earlier.
    plain = {key.replace("block.6.", "block.5."): value for key, value in state.items()}
    assert not ARCHITECTURE.detect(plain)
    # One block of the other form
    mixed = {key: value for key, value in state.items() if "11.conv_block.6." not in key}
    with pytest.raises(CheckpointError, match=r"model\.11\.conv_block\.6"):
        ARCHITECTURE.build(mixed)


def test_nothing_is_added_where_the_last_layer_is_dark() -> None:
    module = network()
    x = torch.rand(2, 3, 8, 12)
    with torch.no_grad():
        module.model[-2].weight.zero_()
        module.model[-2].bias[:] = torch.tensor([0.0, 0.5, -0.5])
        y = module(x)
    added = torch.tensor([0.0, math.tanh(0.5) / 2, -math.tanh(0.5) / 2])[:, None, None]
    torch.testing.assert_close(y, (x + added).clamp(0, 1))
    assert (y == 1).any()
    assert (y == 0).any()


def test_a_block_by_hand() -> None:
    torch.manual_seed(0)
    block = Block(3, 2).eval()
    x = torch.randn(2, 3, 4, 5)

    def normalised(y: Tensor) -> Tensor:
        variance, mean = torch.var_mean(y, (2, 3), correction=0, keepdim=True)
        return (y - mean) / (variance + 1e-5) ** 0.5

    def convolved(y: Tensor, place: int) -> Tensor:
        layer = block.get_submodule(f"conv_block.{place}")
        return F.conv2d(F.pad(y, (1, 1, 1, 1), mode="reflect"), layer.weight, layer.bias)

    with torch.no_grad():
        inner = normalised(convolved(x, 1)).relu()
        torch.testing.assert_close(block(x), x + normalised(convolved(inner, 6)))
        half = Block(3, 1).eval()
        half.load_state_dict(block.state_dict(), strict=False)
        torch.testing.assert_close(half(x), x + inner)


def test_pictures_are_normalised_by_themselves() -> None:
    x = torch.rand(2, 3, 12, 16)
    with torch.no_grad():
        together = network()(x)
        apart = torch.cat([network()(it[None]) for it in x])
    torch.testing.assert_close(together, apart)


def test_numbers_are_dropped_in_training_alone() -> None:
    x = torch.rand(1, 3, 12, 16)
    module = network()
    with torch.no_grad():
        assert torch.equal(module(x), module(x))
        module.train()
        assert not torch.equal(module(x), module(x))


def test_training_begins_with_the_weights_of_the_program_and_the_picture_as_it_came() -> None:
    torch.manual_seed(0)
    module = untrained(channels=3, features=16, blocks=2, convolutions=2)
    state = module.state_dict()
    x = torch.rand(1, 3, 16, 16)
    assert 1e-4 < (module(x) - x).abs().mean() < 0.01
    assert state["model.10.conv_block.1.weight"].std() == pytest.approx(0.02, rel=0.02)
    assert not any(value.any() for key, value in state.items() if key.endswith("bias"))
