"""SRResNet: its published size, the keys of its releases, pixels worked out by hand."""

from __future__ import annotations

import re

import pytest
import torch
import torch.nn.functional as F

from restorekit.architectures.srresnet import ARCHITECTURE, SRResNet, untrained
from restorekit.errors import CheckpointError, UsageError

KAIR = ((r"^body\.", "recon_trunk."), (r"^conv_hr\.", "HRconv."))
MMAGIC = ((r"^body\.", "trunk_net."), (r"^upconv(\d)\.", r"upsample\1.upsample_conv."))
BLOCK = ("conv1", "conv2")


def network(scale: int, features: int = 4) -> SRResNet:
    torch.manual_seed(scale)
    return SRResNet(channels=3, features=features, blocks=2, scale=scale)


def test_the_published_size() -> None:
    with torch.device("meta"):
        module = SRResNet(channels=3, features=64, blocks=16, scale=4)
    assert sum(it.numel() for it in module.parameters()) == 1_517_571


@pytest.mark.parametrize("renamed", [KAIR, MMAGIC, (*MMAGIC, (r"^", "generator."))])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_keys_of_other_releases(renamed: tuple[tuple[str, str], ...], scale: int) -> None:
    state = network(scale).state_dict()
    other = {}
    for name, value in state.items():
        key = name
        for pattern, replacement in renamed:
            key = re.sub(pattern, replacement, key)
        other[key] = value
    assert other.keys() != state.keys()
    assert ARCHITECTURE.detect(other)
    built = ARCHITECTURE.build(other)
    assert (built.scale, built.receptive_field) == (scale, 7)
    for name, value in built.module.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=0, atol=0)


def test_pixels_by_hand() -> None:
    """Red goes through unchanged, and each of its four pixels is multiplied by another number."""
    module = network(2)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        for convolution in (module.conv_first, module.conv_hr, module.conv_last):
            convolution.weight[0, 0, 1, 1] = 1
        # Two leaky ReLUs follow, each of which leaves a tenth of what is below nothing.
        module.upconv1.weight[:4, 0, 1, 1] = torch.tensor([1.0, 2.0, 3.0, -4.0])
        x = torch.rand(1, 3, 5, 7)
        y = module(x) - F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
    red = x[:, 0]
    expected = {(0, 0): red, (0, 1): 2 * red, (1, 0): 3 * red, (1, 1): -0.04 * red}
    for (row, column), values in expected.items():
        torch.testing.assert_close(y[:, 0, row::2, column::2], values)
    assert not y[:, 1:].any()


def test_a_block_adds_to_what_came_in() -> None:
    block = network(2).body[0]
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.zero_()
        for name in BLOCK:
            block.get_submodule(name).weight[range(4), range(4), 1, 1] = 2  # type: ignore[index]
        x = torch.randn(1, 4, 3, 3)
        torch.testing.assert_close(block(x), x + 4 * x.clamp(min=0))


def test_training_begins_with_the_enlargement() -> None:
    torch.manual_seed(0)
    module = untrained(channels=3, features=64, blocks=4, scale=4)
    x = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        added = module(x) - F.interpolate(x, scale_factor=4.0, mode="bilinear", align_corners=False)
    assert 0 < added.abs().max() < 0.01
    weights = module.get_parameter("conv_hr.weight")
    assert weights.detach().std().item() == pytest.approx(0.1 * (2 / 576) ** 0.5, rel=0.02)


def test_other_scales_and_normalised_networks_are_others() -> None:
    state = network(2).state_dict()
    with pytest.raises(CheckpointError, match="scale 2, 3 or 4"):
        ARCHITECTURE.build({**state, "upconv1.weight": torch.zeros(100, 4, 3, 3)})
    assert not ARCHITECTURE.detect({**state, "body.0.bn1.weight": torch.zeros(4)})


def test_a_scale_that_no_shuffle_gives() -> None:
    with pytest.raises(UsageError, match="expected 2, 3 or 4, got 8"):
        network(8)
