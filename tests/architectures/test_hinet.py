"""HINet: its published size, half of the channels normalised, the way of its two results."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

from restorekit.architectures.hinet import ARCHITECTURE, Block, HINet
from restorekit.errors import CheckpointError


def network(**changes: Any) -> HINet:
    torch.manual_seed(0)
    usual = {"channels": 3, "features": 4, "levels": 3, "normalised": (1, 2)}
    return HINet(**{**usual, **changes})


def test_the_published_size() -> None:
    with torch.device("meta"):
        module = HINet(channels=3, features=64, levels=5, normalised=(3, 4))
    assert sum(it.numel() for it in module.parameters()) == 88_668_806


def test_half_of_the_channels_are_normalised() -> None:
    torch.manual_seed(0)
    block = Block(3, 6, normalised=True)
    x = torch.randn(2, 3, 5, 7)
    with torch.no_grad():
        block.norm.weight.copy_(torch.tensor([1.0, 2.0, 3.0]))  # type: ignore[union-attr]
        block.norm.bias.fill_(0.25)  # type: ignore[union-attr]
        y = block.conv_1(x)
        variance, mean = torch.var_mean(y[:, :3], (2, 3), correction=0, keepdim=True)
        gain = torch.tensor([1.0, 2.0, 3.0])[:, None, None]
        half = (y[:, :3] - mean) / (variance + 1e-5) ** 0.5 * gain + 0.25
        y = F.leaky_relu(torch.cat([half, y[:, 3:]], dim=1), 0.2)
        expected = F.leaky_relu(block.conv_2(y), 0.2) + block.identity(x)
        torch.testing.assert_close(block(x), expected)


def test_dark_last_layers_leave_the_picture() -> None:
    module = network()
    x = torch.rand(1, 3, 16, 24)
    with torch.no_grad():
        for layer in (module.sam12.conv2, module.last):
            layer.weight.zero_()
            layer.bias[:] = torch.tensor([0.0, 0.125, -0.25])  # type: ignore[index]
        second, first = module.stages(x)
    added = torch.tensor([0.0, 0.125, -0.25])[:, None, None]
    torch.testing.assert_close(first, x + added)
    torch.testing.assert_close(second, x + added)


def test_the_second_result_is_the_networks_and_needs_the_first() -> None:
    module = network()
    x = torch.rand(1, 3, 16, 16)
    second, first = module.stages(x)
    torch.testing.assert_close(module(x), second, rtol=0, atol=0)
    second.square().mean().backward()
    for parameter in module.parameters():
        assert parameter.grad is not None
        assert parameter.grad.any()
    assert not torch.allclose(first, second)


def test_the_keys_of_the_release() -> None:
    state = network().state_dict()
    assert state["down_path_2.1.csff_dec.weight"].shape == (8, 8, 3, 3)
    assert state["down_path_1.2.norm.weight"].shape == (8,)
    assert state["up_path_1.0.up.weight"].shape == (16, 8, 2, 2)
    assert state["up_path_2.1.conv_block.identity.weight"].shape == (4, 8, 1, 1)
    assert state["skip_conv_2.0.bias"].shape == (8,)
    assert "down_path_1.0.downsample.bias" not in state
    assert "down_path_2.2.csff_enc.weight" not in state
    assert ARCHITECTURE.build(state).hyperparameters["normalised"] == (1, 2)


def test_a_second_u_net_that_is_normalised_elsewhere_is_refused() -> None:
    state = network().state_dict()
    norm = {key: value for key, value in state.items() if not key.startswith("down_path_2.1.norm")}
    with pytest.raises(CheckpointError, match=r"down_path_2\.1\.norm"):
        ARCHITECTURE.build(norm)
