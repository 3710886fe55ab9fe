"""SRCNN's public training: its size, its figure, and the paper's other form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hand_placed import SHARED_WEIGHTS

from restorekit.architectures.srcnn import ARCHITECTURE, SRCNN, untrained
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.runner import measure_models
from restorekit.zoo import manifest
from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import Network

FILE = SHARED_WEIGHTS / "srcnn/srcnn_x3.pth"
SET5 = SHARED_WEIGHTS.parent / "bench/set5"


@pytest.fixture
def srcnn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    if not FILE.is_file():
        pytest.skip("needs ../shared/weights/srcnn")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / FILE.name).write_bytes(FILE.read_bytes())
    monkeypatch.setenv("RESTOREKIT_CACHE", str(cache))
    return load_network("srcnn-x3", offline=True)


def test_the_release_has_the_parameters_of_the_paper(srcnn: Network) -> None:
    # The 57 184 weights of the paper's section 4.3.2, and a bias for each output
    assert sum(it.numel() for it in srcnn.module.parameters()) == 57184 + 64 + 32 + 1
    assert srcnn.hyperparameters == {"features": (64, 32), "kernels": (9, 5, 5)}
    assert srcnn.luma
    assert srcnn.enlarged
    assert manifest.entry("srcnn-x3").scales == "any"


@pytest.mark.usefixtures("srcnn")
def test_its_figure() -> None:
    """As others measured the same file with MATLAB's protocol; the authors' own has 32.75."""
    if not SET5.is_dir():
        pytest.skip("needs ../shared/bench/set5")
    chain = Degradation(3, luma=True, rounded=False)
    found = measure_models(["srcnn-x3"], SET5, Measures(["psnr"], task="sr", scale=3), chain)
    assert found.summaries()[0].means["psnr"].mean == pytest.approx(32.681, abs=0.002)


def test_the_first_form_of_the_paper() -> None:
    """9-1-5 of the ECCV of 2014: 8032 weights."""
    module = SRCNN((64, 32), (9, 1, 5))
    network = ARCHITECTURE.build(module.state_dict())
    assert sum(it.numel() for it in network.module.parameters()) == 8032 + 97
    assert network.receptive_field == 6


def test_colour_and_even_kernels_are_others() -> None:
    state = SRCNN((4, 4), (9, 5, 5)).state_dict()
    assert ARCHITECTURE.detect(state)
    colour = {**state, "conv1.weight": torch.zeros(4, 3, 9, 9)}
    even = {**state, "conv2.weight": torch.zeros(4, 4, 4, 4)}
    assert not ARCHITECTURE.detect(colour)
    assert not ARCHITECTURE.detect(even)


def test_training_begins_small() -> None:
    torch.manual_seed(0)
    module = untrained(features=[64, 32], kernels=[9, 5, 5])
    state = module.state_dict()
    assert state["conv2.weight"].std() == pytest.approx(0.001, rel=0.02)
    assert not any(state[f"conv{i}.bias"].any() for i in (1, 2, 3))
