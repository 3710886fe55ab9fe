"""The released denoisers: their sizes, their figures on Set12, and both forms of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hand_placed import SHARED_WEIGHTS, place_denoisers

from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.runner import measure_models
from restorekit.zoo.load import load_network, open_network
from restorekit.zoo.restorers import DeviceOptions

if TYPE_CHECKING:
    from pathlib import Path

BENCH = SHARED_WEIGHTS.parent / "bench"
SET12 = BENCH / "set12"


@pytest.fixture(autouse=True)
def _weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_denoisers(tmp_path / "cache")))


@pytest.mark.parametrize(
    ("name", "channels", "parameters"),
    [
        ("dncnn-gray-25", 1, 555_137),
        ("dncnn-gray", 1, 555_137 + 3 * (9 * 64 * 64 + 64)),
        ("dncnn", 3, 668_227),
        ("fdncnn", 3, 668_803),
        ("fdncnn-gray", 1, 666_497),
        ("ffdnet-gray", 1, 485_316),
        ("ffdnet", 3, 852_108),
    ],
)
def test_sizes(name: str, channels: int, parameters: int) -> None:
    network = load_network(name, offline=True)
    assert network.channels == channels
    assert sum(it.numel() for it in network.module.parameters()) == parameters


def test_the_authors_two_releases_are_one_network() -> None:
    pth, mat = (
        open_network(SHARED_WEIGHTS / "dncnn" / name) for name in ("dncnn_25.pth", "sigma=25.mat")
    )
    for name, value in pth.module.state_dict().items():
        torch.testing.assert_close(mat.module.state_dict()[name], value, rtol=0, atol=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "psnr"), [("dncnn-gray-25", 30.44), ("ffdnet-gray", 30.43), ("fdncnn-gray", 30.49)]
)
def test_figures_on_set12_at_sigma_25(name: str, psnr: float) -> None:
    if not SET12.is_dir():
        pytest.skip("needs ../shared/bench/set12")
    found = measure_models(
        [name],
        SET12,
        Measures(["psnr"], task="denoise"),
        Degradation(sigma=25, rounded=False),
        devices=DeviceOptions(precision="fp32"),
    )
    # The drawing of the noise alone moves FFDNet's mean from 30.40 to 30.43.
    assert found.summaries()[0].means["psnr"].mean == pytest.approx(psnr, abs=0.05)


@pytest.mark.parametrize(
    ("name", "photo"),
    [
        ("ffdnet", "cbsd68/101085.png"),
        ("ffdnet-gray", "set12/01.png"),
        ("dncnn-gray-25", "set12/01.png"),
        ("fdncnn", "cbsd68/101085.png"),
        ("fdncnn-gray", "set12/01.png"),
    ],
)
def test_bfloat16_costs_little(name: str, photo: str) -> None:
    path = BENCH / photo
    if not path.is_file():
        pytest.skip(f"needs ../shared/bench/{photo}")
    rough, fine = (
        measure_models(
            [name],
            {"photo": path},
            Measures(["psnr"], task="denoise"),
            Degradation(sigma=25, rounded=False),
            devices=DeviceOptions(precision=precision),
        )
        .rows[0]
        .values["psnr"]
        for precision in ("bf16", "fp32")
    )
    assert 26 < fine < 36
    assert rough > fine - 0.03


@pytest.mark.parametrize("name", ["dncnn", "dncnn-gray"])
def test_networks_for_any_noise_stay_in_float32(name: str) -> None:
    """On a CPU with units for bfloat16 too, which costs them 0.03 to 0.08 dB."""
    assert load_network(name, offline=True).precisions == {"fp32", "fp16"}
