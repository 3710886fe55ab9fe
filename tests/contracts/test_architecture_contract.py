"""Every network family keeps its promises: tensors in, sizes, tiles and receptive field."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from restorer_promises import SIZES, check_depths, picture, restored
from sample_networks import ARCHITECTURES, SAMPLES, Sample, channels_taken, each_sample, sample
from torch import Tensor, nn

from restorekit.contracts import Sampling
from restorekit.errors import CheckpointError
from restorekit.inference.make import make_restorer
from restorekit.inference.precision import lower

if TYPE_CHECKING:
    from restorekit.contracts import Network, Precision
    from restorekit.inference.restorer import NetworkRestorer

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = torch.device("cpu")


class MidRange(nn.Module):
    """Squeezes results into (0.25, 0.75), so that clipping hides no difference."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *seen: Tensor) -> Tensor:
        return 0.5 + torch.tanh(self.module(*seen)) / 4


def restorer(network: Network, tile: int = 0, precision: Precision = "fp32") -> NetworkRestorer:
    wrapped = replace(
        network,
        module=MidRange(network.module),
        full_precision=tuple(f"module.{name}" for name in network.full_precision),
    )
    return bare(wrapped, tile, precision)


def bare(network: Network, tile: int = 0, precision: Precision = "fp32") -> NetworkRestorer:
    sampling = None if network.diffusion is None else Sampling(2)
    return make_restorer(
        network, name="sample", device=CPU, precision=precision, tile=tile, sampling=sampling
    )


def seen(network: Network, height: int, width: int) -> tuple[Tensor, ...]:
    """What the module takes for two pictures."""
    x = torch.rand(2, channels_taken(network), height, width)
    if network.diffusion is None:
        return (x,)
    return x, torch.randn_like(x), torch.rand(2, 1 + network.diffusion.augmented)


def built(family: str, number: int) -> Network:
    made = sample(family, number)
    return made.architecture.build(made.state())


@each_sample()
def test_hyperparameters_are_read_from_the_tensors(family: str, number: int) -> None:
    made = sample(family, number)
    network = made.architecture.build(made.state())
    assert dict(network.hyperparameters) == made.hyperparameters
    assert network.architecture == family == made.architecture.name
    assert network.overlap >= 0
    assert network.tile > network.overlap or network.tile == 0
    fit = network.size_requirements.fit
    x = seen(network, 2 * fit(4), fit(24))
    with torch.no_grad():
        result, expected = network.module(*x), made.module()(*x)
    assert result.shape == (2, network.channels, *(n * network.scale for n in x[0].shape[2:]))
    torch.testing.assert_close(result, expected)


def everything() -> list[Sample]:
    return [Sample(name, one) for name in SAMPLES for one in SAMPLES[name].hyperparameters]


@pytest.mark.parametrize("family", ARCHITECTURES.names())
def test_it_knows_its_own_and_no_other(family: str) -> None:
    sample(family, 0)
    for made in everything():
        assert ARCHITECTURES[family].detect(made.state()) == (made.family == family), made


@pytest.mark.parametrize("family", ARCHITECTURES.names())
@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["step"],
        ["weight", "bias"],
        ["body.0.weight"],
        ["body.x.weight", "body.0.weight", "body.1.weight", "body.2.weight"],
        ["model.0.weight", "model.0.bias", "model.head.weight"],
        ["model.0.weight", "model.1.conv.0.weight"],
        ["conv_first.weight", "conv_last.weight"],
        ["params.conv_first.weight"],
    ],
)
def test_strange_tensors_belong_to_nobody(family: str, keys: list[str]) -> None:
    for tensor in (torch.zeros(()), torch.zeros(4), torch.zeros(4, 3, 3, 3)):
        assert not ARCHITECTURES[family].detect(dict.fromkeys(keys, tensor))


