"""EDSR and RCAN: published sizes, the keys of two projects, an independent description."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F

from restorekit.architectures import edsr, rcan
from restorekit.architectures.edsr import EDSR
from restorekit.architectures.rcan import RCAN
from restorekit.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

pytestmark = pytest.mark.usefixtures("one_thread")

BASICSR_FRAME = ((r"^head\.0\.", "conv_first."), (r"^tail\.0\.", "upsample."),
                 (r"^tail\.1\.", "conv_last."))  # fmt: skip
MEAN = torch.tensor([0.4488, 0.4371, 0.4040])[None, :, None, None]


def parameters(module: nn.Module) -> int:
    return sum(it.numel() for it in module.parameters())


@pytest.mark.parametrize(
    ("features", "blocks", "scale", "expected"),
    [(64, 16, 2, 1_369_859), (64, 16, 4, 1_517_571), (256, 32, 2, 40_729_603),
     (256, 32, 3, 43_680_003), (256, 32, 4, 43_089_923)],
)  # fmt: skip
def test_the_published_sizes_of_edsr(features: int, blocks: int, scale: int, expected: int) -> None:
    with torch.device("meta"):
        assert parameters(EDSR(features=features, blocks=blocks, scale=scale)) == expected


def test_the_published_size_of_rcan() -> None:
    with torch.device("meta"):
        module = RCAN(features=64, groups=10, blocks=20, reduction=16, scale=4)
    # The authors count the two mean colours too, of 12 numbers each.
    assert parameters(module) + 24 == 15_592_379


def basicsr_edsr(tensors: Mapping[str, Tensor], blocks: int) -> dict[str, Tensor]:
    pairs = (*BASICSR_FRAME, (rf"^body\.{blocks}\.", "conv_after_body."),
             (r"\.body\.0\.", ".conv1."), (r"\.body\.2\.", ".conv2."))  # fmt: skip
    return renamed(tensors, pairs)


def basicsr_rcan(tensors: Mapping[str, Tensor], groups: int, blocks: int) -> dict[str, Tensor]:
    pairs = (
        *BASICSR_FRAME,
        (rf"^body\.{groups}\.", "conv_after_body."),
        (rf"^(body\.\d+)\.body\.{blocks}\.", r"\1.conv."),
        (r"^(body\.\d+)\.body\.(\d+)\.body\.3\.conv_du\.0", r"\1.body.\2.body.3.attention.1"),
        (r"^(body\.\d+)\.body\.(\d+)\.body\.3\.conv_du\.2", r"\1.body.\2.body.3.attention.3"),
        (r"^(body\.\d+)\.body\.(\d+)\.body\.", r"\1.residual_group.\2.rcab."),
    )
    return renamed(tensors, pairs)


def renamed(tensors: Mapping[str, Tensor], pairs: tuple[tuple[str, str], ...]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        key = name
        for pattern, replacement in pairs:
            key = re.sub(pattern, replacement, key)
        if "_mean" not in key:
            found[key] = value
    return found


def described(x: Tensor, t: Mapping[str, Tensor], blocks: int, scale: int) -> Tensor:
    """EDSR as its paper and BasicSR's keys tell it, without a class of ours."""

    def conv(y: Tensor, name: str) -> Tensor:
        return F.conv2d(y, t[f"{name}.weight"], t[f"{name}.bias"], padding=1)

    shallow = conv((x - MEAN) * 255, "conv_first")
    share = 0.1 if shallow.shape[1] == 256 else 1.0
    y = shallow
    for i in range(blocks):
        y = y + share * conv(F.relu(conv(y, f"body.{i}.conv1")), f"body.{i}.conv2")
    y = shallow + conv(y, "conv_after_body")
    for i, times in enumerate({2: [2], 3: [3], 4: [2, 2]}[scale]):
        y = F.pixel_shuffle(conv(y, f"upsample.{2 * i}"), times)
    return conv(y, "conv_last") / 255 + MEAN


@pytest.mark.parametrize(("features", "scale"), [(8, 2), (8, 3), (8, 4), (256, 2)])
def test_edsr_is_what_its_paper_describes(features: int, scale: int) -> None:
    torch.manual_seed(scale)
    module = EDSR(features=features, blocks=2, scale=scale)
    tensors = basicsr_edsr(module.state_dict(), 2)
    assert set(tensors) >= {"conv_first.weight", "body.1.conv2.bias", "conv_after_body.bias",
                            "upsample.0.weight", "conv_last.weight"}  # fmt: skip
    assert edsr.ARCHITECTURE.detect(tensors)
    network = edsr.ARCHITECTURE.build(tensors)
    x = torch.rand(1, 3, 7, 9)
    with torch.no_grad():
        ours, theirs = network.module(x), described(x, tensors, 2, scale)
        torch.testing.assert_close(ours, module(x), rtol=0, atol=0)
    assert ours.std() > 0.01
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("blocks", [1, 11])
def test_rcan_under_the_keys_of_basicsr(blocks: int) -> None:
    torch.manual_seed(3)
    module = RCAN(features=6, groups=2, blocks=blocks, reduction=3, scale=2)
    tensors = basicsr_rcan(module.state_dict(), 2, blocks)
    assert set(tensors) >= {"body.1.residual_group.0.rcab.3.attention.1.weight",
                            "body.1.conv.bias", "conv_after_body.bias"}  # fmt: skip
    assert rcan.ARCHITECTURE.detect(tensors)
    assert not edsr.ARCHITECTURE.detect(tensors)
    network = rcan.ARCHITECTURE.build(tensors)
    x = torch.rand(1, 3, 6, 5)
    with torch.no_grad():
        torch.testing.assert_close(network.module(x), module(x), rtol=0, atol=0)


def test_the_mean_colour_of_a_file_counts() -> None:
    state = EDSR(features=4, blocks=1, scale=2).state_dict()
    x = torch.rand(1, 3, 4, 4)
    with torch.no_grad():
        usual = edsr.build(state).module(x)
        brighter = edsr.build({**state, "add_mean.bias": state["add_mean.bias"] + 25.5}).module(x)
    torch.testing.assert_close(brighter, usual + 0.1, rtol=0, atol=1e-6)


def test_scales_that_no_shuffle_gives() -> None:
    with pytest.raises(UsageError, match="expected 2, 3, 4 or 8, got 5"):
        EDSR(features=4, blocks=1, scale=5)
    state = EDSR(features=4, blocks=1, scale=2).state_dict()
    with pytest.raises(CheckpointError, match="EDSR: expected scale 2, 3, 4 or 8"):
        edsr.build({**state, "tail.0.0.weight": torch.zeros(100, 4, 3, 3)})
