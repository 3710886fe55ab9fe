"""IMDN's released files: their size, their figures, and pixels worked out by hand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import torch
from hand_placed import SHARED_WEIGHTS

from restorekit.architectures.imdn import ARCHITECTURE, IMDN, Contrast
from restorekit.evaluation.papers.reproduce import reproduce
from restorekit.zoo import manifest
from restorekit.zoo.load import load_network
from restorekit.zoo.restorers import DeviceOptions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_thread")

BENCH = SHARED_WEIGHTS.parent / "bench"
PARAMETERS = {2: 694_404, 3: 703_059, 4: 715_176}


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(SHARED_WEIGHTS.glob("imdn/IMDN_x?.pth"))
    if len(files) < 3:
        pytest.skip("needs ../shared/weights/imdn")
    for file in files:
        shutil.copyfile(file, tmp_path / file.name)
    monkeypatch.setenv("RESTOREKIT_CACHE", str(tmp_path))


@pytest.mark.usefixtures("released")
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_release_has_the_parameters_of_the_paper(scale: int) -> None:
    network = load_network(f"imdn-x{scale}", offline=True)
    assert sum(it.numel() for it in network.module.parameters()) == PARAMETERS[scale]
    usual = {"channels": 3, "features": 64, "blocks": 6, "reduction": 16, "scale": scale}
    assert network.hyperparameters == usual
    assert manifest.entry(f"imdn-x{scale}").commercial is None


@pytest.mark.slow
@pytest.mark.usefixtures("released")
def test_the_figures_of_the_paper() -> None:
    """To a hundredth: luma is not rounded there, for which others have 38.006, 34.364, 32.205."""
    if not (BENCH / "set5").is_dir():
        pytest.skip("needs ../shared/bench/set5")
    devices = DeviceOptions(device="cpu", precision="fp32")
    found = reproduce("imdn", BENCH, datasets=["set5"], devices=devices)
    ours = {it.figure.scale: it.ours for it in found.rows if it.figure.metric == "psnr"}
    assert ours == pytest.approx({2: 38.006, 3: 34.364, 4: 32.205}, abs=0.002)
    differences = [it.difference for it in found.rows if it.figure.metric == "psnr"]
    assert max(map(abs, differences)) < 0.01
    assert found.protocols == tuple(f"y-exact (border {scale})" for scale in (2, 3, 4))


def test_a_channel_is_weighed_by_its_deviation_and_mean() -> None:
    contrast = Contrast(2, 1)
    with torch.no_grad():
        for layer in (contrast.conv_du[0], contrast.conv_du[2]):
            layer.weight.copy_(torch.eye(2)[:, :, None, None])
            layer.bias.zero_()
        flat, steps = torch.full((3, 4), 0.5), torch.tensor([[0.0, 2.0]]).repeat(3, 2)
        x = torch.stack([flat, steps])[None]
        # Of the first the deviation is 0 and the mean a half, of the second both are 1.
        weights = torch.sigmoid(torch.tensor([0.5, 2.0]))
        torch.testing.assert_close(contrast(x), x * weights[None, :, None, None])


def test_even_pictures_can_be_learned_from() -> None:
    """A deviation of nothing has no slope; what training sees of it must be finite."""
    module = IMDN(channels=3, features=8, blocks=1, reduction=4, scale=2)
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    module(torch.full((1, 3, 1, 1), 0.5)).sum().backward()
    assert all(torch.isfinite(it.grad).all() for it in module.parameters() if it.grad is not None)


def test_ten_blocks_are_counted_as_numbers() -> None:
    module = IMDN(channels=3, features=4, blocks=11, reduction=2, scale=2)
    tensors = {key: module.state_dict()[key] for key in sorted(module.state_dict())}
    network = ARCHITECTURE.build(tensors)
    assert network.hyperparameters["blocks"] == 11
    x = torch.rand(1, 3, 6, 5)
    with torch.no_grad():
        torch.testing.assert_close(network.module(x), module(x), rtol=0, atol=0)
