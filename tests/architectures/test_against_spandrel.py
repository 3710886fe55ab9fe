"""The same random weights in another implementation of the same networks: the same pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from release_keys import esrgan, kair, real_esrgan

from restorekit.architectures import drunet, nafnet, rcan, rrdbnet, srvggnet_compact
from restorekit.architectures.drunet import DRUNet
from restorekit.architectures.nafnet import NAFNet
from restorekit.architectures.rcan import RCAN
from restorekit.architectures.rrdbnet import RRDBNet
from restorekit.architectures.srvggnet_compact import SRVGGNetCompact

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from restorekit.contracts import Architecture

pytestmark = pytest.mark.usefixtures("one_thread")


def compare(
    architecture: Architecture,
    tensors: dict[str, Tensor],
    name: str,
    size: tuple[int, int] = (20, 28),
) -> None:
    import spandrel

    network = architecture.build(tensors)
    other: Any = spandrel.ModelLoader(device="cpu").load_from_state_dict(dict(tensors))
    assert other.architecture.name == name
    assert (other.scale, other.input_channels) == (network.scale, network.channels)
    x = torch.rand(2, network.channels + network.noise_map, *size)
    with torch.no_grad():
        ours, theirs = network.module(x), other.model(x)
    assert ours.std() > 0.01  # pixels that differ, so that agreeing means something
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < 1e-5


@pytest.mark.parametrize("release", [real_esrgan, kair, esrgan])
@pytest.mark.parametrize(("unshuffle", "upsamplings"), [(1, 2), (1, 1), (2, 2), (4, 2)])
def test_rrdbnet(
    release: Callable[[dict[str, Tensor]], dict[str, Tensor]], unshuffle: int, upsamplings: int
) -> None:
    torch.manual_seed(6)
    module = RRDBNet(
        channels=3,
        features=16,
        growth=32,  # spandrel knows no other
        blocks=2,
        unshuffle=unshuffle,
        upsamplings=upsamplings,
    )
    torch.nn.init.normal_(module.conv_last.weight, std=0.2)
    compare(rrdbnet.ARCHITECTURE, release(module.state_dict()), "ESRGAN")


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_compact(scale: int) -> None:
    torch.manual_seed(7)
    module = SRVGGNetCompact(3, 16, 4, scale)
    compare(srvggnet_compact.ARCHITECTURE, module.state_dict(), "RealESRGAN Compact")


@pytest.mark.parametrize("channels", [1, 3])
def test_drunet(channels: int) -> None:
    torch.manual_seed(8)
    module = DRUNet(channels, (16, 12, 8, 20), 2)
    # The noise map is ours; spandrel's own way of calling the module has one strength for all.
    compare(drunet.ARCHITECTURE, module.state_dict(), "DRUNet", (24, 40))


def test_nafnet() -> None:
    torch.manual_seed(9)
    module = NAFNet(channels=3, features=6, encoders=(1, 2, 1), middle=2, decoders=(2, 1, 1))
    for name, parameter in module.named_parameters():
        if name.endswith(("beta", "gamma")):  # zeros at first: nothing of a block would be seen
            torch.nn.init.normal_(parameter)
    compare(nafnet.ARCHITECTURE, module.state_dict(), "NAFNet", (24, 40))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_rcan(scale: int) -> None:
    torch.manual_seed(10)
    module = RCAN(features=12, groups=2, blocks=3, reduction=4, scale=scale)
    for name, parameter in module.named_parameters():
        if "conv_du" in name:  # weights of the channels that differ
            torch.nn.init.normal_(parameter, std=0.5)
    compare(rcan.ARCHITECTURE, module.state_dict(), "RCAN")
