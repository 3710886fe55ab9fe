"""Small networks of every family, with random weights: enough to test shapes and geometry.

A new family adds one entry to ``SAMPLES``; all the tests beside this file then hold for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from restorekit.architectures.dncnn import DnCNN
from restorekit.architectures.ffdnet import FFDNet
from restorekit.architectures.maxim import MAXIM
from restorekit.architectures.rrdbnet import RRDBNet
from restorekit.architectures.srvggnet_compact import SRVGGNetCompact
from restorekit.architectures.vdsr import VDSR
from restorekit.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from restorekit.contracts import Architecture

ARCHITECTURES: Catalog[Architecture] = Catalog(
    "restorekit.architectures", "ARCHITECTURE", "network"
)


class Samples(NamedTuple):
    """Sets of arguments of a network's class; the same must be read back from its tensors."""

    module: type[nn.Module]
    hyperparameters: tuple[Mapping[str, Any], ...]


def _rrdbnet(**changes: int) -> dict[str, int]:
    usual = {"channels": 3, "features": 6, "growth": 4, "blocks": 1, "unshuffle": 1}
    return {**usual, "upsamplings": 2, **changes}


def _compact(**changes: int) -> dict[str, int]:
    return {"channels": 3, "features": 6, "convolutions": 2, "scale": 4, **changes}


def _dncnn(**changes: int) -> dict[str, int]:
    return {"channels": 3, "features": 6, "convolutions": 3, "noise_map": False, **changes}


def _maxim(**changes: Any) -> dict[str, Any]:
    usual = {"features": 4, "sides": (2, 2), "stages": 1, "groups": 1, "bottlenecks": 1}
    return {**usual, **changes}


SAMPLES: dict[str, Samples] = {
    "dncnn": Samples(
        DnCNN,
        (
            _dncnn(),
            _dncnn(channels=1, convolutions=5),
            _dncnn(noise_map=True),
            _dncnn(channels=1, features=4, noise_map=True),
        ),
    ),
    "ffdnet": Samples(
        FFDNet,
        (
            {"channels": 3, "features": 6, "convolutions": 3},
            {"channels": 1, "features": 4, "convolutions": 4},
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
    "srvggnet-compact": Samples(
        SRVGGNetCompact,
        (
            _compact(),
            _compact(scale=2, convolutions=1),
            _compact(scale=1, convolutions=5, channels=1),
            _compact(scale=3, convolutions=0, features=9),
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
