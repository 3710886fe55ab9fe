"""DeblurGAN-v2: numbers that the authors' own code made, over either classifier."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch
from waves import waves, wavy_picture

from restorekit.architectures import _backbones
from restorekit.architectures.deblurgan_v2 import ARCHITECTURE, DeblurGANv2, build
from restorekit.contracts import SizeRequirements
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("one_thread")

MOBILENET: dict[str, Any] = {"backbone": "mobilenet", "features": 64}
INCEPTION: dict[str, Any] = {"backbone": "inception", "features": 128}


def check_numbers(
    arguments: dict[str, Any],
    side: int,
    spread: float,
    pixel: Sequence[float],
    last_row: Sequence[float],
) -> None:
    """What the authors' code added to a picture in float64, in training mode as they run it."""
    with torch.device("meta"):
        empty = DeblurGANv2(**arguments)
    network = build(waves(empty.state_dict()))
    assert network.hyperparameters == arguments
    assert network.size_requirements == SizeRequirements(side, 32)
    x = wavy_picture(3, side, side + 32)
    with torch.no_grad():
        added = network.module(x) - x
    assert added.std().item() == pytest.approx(spread, rel=1e-7)
    assert added[0, :, 3, 5].tolist() == pytest.approx(pixel, abs=1e-7)
    assert added[0, -1, -1, [0, 7, -1]].tolist() == pytest.approx(last_row, abs=1e-7)


def test_what_the_authors_code_makes_over_mobilenet() -> None:
    """By ``models/fpn_mobilenet.py`` of VITA-Group/DeblurGANv2."""
    pixel = [0.00015691064598755, 0.09442843530423, 0.11751933258109]
    last_row = [0.23885337125138, 0.06143138080210, 0.09989330767860]
    check_numbers(MOBILENET, 64, 0.10304553724900382, pixel, last_row)


@pytest.mark.slow
def test_what_the_authors_code_makes_over_inception() -> None:
    """By ``models/fpn_inception.py`` of the same, over pretrainedmodels' classifier."""
    pytest.importorskip("timm")
    pixel = [0.08248321289267, 0.10827246693829, 0.04698633343177]
    last_row = [0.17839216377017, 0.16201804328592, 0.14924384543342]
    check_numbers(INCEPTION, 128, 0.07318394689598057, pixel, last_row)


def test_the_published_size() -> None:
    with torch.device("meta"):
        module = DeblurGANv2(**MOBILENET)
    # 2.1083 million as Intel's Open Model Zoo counts what is run, its folded normalisations
    # included; 3 312 707 in the authors' program, which has two more blocks and a classifier's end.
    assert sum(it.numel() for it in module.parameters()) == 2_106_627


def released(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """With what the authors' file has besides: the classifier once more, and statistics."""
    twice = {
        key.replace("fpn.enc1.0.", "fpn.features.2."): value
        for key, value in state.items()
        if key.startswith("fpn.enc1.0.")
    }
    statistics = {
        f"{layer}.{kind}": torch.full((8,), 1e6)
        for layer in ("fpn.enc0.0.1", "fpn.td1.1", "smooth.1")
        for kind in ("running_mean", "running_var", "num_batches_tracked")
    }
    return {**state, **twice, **statistics, "fpn.features.17.conv.0.weight": torch.zeros(1)}


def test_what_a_released_file_has_besides_is_left_out() -> None:
    torch.manual_seed(0)
    module = DeblurGANv2(backbone="mobilenet", features=4).eval()
    tensors = released(module.state_dict())
    assert ARCHITECTURE.detect(tensors)
    x = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(build(tensors).module(x), module(x), rtol=0, atol=0)


def test_the_keys_of_the_release() -> None:
    with torch.device("meta"):
        state = DeblurGANv2(**MOBILENET).state_dict()
    for key, shape in {
        "fpn.enc0.0.0.weight": (32, 3, 3, 3),
        "fpn.enc0.1.conv.3.weight": (16, 32, 1, 1),
        "fpn.enc1.0.conv.6.weight": (24, 96, 1, 1),
        "fpn.enc4.4.conv.7.bias": (160,),
        "fpn.td3.0.bias": (128,),
        "fpn.lateral0.weight": (64, 16, 1, 1),
        "head4.block1.weight": (64, 64, 3, 3),
        "smooth.0.weight": (64, 256, 3, 3),
        "final.bias": (3,),
    }.items():
        assert state[key].shape == shape, key
    assert not any("running" in key for key in state)


def test_pictures_in_light_and_in_shade_are_normalised_alike() -> None:
    """Statistics are those of what is seen, in evaluation too."""
    torch.manual_seed(0)
    for part in _backbones.parts("mobilenet")[:1]:
        x = torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            torch.testing.assert_close(part.eval()(4 * x), part(x), atol=1e-3, rtol=0)


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm.models.inception_resnet_v2", None)
    with pytest.raises(CheckpointError, match=r"timm has \(pip install 'restorekit\[backbones\]'"):
        DeblurGANv2(**INCEPTION)
