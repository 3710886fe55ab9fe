"""VDSR's released file: its size, its figure, and what it does to colours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hand_placed import SHARED_WEIGHTS, place_vdsr

from restorekit.architectures.vdsr import ARCHITECTURE, VDSR, from_matlab
from restorekit.errors import CheckpointError
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.runner import measure_models
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.load import load_network, open_network

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import Network

SET5 = SHARED_WEIGHTS.parent / "bench/set5"
CBCR = np.array([[-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]).T / 255
"""The rows of BT.601 for both colour differences, as MATLAB's rgb2ycbcr has them."""


@pytest.fixture
def vdsr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_vdsr(tmp_path / "cache")))
    return load_network("vdsr", offline=True)


def restorer(network: Network) -> NetworkRestorer:
    return NetworkRestorer(network, name="vdsr", device=torch.device("cpu"), precision="fp32")


def test_the_release_has_the_parameters_of_the_paper(vdsr: Network) -> None:
    # 1 x 64 + 18 x 64 x 64 + 64 x 1 kernels of 9, and a bias for each output
    assert sum(it.numel() for it in vdsr.module.parameters()) == 9 * (128 + 18 * 4096) + 19 * 64 + 1
    assert vdsr.hyperparameters == {"features": 64, "convolutions": 20}


@pytest.mark.usefixtures("vdsr")
@pytest.mark.parametrize(("scale", "psnr"), [(2, 37.53), (3, 33.66), (4, 31.35)])
def test_the_figures_of_the_paper(scale: int, psnr: float) -> None:
    if not SET5.is_dir():
        pytest.skip("needs ../shared/bench/set5")
    chain = Degradation(scale, luma=True, rounded=False)
    found = measure_models(["vdsr"], SET5, Measures(["psnr"], task="sr", scale=scale), chain)
    assert found.summaries()[0].means["psnr"].mean == pytest.approx(psnr, abs=0.01)


def test_colours_stay_and_grey_is_luma(vdsr: Network) -> None:
    rng = np.random.default_rng(0)
    photo = (0.3 + 0.4 * rng.random((20, 24, 3))).astype(np.float32)
    (band,) = restorer(vdsr).bands(photo)
    assert isinstance(band.rows, np.ndarray)
    assert np.abs(band.rows - photo).max() > 0.01
    np.testing.assert_allclose(band.rows @ CBCR, photo @ CBCR, atol=1e-6)
    luma = (photo @ np.array([65.481, 128.553, 24.966]) / 255 + 16 / 255).astype(np.float32)
    (grey,) = restorer(vdsr).bands(luma[:, :, None])
    restored = band.rows @ np.array([65.481, 128.553, 24.966]) / 255 + 16 / 255
    np.testing.assert_allclose(grey.rows[:, :, 0], restored, atol=1e-5)


def test_a_file_of_ones_own_is_read(vdsr: Network) -> None:
    own = open_network(SHARED_WEIGHTS / "vdsr/VDSR_Official.mat")
    for name, value in own.module.state_dict().items():
        torch.testing.assert_close(value, vdsr.module.state_dict()[name], rtol=0, atol=0)


def test_matlabs_order_of_axes() -> None:
    torch.manual_seed(0)
    state = VDSR(3, 3).state_dict()
    weights, biases = [], []
    for i in range(3):
        weights.append(np.squeeze(state[f"layers.{i}.weight"].numpy().transpose(2, 3, 1, 0)))
        biases.append(np.squeeze(state[f"layers.{i}.bias"].numpy()))
    read = from_matlab({"model": SimpleNamespace(weight=weights, bias=biases)})
    assert ARCHITECTURE.detect(read)
    for name, value in state.items():
        torch.testing.assert_close(read[name], value, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "expected model.weight and model.bias, got no variables"),
        ({"net": 1}, "expected model.weight and model.bias, got net"),
        ({"model": SimpleNamespace(weight=1, bias=2)}, "got model"),
        (
            {"model": SimpleNamespace(weight=[np.zeros((5, 5))] * 2, bias=[np.zeros(4)] * 2)},
            "the file is no VDSR",
        ),
    ],
)
def test_other_matlab_files_are_refused(content: dict[str, object], says: str) -> None:
    with pytest.raises(CheckpointError) as info:
        from_matlab(content)
    assert says in str(info.value)
