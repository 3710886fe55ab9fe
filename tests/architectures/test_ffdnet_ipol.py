"""The FFDNet of IPOL: the form in which it was released against the form that it has here."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import torch
from hand_placed import SHARED_WEIGHTS, place_ipol
from torch import Tensor, nn

from restorekit.architectures.ffdnet import ARCHITECTURE, IPOL
from restorekit.errors import CheckpointError
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.runner import measure_models
from restorekit.zoo.load import load_network
from restorekit.zoo.restorers import DeviceOptions

if TYPE_CHECKING:
    from pathlib import Path

SET12 = SHARED_WEIGHTS.parent / "bench/set12"
PHOTO = SHARED_WEIGHTS.parent / "bench/cbsd68/101085.png"


class Released(nn.Module):
    """The network as the article describes it, under the keys of its release."""

    def __init__(self, channels: int, features: int, convolutions: int) -> None:
        super().__init__()
        widths = [5 * channels, *[features] * (convolutions - 1), 4 * channels]
        layers: list[nn.Module] = []
        for place, (before, after) in enumerate(pairwise(widths)):
            between = 0 < place < convolutions - 1
            layers.append(nn.Conv2d(before, after, 3, padding=1, bias=False))
            layers += [nn.BatchNorm2d(after)] if between else []
            layers.append(nn.ReLU())
        self.intermediate_dncnn = nn.Module()
        self.intermediate_dncnn.itermediate_dncnn = nn.Sequential(*layers[:-1])
        self.channels = channels

    def forward(self, picture: Tensor, sigma: float) -> Tensor:
        count, channels, height, width = picture.shape
        corners = [picture[:, :, row::2, column::2] for row in (0, 1) for column in (0, 1)]
        small = torch.stack(corners, dim=2).flatten(1, 2)
        noise = torch.full((count, channels, height // 2, width // 2), sigma)
        y = self.intermediate_dncnn.itermediate_dncnn(torch.cat([noise, small], dim=1))
        found = torch.empty_like(picture)
        for place in range(4):
            found[:, :, place // 2 :: 2, place % 2 :: 2] = y[:, place::4]
        return picture - found


def released(channels: int, convolutions: int = 4) -> Released:
    """With normalisation that has seen something, and matters."""
    torch.manual_seed(channels)
    module = Released(channels, 6, convolutions).eval()
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        if isinstance(layer, nn.BatchNorm2d):
            for values in (layer.weight, layer.running_var):
                nn.init.uniform_(values, 0.5, 2)
            for values in (layer.bias, layer.running_mean):
                nn.init.uniform_(values, -0.5, 0.5)
    return module


def with_map(picture: Tensor, sigma: float) -> Tensor:
    return torch.cat([picture, torch.full_like(picture[:, :1], sigma)], dim=1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("convolutions", [2, 5])
def test_the_converted_network_is_the_same(channels: int, convolutions: int) -> None:
    theirs = released(channels, convolutions)
    network = ARCHITECTURE.build(theirs.state_dict())
    assert (network.channels, network.hyperparameters["residual"]) == (channels, True)
    assert network.hyperparameters["convolutions"] == convolutions
    picture = torch.rand(2, channels, 12, 18)
    results: list[Tensor] = []
    for sigma in (0.02, 0.3):
        with torch.no_grad():
            expected = theirs(picture, sigma)
            result = network.module(with_map(picture, sigma))
        torch.testing.assert_close(result, expected, rtol=0, atol=1e-5)
        results.append(result)
    # Neither the map nor the network may be without effect for that to say anything.
    assert (results[0] - results[1]).abs().max() > 1e-3
    assert (results[0] - picture).abs().max() > 1e-2


def test_the_older_files_have_no_counter_of_batches() -> None:
    state = released(3).state_dict()
    older = {key: value for key, value in state.items() if not key.endswith("batches_tracked")}
    assert len(older) < len(state)
    new, old = (ARCHITECTURE.build(it).module.state_dict() for it in (state, older))
    for key, value in new.items():
        torch.testing.assert_close(old[key], value, rtol=0, atol=0)


def test_what_was_converted_is_known_again() -> None:
    network = ARCHITECTURE.build(released(3).state_dict())
    state = network.module.state_dict()
    assert all(key.startswith("noise.model.") for key in state)
    assert ARCHITECTURE.detect(state)
    again = ARCHITECTURE.build(state)
    assert again.hyperparameters == network.hyperparameters
    picture = with_map(torch.rand(1, 3, 8, 8), 0.1)
    torch.testing.assert_close(again.module(picture), network.module(picture), rtol=0, atol=0)
    # The same chain without that beginning gives the picture itself.
    plain = ARCHITECTURE.build({key.removeprefix("noise."): it for key, it in state.items()})
    torch.testing.assert_close(
        network.module(picture), picture[:, :3] - plain.module(picture), rtol=0, atol=0
    )


def test_damaged_releases_are_refused_in_words() -> None:
    state = released(1).state_dict()
    named = [key for key in state if not key.endswith("batches_tracked")]
    assert ARCHITECTURE.detect(state)
    wrong = [{**state, f"{IPOL}99.weight": torch.zeros(3)}]
    wrong += [{key: it for key, it in state.items() if key != left} for left in named]
    wrong += [{**state, key: state[key][..., None]} for key in named]
    for tensors in wrong:
        if ARCHITECTURE.detect(tensors):
            with pytest.raises(CheckpointError, match="FFDNet"):
                ARCHITECTURE.build(tensors)
    assert not ARCHITECTURE.detect({f"{IPOL}0.weight": torch.zeros(6, 4, 3, 3)})


@pytest.fixture
def placed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_ipol(tmp_path / "cache")))


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    ("name", "channels", "parameters"),
    [("ffdnet-ipol", 3, 852_108), ("ffdnet-ipol-gray", 1, 485_316)],
)
def test_sizes_and_precisions_of_the_release(name: str, channels: int, parameters: int) -> None:
    network = load_network(name, offline=True)
    assert network.channels == channels
    assert sum(it.numel() for it in network.module.parameters()) == parameters
    assert network.hyperparameters["residual"]
    # bfloat16 costs 0.1 to 1.6 dB, on a CPU with units for it too.
    assert network.precisions == {"fp32", "fp16"}


def psnr(name: str, photos: Path | dict[str, Path]) -> float:
    """At sigma 25, in float32."""
    found = measure_models(
        [name],
        photos,
        Measures(["psnr"], task="denoise"),
        Degradation(sigma=25, rounded=False),
        devices=DeviceOptions(precision="fp32"),
    )
    return found.summaries()[0].means["psnr"].mean


@pytest.mark.slow
@pytest.mark.usefixtures("placed")
def test_figures_on_set12_at_sigma_25() -> None:
    if not SET12.is_dir():
        pytest.skip("needs ../shared/bench/set12")
    assert psnr("ffdnet-ipol-gray", SET12) == pytest.approx(30.45, abs=0.05)


@pytest.mark.usefixtures("placed")
def test_figure_of_a_colour_photo_at_sigma_25() -> None:
    if not PHOTO.is_file():
        pytest.skip("needs ../shared/bench/cbsd68")
    assert psnr("ffdnet-ipol", {"photo": PHOTO}) == pytest.approx(28.14, abs=0.05)