@each_sample()
def test_damaged_tensors_are_refused_in_words(family: str, number: int) -> None:
    made = sample(family, number)
    state = made.state()
    extra = {**state, "a_tensor_of_another.weight": torch.zeros(3)}
    # A dozen of them, from all over the network.
    keys = list(state)[:: len(state) // 12 + 1]
    wrong = [{k: v for k, v in state.items() if k != key} for key in keys]
    wrong += [{**state, key: state[key][..., None]} for key in keys]
    for tensors in (extra, *wrong):
        if made.architecture.detect(tensors):
            with pytest.raises(CheckpointError):
                made.architecture.build(tensors)


@each_sample()
@pytest.mark.parametrize("channels", [1, 3])
def test_every_size_gives_scale_times_the_size(family: str, number: int, channels: int) -> None:
    network = built(family, number)
    fit = network.size_requirements.fit
    allowed = ((fit(1), fit(1)), (fit(7), fit(30)))
    for size in (*SIZES, *allowed):
        image = picture(*size, channels)
        assert np.ptp(restored(restorer(network), image)) > 0 or image.size <= 3


@each_sample()
def test_depths_agree(family: str, number: int) -> None:
    check_depths(restorer(built(family, number)), picture(12, 14, 3))


@each_sample()
def test_tiled_is_whole(family: str, number: int) -> None:
    network = built(family, number)
    if network.receptive_field is None:
        pytest.skip(f"{family} sees the whole picture: its seams are measured on photos")
    assert network.overlap >= 2 * network.receptive_field
    multiple = network.size_requirements.multiple_of
    for tile in (network.overlap + multiple, network.overlap + 7, 2 * network.overlap + 5):
        # Of tiles that go on by a few pixels there are thousands in a picture of many overlaps.
        length = min(3 * network.overlap + 20, tile + 60)
        image = picture(length, length + 3, network.channels)
        whole = restored(restorer(network), image)
        tiled = restorer(network, tile)
        assert tiled.plan(*image.shape[:2]).tiles > 1
        assert np.abs(restored(tiled, image) - whole).max() < 1e-6, tile


@each_sample()
def test_the_receptive_field_is_true_and_tight(family: str, number: int) -> None:
    network = built(family, number)
    reach = network.receptive_field
    if reach is None:
        pytest.skip(f"{family} says that it sees the whole picture")
    # Gradients show every pixel that counts at all, however little.
    module = network.module.double().requires_grad_(requires_grad=False)
    multiple = network.size_requirements.multiple_of
    start = -(-(reach + 2) // multiple) * multiple
    side = network.size_requirements.fit(2 * start + multiple)
    farthest = 0
    for row in range(start, start + multiple):
        for column in range(start, start + multiple):
            channels = channels_taken(network)
            x = torch.rand(1, channels, side, side, dtype=torch.double, requires_grad=True)
            s = network.scale
            block = module(x)[..., row * s : (row + 1) * s, column * s : (column + 1) * s]
            (seen,) = torch.autograd.grad(block.sum(), x)
            rows, columns = (seen.abs().sum((0, 1)) > 0).nonzero(as_tuple=True)
            distance = torch.maximum((rows - row).abs(), (columns - column).abs())
            farthest = max(farthest, int(distance.max()))
    assert farthest == reach


@each_sample()
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_lower_precisions_stay_near(family: str, number: int, precision: Precision) -> None:
    network = built(family, number)
    if precision not in network.precisions:
        pytest.skip(f"{family} was not checked in {precision}")
    lowered = lower(network, CPU, precision)
    for name in network.full_precision:
        kept = list(lowered.get_submodule(name).parameters())
        assert kept
        # float16 has the steps that a picture needs, bfloat16 has not.
        dtype = torch.float16 if precision == "fp16" else torch.float32
        assert all(parameter.dtype == dtype for parameter in kept)
    notes: list[str] = []
    image = picture(12, 14, network.channels)
    low = restorer(network, precision=precision)
    low._note = notes.append
    difference = np.abs(restored(low, image) - restored(restorer(network), image))
    assert difference.max() < 0.01
    assert (difference.max() > 0) == (precision != "fp32")
    assert low.precision == precision
    assert notes == []


@each_sample()
def test_a_constant_picture_stays_finite(family: str, number: int) -> None:
    network = built(family, number)
    for level in (0.0, 0.5, 1.0):
        flat = np.full((17, 11, network.channels), level, np.float32)
        assert np.isfinite(restored(bare(network), flat)).all()


def test_a_family_without_samples_is_told_what_to_add() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"add it to SAMPLES in .*sample_networks"):
        sample("a-new-family", 0)
    assert set(SAMPLES) <= set(ARCHITECTURES.names())
