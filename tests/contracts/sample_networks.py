"""Small networks of every family, with random weights: enough to test shapes and geometry.

A new family adds one entry to ``SAMPLES``; all the tests beside this file then hold for it.
"""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from restorekit.architectures.deblurgan import DeblurGAN
from restorekit.architectures.deblurgan_v2 import DeblurGANv2
from restorekit.architectures.deepdeblur import DeepDeblur
from restorekit.architectures.dmphn import DMPHN
from restorekit.architectures.dncnn import DnCNN
from restorekit.architectures.drunet import DRUNet
from restorekit.architectures.edsr import EDSR
from restorekit.architectures.ffdnet import module_of as ffdnet
from restorekit.architectures.hinet import HINet
from restorekit.architectures.hllhgan import HLLHGAN
from restorekit.architectures.imdn import IMDN
from restorekit.architectures.lp_kpn import LPKPN
from restorekit.architectures.maxim import MAXIM
from restorekit.architectures.mprnet import MPRNet
from restorekit.architectures.nafnet import NAFNet
from restorekit.architectures.nlrn import NLRN
from restorekit.architectures.rcan import RCAN
from restorekit.architectures.restormer import Restormer
from restorekit.architectures.rrdbnet import RRDBNet
from restorekit.architectures.sr3 import SR3
from restorekit.architectures.srcnn import SRCNN
from restorekit.architectures.srmd import SRMD, gaussian_basis
from restorekit.architectures.srn import SRN
from restorekit.architectures.srresnet import SRResNet
from restorekit.architectures.srvggnet_compact import SRVGGNetCompact
from restorekit.architectures.unet import UNet
from restorekit.architectures.usrnet import USRNet
from restorekit.architectures.vdsr import VDSR
from restorekit.catalog import Catalog
from restorekit.contracts import Size
from restorekit.kernels import delta

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from restorekit.contracts import Architecture, Network

ARCHITECTURES: Catalog[Architecture] = Catalog(
    "restorekit.architectures", "ARCHITECTURE", "network"
)


class Samples(NamedTuple):
    """Sets of arguments of a network's class; the same must be read back from its tensors."""

    module: Callable[..., nn.Module]
    hyperparameters: tuple[Mapping[str, Any], ...]


def _rrdbnet(**changes: int) -> dict[str, int]:
    usual = {"channels": 3, "features": 6, "growth": 4, "blocks": 1, "unshuffle": 1}
    return {**usual, "upsamplings": 2, **changes}


def _compact(**changes: int) -> dict[str, int]:
    return {"channels": 3, "features": 6, "convolutions": 2, "scale": 4, **changes}


def _dncnn(**changes: int) -> dict[str, int]:
    return {"channels": 3, "features": 6, "convolutions": 3, "noise_map": False, **changes}


def _nafnet(**changes: Any) -> dict[str, Any]:
    usual = {"channels": 3, "features": 4, "encoders": (1, 2), "middle": 1, "decoders": (2, 1)}
    return {**usual, **changes}


def _nlrn(**changes: Any) -> dict[str, Any]:
    usual = {"channels": 1, "features": 6, "inner": 4, "steps": 2, "propagates": False}
    return {**usual, "patch": 5, "stride": 2, **changes}


def _restormer(**changes: Any) -> dict[str, Any]:
    usual = {"channels": 3, "features": 4, "blocks": (1, 1, 1, 1), "refinement": 1}
    widths = {"heads": (1, 2, 1, 2), "hidden": (5, 10, 21, 42), "centred": False}
    return {**usual, **widths, **changes}


def _swinir(**changes: Any) -> dict[str, Any]:
    usual = {"channels": 3, "features": 12, "depths": (2, 1), "heads": (2, 3), "window": 4}
    return {**usual, "mlp_ratio": 2.0, "upsampler": "", "scale": 1, **changes}


def _srmd(**changes: Any) -> dict[str, Any]:
    usual = {"channels": 3, "features": 6, "convolutions": 3, "scale": 2, "noise_map": True}
    return {**usual, "coefficients": 6, "side": 5, **changes}


@functools.cache
def _basis(coefficients: int, side: int) -> Tensor:
    return torch.from_numpy(gaussian_basis(coefficients, side, np.random.default_rng(0)))


def srmd(**hyperparameters: Any) -> nn.Module:
    """The network, with a basis in which the usual kernels can be told."""
    module = SRMD(**hyperparameters)
    module.basis.copy_(_basis(*module.basis.shape[:2]))
    return module


def spandrels_swinir(**hyperparameters: Any) -> nn.Module:
    """The network, its windows made for a picture of four of them."""
    from spandrel.architectures.SwinIR import SwinIR

    given = dict(hyperparameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its call of torch.meshgrid
        return SwinIR(
            img_size=2 * given["window"],
            in_chans=given["channels"],
            embed_dim=given["features"],
            depths=list(given["depths"]),
            num_heads=list(given["heads"]),
            window_size=given["window"],
            mlp_ratio=given["mlp_ratio"],
            upsampler=given["upsampler"],
            upscale=given["scale"],
        )


def spandrels_scunet(channels: int, features: int, blocks: tuple[int, ...]) -> nn.Module:
    """The network; its heads are 32 wide, so that it cannot be narrower than 64."""
    from spandrel.architectures.SCUNet import SCUNet

    return SCUNet(in_nc=channels, dim=features, config=list(blocks))


def spandrels_fftformer(
    features: int, blocks: tuple[int, ...], refinement: int, expansion: float
) -> nn.Module:
    """The network."""
    from spandrel.architectures.FFTformer import FFTformer

    return FFTformer(
        dim=features,
        num_blocks=list(blocks),
        num_refinement_blocks=refinement,
        ffn_expansion_factor=expansion,
    )


def _sr3(**changes: Any) -> dict[str, Any]:
    usual = {"channels": 3, "features": 4, "multipliers": (1, 2), "blocks": 1, "attention": (1,)}
    taught = {"augmented": False, "schedule": "linear", "timesteps": 40}
    return {**usual, **taught, **changes}


def _maxim(**changes: Any) -> dict[str, Any]:
    usual = {"features": 4, "sides": (2, 2), "stages": 1, "groups": 1, "bottlenecks": 1}
    return {**usual, **changes}


SAMPLES: dict[str, Samples] = {
    "deblurgan": Samples(
        DeblurGAN,
        (
            {"channels": 3, "features": 4, "blocks": 2, "convolutions": 2},
            {"channels": 1, "features": 6, "blocks": 1, "convolutions": 1},
        ),
    ),
    "deblurgan-v2": Samples(
        DeblurGANv2,
        (
            {"backbone": "mobilenet", "features": 4},
            {"backbone": "mobilenet", "features": 6},
        ),
    ),
    "deepdeblur": Samples(
        DeepDeblur,
        (
            {"channels": 3, "features": 4, "blocks": 1, "levels": 3},
            {"channels": 1, "features": 6, "blocks": 2, "levels": 2},
        ),
    ),
    "dmphn": Samples(
        DMPHN,
        (
            {"channels": 3, "features": 4, "levels": 2},
            {"channels": 1, "features": 3, "levels": 4},
        ),
    ),
    "dncnn": Samples(
        DnCNN,
        (
            _dncnn(),
            _dncnn(channels=1, convolutions=5),
            _dncnn(noise_map=True),
            _dncnn(channels=1, features=4, noise_map=True),
        ),
    ),
    "drunet": Samples(
        DRUNet,
        (
            {"channels": 3, "features": (3, 4, 5, 6), "blocks": 1},
            {"channels": 1, "features": (4, 4, 6, 8), "blocks": 2},
        ),
    ),
    "edsr": Samples(
        EDSR,
        (
            {"features": 6, "blocks": 1, "scale": 2},
            {"features": 4, "blocks": 2, "scale": 4},
        ),
    ),
    "ffdnet": Samples(
        ffdnet,
        (
            {"channels": 3, "features": 6, "convolutions": 3, "residual": False},
            {"channels": 1, "features": 4, "convolutions": 4, "residual": False},
            {"channels": 3, "features": 6, "convolutions": 3, "residual": True},
        ),
    ),
    "fftformer": Samples(
        spandrels_fftformer,
        (
            {"features": 4, "blocks": (1, 1, 1), "refinement": 1, "expansion": 3.0},
            {"features": 6, "blocks": (1, 1, 2), "refinement": 1, "expansion": 2.0},
        ),
    ),
    "hinet": Samples(
        HINet,
        (
            {"channels": 3, "features": 4, "levels": 3, "normalised": (1, 2)},
            {"channels": 1, "features": 6, "levels": 2, "normalised": (0,)},
        ),
    ),
    "hllhgan": Samples(
        HLLHGAN,
        (
            {"channels": 3, "features": (6, 5, 4), "blocks": (1, 1)},
            {"channels": 1, "features": (4, 3), "blocks": (2,)},
        ),
    ),
    "imdn": Samples(
        IMDN,
        (
            {"channels": 3, "features": 8, "blocks": 2, "reduction": 4, "scale": 2},
            {"channels": 1, "features": 16, "blocks": 1, "reduction": 8, "scale": 3},
        ),
    ),
    "lp-kpn": Samples(
        LPKPN,
        (
            {"features": 16, "blocks": 1, "side": 5},
            {"features": 16, "blocks": 2, "side": 3},
        ),
    ),
    "maxim": Samples(
        MAXIM,
        (
            _maxim(),
            _maxim(stages=2, groups=2, sides=(4, 2)),
            _maxim(features=8, bottlenecks=2, sides=(4, 2, 1)),
        ),
    ),
    "mprnet": Samples(
        MPRNet,
        (
            {"channels": 3, "features": 4, "growth": 2, "extra": 2, "blocks": 1, "reduction": 2},
            {"channels": 1, "features": 6, "growth": 4, "extra": 3, "blocks": 2, "reduction": 3},
        ),
    ),
    "nafnet": Samples(
        NAFNet, (_nafnet(), _nafnet(features=6, encoders=(1,), middle=2, decoders=(1,)))
    ),
    "nlrn": Samples(
        NLRN, (_nlrn(), _nlrn(channels=3, steps=3, propagates=True, patch=6, stride=3))
    ),
    "rcan": Samples(
        RCAN,
        (
            {"features": 8, "groups": 2, "blocks": 1, "reduction": 4, "scale": 2},
            {"features": 6, "groups": 1, "blocks": 3, "reduction": 2, "scale": 4},
        ),
    ),
    "restormer": Samples(
        Restormer,
        (
            _restormer(),
            _restormer(channels=1, blocks=(2, 1, 1, 1), refinement=2, centred=True),
        ),
    ),
    "rrdbnet": Samples(
        RRDBNet,
        (
            _rrdbnet(),
            _rrdbnet(blocks=2, features=8),
            _rrdbnet(upsamplings=1, channels=1),
            _rrdbnet(unshuffle=2, growth=3),
            _rrdbnet(unshuffle=4, channels=1),
        ),
    ),
    "scunet": Samples(
        spandrels_scunet,
        (
            {"channels": 3, "features": 64, "blocks": (2, 0, 0, 0, 0, 0, 1)},
            {"channels": 1, "features": 64, "blocks": (1, 0, 0, 0, 0, 0, 0)},
        ),
    ),
    "sr3": Samples(
        SR3,
        (
            _sr3(),
            _sr3(multipliers=(1, 3, 2), blocks=2, attention=(0, 2, 3), features=6),
            _sr3(channels=1, attention=(), augmented=True, schedule="cosine", timesteps=25),
        ),
    ),
    "srcnn": Samples(
        SRCNN,
        (
            {"features": (6, 4), "kernels": (9, 5, 5)},
            {"features": (4, 6), "kernels": (9, 1, 5)},
        ),
    ),
    "srmd": Samples(
        srmd,
        (
            _srmd(),
            _srmd(scale=3, noise_map=False, convolutions=4),
            _srmd(channels=1, scale=4, features=4),
        ),
    ),
    "srn": Samples(
        SRN,
        (
            {"channels": 3, "features": (4, 3, 5), "blocks": 1, "lstm": False},
            {"channels": 1, "features": (3, 4), "blocks": 2, "lstm": True},
        ),
    ),
    "srresnet": Samples(
        SRResNet,
        (
            {"channels": 3, "features": 6, "blocks": 1, "scale": 4},
            {"channels": 1, "features": 4, "blocks": 2, "scale": 2},
            # Torch's thirds of a pixel are the less exact the larger the picture is: a short reach.
            {"channels": 3, "features": 5, "blocks": 1, "scale": 3},
        ),
    ),
    "srvggnet-compact": Samples(
        SRVGGNetCompact,
        (
            _compact(),
            _compact(scale=2, convolutions=1),
            _compact(scale=1, convolutions=5, channels=1),
            _compact(scale=3, convolutions=0, features=9),
        ),
    ),
    "swinir": Samples(
        spandrels_swinir,
        (
            _swinir(),
            _swinir(channels=1, features=8, depths=(2,), heads=(2,)),
            _swinir(upsampler="pixelshuffledirect", scale=2),
        ),
    ),
    "unet": Samples(
        UNet,
        (
            {"channels": 3, "features": (4, 6), "blocks": 1},
            {"channels": 1, "features": (4, 6, 8), "blocks": 2},
        ),
    ),
    "usrnet": Samples(
        USRNet,
        (
            {"channels": 3, "features": (3, 4, 5, 6), "blocks": 1, "steps": 2, "hidden": 4},
            {"channels": 1, "features": (4, 4, 4, 6), "blocks": 2, "steps": 1, "hidden": 6},
        ),
    ),
    "vdsr": Samples(VDSR, ({"features": 6, "convolutions": 3}, {"features": 4, "convolutions": 5})),
}


class Sample(NamedTuple):
    """One network of a family."""

    family: str
    hyperparameters: Mapping[str, Any]

    @property
    def architecture(self) -> Architecture:
        return ARCHITECTURES[self.family]

    def module(self) -> nn.Module:
        torch.manual_seed(len(repr(self)))
        return SAMPLES[self.family].module(**self.hyperparameters).eval()

    def state(self) -> dict[str, Tensor]:
        return self.module().state_dict()


def sample(family: str, number: int) -> Sample:
    """The sample with this number; the test fails where a family has none."""
    if family not in SAMPLES:
        pytest.fail(
            f"the family {family} has no samples: add it to SAMPLES in {__file__}, with its class "
            "and two or more sets of its arguments that run in milliseconds",
            pytrace=False,
        )
    return Sample(family, SAMPLES[family].hyperparameters[number])


def each_sample() -> pytest.MarkDecorator:
    """Run a test for every sample of every family of the catalog."""
    found: list[Any] = []
    for family in ARCHITECTURES.names():
        count = len(SAMPLES[family].hyperparameters) if family in SAMPLES else 1
        found += [pytest.param(family, i, id=f"{family}-{i}") for i in range(count)]
    return pytest.mark.parametrize(("family", "number"), found)


def channels_taken(network: Network) -> int:
    """Of the picture, and of what tells the network the kernel and the noise."""
    maps = network.kernel_maps(delta(), Size(1, 1)) if network.kernel_maps else ()
    return network.channels + len(maps) + network.noise_map
